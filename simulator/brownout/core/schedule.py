"""How often a rule fires, when it is in force, and which part of a shared draw is its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often a matching rule fires: at most one field is set, none means every time.

    Counting is per client over the requests that match. `percentage` is 0..100 of the identities; `nth` fires on
    the given matches (from 1), `every` on each nth, `first` on the first n. `most`, beside any of them, ends the rule
    after so many firings over all clients.

    Raises:
        ValueError: if two are set or one is out of range.
    """

    percentage: float | None = None
    nth: tuple[int, ...] = ()
    every: int | None = None
    first: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        given = [name for name in ("percentage", "nth", "every", "first") if getattr(self, name) not in (None, ())]
        if len(given) > 1:
            message = f"{given[0]} and {given[1]} exclude each other: give at most one of percentage, nth, every, first"
            raise ValueError(message)
        if self.percentage is not None and not 0 <= self.percentage <= 100:
            message = f"percentage must be 0 to 100, not {self.percentage:g}"
            raise ValueError(message)
        if any(n < 1 for n in (*self.nth, *(n for n in (self.every, self.first) if n is not None))):
            message = "nth, every and first count from 1"
            raise ValueError(message)
        if self.most is not None and self.most < 1:
            message = "max must be at least 1: a rule that may never fire is better left out"
            raise ValueError(message)

    @property
    def counted(self) -> bool:
        """Whether a counter decides (D1)."""
        return bool(self.nth) or self.every is not None or self.first is not None

    def fires_on(self, number: int) -> bool:
        """Return whether the `number`th match fires (from 1); only for counted rules.

        >>> [n for n in range(1, 8) if Count(every=3).fires_on(n)]
        [3, 6]
        """
        if self.nth:
            return number in self.nth
        if self.every is not None:
            return number % self.every == 0
        return self.first is not None and number <= self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a rule is in force, in world seconds since its phase began (since the scenario did, without one).

    From `at_seconds` on, for `for_seconds` (None: to the end), and again each `repeat_seconds`. Over the first
    `ramp_seconds` of each such window its percentage grows evenly from 0 to what it is.

    Raises:
        ValueError: if a number is out of range, or `repeat_seconds` has no window to repeat.
    """

    at_seconds: float = 0.0
    for_seconds: float | None = None
    repeat_seconds: float | None = None
    ramp_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.at_seconds < 0:
            raise ValueError("at must not be negative")
        if self.for_seconds is not None and self.for_seconds <= 0:
            raise ValueError("for must be above 0: a window of no length never holds a request")
        if self.ramp_seconds < 0:
            raise ValueError("ramp must not be negative")
        if self.for_seconds is not None and self.ramp_seconds > self.for_seconds:
            raise ValueError("ramp must not be longer than for: the share would never get to where it leads")
        if self.repeat_seconds is not None:
            if self.for_seconds is None:
                raise ValueError("repeat needs for: how long is each window?")
            if self.repeat_seconds <= self.for_seconds:
                raise ValueError("repeat must be longer than for: there would be no pause between the windows")

    def scaled(self, factor: float) -> When:
        """Return the window with every length and distance so many times as long.

        >>> When(at_seconds=10, for_seconds=20).scaled(0.5)
        When(at_seconds=5.0, for_seconds=10.0, repeat_seconds=None, ramp_seconds=0.0)
        """
        return When(
            at_seconds=self.at_seconds * factor,
            for_seconds=None if self.for_seconds is None else self.for_seconds * factor,
            repeat_seconds=None if self.repeat_seconds is None else self.repeat_seconds * factor,
            ramp_seconds=self.ramp_seconds * factor,
        )

    def inside(self, elapsed: float) -> float | None:
        """Return how far the window has gone that `elapsed` lies in; None outside of any.

        >>> when = When(at_seconds=10, for_seconds=20, repeat_seconds=60)
        >>> [when.inside(elapsed) for elapsed in (9.9, 10, 29.5, 30, 75)]
        [None, 0.0, 19.5, None, 5.0]
        """
        inside = elapsed - self.at_seconds
        if inside < 0:
            return None
        if self.repeat_seconds is not None:
            inside %= self.repeat_seconds
        return None if self.for_seconds is not None and inside >= self.for_seconds else float(inside)

    def share(self, elapsed: float) -> float:
        """Return how much of a rule's percentage holds `elapsed` seconds after the beginning; 0 outside its window.

        >>> when = When(at_seconds=10, for_seconds=20, repeat_seconds=60, ramp_seconds=10)
        >>> [when.share(elapsed) for elapsed in (9.9, 10, 15, 20, 29.9, 30, 75)]
        [0.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.5]
        """
        inside = self.inside(elapsed)
        if inside is None:
            return 0.0
        return inside / self.ramp_seconds if inside < self.ramp_seconds else 1.0

    def left(self, elapsed: float) -> float | None:
        """Return how long the window that `elapsed` lies in still lasts, None if to the end; 0 outside of any.

        >>> when = When(at_seconds=10, for_seconds=20, repeat_seconds=60)
        >>> [when.left(elapsed) for elapsed in (9.9, 10, 29.5, 30, 75)]
        [0.0, 20.0, 0.5, 0.0, 15.0]
        """
        inside = self.inside(elapsed)
        if inside is None:
            return 0.0
        return None if self.for_seconds is None else self.for_seconds - inside


class Band(NamedTuple):
    """The part of one draw that is a rule's, in percent, where several share the draw `choice`: at most one fires."""

    choice: str
    low: float
    high: float


def window(when: When) -> str:
    """Return a window in words.

    >>> window(When(at_seconds=60, for_seconds=10, repeat_seconds=120, ramp_seconds=5))
    'from 60s on for 10s every 120s, growing over 5s'
    """
    parts = f"from {when.at_seconds:g}s on"
    if when.for_seconds is not None:
        parts += f" for {when.for_seconds:g}s"
    if when.repeat_seconds is not None:
        parts += f" every {when.repeat_seconds:g}s"
    return parts if not when.ramp_seconds else f"{parts}, growing over {when.ramp_seconds:g}s"
