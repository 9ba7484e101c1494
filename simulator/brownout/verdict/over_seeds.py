"""Runs over the same seeds on two sides, as pairs: what differs between their means, by bootstrap over seeds."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import Chance
from brownout.verdict.better import BETTER, FACTS
from brownout.verdict.compare import Arm, Asked, Difference, outcome, subjects, value
from brownout.verdict.pairs import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.verdict.compare import Subject

    Interval = tuple[float, float]

SEEDS_LEAST: Final = 20
"""Of fewer seeds a bootstrap makes intervals that are too narrow."""
_RESAMPLES: Final = 9_999
_DRAWS: Final = Chance(0, "bootstrap", "over seeds")


def compare_seeds(a: Mapping[int, Arm], b: Mapping[int, Arm], asked: Asked) -> list[Difference]:
    """Return how the means over seeds differ, metric by metric; `a` and `b` have an arm for each of the same seeds.

    Raises:
        ModuleNotFoundError: if there are enough seeds and scipy isn't installed.
    """
    seeds, level = sorted(a), asked.level(*a.values())
    return [_one(subject, [a[seed] for seed in seeds], [b[seed] for seed in seeds], asked, level)
            for subject in subjects(*a.values(), *b.values())]  # fmt: skip


def _one(subject: Subject, a: Sequence[Arm], b: Sequence[Arm], asked: Asked, level: float) -> Difference:
    metric, aggregation = subject
    both = [
        (one, other)
        for one, other in ((value(x, subject), value(y, subject)) for x, y in zip(a, b, strict=True))
        if one is not None and other is not None
    ]
    judged = metric in asked.metrics
    found = Difference(
        metric=metric, aggregation=aggregation, a=None, b=None, judged=judged, margin=asked.margins.get(metric)
    )
    if not both:
        return found
    found = replace(found, a=fmean(one for one, _ in both), b=fmean(other for _, other in both))
    found = replace(found, difference=round(fmean(other - one for one, other in both), 9))
    enough = len(both) >= SEEDS_LEAST
    level = level if judged else LEVEL
    if enough:
        decisive = _bootstrap(both, _difference, 1 - level)
        result = outcome(replace(found, interval=decisive, how="seeds"), level)
        found = replace(found, interval=_bootstrap(both, _difference, 0.95), how="seeds", outcome=result)
    elif BETTER.get(metric) is not None:
        fact = metric in FACTS and outcome(found, level) == "worse"
        found = replace(found, outcome="worse" if fact else "open" if judged else None)
    if BETTER.get(metric) == "less" and found.a and found.b is not None and found.a > 0 and found.b >= 0:
        interval = _bootstrap(both, _reduction, 0.95) if enough else None
        found = replace(found, reduction=round(1 - found.b / found.a, 6), reduction_interval=interval)
    return found


def _difference(a: Any, b: Any, axis: int = -1) -> Any:
    return b.mean(axis=axis) - a.mean(axis=axis)


def _reduction(a: Any, b: Any, axis: int = -1) -> Any:
    """Return 1 - B/A; none of A in a resample makes it 0 if B has none either, and as bad as can be told if it has."""
    import numpy as np  # noqa: PLC0415 - scipy's, an extra

    of_a, of_b = a.mean(axis=axis), b.mean(axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(of_a > 0, 1 - of_b / of_a, np.where(of_b > 0, -1e9, 0.0))


def _bootstrap(both: Sequence[tuple[float, float]], statistic: Callable[..., Any], confidence: float) -> Interval:
    """Return the interval of a statistic over pairs (percentiles; the same for the same pairs)."""
    import numpy as np  # noqa: PLC0415 - scipy's, an extra
    from scipy.stats import bootstrap  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    found = bootstrap(
        tuple(np.asarray(side, dtype=float) for side in zip(*both, strict=True)),
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        random_state=np.random.default_rng(int.from_bytes(_DRAWS.digest(b"%d" % len(both))[:8], "big")),
    ).confidence_interval
    return round(float(found.low), 9), round(float(found.high), 9)
