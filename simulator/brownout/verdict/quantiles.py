"""Quantiles and intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

P99_LEAST: Final = 1000
"""Below so many operations the 99th percentile is a matter of one or two of them."""
_Z95: Final = 1.959964


def quantile(values: Sequence[float], share: float, *, of: int | None = None) -> float | None:
    """Return the smallest of sorted `values` that at least `share` of them don't exceed; None of none.

    `of` is how many there are in all, if some are known only to be longer than the others: None where such a one would
    be the answer.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5), quantile([1.0, 2.0], 0.9, of=3)
    (2.0, None, None)
    """
    rank = max(1, math.ceil(round(share * (len(values) if of is None else of), 9)))
    return round(values[rank - 1], 6) if rank <= len(values) else None


def interval(rate: float, number: int) -> tuple[float, float]:
    """Return the 95% interval (Wilson) of a rate seen in `number` cases.

    >>> interval(0.0, 390)[1] < 0.01
    True
    """
    squared = _Z95**2 / number
    middle = (rate + squared / 2) / (1 + squared)
    half = _Z95 / (1 + squared) * math.sqrt(max(0.0, rate * (1 - rate)) / number + squared / (4 * number))
    return max(0.0, round(middle - half, 6)), min(1.0, round(middle + half, 6))
