"""The two times, and the clock that joins them.

*World time* is the sandbox's own: token lives, rate windows, idempotency, reviews and settlement run on it. It
goes at wall speed, faster, not at all, or jumps. *Wall time* is what a client compares with its own clock:
signature times, `Date`. Both are unix seconds. Nothing here reads a clock: the server passes wall time in.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

SPEED_MOST: Final = 1_000_000.0
"""A year in half a minute; beyond it a world ends before anybody has looked."""
WORLD_MOST: Final = 220_000_000_000.0
"""The latest world time (in the year 8941), so that dates still fit where providers write them."""


class Moment(NamedTuple):
    """One instant on both clocks, in unix seconds."""

    world: float
    wall: float


class Clock:
    """A sandbox's world time as a function of wall time.

    `started_at` is the world time at which the world began: journal offsets count from it. `jumped_seconds` is
    how far `advance` moved it in all, so that `explain` can say "expired by clock advance".

    >>> clock = Clock(wall=100.0, start=1000.0, speed=60.0)
    >>> clock.at(101.0)
    Moment(world=1060.0, wall=101.0)
    """

    __slots__ = ("_anchor_wall", "_anchor_world", "frozen", "jumped_seconds", "speed", "started_at")

    def __init__(self, *, wall: float, start: float | None = None, speed: float = 1.0, frozen: bool = False) -> None:
        """Begin at `start` (world, default: the wall time), running `speed` times as fast as the wall.

        Raises:
            ValueError: if `speed` isn't a finite number above 0.
        """
        self._anchor_wall = wall
        self._anchor_world = wall if start is None else start
        self.started_at = self._anchor_world
        self.speed = _positive(speed)
        self.frozen = frozen
        self.jumped_seconds = 0.0

    def at(self, wall: float) -> Moment:
        """Return the moment that `wall` is."""
        if self.frozen:
            return Moment(self._anchor_world, wall)
        return Moment(self._anchor_world + (wall - self._anchor_wall) * self.speed, wall)

    def advance(self, seconds: float, wall: float) -> None:
        """Jump `seconds` ahead.

        Raises:
            ValueError: if `seconds` is negative or not finite: time can't go backwards.
        """
        if not math.isfinite(seconds) or seconds < 0:
            message = f"time can't go backwards: {seconds}"
            raise ValueError(message)
        if self.at(wall).world + seconds > WORLD_MOST:
            message = f"time ends in the year 8941: {seconds:g} seconds ahead is beyond it"
            raise ValueError(message)
        self._settle(wall)
        self._anchor_world += seconds
        self.jumped_seconds += seconds

    def freeze(self, wall: float) -> None:
        """Stop world time where it is."""
        self._settle(wall)
        self.frozen = True

    def resume(self, wall: float) -> None:
        """Let world time go on from where it stopped."""
        self._settle(wall)
        self.frozen = False

    def set_speed(self, speed: float, wall: float) -> None:
        """Run `speed` times as fast as the wall from now on.

        Raises:
            ValueError: if `speed` isn't a finite number above 0.
        """
        checked = _positive(speed)
        self._settle(wall)
        self.speed = checked

    def wall_seconds_until(self, world: float, wall: float) -> float | None:
        """Return how long the wall clock takes until world time `world`; None while frozen before it."""
        left = world - self.at(wall).world
        if left <= 0:
            return 0.0
        return None if self.frozen else left / self.speed

    def wire_seconds(self, world_seconds: float, *, up: bool = False) -> int:
        """Return a length of world time as the whole seconds, at least 1, to tell a client that waits on the wall.

        Rounded down by default (`expires_in`: the client must refresh early), up for `Retry-After`. A frozen
        world answers its own seconds.

        >>> Clock(wall=0.0, speed=60.0).wire_seconds(90.0)
        1
        >>> Clock(wall=0.0, speed=60.0).wire_seconds(90.0, up=True)
        2
        """
        seconds = self.pace(world_seconds)
        return max(1, math.ceil(seconds) if up else math.floor(seconds))

    def pace(self, world_seconds: float) -> float:
        """Return how long a length of world time is on the wall; a frozen world answers its own seconds.

        Never longer than some 7,000 years, so that dates still fit.

        >>> Clock(wall=0.0, speed=60.0).pace(90.0)
        1.5
        """
        return min(world_seconds if self.frozen else world_seconds / self.speed, WORLD_MOST)

    def _settle(self, wall: float) -> None:
        self._anchor_world = self.at(wall).world
        self._anchor_wall = wall


def _positive(speed: float) -> float:
    if not math.isfinite(speed) or not 0 < speed <= SPEED_MOST:
        message = f"speed must be a finite number above 0 and at most {SPEED_MOST:,.0f}, not {speed:g}"
        raise ValueError(message)
    return speed
