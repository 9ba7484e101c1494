"""When the orders of a load are due: a plan that is drawn before anything is sent, so that every arm meets the same.

An open executor plans its orders whatever becomes of earlier ones. The closed one (`users`) plans none: an order is due
when it begins, and how many there are is for the run to show.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from math import ceil, log1p, sqrt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import Chance, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brownout.core.plan import Load

Executor: TypeAlias = Literal["constant_arrival_rate", "ramping_arrival_rate", "poisson", "bursts", "users"]

ORDERS_MOST: Final = 1_000_000
"""More would not fit a report that anybody reads."""
_DIGITS: Final = 6  # of a due time: what requests say of it, and what their phase is decided by
_SPELLED: Final = {
    "rate_per_second": "rate",
    "start_rate_per_second": "start_rate",
    "repeat_seconds": "repeat",
    "for_seconds": "for",
    "think_seconds": "think",
}


class Sending(NamedTuple):
    """An executor: which fields of `Load` it needs and may take, beside those that each has."""

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All that it can do anything with."""
        return self.needs + self.takes

    @property
    def keys(self) -> tuple[str, ...]:
        """How a scenario spells them."""
        return tuple(map(spelled, self.fields))

    def __str__(self) -> str:
        """Return what it takes, as the end of a sentence."""
        return f"which takes {', '.join(self.keys)}"


EXECUTORS: Final[dict[Executor, Sending]] = {
    "constant_arrival_rate": Sending(("rate_per_second",)),
    "ramping_arrival_rate": Sending(("stages",), ("start_rate_per_second",)),
    "poisson": Sending(("rate_per_second",)),
    "bursts": Sending(("repeat_seconds",), ("size", "rate_per_second", "for_seconds")),
    "users": Sending((), ("think_seconds",)),
}


def spelled(field: str) -> str:
    """Return how a scenario spells a field of `Load`.

    >>> spelled("repeat_seconds"), spelled("size")
    ('repeat', 'size')
    """
    return _SPELLED.get(field, field)


def expected(load: Load) -> float | None:
    """Return about how many orders a load has, without drawing any; None if that is for the run to show.

    >>> from brownout.core.plan import Load, Stage
    >>> ramp = Load(
    ...     executor="ramping_arrival_rate",
    ...     rate_per_second=None,
    ...     duration_seconds=10,
    ...     stages=(Stage(duration_seconds=10, rate_per_second=20),),
    ... )
    >>> expected(ramp)
    100.0
    """
    match load.executor:
        case "users":
            return None
        case "ramping_arrival_rate":
            return sum(piece.orders for piece in _pieces(load))
        case "bursts":
            bursts = ceil(round(load.duration_seconds / (load.repeat_seconds or 1.0), _DIGITS))
            return float(bursts * _per_burst(load))
        case _:
            return (load.rate_per_second or 0.0) * load.duration_seconds


def how_many(seed: int, load: Load) -> int | None:
    """Return exactly how many orders a load has; None if that is for the run to show."""
    if load.executor == "constant_arrival_rate":
        return round((load.rate_per_second or 0.0) * load.duration_seconds)
    return len(due_times(seed, load)) if load.open else None


def due(seed: int, load: Load, number: int) -> float:
    """Return when the order `number` (from 0) of an open load is due.

    Raises:
        IndexError: if it doesn't have so many; a constant rate always has.
    """
    if load.executor == "constant_arrival_rate" and load.rate_per_second is not None:
        return round(number / load.rate_per_second, _DIGITS)
    return due_times(seed, load)[number]


def due_before(seed: int, load: Load, moment: float) -> int:
    """Return how many orders of an open load are due before `moment`, in seconds since its beginning."""
    if load.executor == "constant_arrival_rate":  # one at 0, and then one each 1 / rate; 0.1 * 30 is a hair above 3
        whole = how_many(seed, load) or 0
        return min(whole, ceil(round(moment * (load.rate_per_second or 0.0), _DIGITS)))
    return bisect_left(due_times(seed, load), round(moment, _DIGITS))


@lru_cache(maxsize=4)
def due_times(seed: int, load: Load) -> Sequence[float]:
    """Return when each order of a load is due, in seconds since its beginning, the first one first; none if closed.

    >>> from brownout.core.plan import Load
    >>> due_times(7, Load(rate_per_second=2, duration_seconds=1.5))
    (0.0, 0.5, 1.0)
    >>> due_times(7, Load(executor="bursts", rate_per_second=None, size=2, repeat_seconds=3, duration_seconds=4))
    (0.0, 0.0, 3.0, 3.0)
    """
    match load.executor:
        case "constant_arrival_rate":
            return tuple(due(seed, load, number) for number in range(how_many(seed, load) or 0))
        case "ramping_arrival_rate":
            return tuple(_ramped(load))
        case "poisson":
            return tuple(_poisson(seed, load))
        case "bursts":
            return tuple(_bursts(load))
        case _:
            return ()


def longest_pause(seed: int, load: Load) -> float:
    """Return for how many seconds a load may send nothing although all is well."""
    if not load.open:
        return load.think_seconds
    if load.executor == "constant_arrival_rate":
        return 1 / (load.rate_per_second or 1.0)
    times = (0.0, *due_times(seed, load))
    return max((later - sooner for sooner, later in pairwise(times)), default=0.0)


def in_words(load: Load) -> str:
    """Return how a load's orders come.

    >>> from brownout.core.plan import Load
    >>> in_words(Load(executor="bursts", rate_per_second=None, size=20, repeat_seconds=5))
    '20 at once each 5s'
    """
    rate = "" if load.rate_per_second is None else f"{load.rate_per_second:g} a second"
    match load.executor:
        case "constant_arrival_rate":
            return rate
        case "poisson":
            return f"{rate} on average (poisson)"
        case "ramping_arrival_rate":
            stages = (f"{one.rate_per_second:g} in {one.duration_seconds:g}s" for one in load.stages)
            return f"from {load.start_rate_per_second:g} a second to {', to '.join(stages)},"
        case "bursts":
            burst = f"{rate} for {load.for_seconds:g}s" if load.for_seconds is not None else f"{load.size} at once"
            return f"{burst} each {load.repeat_seconds:g}s"
        case _:
            think = f"{load.think_seconds:g}s " if load.think_seconds else ""
            return f"{load.users} user{'' if load.users == 1 else 's'}, each {think}after its last is done,"


class _Piece(NamedTuple):
    """A stretch in which the rate changes evenly, from `low` to `high` whichever is greater."""

    begins_at: float
    seconds: float
    low: float
    high: float

    @property
    def orders(self) -> float:
        """How many come in it."""
        return (self.low + self.high) / 2 * self.seconds

    def after(self, orders: float) -> float:
        """Return when so many have come, fewer than come in all."""
        growth = (self.high - self.low) / self.seconds
        reached = self.low + sqrt(max(0.0, self.low**2 + 2 * growth * orders))  # twice the mean rate until then
        return self.begins_at + (2 * orders / reached if orders > 0 else 0.0)


def _pieces(load: Load) -> Iterator[_Piece]:
    """Yield the stages of a ramp as far as its load goes; the last one's rate holds on to the end."""
    begins_at, rate = 0.0, load.start_rate_per_second
    for stage in load.stages:
        left = load.duration_seconds - begins_at
        if left <= 0:
            return
        if stage.duration_seconds > 0:
            share = min(1.0, left / stage.duration_seconds)
            seconds = min(left, stage.duration_seconds)
            yield _Piece(begins_at, seconds, rate, rate + (stage.rate_per_second - rate) * share)
            begins_at += seconds
        rate = stage.rate_per_second
    if begins_at < load.duration_seconds:
        yield _Piece(begins_at, load.duration_seconds - begins_at, rate, rate)


def _ramped(load: Load) -> Iterator[float]:
    """Yield each order when as many as stand before it should have come, as at a constant rate."""
    pieces = [piece for piece in _pieces(load) if piece.orders > 0]
    number, before, whole = 0, 0.0, round(sum(piece.orders for piece in pieces))
    for piece in pieces:
        while number < whole and (number - before < piece.orders or piece is pieces[-1]):
            yield round(piece.after(max(0.0, number - before)), _DIGITS)
            number += 1
        before += piece.orders


def _poisson(seed: int, load: Load) -> Iterator[float]:
    """Yield orders that know nothing of each other: the gaps between them are exponential, each with its own draw."""
    chance, rate, at, number = Chance(seed, "drill", "arrivals"), load.rate_per_second or 1.0, 0.0, 0
    while True:
        at -= log1p(-chance.uniform(pack(number))) / rate
        if round(at, _DIGITS) >= load.duration_seconds:
            return
        yield round(at, _DIGITS)
        number += 1


def _bursts(load: Load) -> Iterator[float]:
    repeat, step, burst = load.repeat_seconds or 1.0, 0.0, 0
    if load.size is None and load.rate_per_second:
        step = 1 / load.rate_per_second
    while (begins_at := burst * repeat) < load.duration_seconds:
        for number in range(_per_burst(load)):
            at = round(begins_at + number * step, _DIGITS)
            if at < load.duration_seconds:
                yield at
        burst += 1


def _per_burst(load: Load) -> int:
    if load.size is not None:
        return load.size
    return round((load.rate_per_second or 0.0) * (load.for_seconds or 0.0))
