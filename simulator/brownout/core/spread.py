"""How lengths of time are spread: each turns a draw in [0, 1) into seconds, as its distribution's inverse."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import exp, inf, isfinite, log
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Protocol

from brownout.core.units import Seconds  # noqa: TC001 - pydantic reads it where a fault is loaded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STANDARD: Final = NormalDist()
_P99: Final = _STANDARD.inv_cdf(0.99)
_TAIL: Final = 1e-12
"""How near to 0 and 1 a draw counts: the inverse of an unbounded distribution has no value there."""
_PERCENTILE: Final = re.compile(r"p(\d{1,3}(?:\.\d+)?)")


class Spread(Protocol):
    """A distribution of seconds."""

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below; it may be any number, for the caller to bound."""

    @property
    def said(self) -> str:
        """What it is, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Anything between `least` and `most`, each as likely.

    Raises:
        ValueError: if they aren't in order.
    """

    least: Seconds
    most: Seconds

    def __post_init__(self) -> None:
        """Check the order."""
        if not 0 <= self.least < self.most:
            raise ValueError("most must be above least, and least not negative")

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below.

        >>> Uniform(least=1, most=3).at(0.5)
        2.0
        """
        return self.least + (self.most - self.least) * share

    @property
    def said(self) -> str:
        """What it is, in words."""
        return f"uniform from {self.least:.6g}s to {self.most:.6g}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """Around `mean`, two thirds of them within `deviation` of it.

    Raises:
        ValueError: if either isn't above 0.
    """

    mean: Seconds
    deviation: Seconds

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.mean <= 0 or self.deviation <= 0:
            raise ValueError(f"{'mean' if self.mean <= 0 else 'deviation'} must be above 0")

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below: negative ones too.

        >>> Normal(mean=2, deviation=1).at(0.5)
        2.0
        """
        return self.mean + self.deviation * _STANDARD.inv_cdf(_inside(share))

    @property
    def said(self) -> str:
        """What it is, in words."""
        return f"normal around {self.mean:.6g}s, deviation {self.deviation:.6g}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """Half of them below `median`, one in a hundred above `p99`: as most services' latencies are.

    Raises:
        ValueError: if they aren't in order.
    """

    median: Seconds
    p99: Seconds

    def __post_init__(self) -> None:
        """Check the order."""
        if not 0 < self.median < self.p99:
            raise ValueError("p99 must be above median, and median above 0")

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below.

        >>> one = Lognormal(median=0.1, p99=2)
        >>> round(one.at(0.5), 6), round(one.at(0.99), 6)
        (0.1, 2.0)
        """
        width = log(self.p99 / self.median) / _P99
        return self.median * exp(width * _STANDARD.inv_cdf(_inside(share)))

    @property
    def said(self) -> str:
        """What it is, in words."""
        return f"lognormal, median {self.median:.6g}s, p99 {self.p99:.6g}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """None below `least`, and a tail that is the heavier, the smaller `shape` is (1.16 is the rule of 80 to 20).

    Raises:
        ValueError: if either isn't above 0.
    """

    least: Seconds
    shape: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.least <= 0:
            raise ValueError("least must be above 0")
        if not 0.1 <= self.shape < inf:
            raise ValueError(f"shape must be 0.1 or more, not {self.shape:g}")

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below.

        >>> Pareto(least=1, shape=1).at(0.75)
        4.0
        """
        return float(self.least * (1 - min(share, 1 - _TAIL)) ** (-1 / self.shape))

    @property
    def said(self) -> str:
        """What it is, in words."""
        return f"pareto from {self.least:.6g}s, shape {self.shape:g}"


@dataclass(frozen=True, kw_only=True)  # without slots: its points are made once and kept
class Percentiles:
    """A table of percentiles as a dashboard shows it (`p50`, `p99.9`), with straight lines between them.

    Below its lowest percentile and above its highest one, their own seconds hold.

    Raises:
        ValueError: if a name is no percentile, or a higher one is shorter.
    """

    table: Mapping[str, float]

    def __post_init__(self) -> None:
        """Check the table."""
        if not self.table:
            raise ValueError("is empty: give some, such as {p50: 100ms, p99: 3s}")
        for name, seconds in self.table.items():
            found = _PERCENTILE.fullmatch(name)
            if found is None or float(found[1]) > 100:
                raise ValueError(f"{name!r} is no percentile: write p0 to p100, such as p99.9")
            if not isfinite(seconds) or seconds < 0:
                raise ValueError(f"{name} must not be negative")
        shares, lengths = self.points
        if len(set(shares)) < len(shares):
            raise ValueError("names one percentile twice")
        if any(later < earlier for earlier, later in pairwise(lengths)):
            raise ValueError("a higher percentile must not be shorter than a lower one")

    @cached_property
    def points(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The shares, in order, and the seconds of each."""
        found = sorted((float(name[1:]) / 100, seconds) for name, seconds in self.table.items())
        return tuple(share for share, _ in found), tuple(seconds for _, seconds in found)

    def at(self, share: float) -> float:
        """Return the seconds that a `share` of all stays below.

        >>> one = Percentiles(table={"p50": 1.0, "p90": 3.0})
        >>> [round(one.at(share), 6) for share in (0.1, 0.5, 0.7, 0.95)]
        [1.0, 1.0, 2.0, 3.0]
        """
        shares, lengths = self.points
        place = bisect_right(shares, share)
        if place == 0:
            return lengths[0]
        if place == len(shares):
            return lengths[-1]
        inside = (share - shares[place - 1]) / (shares[place] - shares[place - 1])
        return lengths[place - 1] + (lengths[place] - lengths[place - 1]) * inside

    @property
    def said(self) -> str:
        """What it is, in words."""
        return "percentiles " + ", ".join(f"{name} {seconds:.6g}s" for name, seconds in self.table.items())


def check_wait(given: Sequence[str], *, delay: float, jitter: float) -> None:
    """Refuse a wait that no fault can have; `given` names the distributions that it was given.

    Raises:
        ValueError: if there are two of them, or a length of time is negative.
    """
    if len(given) > 1:
        raise ValueError(f"{given[1]} and {given[0]} exclude each other: a wait has one distribution")
    for name, seconds in (("delay", delay), ("jitter", jitter)):
        if seconds < 0:
            raise ValueError(f"{name} must not be negative")


def _inside(share: float) -> float:
    return min(max(share, _TAIL), 1 - _TAIL)
