"""What a client says of its operations, read with suspicion: a client may write anything.

A part that can't be read is left out and noted, so that the verdict can say that somebody's word is missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.words import CLASSES, said

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    T = TypeVar("T")

OUTCOMES: Final = ("ok", "fail", "unknown")
MINOR_MOST: Final = 10**12
"""More minor units than that is no amount; so many of so many operations still fit 64 bits."""
_SECONDS_MOST: Final = 1e11
"""A moment after the year 5000 is no moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The client's last word on one operation. None where it says nothing, or nothing that can be read.

    `due` is the scheduled start in seconds since the load began, the other times are unix seconds: when it was to
    start, when it started, and when the client knew how it ended; `seen_at`, if it says so, is when it first knew of
    the payment, by a webhook, say. `object` is the payment that the client knows of, `error` one of the classes of
    errors.

    Of all that it said of the operation, `first_at` is when it first said anything, `reported_at` when it first said
    that something was wrong, and `known_at` from when on it said what its last word is.
    """

    key: str
    outcome: str
    object: str = ""
    amount_minor: int | None = None
    refunded_minor: int | None = None
    currency: str = ""
    due: float | None = None
    scheduled_at: float | None = None
    started_at: float | None = None
    at: float | None = None
    seen_at: float | None = None
    error: str | None = None
    detail: str = ""
    first_at: float | None = None
    reported_at: float | None = None
    known_at: float | None = None

    def after(self, earlier: Claim) -> Claim:
        """Return it as what was said after an `earlier` claim on the same operation."""
        return replace(
            self,
            first_at=_earliest(earlier.first_at, self.at),
            reported_at=_earliest(earlier.reported_at, self.reported_at),
            known_at=_earliest(earlier.known_at, self.at) if earlier.outcome == self.outcome else self.at,
            seen_at=self.seen_at if earlier.seen_at is None else earlier.seen_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """All claims of an arm: the last one of each key, and what couldn't be read of any.

    `given` is whether the client makes claims at all.
    """

    given: bool
    by_key: Mapping[str, Claim]
    unread: tuple[str, ...] = ()


def read(claims: Iterable[Any] | None) -> Claims:
    """Return `claims` as far as they can be read.

    >>> read([{"key": "a", "outcome": "ok", "amount_minor": "7"}]).unread
    ("a: amount_minor is '7'",)
    """
    by_key: dict[str, Claim] = {}
    unread: list[str] = []
    for raw in claims or ():
        claim = _claim(raw, unread)
        if claim is not None:
            earlier = by_key.get(claim.key)
            by_key[claim.key] = claim if earlier is None else claim.after(earlier)
    return Claims(given=claims is not None, by_key=by_key, unread=tuple(unread))


def _claim(raw: Any, unread: list[str]) -> Claim | None:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("key"), str) or raw.get("outcome") not in OUTCOMES:
        unread.append(f"{said(repr(raw))} names no operation and no outcome")
        return None
    key = raw["key"]

    def given(name: str, value: T | None) -> T | None:
        if value is None and raw.get(name) is not None:
            unread.append(f"{said(key)}: {name} is {said(repr(raw[name]))}")
        return value

    def text(name: str) -> str:
        return value if isinstance(value := raw.get(name), str) else ""

    at, error = given("at", seconds(raw.get("at"))), text("error") if text("error") in CLASSES else None
    return Claim(
        key=key,
        outcome=raw["outcome"],
        object=text("object"),
        amount_minor=given("amount_minor", _minor(raw.get("amount_minor"))),
        refunded_minor=given("refunded_minor", _minor(raw.get("refunded_minor"))),
        currency=text("currency"),
        due=given("due", seconds(raw.get("due"))),
        scheduled_at=given("scheduled_at", seconds(raw.get("scheduled_at"))),
        started_at=given("started_at", seconds(raw.get("started_at"))),
        at=at,
        seen_at=given("seen_at", seconds(raw.get("seen_at"))),
        error=error,
        detail=text("detail"),
        first_at=at,
        reported_at=at if raw["outcome"] != "ok" or error is not None else None,
        known_at=at,
    )


def _earliest(*moments: float | None) -> float | None:
    return min((one for one in moments if one is not None), default=None)


def _minor(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MINOR_MOST else None


def seconds(value: Any) -> float | None:
    """Return a moment or a length that makes sense, None for anything else.

    >>> seconds(1.5), seconds("1.5"), seconds(float("nan"))
    (1.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _SECONDS_MOST and math.isfinite(value) else None
