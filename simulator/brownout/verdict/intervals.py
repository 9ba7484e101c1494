"""How far a share that was seen may be from what it would come to in the long run: its 95% interval.

Wilson's, which is two lines (`quantiles.interval`), where cases are independent. Where operations share a credential,
it is drawn from the credentials instead (`clusters`), if that makes it wider: few clusters that happen to be alike are
no reason to be surer than of independent cases. Without scipy it is Wilson's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from brownout.core.metrics import is_share
from brownout.verdict.clusters import Clusters, bootstrap
from brownout.verdict.measures import cases
from brownout.verdict.quantiles import interval

if TYPE_CHECKING:
    from brownout.verdict.history import Scope
    from brownout.verdict.measures import Values


class Interval(NamedTuple):
    """Both ends, and how they were come by: `wilson` or `bootstrap`."""

    low: float
    high: float
    method: str


def of_share(metric: str, value: float | None, scope: Scope) -> tuple[float, float] | None:
    """Return the interval of a share, None if it isn't measured."""
    found = _interval(metric, value, scope, Clusters(scope)) if value is not None else None
    return None if found is None else (found.low, found.high)


def intervals(values: Values, scope: Scope) -> dict[str, Interval]:
    """Return the interval of each share among `values` that is measured, by its metric."""
    clusters = Clusters(scope)
    found = {}
    for metric, of in values.items():
        for aggregation, value in of.items():
            if is_share(metric, aggregation) and value is not None:
                found[metric] = _interval(metric, value, scope, clusters)
    return found


def _interval(metric: str, value: float, scope: Scope, clusters: Clusters) -> Interval:
    low, high = interval(value, cases(metric, scope))
    counts = clusters.counts(metric)
    drawn = None if counts is None else bootstrap(counts, seed=scope.seed, about=f"{metric} in {scope.phase}")
    if drawn is None or drawn[1] - drawn[0] <= high - low:
        return Interval(low, high, "wilson")
    return Interval(*drawn, "bootstrap")
