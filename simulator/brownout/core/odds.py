"""How often a share of n independent draws comes true. Exact where it can be computed in a blink."""

from __future__ import annotations

from math import ceil, exp, floor, inf, lgamma, log, log1p, sqrt
from typing import Final, NamedTuple

_EXACT: Final = 200_000
"""Up to so many draws the distribution is summed, beyond it is normal to all intents and purposes."""
_FAR: Final = 12.0
"""So many deviations below the middle, chances are too small to add anything."""
_Z: Final = 1.959964
"""Quantile of the normal distribution for a central 95%."""


def interval(n: int, share: float) -> tuple[int, int]:
    """Return the bounds that hold the number of hits with at least 95%: at most 2.5% lie below, and above.

    >>> interval(105, 0.08)
    (3, 14)
    """
    if share <= 0 or share >= 1 or n == 0:
        return (n, n) if share >= 1 else (0, 0)
    if n > _EXACT:
        middle, spread = n * share, _Z * sqrt(n * share * (1 - share))
        return max(0, floor(middle - spread)), min(n, ceil(middle + spread))
    low = max(0, floor(n * share - _FAR * sqrt(n * share * (1 - share))))
    below = 0.0
    for hits in range(low, n + 1):
        below += exp(_log_chance(n, share, hits))
        if below <= 0.025:
            low = hits + 1
        if below >= 0.975:
            return low, hits
    return low, n


def never(n: int, share: float) -> float:
    """Return the probability that none of `n` draws comes true.

    >>> round(never(105, 0.08), 5)
    0.00016
    """
    if share >= 1:
        return 0.0 if n else 1.0
    return exp(n * log1p(-share))


def needed(share: float, risk: float) -> float:
    """Return how many draws make "none comes true" less likely than `risk`; infinity if none ever can.

    >>> needed(0.08, 0.01)
    56
    """
    if share <= 0:
        return inf
    return 1 if share >= 1 else ceil(log(risk) / log1p(-share))


def _log_chance(n: int, share: float, hits: int) -> float:
    ways = lgamma(n + 1) - lgamma(hits + 1) - lgamma(n - hits + 1)
    return ways + hits * log(share) + (n - hits) * log1p(-share)


def capped(n: int, share: float, most: int) -> float:
    """Return how many of `n` draws come true on average, if no more than `most` count.

    >>> capped(100, 0.1, 1000), round(capped(100, 0.1, 5), 2)
    (10.0, 4.97)
    """
    if share <= 0 or n <= 0:
        return 0.0
    if most >= n or share >= 1:
        return min(n, most) * min(share, 1.0)
    if n > _EXACT:
        return min(n * share, float(most))
    below = [exp(_log_chance(n, share, hits)) for hits in range(most)]
    return sum(hits * chance for hits, chance in enumerate(below)) + most * max(0.0, 1 - sum(below))


class Odds(NamedTuple):
    """How often a rule should fire: on average, and between which bounds with 95%."""

    expected: float
    low: int
    high: int

    @classmethod
    def of(cls, n: int, share: float, most: int | None = None) -> Odds:
        """Return those of `n` draws at `share` each (on average), of which at most `most` count.

        >>> Odds.of(105, 0.08), Odds.of(105, 0.08, 5).high
        (Odds(expected=8.4, low=3, high=14), 5)
        """
        low, high = interval(n, share)
        if most is None:
            return cls(n * share, low, high)
        return cls(capped(n, share, most), min(low, most), min(high, most))
