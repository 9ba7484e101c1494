"""When a client is told to come back: the `Retry-After` of a refusal that a fault made, and what any answer said."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.dates import http_date, unix_seconds
from brownout.core.effects import Refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import ComeBack, End
    from brownout.core.exchange import Exchange
    from brownout.core.moment import Moment
    from brownout.core.rules import Decision
    from brownout.core.sandbox import Sandbox

_SERVICE: Final = re.compile(r";\s*r=(\d{1,9})(?:\s*;[^,]*?)?;\s*t=(\d{1,9})")
_DIGITS_MOST: Final = 9


class Told(NamedTuple):
    """What an answer said of when to come back: in so many `seconds`, or `at` a moment (unix seconds).

    `by` is the header that said so: `Retry-After`, or `RateLimit` by its `t`.
    """

    by: str
    seconds: int | None = None
    at: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what every equal run says: of a date no more than that it was one."""
        return {"by": self.by, "seconds": self.seconds} if self.at is None else {"by": self.by, "form": "http_date"}


def told(headers: Mapping[str, str]) -> Told | None:
    """Return what an answer's headers say of when to come back, None if nothing that a client could read.

    Of `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), the longest `t` of a limit with nothing left counts, else
    that of the first. `Retry-After` comes before it.

    >>> told({"Retry-After": "3"}), told({"RateLimit": '"a";r=0;t=5, "b";r=9;t=60'})
    (Told(by='Retry-After', seconds=3, at=None), Told(by='RateLimit', seconds=5, at=None))
    """
    found = {name.lower(): text.strip() for name, text in headers.items()}
    text = found.get("retry-after")
    if text is not None:
        if text.isdecimal() and text.isascii() and len(text) <= _DIGITS_MOST:
            return Told("Retry-After", seconds=int(text))
        at = unix_seconds(text)
        if at is not None:
            return Told("Retry-After", at=at)
    services = [(int(left), int(wait)) for left, wait in _SERVICE.findall(found.get("ratelimit", ""))]
    if not services:
        return None
    empty = [wait for left, wait in services if not left]
    return Told("RateLimit", seconds=max(empty) if empty else services[0][1])


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
