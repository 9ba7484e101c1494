"""The metrics of a verdict, and the grammar of thresholds over them.

The grammar is k6's: a subject `METRIC` or `METRIC{arm:NAME,phase:NAME}`, and a list of assertions `AGGREGATION OP
NUMBER`, with a unit where the metric is a length of time. A scenario is checked against it when it is read;
`brownout.verdict` measures and judges. Formulas: docs/verdict.md.
"""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable


class Metric(NamedTuple):
    """What a threshold can ask of a metric, and whether it exists without clients' claims.

    A `timed` one is a length of time: in seconds, and a threshold says its unit.
    """

    aggregations: tuple[str, ...]
    needs_claims: bool
    meaning: str
    timed: bool = False


_COUNT: Final = ("count",)
_SHARE: Final = ("count", "rate")
_VALUE: Final = ("value",)
_TREND: Final = ("p(50)", "p(90)", "p(95)", "p(99)", "max", "avg")

METRICS: Final[dict[str, Metric]] = {
    "operations": Metric(_COUNT, needs_claims=False, meaning="business operations that ran"),
    "operations.ok": Metric(_SHARE, needs_claims=True, meaning="operations that the client claims went well"),
    "operations.good": Metric(_SHARE, needs_claims=True, meaning="claimed as paid, and charged exactly once"),
    "operations.failed": Metric(_SHARE, needs_claims=True, meaning="operations that the client gave up"),
    "goodput": Metric(_VALUE, needs_claims=True, meaning="good operations a second"),
    "goodput.rate": Metric(_VALUE, needs_claims=True, meaning="share of the planned operations that are good"),
    "availability.rate": Metric(
        _VALUE, needs_claims=True, meaning="share of the planned operations that the client claims went well"
    ),
    "errors": Metric(_SHARE, needs_claims=True, meaning="planned operations that are not good"),
    "auth.failed": Metric(_SHARE, needs_claims=True, meaning="operations that ended badly for want of a good token"),
    "contract.failed": Metric(
        _SHARE, needs_claims=True, meaning="operations that ended badly because an answer could not be read"
    ),
    "op.latency": Metric(
        _TREND, needs_claims=True, meaning="time from an operation's scheduled start to its end", timed=True
    ),
    "op.service": Metric(_TREND, needs_claims=True, meaning="time from when an operation began to its end", timed=True),
    "op.co_gap": Metric(
        _VALUE, needs_claims=True, meaning="by how much the p(99) of op.latency exceeds that of op.service", timed=True
    ),
    "recovery.ratio": Metric(
        _VALUE, needs_claims=True, meaning="of the operations that a fault hit, the share that is good"
    ),
    "collateral": Metric(
        _VALUE, needs_claims=True, meaning="of the operations that no fault hit, the share that is not good"
    ),
    "wire.errors": Metric(_SHARE, needs_claims=False, meaning="requests that were not answered well"),
    "throttled": Metric(_SHARE, needs_claims=False, meaning="requests that a limit refused"),
    "retry.amplification": Metric(
        _VALUE, needs_claims=False, meaning="attempts for each distinct operation; 1 without retries"
    ),
    "retry.peak": Metric(
        _VALUE, needs_claims=False, meaning="attempts for each first one, in the second in which that was most"
    ),
    "retry.per_failed": Metric(_VALUE, needs_claims=False, meaning="retries of writes for each one that ended badly"),
    "retry.wasted": Metric(_SHARE, needs_claims=False, meaning="requests that repeated what no repeating mends"),
    "retry.at_once": Metric(
        _SHARE,
        needs_claims=False,
        meaning="retries within 50 ms of a limit's refusal that didn't say when to come back",
    ),
    "retry.growth": Metric(
        _VALUE, needs_claims=False, meaning="median of a wait divided by the one before it; 2 for doubling"
    ),
    "retry.dispersion": Metric(
        _VALUE, needs_claims=False, meaning="standard deviation of the waits after a first failure, by their mean"
    ),
    "retry.wave": Metric(
        _VALUE, needs_claims=False, meaning="largest share of those waits that end within the same 100 ms"
    ),
    "retry.fano": Metric(
        _VALUE, needs_claims=False, meaning="variance of the retries in each 100 ms, by their mean; 1 if by chance"
    ),
    "retry.retrip": Metric(
        _VALUE, needs_claims=False, meaning="most retries at once at a limit that refused them, by what it lets through"
    ),
    "retry_after.honoured": Metric(
        _SHARE, needs_claims=False, meaning="retries that came no earlier than they were told to"
    ),
    "retry_after.early": Metric(
        ("p(50)", "max"), needs_claims=False, meaning="time by which the others came too early", timed=True
    ),
    "retry_after.overshoot": Metric(
        _VALUE, needs_claims=False, meaning="median of the wait beyond the time told, by the time told"
    ),
    "retry_after.dispersion": Metric(
        _VALUE, needs_claims=False, meaning="standard deviation of the wait beyond the time told, by the time told"
    ),
    "retry_after.wave": Metric(
        _VALUE, needs_claims=False, meaning="largest share of retries within 100 ms, counted from the time told"
    ),
    "mishandled": Metric(
        _SHARE, needs_claims=False, meaning="requests that ended badly and about which the wrong thing was done next"
    ),
    "mishandled.hopeless": Metric(_COUNT, needs_claims=False, meaning="repeated, though no repeating mends it"),
    "mishandled.gave_up": Metric(_COUNT, needs_claims=False, meaning="never repeated, though that may have mended it"),
    "mishandled.unsafe_retry": Metric(
        _COUNT, needs_claims=False, meaning="writes of unknown outcome repeated without an idempotency key"
    ),
    "mishandled.changed_key": Metric(
        _COUNT, needs_claims=False, meaning="writes of unknown outcome repeated with another idempotency key"
    ),
    "refresh.success": Metric(_SHARE, needs_claims=False, meaning="calls to renew a token that were answered well"),
    "refresh.redundancy": Metric(_VALUE, needs_claims=False, meaning="good renewals for each token that ended"),
    "refresh.overlapping": Metric(
        _COUNT, needs_claims=False, meaning="times when several calls for one credential's token were under way"
    ),
    "refresh.proactive": Metric(
        _SHARE, needs_claims=False, meaning="calls to renew a token that came before it had ended"
    ),
    "credentials.lost": Metric(
        _SHARE, needs_claims=False, meaning="credentials whose last call for tokens was refused"
    ),
    "auth.stale": Metric(
        _COUNT, needs_claims=False, meaning="requests refused with an old token after a newer arrived"
    ),
    "auth.scope_loops": Metric(_COUNT, needs_claims=False, meaning="requests repeated without the scope they lacked"),
    "payments.duplicated": Metric(_COUNT, needs_claims=False, meaning="payments that stand beyond one for their key"),
    "payments.lost": Metric(_COUNT, needs_claims=True, meaning="claimed as paid, and the ledger has none"),
    "payments.orphaned": Metric(_COUNT, needs_claims=True, meaning="claimed as failed, and the ledger has one"),
    "payments.unresolved": Metric(_COUNT, needs_claims=True, meaning="the client never found out"),
    "money.error": Metric(
        _VALUE, needs_claims=True, meaning="minor units moved otherwise than claimed, summed over operations"
    ),
    "ledger.violations": Metric(_COUNT, needs_claims=False, meaning="rules about money that the ledger breaks"),
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
_SHARES: Final = ("goodput.rate", "availability.rate", "recovery.ratio", "collateral")
"""Values that are shares of something, as rates are; all others are no shares and have no interval."""


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


def is_share(metric: str, aggregation: str) -> bool:
    """Return whether something is a share of cases, so that it has an interval.

    >>> is_share("throttled", "rate"), is_share("throttled", "count"), is_share("collateral", "value")
    (True, False, True)
    """
    return aggregation == "rate" or metric in _SHARES
