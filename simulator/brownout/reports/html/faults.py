"""The trouble that was planned, and what became of it: rules and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.reports.html.markup import Cell, Html, el, table
from brownout.reports.html.summary import Arms, arm_title, harm
from brownout.reports.html.words import count, known, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Planned = Mapping[str, Any]
    Slot = tuple[str, str | None]
    """A name and a phase: in a phase, a rule takes the place of the one that holds always."""


def faults(arms: Arms) -> Html | None:
    """Return each rule and each limit as it was planned, and how often it fired or refused in each arm."""
    tables = [one for one in (_rules(arms), _limits(arms)) if one is not None]
    return el("section", el("h2", "Faults planned and fired"), *tables, id="faults") if tables else None


def _rules(arms: Arms) -> Html | None:
    by_arm, every = _slots(arms, "rules")
    if not every:
        return None
    rows = [
        [
            name,
            el("code", rule["kind"]),
            rule["target"],
            phase or "always",
            Cell(rule["how_often"], "number"),
            *(cell for found in by_arm.values() for cell in _fired(found.get((name, phase)))),
        ]
        for (name, phase), rule in every.items()
    ]
    header = ["rule", "fault", "strikes at", "phase", "how often", *["matched", "expected", "fired"] * len(arms)]
    groups = [("planned", 4), *((arm_title(name, arm), 3) for name, arm in arms.items())]
    return table("Each rule, and what became of it in each arm", header, rows, groups=groups)


def _limits(arms: Arms) -> Html | None:
    by_arm, every = _slots(arms, "limits")
    if not every:
        return None
    rows = [
        [name, phase or "always", *(_refused(found.get((name, phase))) for found in by_arm.values())]
        for name, phase in every
    ]
    header = ["limit", "phase", *(f"refused: {arm_title(name, arm)}" for name, arm in arms.items())]
    return table("Each limit, and how many requests it refused in each arm", header, rows)


def _slots(arms: Arms, what: str) -> tuple[dict[str, dict[Slot, Planned]], dict[Slot, Planned]]:
    """Return what was planned, by arm and in all. An arm that was cut short may know fewer."""
    by_arm = {name: {(one["name"], one.get("phase")): one for one in arm.get(what) or ()} for name, arm in arms.items()}
    return by_arm, {slot: one for found in by_arm.values() for slot, one in found.items()}


def _fired(rule: Planned | None) -> Iterator[Cell]:
    if rule is None:
        yield from [Cell("not planned", "quiet")] * 3
        return
    yield Cell(count(rule["matched"]), "number" if known(rule["matched"]) else "quiet")
    low, high = rule.get("interval") or (None, None)
    bounds = el("span", f" {low:,}..{high:,}", class_="gloss", title="the 95% interval") if low != high else None
    yield Cell([number(rule["expected"]), bounds], "number" if known(rule["expected"]) else "quiet")
    idle = rule.get("idle") or 0
    gloss = (
        el("span", f" and {idle:,} idle", class_="gloss", title="fired, and there was nothing to change")
        if idle
        else None
    )
    yield harm("never") if not rule["fired"] and not idle else Cell([count(rule["fired"]), gloss], "number")


def _refused(limit: Planned | None) -> Cell:
    return Cell("not planned", "quiet") if limit is None else Cell(count(limit["refused"]), "number")
