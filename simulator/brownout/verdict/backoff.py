"""How clients wait before they try again, seen from the server, so that no client has to help.

A wait is from when an answer had left to when the next attempt arrived. Formulas: docs/verdict.md.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.verdict.quantiles import quantile
from brownout.verdict.steps import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.verdict.history import Scope
    from brownout.verdict.steps import Step

Values: TypeAlias = dict[str, dict[str, float | None]]

EARLY_SECONDS: Final = 0.050
"""So much before its time a retry still counts as one that waited: clocks and scheduling are no finer."""
EARLY_DATED_SECONDS: Final = 1.0
"""The same where the time was told as a date, which has whole seconds."""
COHORT_LEAST: Final = 10
"""Of fewer retries, how they spread is a matter of one or two of them."""
BIN_SECONDS: Final = 0.100
AT_ONCE_SECONDS: Final = 0.050
"""A shorter wait after a limit's refusal is none: it is the way there and back."""
_NO_WAIT_SECONDS: Final = 0.001
"""Growth from a shorter wait than that would be growth from nothing."""


def backoff(scope: Scope) -> Values:
    """Return what the retries of a scope amount to."""
    if not scope.whole:
        return {
            "retry_after.honoured": {"count": None, "rate": None},
            "retry_after.early": {"p(50)": None, "max": None},
            "retry.at_once": {"count": None, "rate": None},
            **{name: {"value": None} for name in _VALUES},
        }
    told = told_steps(scope)
    honoured = sum(_honoured(one) for one in told)
    early = sorted(max(0.0, _early(one)) for one in told if not _honoured(one)) or ([0.0] if told else [])
    above = [_above(one) for one in told]
    shares = [_above(one) / one.before.told_seconds for one in told if one.before.told_seconds]
    refused = refused_steps(scope)
    at_once = sum((one.wait_seconds or 0.0) < AT_ONCE_SECONDS for one in refused)
    firsts = [one.wait_seconds or 0.0 for one in _untold(scope, number=1)]
    return {
        "retry_after.honoured": {"count": honoured, "rate": honoured / len(told) if told else None},
        "retry_after.early": {"p(50)": quantile(early, 0.5), "max": quantile(early, 1.0)},
        "retry_after.overshoot": {"value": _rounded(median(shares)) if shares else None},
        "retry_after.dispersion": {"value": _rounded(pstdev(shares)) if len(shares) >= COHORT_LEAST else None},
        "retry_after.wave": {"value": wave(above)},
        "retry.at_once": {"count": at_once, "rate": at_once / len(refused) if refused else None},
        "retry.growth": {"value": _growth(scope)},
        "retry.dispersion": {"value": dispersion(firsts)},
        "retry.wave": {"value": wave(firsts)},
        "retry.fano": {"value": _fano(scope)},
        "retry.retrip": {"value": _retrip(scope)},
    }


_VALUES: Final = (
    "retry_after.overshoot", "retry_after.dispersion", "retry_after.wave", "retry.growth", "retry.dispersion",
    "retry.wave", "retry.fano", "retry.retrip",
)  # fmt: skip


def told_steps(scope: Scope) -> list[Step]:
    """Return the retries after an answer that said when to come back."""
    return [one for one in scope.steps if one.before.told_seconds is not None and one.wait_seconds is not None]


def refused_steps(scope: Scope) -> list[Step]:
    """Return the retries of what a limit had refused without saying when to come back."""
    return [one for one in scope.steps if one.waits and _untold_refusal(one)]


def _untold_refusal(step: Step) -> bool:
    return step.before.error == "throttle" and step.before.told_seconds is None


def shape(scope: Scope) -> dict[str, Any]:
    """Return the waits by how many failures in a row they came after, for `verdict.json`.

    Those after an answer that said when to come back are not among them. `capped_seconds` is the longest wait.
    """
    waits = [one.wait_seconds or 0.0 for one in scope.steps if one.waits]
    by_number = []
    for number in sorted({one.number for one in scope.steps if one.waits}):
        lengths = sorted(one.wait_seconds or 0.0 for one in _untold(scope, number=number))
        if lengths:
            by_number.append(
                {
                    "failures": number,
                    "retries": len(lengths),
                    "p50_seconds": quantile(lengths, 0.5),
                    "dispersion": dispersion(lengths),
                    "wave": wave(lengths),
                }
            )
    return {"by_failures": by_number, "capped_seconds": _rounded(max(waits)) if waits else None}


def dispersion(lengths: Sequence[float]) -> float | None:
    """Return the standard deviation of waits, divided by their mean; None of fewer than `COHORT_LEAST`.

    >>> dispersion([0.5] * 10)
    0.0
    """
    if len(lengths) < COHORT_LEAST:
        return None
    mean = fmean(lengths)
    return _rounded(pstdev(lengths) / mean) if mean > 0 else 0.0


def wave(lengths: Iterable[float]) -> float | None:
    """Return the largest share of waits that end within 100 ms, had they all begun together.

    None of fewer than `COHORT_LEAST`. The 100 ms lie where they hold the most, so that no wave hides by falling on the
    border of two bins.

    >>> wave([0.5] * 10), wave([number / 10 for number in range(10)])
    (1.0, 0.1)
    """
    ranked = sorted(lengths)
    if len(ranked) < COHORT_LEAST:
        return None
    edges = (bisect_left(ranked, one + BIN_SECONDS - 1e-9) - place for place, one in enumerate(ranked))
    return _rounded(max(edges) / len(ranked))


def _untold(scope: Scope, *, number: int) -> list[Step]:
    return [one for one in scope.steps if one.waits and one.number == number and one.before.told_seconds is None]


def _above(step: Step) -> float:
    """Return how long after the time that it was told a retry came, negative if before."""
    return (step.wait_seconds or 0.0) - (step.before.told_seconds or 0.0)


def _early(step: Step) -> float:
    return -_above(step)


def _honoured(step: Step) -> bool:
    return _early(step) <= (EARLY_DATED_SECONDS if step.before.dated else EARLY_SECONDS) + 1e-6


def _growth(scope: Scope) -> float | None:
    """Return the median of a wait divided by the one before it, in runs of failures that pass with time."""
    after = {one.before.number: one for one in scope.steps if one.waits and one.before.told_seconds is None}
    found = []
    for one in after.values():
        following = after.get(one.after.number) if one.after is not None else None
        if following is not None and (one.wait_seconds or 0.0) >= _NO_WAIT_SECONDS:
            found.append((following.wait_seconds or 0.0) / (one.wait_seconds or 1.0))
    return _rounded(median(found)) if found else None


def _arrivals(scope: Scope) -> list[float]:
    return [
        one.after.at
        for one in scope.steps
        if one.before.error in WAITING and one.after is not None and one.after.at is not None
    ]


def _fano(scope: Scope) -> float | None:
    """Return the variance of how many retries arrived in each 100 ms of the scope, divided by their mean."""
    found, all_at = _arrivals(scope), [one.at for one in scope.attempts if one.at is not None]
    if len(found) < COHORT_LEAST:
        return None
    since = min([*all_at, *found])
    bins = 1 + int((max([*all_at, *found]) - since) / BIN_SECONDS)
    counts = Counter(int((at - since) / BIN_SECONDS) for at in found)
    mean = len(found) / bins
    return _rounded((sum(each * each for each in counts.values()) / bins - mean * mean) / mean)


def _retrip(scope: Scope) -> float | None:
    """Return the most retries of what a limit refused that arrived at once, by what it lets through in that time."""
    by_limit: dict[tuple[float, tuple[str, ...]], list[float]] = defaultdict(list)
    for one in scope.steps:
        rate = one.before.limit_rate
        if rate is not None and one.after is not None and one.after.at is not None:
            by_limit[rate, one.before.limit].append(one.after.at)
    found = []
    for (rate, _), arrived in by_limit.items():
        width = max(BIN_SECONDS, 1 / rate)  # in a shorter time a single request would be more than it lets through
        peak = max(Counter(math.floor(at / width) for at in arrived).values())
        found.append(peak / (width * rate))
    return _rounded(max(found)) if found else None


def _rounded(value: float) -> float:
    return round(value, 6)
