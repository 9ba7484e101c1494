"""The head of an arm's journal, whoever played the arm: what was planned, with what only the run knows."""

from __future__ import annotations

import platform
from collections import Counter
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

from brownout import __version__
from brownout.verdict import Head
from brownout.verdict.phases import PlannedPhase, phase_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.plan import Load, Plan
    from brownout.core.registries import Registries
    from brownout.drill.arrivals import Arrival
    from brownout.drill.ground import Written


class Ending(NamedTuple):
    """How an arm's load ended: what kept it from its end, and what its client did that no client may.

    `aborted` is the check that ended it, as `Head` has it.
    """

    trouble: str | None
    broke: str | None = None
    aborted: Mapping[str, Any] | None = None


def head_of(
    plan: Plan,
    arm: str,
    found: Written,
    ending: Ending,
    *,
    registries: Registries,
    load: Load,
    orders: Sequence[Arrival],
    **more: Any,
) -> Head:
    """Return the head of an arm that was played with `orders` and left `found`; `more` are further fields of it."""
    told: dict[str, Any] = {
        "operations": registries.met_by(plan.rules),
        "orders_planned": len(orders) if load.open else None,
        "load": None if plan.load is None else asdict(load),
        "phases": tuple(_phases(plan, load, orders)),
        "evicted": found.evicted,
        "trouble": found.trouble or ending.trouble,
        "broke": ending.broke,
        "aborted": ending.aborted,
        "versions": versions("locust", "plotly"),
        "load_began_at": _began_at(found.claims),
    }
    return Head.of(plan, arm, **{**told, **more})


def versions(*packages: str) -> Mapping[str, str]:
    """Return our own version, Python's, and those of the packages that are installed."""
    found = {"brownout": __version__, "python": platform.python_version()}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _phases(plan: Plan, load: Load, orders: Sequence[Arrival]) -> Iterator[PlannedPhase]:
    """Yield the phases with how many orders are due in each, as the engine decides it."""
    phases = [PlannedPhase.of(phase) for phase in plan.phases]
    due = Counter(phase_at(phases, order.due_seconds) for order in orders)
    for phase in phases:
        yield replace(phase, planned=due[phase.name] if load.open else None)


def _began_at(claims: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the wall time at which the first order was due, as the client's own claims have it."""
    for claim in claims:
        scheduled, due = claim.get("scheduled_at"), claim.get("due")
        if isinstance(scheduled, int | float) and isinstance(due, int | float):
            return round(scheduled - due, 6)
    return None
