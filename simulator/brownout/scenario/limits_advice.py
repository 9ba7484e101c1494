"""What keeps limits from limiting as they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.limits.seats import cost_of, most_of
from brownout.scenario.advice import Advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.limits import Limit
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries


def limits(plan: Plan, registries: Registries) -> Iterator[Advice]:
    """Yield what keeps limits from limiting as they seem to."""
    operations = registries.operations().values()
    for key, limit in _placed(plan):
        met = [operation for operation in operations if limit.match.static(operation)]
        if limit.documented is None:
            yield from _unmet(f"{key}.match", limit, met)
            yield from _too_dear(key, limit, met)
        if plan.clock.frozen and not limit.in_flight:
            verb = "refills" if limit.rate_per_second is not None else "begins anew"
            message = f"{limit.name} never {verb} while the clock is frozen: advance it, or leave frozen out"
            yield Advice(key=key, message=message)


def _unmet(key: str, limit: Limit, met: list[Operation]) -> Iterator[Advice]:
    if not met:
        yield Advice(key=key, message=f"{limit.name} never limits: no operation fits all of match")
    elif "object" in limit.parts and all(operation.id_param is None for operation in met):
        told = "never limits" if limit.algorithm == "lock" else "has one level for all"
        yield Advice(key=key, message=f"{limit.name} {told}: no operation that fits has an object's id in its path")


def _too_dear(key: str, limit: Limit, met: list[Operation]) -> Iterator[Advice]:
    """Yield what is never admitted, not even first."""
    for operation in met:
        cost, most = 1 if limit.in_flight else cost_of(limit, operation), most_of(limit, operation)
        if cost > most:
            message = f"{limit.name} never admits {operation.name}: it costs {cost}, and there are {most} at most"
            yield Advice(key=key, message=message)
            return


def _placed(plan: Plan) -> Iterator[tuple[str, Limit]]:
    """Yield each limit with its key, as mistakes spell it: those of one documented set share one entry."""
    phases = {phase.name: f"phases[{position}]." for position, phase in enumerate(plan.phases)}
    numbers: dict[tuple[str | None, str | None], int] = {}
    last: dict[tuple[str | None, str | None], Limit] = {}
    for limit in plan.limits:
        slot = limit.phase, limit.preset
        before = last.get(slot)
        if before is None or limit.documented is None or before.documented != limit.documented:
            numbers[slot] = numbers.get(slot, -1) + 1
        last[slot] = limit
        where = phases[limit.phase] if limit.phase is not None else ""
        used = f"use.{limit.preset}." if limit.preset is not None else ""
        yield f"{where}{used}limits[{numbers[slot]}]", limit
