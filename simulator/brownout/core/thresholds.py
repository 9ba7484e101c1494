"""The grammar of thresholds, which is k6's: a subject and a list of assertions.

A subject is `METRIC` or `METRIC{arm:NAME,phase:NAME,client:GLOB,operation:GLOB}`, an assertion `AGGREGATION OP NUMBER`,
with a unit where the metric is a length of time. A scenario is checked against it when it is read; `brownout.verdict`
judges.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.errors import did_you_mean
from brownout.core.match import fits
from brownout.core.metrics import METRICS, is_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "===": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
SELECTORS: Final = ("arm", "phase", "client", "operation")
_OF_CALLS: Final = ("wire.errors", "throttled", "retry.*", "retry_after.*", "mishandled", "mishandled.*")
_OF_CLIENTS: Final = (
    *_OF_CALLS, "operations", "operations.*", "goodput", "op.latency", "op.service", "recovery.ratio", "collateral",
    "refresh.*", "credentials.lost", "auth.stale", "auth.scope_loops", "payments.*", "money.error",
    "recovery.time", "resilience.loss", "detection.time", "tokens.availability", "records.*", "staleness",
)  # fmt: skip
OF_THE_RUN: Final = ("recovery.time", "resilience.loss")
"""Metrics that are about what comes after the trouble as well as about what came before it: no phase has them."""
AT_THE_END: Final = (*OF_THE_RUN, "retry.debt")
"""Metrics that nobody knows while more trouble may come: no look at a part of a run has them."""
_GLOBBED: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "client": (_OF_CLIENTS, "it is about all that was planned, and what was never sent has no client"),
    "operation": (_OF_CALLS, "it is about whole business operations or tokens, which take calls of several kinds"),
}
"""The selectors that are globs: the metrics that take them, and why the others don't."""
_ORDERS: Final = ("<", "<=", ">", ">=")
UNITS: Final = {"ms": 0.001, "s": 1.0}
"""What the number of an assertion about time may be in."""

_SUBJECT: Final = re.compile(r"([^{}\s]+)(?:\{\s*([^{}]*?)\s*\})?")
_SELECTOR: Final = re.compile(r"\s*(\w+)\s*:\s*([^,{}]*[^,{}\s])\s*")
_NAMED: Final = re.compile(r"[\w.-]+")
_ASSERTION: Final = re.compile(
    r"\s*([a-z]+(?:\([0-9.]+\))?)\s*(===|==|!=|<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([a-z]+|%)?(\s+at\s+95%)?\s*",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a threshold with what is said beside it.

    With `abort_on_fail` an arm that misses it, `delay_seconds` after its load began or later, is ended at once. Where
    any line is marked `gate`, only those decide the verdict.

    Raises:
        ValueError: if there is a delay and nothing to delay, or it is negative.
    """

    threshold: str
    abort_on_fail: bool = False
    delay_seconds: float = 0.0
    gate: bool = False

    def __post_init__(self) -> None:
        """Check the delay."""
        if self.delay_seconds < 0:
            raise ValueError("delay must not be negative")
        if self.delay_seconds and not self.abort_on_fail:
            raise ValueError("delay says how long abort_on_fail waits: write abort_on_fail: true beside it")

    @classmethod
    def of(cls, line: str | Line) -> Line:
        """Return a line, also if it is a plain text."""
        return cls(threshold=line) if isinstance(line, str) else line


def read_lines(given: Iterable[str | Mapping[str, Any]]) -> tuple[str | Line, ...]:
    """Return lines as a journal has them: plain texts, as all were in earlier versions, or mappings.

    >>> read_lines(["count == 0", {"threshold": "count < 9", "gate": True}])[1].gate
    True

    Raises:
        TypeError, ValueError: if one is neither.
    """
    return tuple(one if isinstance(one, str) else Line(**one) for one in given)


def gated(thresholds: Mapping[str, Iterable[str | Line]]) -> bool:
    """Return whether any line is marked `gate`, so that only those that are decide."""
    return any(Line.of(line).gate for lines in thresholds.values() for line in lines)


class Subject(NamedTuple):
    """What a threshold is about; `arm` is None for every arm, `phase` for the whole run.

    `client` and `operation` are globs that choose calls, and with `client` the business operations that they were for.
    """

    metric: str
    arm: str | None = None
    phase: str | None = None
    client: str | None = None
    operation: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether it chooses among calls."""
        return self.client is not None or self.operation is not None

    def __str__(self) -> str:
        """Return it as a sentence has it; of which arm is said elsewhere.

        >>> str(Subject("throttled", phase="storm", client="shop-*"))
        'throttled of client shop-* in storm'
        """
        chosen = ((name, getattr(self, name)) for name in _GLOBBED)
        parts = [self.metric, *(f"of {name} {glob}" for name, glob in chosen if glob is not None)]
        return " ".join(parts if self.phase is None else [*parts, f"in {self.phase}"])


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

    def missed_for_good(self, value: float) -> bool:
        """Return whether it is missed by `value` and by whatever that may still grow to.

        >>> few, many = Assertion("count", "<", 3.0), Assertion("count", ">", 3.0)
        >>> few.missed_for_good(2), few.missed_for_good(3), many.missed_for_good(2)
        (False, True, False)
        """
        return not any(map(self.holds, (value, max(value, self.bound), math.inf)))

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
    Subject(metric='payments.duplicated', arm='keyed', phase='storm', client=None, operation=None)

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
            raise ValueError(
                f"not a selector: {part!r}; write {metric}{{arm:NAME,phase:NAME}}, one of the two, or client:GLOB "
                "and operation:GLOB"
            )
        name, value = selector.groups()
        if name in chosen:
            raise ValueError(f"{name} is given twice: {text!r}; write it once")
        _check_selector(metric, name, value)
        chosen[name] = value
    return Subject(metric, **chosen)


def selectors(metric: str) -> tuple[str, ...]:
    """Return the selectors that a metric takes.

    >>> selectors("throttled"), selectors("payments.lost"), selectors("goodput.rate")
    (('arm', 'phase', 'client', 'operation'), ('arm', 'phase', 'client'), ('arm', 'phase'))
    """
    without = {"phase": OF_THE_RUN, "operation": ("retry.debt",)}
    return tuple(
        name
        for name in SELECTORS
        if metric not in without.get(name, ()) and (name not in _GLOBBED or fits(_GLOBBED[name][0], metric))
    )


def _check_selector(metric: str, name: str, value: str) -> None:
    """Return if a metric takes this selector.

    Raises:
        ValueError: saying why not, and which do.
    """
    if name not in SELECTORS:
        raise ValueError(f"selector: {did_you_mean(name, SELECTORS)}")
    if name not in _GLOBBED and not _NAMED.fullmatch(value):
        raise ValueError(f"not a selector: {name}:{value!r}; write one name of letters, digits, '.', '_' and '-'")
    if name == "phase" and metric in OF_THE_RUN:
        raise ValueError(f"{metric} is of the whole run, before the trouble and after it: leave {name}:{value} out")
    if name not in selectors(metric):
        takes, why = _GLOBBED[name]
        raise ValueError(f"{metric} can't be told by {name}: {why}; {name} goes with {', '.join(takes)}")


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
