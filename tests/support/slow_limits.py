"""What each limit admits, written down as slowly and plainly as can be: from the whole history, in fractions.

Shares nothing with `core.limits`. Times are `Fraction` seconds. A reference is asked `admits(now, cost)`, which counts
the request if it is let through, and told `outcome(number, succeeded)` of the numberth one that it let through.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


class Reference(ABC):
    """Every admitted request with its time and cost; a cost that was given back is 0."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.taken: list[tuple[Fraction, int]] = []

    @abstractmethod
    def admits(self, now: Fraction, cost: int = 1) -> bool:
        """Return whether a request is admitted, and count it if so."""

    def give_back(self, number: int) -> None:
        """Uncount one."""
        self.taken[number] = self.taken[number][0], 0


class Counting(Reference):
    """One that admits what there is room for."""

    def admits(self, now: Fraction, cost: int = 1) -> bool:
        """Return whether a request is admitted, and count it if so."""
        admitted = self.fits(now, cost)
        if admitted:
            self.taken.append((now, cost))
        return admitted

    @abstractmethod
    def fits(self, now: Fraction, cost: int) -> bool:
        """Return whether there is room."""


class Bucket(Reference):
    """Tokens: all that ever happened is played again, each time."""

    def __init__(self, rate: Fraction, burst: Fraction) -> None:
        """Begin full."""
        super().__init__()
        self.rate, self.burst = rate, burst
        self.events: list[tuple[Fraction, Fraction]] = []

    def admits(self, now: Fraction, cost: int = 1) -> bool:
        """Return whether there are enough tokens."""
        admitted = self.tokens(now) >= cost
        if admitted:
            self.taken.append((now, cost))
            self.events.append((now, Fraction(-cost)))
        return admitted

    def give_back(self, number: int) -> None:
        """Put the tokens back where the history ends."""
        self.events.append((self.events[-1][0], Fraction(self.taken[number][1])))

    def tokens(self, now: Fraction) -> Fraction:
        """Return how many there are."""
        level, last = self.burst, None
        for at, change in self.events:
            if last is not None:
                level = min(self.burst, level + (at - last) * self.rate)
            level, last = min(self.burst, level + change), at
        return level if last is None else min(self.burst, level + (now - last) * self.rate)


class FixedWindow(Counting):
    """At most so many whose time falls into the same multiple of the window."""

    def __init__(self, quota: int, window: Fraction) -> None:
        """Take the numbers."""
        super().__init__()
        self.quota, self.window = quota, window

    def fits(self, now: Fraction, cost: int) -> bool:
        """Count those of the same window."""
        same = [taken for at, taken in self.taken if at // self.window == now // self.window]
        return sum(same) + cost <= self.quota


class FirstRequestWindow(FixedWindow):
    """Windows that begin with the first request after the end of the last one."""

    def fits(self, now: Fraction, cost: int) -> bool:
        """Cut the history into windows, from its beginning."""
        start, count = None, 0
        for at, taken in self.taken:
            if start is None or at >= start + self.window:
                start, count = at, 0
            count += taken
        if start is None or now >= start + self.window:
            count = 0
        return count + cost <= self.quota


class SlidingLog(FixedWindow):
    """At most so many in the window that ends now; what lies exactly a window back is out of it."""

    def fits(self, now: Fraction, cost: int) -> bool:
        """Count those that are younger than the window."""
        return sum(taken for at, taken in self.taken if at > now - self.window) + cost <= self.quota


class SlidingCounter(FixedWindow):
    """This window's, and of the one before the share that a window which ends now still covers."""

    def fits(self, now: Fraction, cost: int) -> bool:
        """Weigh the two."""
        index = now // self.window
        this = sum(taken for at, taken in self.taken if at // self.window == index)
        before = sum(taken for at, taken in self.taken if at // self.window == index - 1)
        covered = 1 - (now - index * self.window) / self.window
        return before * covered + this + cost <= self.quota


class Day(Counting):
    """At most so many on the same date."""

    def __init__(self, quota: int, zone: tzinfo) -> None:
        """Take the numbers."""
        super().__init__()
        self.quota, self.zone = quota, zone

    def fits(self, now: Fraction, cost: int) -> bool:
        """Count those of the same date."""

        def date(at: Fraction) -> str:
            return datetime.fromtimestamp(int(at), self.zone).strftime("%Y-%m-%d")

        return sum(taken for at, taken in self.taken if date(at) == date(now)) + cost <= self.quota


class Penalised:
    """Another limit with a penalty box: refused once, a client is refused everything until the box opens."""

    def __init__(self, inner: Reference, block: Fraction, *, extend: bool) -> None:
        """Begin with nobody inside."""
        self.inner, self.block, self.extend = inner, block, extend
        self.until: Fraction | None = None

    def admits(self, now: Fraction, cost: int = 1) -> bool:
        """Return whether it is out, and there is room."""
        if self.until is not None and now < self.until:
            if self.extend:
                self.until = now + self.block
            return False
        if self.inner.admits(now, cost):
            return True
        self.until = now + self.block
        return False
