"""How to get the same again: the command, the seed, and what it was run with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.reports.html.findings import command, journal
from brownout.reports.html.markup import Html, el
from brownout.reports.html.words import count, known, number, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def repeat(verdict: Mapping[str, Any]) -> Html:
    """Return what to type, and what it was typed for."""
    return el(
        "section",
        el("h2", "How to repeat this"),
        el("dl", *(part for label, value in _parts(verdict) for part in (el("dt", label), el("dd", value)))),
        id="repeat",
    )


def _parts(verdict: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    scenario, folder = verdict["scenario"], verdict.get("folder") or ""
    again = verdict.get("again") or verdict.get("repeat")
    if again:
        yield "run it again", el("code", again, class_="line")
    judge_again = [command("brownout", "verdict", journal(folder, arm)) for arm in verdict["arms"]]
    yield "judge it again", el("div", *(el("code", line, class_="line") for line in judge_again))
    yield "seed", el("code", verdict["seed"])
    yield "scenario", scenario["name"] or "none"
    if scenario["digest"]:
        yield "scenario's digest", el("code", scenario["digest"])
    if verdict.get("load"):
        yield "load", _load(verdict["load"])
    if folder:
        yield "folder", el("code", folder)
    versions = verdict.get("versions") or {}
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items()) or "not told"
    yield "shape of the verdict", f"version {verdict['brownout_verdict']}"


def _load(load: Mapping[str, Any]) -> str:
    rate, length, users = (load.get(name) for name in ("rate_per_second", "duration_seconds", "users"))
    executor = load.get("executor") or "constant_arrival_rate"
    parts = [f"journey {load['journey']}"] if load.get("journey") else []
    parts += [executor.replace("_", " ")] if executor not in ("constant_arrival_rate", "users") else []
    parts += [f"{number(rate)} operations a second"] if known(rate) else []
    parts += [f"{seconds(stage['duration_seconds'])} to {number(stage['rate_per_second'])} operations a second"
              for stage in load.get("stages") or ()]  # fmt: skip
    parts += [f"{count(load['size'])} at once"] if known(load.get("size")) else []
    parts += [f"{seconds(load['for_seconds'])} long"] if known(load.get("for_seconds")) else []
    parts += [f"each {seconds(load['repeat_seconds'])}"] if known(load.get("repeat_seconds")) else []
    parts += [f"for {seconds(length)}"] if known(length) else []
    if executor == "users":
        parts += [f"by {count(users)} users, each after its last is done"] if known(users) else []
    elif known(users):
        parts += [f"at most {count(users)} at once"]
    return ", ".join(parts)
