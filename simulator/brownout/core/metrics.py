"""The metrics of a verdict, and the grammar of thresholds over them.

The grammar is k6's: a subject `METRIC` or `METRIC{arm:NAME}`, and a list of assertions `AGGREGATION OP NUMBER`. A
scenario is checked against it when it is read; `brownout.verdict` measures and judges. Formulas: docs/verdict.md.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable


class Metric(NamedTuple):
    """What a threshold can ask of a metric, and whether it exists without clients' claims."""

    aggregations: tuple[str, ...]
    needs_claims: bool
    meaning: str


_COUNT: Final = ("count",)
_SHARE: Final = ("count", "rate")
_VALUE: Final = ("value",)

METRICS: Final[dict[str, Metric]] = {
    "operations": Metric(_COUNT, needs_claims=False, meaning="business operations that ran"),
    "operations.ok": Metric(_SHARE, needs_claims=True, meaning="operations that the client claims went well"),
    "operations.good": Metric(_SHARE, needs_claims=True, meaning="claimed as paid, and charged exactly once"),
    "operations.failed": Metric(_SHARE, needs_claims=True, meaning="operations that the client gave up"),
    "payments.duplicated": Metric(_COUNT, needs_claims=False, meaning="payments that stand beyond one for their key"),
    "payments.lost": Metric(_COUNT, needs_claims=True, meaning="claimed as paid, and the ledger has none"),
    "payments.orphaned": Metric(_COUNT, needs_claims=True, meaning="claimed as failed, and the ledger has one"),
    "payments.unresolved": Metric(_COUNT, needs_claims=True, meaning="the client never found out"),
    "money.error": Metric(
        _VALUE, needs_claims=True, meaning="minor units moved otherwise than claimed, summed over operations"
    ),
    "ledger.violations": Metric(_COUNT, needs_claims=False, meaning="rules about money that the ledger breaks"),
    "retry.amplification": Metric(
        _VALUE, needs_claims=False, meaning="attempts for each distinct operation; 1 without retries"
    ),
}

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "===": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
SELECTORS: Final = ("arm",)
SELECTORS_LATER: Final = ("phase", "client", "operation")
"""Selectors of the design that come with later versions."""

_SUBJECT: Final = re.compile(r"([^{}\s]+)(?:\{\s*([^{}]*?)\s*\})?")
_SELECTOR: Final = re.compile(r"(\w+)\s*:\s*([\w.-]+)")
_ASSERTION: Final = re.compile(r"\s*([a-z]+)\s*(===|==|!=|<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")


class Subject(NamedTuple):
    """What a threshold is about; `arm` is None for every arm."""

    metric: str
    arm: str | None


class Assertion(NamedTuple):
    """What must hold of it."""

    aggregation: str
    operator: str
    bound: float

    def holds(self, value: float) -> bool:
        """Return whether it holds of `value`.

        >>> Assertion("value", "<", 1.5).holds(1.2)
        True
        """
        return OPERATORS[self.operator](value, self.bound)


def parse_subject(text: str) -> Subject:
    """Return the metric and the arm that a threshold's key names.

    >>> parse_subject("payments.duplicated{arm:keyed}")
    Subject(metric='payments.duplicated', arm='keyed')

    Raises:
        ValueError: if it isn't `METRIC` or `METRIC{arm:NAME}`, or the metric is unknown.
    """
    found = _SUBJECT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a metric: {text!r}; write METRIC or METRIC{{arm:NAME}}")
    metric, selectors = found[1], found[2]
    if metric not in METRICS:
        raise ValueError(f"metric: {did_you_mean(metric, METRICS)}")
    if selectors is None:
        return Subject(metric, None)
    selector = _SELECTOR.fullmatch(selectors)
    if selector is None:
        raise ValueError(f"not a selector: {selectors!r}; write {metric}{{arm:NAME}}")
    if selector[1] in SELECTORS_LATER:
        raise ValueError(f"selector {selector[1]!r} is not supported by this version yet; known: arm")
    if selector[1] not in SELECTORS:
        raise ValueError(f"selector: {did_you_mean(selector[1], SELECTORS)}")
    return Subject(metric, selector[2])


def parse_assertion(metric: str, text: str) -> Assertion:
    """Return what one line of a threshold asserts of `metric` (a known one).

    >>> parse_assertion("payments.lost", "count == 0")
    Assertion(aggregation='count', operator='==', bound=0.0)

    Raises:
        ValueError: if it doesn't fit the grammar, or the metric has no such aggregation.
    """
    allowed = METRICS[metric].aggregations
    found = _ASSERTION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"not an assertion: {text!r}; write {' or '.join(allowed)}, one of {' '.join(OPERATORS)}, and a number, "
            f'such as "{allowed[0]} == 0"'
        )
    if found[1] not in allowed:
        raise ValueError(f"{metric} has {' and '.join(allowed)}, not {found[1]!r}")
    return Assertion(found[1], found[2], float(found[3]))
