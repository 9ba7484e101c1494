"""What chance does to a count of cases: exact binomial probabilities, without scipy, which a base install has not."""

from __future__ import annotations

from math import exp, lgamma, log, log1p
from typing import Final

_NEGLIGIBLE: Final = 1e-17


def at_least(number: int, of: int, share: float) -> float:
    """Return the probability of `number` or more in `of` cases, each of which comes about with probability `share`.

    >>> round(at_least(1, 10, 0.1), 6), at_least(0, 10, 0.1), at_least(11, 10, 0.1)
    (0.651322, 1.0, 0.0)
    """
    if number <= 0 or share >= 1:
        return 1.0 if number <= of else 0.0
    if number > of or share <= 0:
        return 0.0
    if number > of * share:
        return min(1.0, _tail(number, of, share))
    return max(0.0, 1.0 - _tail(of - number + 1, of, 1 - share))


def at_most(number: int, of: int, share: float) -> float:
    """Return the probability of `number` or fewer.

    >>> round(at_most(0, 10, 0.1), 6)
    0.348678
    """
    return at_least(of - number, of, 1 - share)


def _tail(number: int, of: int, share: float) -> float:
    """Return the probability of `number` or more, which is beyond the mean: each term is smaller than the last."""
    choose = lgamma(of + 1) - lgamma(number + 1) - lgamma(of - number + 1)
    term = exp(choose + number * log(share) + (of - number) * log1p(-share))
    total, odds = term, share / (1 - share)
    while number < of and term > total * _NEGLIGIBLE:
        term *= odds * (of - number) / (number + 1)
        number += 1
        total += term
    return total
