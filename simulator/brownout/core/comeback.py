"""When a refusal tells its client to come back: the `Retry-After` of one that a fault made."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from brownout.core.dates import http_date
from brownout.core.effects import Refuse

if TYPE_CHECKING:
    from brownout.core.effects import ComeBack, End
    from brownout.core.exchange import Exchange
    from brownout.core.moment import Moment
    from brownout.core.rules import Decision
    from brownout.core.sandbox import Sandbox


def with_retry_after(
    world: Sandbox, exchange: Exchange, ender: Decision | None, end: End | None, now: Moment
) -> End | None:  # fmt: skip
    """Return what ends the exchange; a refusal with the header that it asks for, where the moment is known."""
    if ender is None or not isinstance(end, Refuse) or end.retry_after is None:
        return end
    told = _told(world, exchange, ender, end.retry_after, now)
    return end if told is None else replace(end, headers=(*end.headers, ("Retry-After", told)))


def _told(
    world: Sandbox, exchange: Exchange, decision: Decision, comeback: ComeBack, now: Moment
) -> str | None:  # fmt: skip
    """Return the header's text; None if it should tell the end of a rule that has none.

    Seconds are those that the client's own clock will count, at least 1 and rounded up; a date is on the wall's side.
    """
    left = comeback.seconds if comeback.seconds is not None else left_of(world, exchange, decision, now)
    if left is None:
        return None
    if comeback.form == "seconds":
        return str(world.clock.wire_seconds(left, up=True))
    wait = left if world.clock.frozen else left / world.clock.speed
    return http_date(math.ceil(now.wall + wait))


def left_of(world: Sandbox, exchange: Exchange, decision: Decision, now: Moment) -> float | None:
    """Return for how many world seconds a rule goes on as it is: to the end of its window, its phase or its own time.

    None if none of them ends. Never below 0: an exchange may have come in at the last moment and waited since.
    """
    rule, elapsed = decision.rule.rule, world.elapsed(now)
    ends = [
        world.plan.begins_at(phase.name) + phase.duration_seconds - elapsed
        for phase in world.plan.phases
        if phase.name == rule.phase
    ]
    if rule.when is not None and decision.lasted_seconds is not None:
        left = rule.when.left(elapsed - (exchange.elapsed - decision.lasted_seconds))
        ends += [] if left is None else [left]
    live = world.live_rules.get(rule.name)
    if live is not None and live.ends_at < math.inf:  # which is on the wall's time
        ends.append((live.ends_at - now.wall) * (1.0 if world.clock.frozen else world.clock.speed))
    return max(0.0, min(ends)) if ends else None
