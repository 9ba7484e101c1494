"""Histories of calls that are tried again, planted without a server: how long each wait was, and what it followed."""

from __future__ import annotations

from typing import Any

from story import BEGAN, Story

TAKES = 0.02
"""How long each answer takes to leave."""
UNAVAILABLE: dict[str, Any] = {"status": 503, "does": "write"}
THROTTLED: dict[str, Any] = {"status": 429, "does": "write", "limit": "burst"}
RESET: dict[str, Any] = {"status": 0, "answered": "reset", "does": "write"}
GOOD: dict[str, Any] = {"does": "write"}


def retries(
    told: Story, key: str, waits: list[float], *, began: float = 0.0, failed: dict[str, Any] | None = None,
    says: float | None = None, dated: bool = False, keys: list[str | None] | None = None,
    last: dict[str, Any] | None = None, **more: Any,
) -> Story:  # fmt: skip
    """Let an order fail, and be tried again after each of `waits`; the last try is answered as `last` has it: well.

    `says` is when answers tell to come back, with `dated` as a date. `keys` are the idempotency keys of the tries.
    """
    failed, last = failed or UNAVAILABLE, last or GOOD
    at = BEGAN + began
    for number, wait in enumerate([*waits, 0.0]):
        end = number == len(waits)
        answer = {**(last if end else failed), **more}
        observed: dict[str, Any] = {"wall_at": at, "ended_at": at + TAKES, **answer.pop("observed", {})}
        if keys is not None:
            observed["idempotency_key"] = keys[number]
            answer |= {"keyless": True} if keys[number] is None else {}
        if says is not None and not end:
            answer["told"] = {"by": "Retry-After", "form": "http_date"} if dated else {
                "by": "Retry-After", "seconds": says
            }  # fmt: skip
            if dated:
                observed["come_back_at"] = at + TAKES + says
        told.call(key, observed=observed, **answer)
        at += TAKES + wait
    return told


def cohort(told: Story, waits: list[list[float]], **more: Any) -> Story:
    """Let one order after the other fail, a second apart, and be tried again; each is paid for once and claimed."""
    for number, each in enumerate(waits):
        key = f"order-{number:04d}"
        retries(told, key, each, began=float(number), **more)
        told.charge(key).claim(key)
    return told


def token(
    told: Story, at: float, *, issued: str | None = None, life: float | None = 60.0, of: str = "shop",
    takes: float = TAKES, kind: str = "client_credentials", **decided: Any,
) -> Story:  # fmt: skip
    """Add a call for tokens that arrives at `at`; without `issued` it is refused, unless `decided` says otherwise."""
    about = {"type": kind, "of": of} | ({} if issued is None else {"issued": issued, "life_seconds": life})
    decided = {"status": 400, "error": "grant_dead"} | decided if issued is None else decided
    observed = {"wall_at": BEGAN + at, "ended_at": BEGAN + at + takes, "grant": about}
    return told.call(
        f"t-{at}", operation="oauth.token", does="token", offset=at, observed=observed, **decided
    )  # fmt: skip


def use(told: Story, at: float, with_token: str | None, key: str = "order-0000", **decided: Any) -> Story:
    """Add a call that comes with a token."""
    observed = {"wall_at": BEGAN + at, "ended_at": BEGAN + at + TAKES, "token": with_token}
    return told.call(key, does="write", offset=at, observed=observed, **decided)
