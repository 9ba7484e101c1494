"""Meters without a window: buckets, and places for requests under way."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from brownout.core.limits.level import MICRO, Level, Standing

if TYPE_CHECKING:
    from brownout.core.limits.limit import Limit


class Bucket:
    """Tokens that come back at a rate. A leaky bucket is the same, told from the other side: full is empty.

    Amounts are in units of which a whole number comes back each microsecond.
    """

    __slots__ = ("_leaks", "full", "per_micro", "unit")

    def __init__(self, limit: Limit) -> None:
        """Find the unit."""
        rate = _exact(limit.rate_per_second or 1.0)
        burst = _exact(limit.burst or 1.0)
        self.unit = MICRO * rate.denominator * burst.denominator
        self.per_micro = rate.numerator * burst.denominator
        self.full = int(burst * self.unit)
        self._leaks = limit.algorithm == "leaky_bucket"

    def fresh(self, at: int) -> Level:
        """Return a full bucket (an empty one, if it leaks)."""
        level = Level()
        level.amount, level.at = self.full, at
        return level

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Refill, and return how long until there are enough tokens."""
        self._refill(level, at)
        lacking = cost * self.unit - level.amount
        if lacking <= 0:
            return 0
        return None if cost * self.unit > self.full else -(-lacking // self.per_micro)

    def take(self, level: Level, cost: int, at: int) -> None:
        """Take tokens."""
        level.amount -= cost * self.unit

    def give_back(self, level: Level, cost: int, where: None) -> None:
        """Put tokens back, never above full."""
        level.amount = min(self.full, level.amount + cost * self.unit)

    def used(self, level: Level, at: int) -> float:
        """Return the tokens left, or how full the leaky bucket is."""
        self._refill(level, at)
        return (self.full - level.amount if self._leaks else level.amount) / self.unit

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return the whole tokens, and when the bucket will be full."""
        self._refill(level, at)
        return Standing(
            self.full // self.unit, level.amount // self.unit, -(-(self.full - level.amount) // self.per_micro)
        )

    def idle(self, level: Level, at: int) -> bool:
        """Return whether it is full again."""
        self._refill(level, at)
        return level.amount == self.full

    def _refill(self, level: Level, at: int) -> None:
        if at > level.at:
            level.amount = min(self.full, level.amount + (at - level.at) * self.per_micro)
            level.at = at


class Places:
    """How many requests are under way."""

    __slots__ = ()

    def fresh(self, at: int) -> Level:
        """Return none."""
        return Level()

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Return 0 while there is a place: nobody knows when there will be one."""
        return 0 if level.amount < most else None

    def take(self, level: Level, cost: int, at: int) -> None:
        """Take a place."""
        level.amount += 1

    def give_back(self, level: Level, cost: int, where: None) -> None:
        """Leave it."""
        level.amount -= 1

    def used(self, level: Level, at: int) -> float:
        """Return how many are under way."""
        return float(level.amount)

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return how many places are left."""
        return Standing(most, max(0, most - level.amount), None)

    def idle(self, level: Level, at: int) -> bool:
        """Return whether nobody is there."""
        return not level.amount


def _exact(number: float) -> Fraction:
    """Return the fraction that was meant: 100/h is 1/36, which no float is."""
    return Fraction(number).limit_denominator(10**9) or Fraction(number)
