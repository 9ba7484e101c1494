"""What every meter works on: a partition's level, what may be told of it, and time in whole microseconds.

All amounts are whole numbers, so that nothing is lost on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections import deque

MICRO: Final = 1_000_000


def micros(seconds: float) -> int:
    """Return whole microseconds.

    >>> micros(1767225600.1) - micros(1767225600.0)
    100000
    """
    return round(seconds * MICRO)


class Level:
    """How full one partition is. What the numbers mean is its meter's own; `blocked_until` is the penalty box's."""

    __slots__ = ("amount", "at", "before", "blocked_until", "log", "until")

    def __init__(self) -> None:
        """Begin as nobody ever asked."""
        self.amount = 0
        self.at = 0
        self.until = 0
        self.before = 0
        self.log: deque[list[int]] | None = None
        self.blocked_until = 0


class Standing(NamedTuple):
    """What a client may be told: the most, what is left of it, and in how many microseconds more is (None: unknown)."""

    most: int
    left: int
    reset: int | None


class Meter(Protocol):
    """How one limit counts."""

    def fresh(self, at: int) -> Level:
        """Return the level of a partition that nobody has asked for."""

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Return in how many microseconds `cost` would be admitted: 0 for now, None for never or who knows."""

    def take(self, level: Level, cost: int, at: int) -> Any:
        """Count an admitted `cost`, and return where."""

    def give_back(self, level: Level, cost: int, where: Any) -> None:
        """Uncount it."""

    def used(self, level: Level, at: int) -> float:
        """Return what GET limits shows: tokens left in a token bucket, else how much is taken."""

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return what a client may be told."""

    def idle(self, level: Level, at: int) -> bool:
        """Return whether the level is as good as a fresh one."""
