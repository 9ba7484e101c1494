"""How far a share that was seen may be from what it would come to in the long run: its 95% interval (Wilson).

The formula is two lines (`quantiles.interval`), and a verdict is judged without the drill's extra: scipy isn't asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.metrics import is_share
from brownout.verdict.measures import cases
from brownout.verdict.quantiles import interval

if TYPE_CHECKING:
    from brownout.verdict.history import Scope
    from brownout.verdict.measures import Values


def of_share(metric: str, value: float | None, scope: Scope) -> tuple[float, float] | None:
    """Return the interval of a share, None if it isn't measured."""
    return None if value is None else interval(value, cases(metric, scope))


def intervals(values: Values, scope: Scope) -> dict[str, tuple[float, float]]:
    """Return the interval of each share among `values` that is measured, by its metric."""
    found = {}
    for metric, of in values.items():
        for aggregation, value in of.items():
            if is_share(metric, aggregation) and (one := of_share(metric, value, scope)) is not None:
                found[metric] = one
    return found
