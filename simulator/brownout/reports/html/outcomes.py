"""How operations came out: by phase, and by class of error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.reports.html import classes
from brownout.reports.html.markup import Cell, Html, el, join, swatch, table
from brownout.reports.html.summary import Arms, arm_title
from brownout.reports.html.words import NOT_MEASURED, count, known, seconds, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Phase = Mapping[str, Any]


def phases(arms: Arms) -> Html | None:
    """Return how each arm fared in each phase."""
    found = {name: {phase["name"]: phase for phase in arm["phases"]} for name, arm in arms.items() if arm.get("phases")}
    if not found:
        return None
    order = {phase["name"]: phase["duration_seconds"] for by_name in found.values() for phase in by_name.values()}
    rows = [
        [
            join([f"{place}. {name} ", el("span", seconds(length), class_="gloss")]),
            *(cell for by_name in found.values() for cell in _fared(by_name.get(name))),
        ]
        for place, (name, length) in enumerate(order.items(), 1)
    ]
    header = ["phase", *["operations", "goodput", "p95", "errors"] * len(found)]
    groups = [(arm_title(name, arms[name]), 4) for name in found]
    return el(
        "section",
        el("h2", "Phase by phase"),
        el("p", "An operation belongs to the phase that it was due in, however long it took."),
        table("How each arm fared in each phase", header, rows, groups=groups),
        id="phases",
    )


def _fared(phase: Phase | None) -> Iterator[Cell]:
    if phase is None:
        yield from [Cell(NOT_MEASURED, "quiet")] * 4
        return
    metrics, split = phase.get("metrics") or {}, phase.get("errors") or {}
    yield _cell(phase["operations"], count)
    yield _cell(metrics.get("goodput.rate", {}).get("value"), share)
    yield _cell((phase.get("latency") or {}).get("p95_seconds"), seconds)
    said = ", ".join(f"{split[name]:,}\u00a0{name}" for name in classes.ordered(split) if split[name])
    yield Cell(said) if said else Cell("none", "quiet")


def errors(arms: Arms) -> Html | None:
    """Return the errors by class: operations that ended badly, and attempts that failed on the way."""
    found = {name: arm["errors"] for name, arm in arms.items() if arm.get("errors")}
    if not found:
        return None
    sides = ("operations", "attempts")
    split = [one.get(side) or {} for one in found.values() for side in sides]
    names = classes.ordered(name for each in split for name, many in each.items() if many)
    title = el("h2", "Errors by class")
    if not names:
        return el("section", title, el("p", "No operation and no attempt failed.", class_="quiet"), id="errors")
    rows = [[_class(name), *(_cell(each.get(name, 0), count) for each in split)] for name in names]
    groups = [(arm_title(name, arms[name]), len(sides)) for name in found]
    return el(
        "section",
        title,
        el("p", "Operations that ended badly, and attempts that failed on the way to an end, good or bad."),
        table("Errors by class", ["class", *sides * len(found)], rows, groups=groups),
        id="errors",
    )


def _class(name: str) -> Html:
    look = classes.of(name)
    return join([swatch(look.color, look.pattern), name, " ", el("span", look.meaning, class_="gloss")])


def _cell(value: Any, say: Callable[[Any], str]) -> Cell:
    return Cell(say(value), "number" if known(value) else "quiet")
