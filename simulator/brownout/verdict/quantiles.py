"""Quantiles and intervals."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

P99_LEAST: Final = 1000
"""Below so many operations the 99th percentile is a matter of one or two of them."""
CONFIDENCE: Final = 0.95


def quantile(values: Sequence[float], share: float, *, of: int | None = None) -> float | None:
    """Return the smallest of sorted `values` that at least `share` of them don't exceed; None of none.

    `of` is how many there are in all, if some are known only to be longer than the others: None where such a one would
    be the answer.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5), quantile([1.0, 2.0], 0.9, of=3)
    (2.0, None, None)
    """
    rank = max(1, math.ceil(round(share * (len(values) if of is None else of), 9)))
    return round(values[rank - 1], 6) if rank <= len(values) else None


def quantile_interval(
    values: Sequence[float], share: float, *, of: int | None = None
) -> tuple[float | None, float | None] | None:
    """Return between which of sorted `values` the quantile lies with 95%, None if there are none.

    By order statistics: no matter how the values are distributed, as many of `of` stay below the quantile as heads of
    so many tosses do. An end is None where so few values can't bound it, or it is one that isn't known.

    >>> quantile_interval([float(each) for each in range(1, 101)], 0.5), quantile_interval([1.0, 2.0], 0.95)
    ((40.0, 60.0), (1.0, None))
    """
    number = len(values) if of is None else of
    if not number:
        return None
    half = _z(CONFIDENCE) * math.sqrt(number * share * (1 - share))
    low, high = math.floor(number * share - half), math.ceil(number * share + half)
    return _ranked(values, low, number), _ranked(values, high, number)


def _ranked(values: Sequence[float], rank: int, number: int) -> float | None:
    return round(values[rank - 1], 6) if 1 <= rank <= min(len(values), number) else None


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def interval(rate: float, number: int) -> tuple[float, float]:
    """Return the 95% interval (Wilson) of a rate seen in `number` cases.

    >>> interval(0.0, 390)[1] < 0.01
    True
    """
    z = _z(CONFIDENCE)
    squared = z**2 / number
    middle = (rate + squared / 2) / (1 + squared)
    half = z / (1 + squared) * math.sqrt(max(0.0, rate * (1 - rate)) / number + squared / (4 * number))
    return max(0.0, round(middle - half, 6)), min(1.0, round(middle + half, 6))
