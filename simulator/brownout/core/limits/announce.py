"""The headers in which limits say how much is left, and when to come back: on wire time, true or not.

Forms: `X-RateLimit-*` as GitHub and others had it, the `RateLimit-*` trio of the IETF draft's versions up to 07, and
its later versions' `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, read 2026-11-22).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, assert_never

from brownout.core.dates import http_date
from brownout.core.limits.level import MICRO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.limits.level import Standing
    from brownout.core.limits.levels import Refusal, Told
    from brownout.core.limits.limit import Limit, ResetForm
    from brownout.core.moment import Clock, Moment

_RETRY: Final = "Retry-After"


class Announcement:
    """What the limits that a request met say, as headers. `again` is what a refusal adds: Retry-After."""

    __slots__ = ("again", "headers", "told")

    def __init__(self, told: Sequence[Told], clock: Clock, now: Moment, refusal: Refusal | None = None) -> None:
        """Word what `told` say; of a refusal, its own limit's words come first."""
        self.told = told
        self.headers = _standings(told, clock, now, refusal)
        wait = refusal.retry_after_seconds if refusal is not None else None
        self.again: Mapping[str, str] = {}
        if refusal is not None and wait is not None and "retry_after" in refusal.limit.announces:
            text = _retry_after(refusal.limit, wait, clock, now)
            self.again = {} if text is None else {_RETRY: text}

    def over(self, headers: Mapping[str, str], *, refused: bool) -> dict[str, str]:
        """Return an answer's headers with these in place of their namesakes."""
        own = {**self.headers, **self.again} if refused else self.headers
        replaced = {name.lower() for name in own}
        return {name: text for name, text in headers.items() if name.lower() not in replaced} | own


def _retry_after(limit: Limit, wait: float, clock: Clock, now: Moment) -> str | None:
    lie = limit.lie.retry_after if limit.lie is not None else None
    seconds = clock.wire_seconds(wait, up=True)
    match lie:
        case None:
            return str(seconds)
        case "too_short":
            return str(seconds // 10)
        case "too_long":
            return str(seconds * 10)
        case "http_date":
            return http_date(_wall_at(wait, clock, now))
        case "missing":
            return None
        case _:
            assert_never(lie)


def _standings(told: Sequence[Told], clock: Clock, now: Moment, refusal: Refusal | None) -> dict[str, str]:
    all_told = [(one.limit, one.standing) for one in told]
    if refusal is not None and refusal.limit.announces:
        all_told.insert(0, (refusal.limit, refusal.standing))
    headers: dict[str, str] = {}
    for kind, prefix in (("legacy", "X-RateLimit"), ("trio", "RateLimit")):
        tellers = [one for one in all_told if kind in one[0].announces]
        if tellers:
            first = refusal is not None and tellers[0][0] is refusal.limit
            limit, standing = tellers[0] if first else min(tellers, key=lambda one: one[1].left / max(1, one[1].most))
            headers |= _three(prefix, limit, standing, clock, now)
    drafts = [one for one in all_told if "draft" in one[0].announces]
    if drafts:
        headers["RateLimit-Policy"] = ", ".join(_policy(limit, standing, clock) for limit, standing in drafts)
        headers["RateLimit"] = ", ".join(_service(limit, standing, clock) for limit, standing in drafts)
    return headers


def _three(prefix: str, limit: Limit, standing: Standing, clock: Clock, now: Moment) -> dict[str, str]:
    three = {f"{prefix}-Limit": str(standing.most), f"{prefix}-Remaining": str(_left(limit, standing))}
    if standing.reset is not None:
        form = limit.reset or ("epoch" if prefix == "X-RateLimit" else "seconds")
        three[f"{prefix}-Reset"] = _moment(form, standing.reset / MICRO, clock, now)
    return three


def _moment(form: ResetForm, wait: float, clock: Clock, now: Moment) -> str:
    match form:
        case "seconds":
            return str(clock.wire_seconds(wait, up=True))
        case "epoch":
            return str(_wall_at(wait, clock, now))
        case "http_date":
            return http_date(_wall_at(wait, clock, now))
        case _:
            assert_never(form)


def _policy(limit: Limit, standing: Standing, clock: Clock) -> str:
    if limit.in_flight:
        return f'"{limit.name}";q={standing.most};qu="concurrent-requests"'
    rate = limit.rate_per_second
    window = limit.capacity / rate if rate is not None else limit.window_seconds or 86_400.0
    return f'"{limit.name}";q={standing.most};w={clock.wire_seconds(window, up=True)}'


def _service(limit: Limit, standing: Standing, clock: Clock) -> str:
    left = f'"{limit.name}";r={_left(limit, standing)}'
    return left if standing.reset is None else f"{left};t={clock.wire_seconds(standing.reset / MICRO, up=True)}"


def _left(limit: Limit, standing: Standing) -> int:
    lie = limit.lie.remaining if limit.lie is not None else None
    return standing.left if lie is None else max(standing.left, min(lie, standing.most))


def _wall_at(wait: float, clock: Clock, now: Moment) -> int:
    """Return the wall's second in which `wait` world seconds are over; in a frozen world they count as they are."""
    return math.ceil(now.wall + (wait if clock.frozen else wait / clock.speed))
