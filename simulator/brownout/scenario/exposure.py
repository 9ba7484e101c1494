"""Which of a load's orders a rule is in force for: those due in its phase, and in its window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.executors import due, due_before, how_many

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.rules import Rule

_LOOKED_AT_MOST: Final = 100_000
"""So many orders are looked at one by one; of more, a sample."""


class Exposure(NamedTuple):
    """How many orders a rule is in force for, and how much of its percentage holds for each, on average."""

    orders: int
    share: float


def planned(plan: Plan, phase: str | None = None) -> int | None:
    """Return how many orders the load begins in each arm, or those of them due in `phase`.

    None without a load, and for a closed one: nobody plans how many that has.
    """
    span = _span(plan, phase)
    return None if span is None else max(0, span[1] - span[0])


def exposure(plan: Plan, rule: Rule) -> Exposure | None:
    """Return what a rule is in force for; None where nobody plans orders."""
    span = _span(plan, rule.phase)
    if span is None or plan.load is None:
        return None
    first, end = span
    if rule.when is None:
        return Exposure(max(0, end - first), 1.0)
    begins_at = plan.begins_at(rule.phase)
    step = max(1, -(-(end - first) // _LOOKED_AT_MOST))
    dues = (due(plan.seed, plan.load, number) for number in range(first, end, step))
    shares = (rule.when.share(at - begins_at) for at in dues)
    held = [share for share in shares if share > 0]
    return Exposure(min(len(held) * step, max(0, end - first)), sum(held) / len(held) if held else 0.0)


def lasts(plan: Plan, phase: str | None) -> float | None:
    """Return how long a phase goes on, or all of the scenario without one; None if that is open."""
    if phase is not None:
        return next((one.duration_seconds for one in plan.phases if one.name == phase), None)
    return plan.load.duration_seconds if plan.load is not None else None


def has_room(plan: Plan, rule: Rule) -> float | None:
    """Return how long a rule's windows can count in all, None if that is open.

    Those of webhook deliveries count in the world's time, which may go faster than the load's.
    """
    whole = lasts(plan, rule.phase)
    return whole if whole is None or not getattr(rule.fault, "deliveries", False) else whole * plan.clock.speed


def _span(plan: Plan, phase: str | None) -> tuple[int, int] | None:
    """Return the first order that is due in a phase, and the one after its last."""
    load = plan.load
    whole = None if load is None else how_many(plan.seed, load)
    if load is None or whole is None:
        return None
    begins_at = 0.0
    for one in plan.phases if phase is not None else ():
        ends_at = begins_at + one.duration_seconds
        if one.name == phase:
            end = whole if one is plan.phases[-1] else due_before(plan.seed, load, ends_at)
            return due_before(plan.seed, load, begins_at), end
        begins_at = ends_at
    return 0, whole
