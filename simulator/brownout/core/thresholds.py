"""The grammar of thresholds, which is k6's: a subject and a list of assertions.

A subject is `METRIC` or `METRIC{arm:NAME,phase:NAME}`, an assertion `AGGREGATION OP NUMBER`, with a unit where the
metric is a length of time. A scenario is checked against it when it is read; `brownout.verdict` judges.
"""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.errors import did_you_mean
from brownout.core.metrics import METRICS, is_share

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "===": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
SELECTORS: Final = ("arm", "phase")
SELECTORS_LATER: Final = ("client", "operation")
"""Selectors of the design that come with later versions."""
_ORDERS: Final = ("<", "<=", ">", ">=")
UNITS: Final = {"ms": 0.001, "s": 1.0}
"""What the number of an assertion about time may be in."""

_SUBJECT: Final = re.compile(r"([^{}\s]+)(?:\{\s*([^{}]*?)\s*\})?")
_SELECTOR: Final = re.compile(r"\s*(\w+)\s*:\s*([\w.-]+)\s*")
_ASSERTION: Final = re.compile(
    r"\s*([a-z]+(?:\([0-9.]+\))?)\s*(===|==|!=|<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([a-z]+|%)?(\s+at\s+95%)?\s*",
    re.ASCII,
)


class Subject(NamedTuple):
    """What a threshold is about; `arm` is None for every arm, `phase` for the whole run."""

    metric: str
    arm: str | None = None
    phase: str | None = None


class Assertion(NamedTuple):
    """What must hold of it; a `bound` of time is in seconds.

    With `sure`, it must hold of the whole 95% interval of a share: where the bound lies within, nobody knows.
    """

    aggregation: str
    operator: str
    bound: float
    sure: bool = False

    def holds(self, value: float) -> bool:
        """Return whether it holds of `value`.

        >>> Assertion("value", "<", 1.5).holds(1.2)
        True
        """
        return OPERATORS[self.operator](value, self.bound)

    def holds_of(self, value: float, interval: tuple[float, float] | None) -> bool | None:
        """Return whether it holds of a value that has this interval; None if it has to be sure and isn't.

        >>> share = Assertion("rate", "<", 0.02, sure=True)
        >>> share.holds_of(0.001, (0.0, 0.01)), share.holds_of(0.01, (0.0, 0.03)), share.holds_of(0.1, (0.05, 0.2))
        (True, None, False)
        """
        if not self.sure or interval is None:
            return self.holds(value)
        low, high = map(self.holds, interval)
        return low if low is high else None


def parse_subject(text: str) -> Subject:
    """Return the metric, the arm and the phase that a threshold's key names.

    >>> parse_subject("payments.duplicated{arm:keyed, phase:storm}")
    Subject(metric='payments.duplicated', arm='keyed', phase='storm')

    Raises:
        ValueError: if it isn't `METRIC` with or without selectors, or the metric is unknown.
    """
    found = _SUBJECT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a metric: {text!r}; write METRIC or METRIC{{arm:NAME,phase:NAME}}")
    metric, selectors = found[1], found[2]
    if metric not in METRICS:
        raise ValueError(f"metric: {did_you_mean(metric, METRICS)}")
    chosen: dict[str, str] = {}
    for part in [] if selectors is None else selectors.split(","):
        selector = _SELECTOR.fullmatch(part)
        if selector is None:
            raise ValueError(f"not a selector: {part!r}; write {metric}{{arm:NAME,phase:NAME}}, or one of the two")
        name = _selector(selector[1])
        if name in chosen:
            raise ValueError(f"{name} is given twice: {text!r}; write it once")
        chosen[name] = selector[2]
    return Subject(metric, **chosen)


def _selector(name: str) -> str:
    if name in SELECTORS_LATER:
        raise ValueError(f"selector {name!r} is not supported by this version yet; known: {', '.join(SELECTORS)}")
    if name not in SELECTORS:
        raise ValueError(f"selector: {did_you_mean(name, SELECTORS)}")
    return name


def parse_assertion(metric: str, text: str) -> Assertion:
    """Return what one line of a threshold asserts of `metric` (a known one).

    >>> parse_assertion("payments.lost", "count == 0")
    Assertion(aggregation='count', operator='==', bound=0.0, sure=False)
    >>> parse_assertion("op.latency", "p(95) < 800ms").bound
    0.8

    Raises:
        ValueError: if it doesn't fit the grammar, or the metric has no such aggregation.
    """
    allowed, timed = METRICS[metric].aggregations, METRICS[metric].timed
    found = _ASSERTION.fullmatch(text)
    if found is None or not math.isfinite(float(found[3])):
        raise ValueError(
            f"not an assertion: {text!r}; write {' or '.join(allowed)}, one of {' '.join(OPERATORS)}, and a number"
            f'{" with its unit" if timed else ""}, such as "{allowed[0]} {"< 800ms" if timed else "== 0"}"'
        )
    aggregation, comparison, number, unit, sure = found.groups()
    if aggregation not in allowed:
        has = " and ".join(filter(None, [", ".join(allowed[:-1]), allowed[-1]]))
        raise ValueError(f"{metric} has {has}, not {aggregation!r}")
    if timed and unit not in UNITS:
        raise ValueError(f"{metric} is a time: write its unit, {number}ms or {number}s, in {text!r}")
    if not timed and unit is not None:
        raise ValueError(f"{metric} is a plain number: leave {unit!r} out of {text!r}")
    if sure and (not is_share(metric, aggregation) or comparison not in _ORDERS):
        raise ValueError(
            f"only a share has a 95% interval, to be held against <, <=, > or >=: leave 'at 95%' out of {text!r}"
        )
    return Assertion(aggregation, comparison, float(number) * (UNITS[unit] if timed else 1.0), sure is not None)
