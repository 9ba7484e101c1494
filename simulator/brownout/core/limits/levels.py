"""The levels of all limits of a sandbox: who has taken how much, and who is refused.

A request takes from all the limits of a step that match it or from none: what it would be refused by one leaves the
others untouched. Limits by address and on failures come before authorisation and are a step of their own: what they
took isn't given back. Levels run on world time. Outcomes depend on time and global order, so they are class D2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.limits.level import MICRO, micros
from brownout.core.limits.meters import meter_of
from brownout.core.limits.seats import Seat
from brownout.core.limits.windows import Log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Exchange
    from brownout.core.limits.level import Level, Meter, Standing
    from brownout.core.limits.limit import Limit, Slot

PARTITIONS_KEPT: Final = 10_000
"""Beyond this many partitions a limit forgets those that are as good as new, and lets newcomers share one level."""
ENTRIES_KEPT: Final = 1_000_000
"""How many entries of exact logs a limit keeps at most: with a large quota, it tells fewer partitions apart."""
OTHERS: Final = "(others)"
"""The partition of all who came when there was no room for a level of their own."""


class Held(NamedTuple):
    """What a request holds while it is under way: a place, or a cost that its outcome may give back."""

    meter: Meter
    level: Level
    cost: int
    where: Any
    always: bool
    """Given back whatever the outcome: a place."""
    if_succeeded: bool
    """Else: given back if the request succeeded, rather than if it failed."""


class Told(NamedTuple):
    """Where a limit that announces itself stands after a request."""

    limit: Limit
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Which limit said no, how full it was, and how many world seconds until it would say yes (None: unknown).

    `cost` is what the request would have taken, `most` up to where it might have filled the limit; `blocked` says that
    the penalty box refused, not the level.
    """

    limit: Limit
    level: float
    retry_after_seconds: float | None
    cost: int
    most: int
    blocked: bool
    standing: Standing

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers for the journal."""
        limit = self.limit
        numbers = {
            "algorithm": limit.algorithm,
            "level": round(self.level, 6),
            "most": self.most,
            "cost": self.cost,
            "wait": None if self.retry_after_seconds is None else round(self.retry_after_seconds, 6),
            "rate": limit.rate_per_second,
            "window": limit.window_seconds,
            "capacity": limit.quota if limit.shares else None,
            "blocked": self.blocked or None,
            "partition": "+".join(limit.parts),
            "documented": limit.documented,
        }
        return {key: value for key, value in numbers.items() if value is not None}


class Taken(NamedTuple):
    """What a request was let through with: what it holds, and where the limits that announce themselves stand."""

    held: list[Held]
    told: list[Told]


class Want(NamedTuple):
    """What a request wants of one limit."""

    seat: Seat
    partition: str
    cost: int


class Book:
    """The levels of one limit by partition, bounded."""

    __slots__ = ("_kept", "_others", "_patience", "_searched_at", "levels", "meter")

    def __init__(self, limit: Limit) -> None:
        """Begin empty."""
        self.meter = meter_of(limit)
        self.levels: dict[str, Level] = {}
        self._kept = PARTITIONS_KEPT
        if isinstance(self.meter, Log):
            self._kept = max(1, min(PARTITIONS_KEPT, ENTRIES_KEPT // (limit.quota or 1)))
        self._others: Level | None = None
        self._patience = 0
        self._searched_at = 0

    def level(self, partition: str, at: int) -> Level:
        """Return a partition's level.

        While anything counts in the level of the others, newcomers join it: with a level of their own, what they took
        there would be forgotten, and they be admitted more than the limit says.
        """
        level = self.levels.get(partition)
        if level is not None:
            return level
        if self._others is not None:
            if not self._idle(self._others, at):
                return self._others
            self._others = None
        if len(self.levels) >= self._kept and not self._make_room(at):
            self._others = self.meter.fresh(at)
            return self._others
        level = self.levels[partition] = self.meter.fresh(at)
        return level

    def shown(self, at: int) -> dict[str, Level]:
        """Return the levels by partition, sorted, that of the others among them."""
        named = dict(sorted(self.levels.items()))
        return named if self._others is None else {**named, OTHERS: self._others}

    def _make_room(self, at: int) -> bool:
        """Forget what is as good as new. Looking costs, so a search in vain isn't repeated for each newcomer."""
        if self._patience and at < self._searched_at + MICRO:
            self._patience -= 1
            return False
        for name in [name for name, level in self.levels.items() if self._idle(level, at)]:
            del self.levels[name]
        if len(self.levels) < self._kept:
            return True
        self._patience, self._searched_at = self._kept // 10, at
        return False

    def _idle(self, level: Level, at: int) -> bool:
        return level.blocked_until <= at and self.meter.idle(level, at)


class Limits:
    """The levels of all limits of a sandbox.

    >>> from brownout.core.limits import Limit
    >>> from brownout.core.match import Match
    >>> one = Limit(name="one", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=1.0)
    >>> limits = Limits()
    >>> limits.take([(one, "acct")], cost=1, now=0.0)
    []
    >>> limits.take([(one, "acct")], cost=1, now=0.5).retry_after_seconds
    0.5
    """

    __slots__ = ("_books", "_seats", "refused", "taken")

    def __init__(self) -> None:
        """Start with every bucket full and nothing under way."""
        self._books: dict[Slot, Book] = {}
        self._seats: dict[tuple[Slot, str], Seat] = {}
        self.refused: dict[Slot, int] = {}
        self.taken: dict[Slot, int] = {}

    def admit(self, limits: Iterable[Limit], exchange: Exchange, now: float) -> Taken | Refusal | None:
        """Take from every limit of `limits` that matches `exchange`, or say which refuses; None if none matches."""
        wants = []
        for limit in limits:
            seat = self._seat(limit, exchange)
            if seat.meets(exchange):
                wants.append(Want(seat, seat.partition(exchange), seat.cost_for(exchange)))
        if not wants:
            return None
        exchange.stateful = True
        return self._take(wants, micros(now))

    def take(self, wanted: list[tuple[Limit, str]], *, cost: int, now: float) -> list[Held] | Refusal:
        """Take `cost` from each (limit, partition) at world time `now`: from all, or from none."""
        wants = [Want(self._bare_seat(limit), partition, cost) for limit, partition in wanted]
        got = self._take(wants, micros(now))
        return got if isinstance(got, Refusal) else got.held

    def settle(self, held: Iterable[Held], *, succeeded: bool = True) -> None:
        """Give back the places, and what counts only for the other outcome."""
        for one in held:
            if one.always or one.if_succeeded == succeeded:
                one.meter.give_back(one.level, one.cost, one.where)

    def describe(self, limits: Iterable[Limit], now: float) -> list[dict[str, Any]]:
        """Return each limit with its partitions' levels, for the admin API."""
        at = micros(now)
        return [self._described(limit, at) for limit in limits]

    def _described(self, limit: Limit, at: int) -> dict[str, Any]:
        book = self._books.get(limit.slot)
        levels = book.shown(at) if book is not None else {}
        meter = book.meter if book is not None else meter_of(limit)
        return {
            "name": limit.name,
            "phase": limit.phase,
            "algorithm": limit.algorithm,
            "documented": limit.documented,
            "partition": "+".join(limit.parts),
            "count": limit.count,
            "announce": "+".join(limit.announces) or "none",
            "capacity": limit.capacity,
            "level_is": "left" if limit.algorithm == "token_bucket" else "taken",
            "admitted": self.taken.get(limit.slot, 0),
            "refused": self.refused.get(limit.slot, 0),
            "levels": {name: round(meter.used(level, at), 6) for name, level in levels.items()},
            "blocked": {
                name: round((level.blocked_until - at) / MICRO, 6)
                for name, level in levels.items()
                if level.blocked_until > at
            },
        }

    def _take(self, wants: list[Want], at: int) -> Taken | Refusal:
        levels = []
        for want in wants:
            level = self._book(want.seat.limit).level(want.partition, at)
            refusal = _refusal(want, level, at)
            if refusal is not None:
                slot = refusal.limit.slot
                self.refused[slot] = self.refused.get(slot, 0) + 1
                return refusal
            levels.append(level)
        held: list[Held] = []
        told: list[Told] = []
        for (seat, _, cost), level in zip(wants, levels, strict=True):
            limit = seat.limit
            self.taken[limit.slot] = self.taken.get(limit.slot, 0) + 1
            where = seat.meter.take(level, cost, at)
            if limit.in_flight or limit.count != "all":
                held.append(Held(seat.meter, level, cost, where, limit.in_flight, limit.count == "failures"))
            if limit.announces:
                told.append(Told(limit, seat.meter.standing(level, at, seat.most)))
        return Taken(held, told)

    def _seat(self, limit: Limit, exchange: Exchange) -> Seat:
        operation = exchange.operation
        key = limit.slot, operation.name
        seat = self._seats.get(key)
        if seat is None:
            seat = self._seats[key] = Seat(limit, self._book(limit).meter, operation)
        return seat

    def _bare_seat(self, limit: Limit) -> Seat:
        key = limit.slot, ""
        seat = self._seats.get(key)
        if seat is None:
            seat = self._seats[key] = Seat(limit, self._book(limit).meter)
        return seat

    def _book(self, limit: Limit) -> Book:
        book = self._books.get(limit.slot)
        if book is None:
            book = self._books[limit.slot] = Book(limit)
        return book


def _refusal(want: Want, level: Level, at: int) -> Refusal | None:
    """Return the refusal, None if there is room. It puts into the penalty box, or lengthens the stay there."""
    (limit, meter, most), cost = (want.seat.limit, want.seat.meter, want.seat.most), want.cost
    blocked = level.blocked_until > at
    wait = meter.wait(level, cost, at, most)
    if wait == 0 and not blocked:
        return None
    penalty = limit.penalty
    if penalty is not None and (penalty.extend or not blocked):
        level.blocked_until = at + micros(penalty.block_seconds)
    if penalty is not None:
        left = level.blocked_until - at
        wait = None if wait is None and not limit.in_flight else max(wait or 0, left)
    return Refusal(
        limit=limit,
        level=meter.used(level, at),
        retry_after_seconds=None if wait is None else wait / MICRO,
        cost=cost,
        most=most,
        blocked=blocked,
        standing=meter.standing(level, at, most),
    )
