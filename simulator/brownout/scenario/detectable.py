"""How small a fault of a client a threshold could show at the load's size: said before a run, not after it.

With X bad orders of n, a line fails from some X = k on: the smallest that breaks its bound and, where it asks `at 95%`,
that chance makes of a client at the bound in no more than 2.5% of runs, nor in more than the line's part of 5%. The
smallest share that it could show is then the p of which P(X >= k | n, p) = 80% (binomial, exact).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from brownout.core.binomial import at_least
from brownout.core.thresholds import Assertion, Line, gated, parse_assertion, parse_subject
from brownout.scenario.exposure import planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.plan import Plan

POWER: Final = 0.8
_RISK: Final = 0.05
_TAIL: Final = 0.025
_Z95: Final = 1.959964
GOOD: Final = ("operations.ok", "operations.good", "goodput.rate", "availability.rate")
BAD: Final = ("operations.failed", "errors", "auth.failed", "contract.failed")
"""Metrics that are shares of the orders that are planned."""
_EVENTS: Final = (*BAD, "payments.duplicated", "payments.lost", "payments.orphaned", "payments.unresolved")
_LENGTHS: Final = ("op.latency", "op.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """What a line could show. `share` is of bad orders, None if no outcome would be called a failure.

    `interval_points` is half the width of the 95% interval of a share at the bound, in points; None of no share.
    """

    key: str
    subject: str
    line: str
    orders: int
    share: float | None
    interval_points: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**asdict(self), "text": str(self)}

    def __str__(self) -> str:
        """Return it as a line."""
        what = f"{self.subject} {self.line} over {self.orders} order{'' if self.orders == 1 else 's'}"
        if self.share is None:
            return f"{what}: can't fail, whatever happens: these are too few"
        metric = parse_subject(self.subject).metric
        share = 100 * (1 - self.share if metric in GOOD else self.share)
        kind = f"that comes to {'less' if metric in GOOD else 'more'} than {share:.3g}% in the long run"
        if metric in _LENGTHS:
            kind = f"that takes longer for more than {share:.3g}% of orders"
        elif self.interval_points is None:
            kind = f"that does it to more than {share:.3g}% of orders"
        interval = "" if self.interval_points is None else f"; the 95% interval is ±{self.interval_points:.1f} points"
        return f"{what}: fails a client {kind}, in 4 runs of 5{interval}"


def detectable(plan: Plan) -> Iterator[Detectable]:
    """Yield what each line could show that decides, or asks to be sure, and is about orders that are planned."""
    shared = max(1, family(plan))
    marked = gated(plan.thresholds)
    for text, lines in plan.thresholds.items():
        subject = parse_subject(text)
        orders = planned(plan, subject.phase) if plan.load is not None and not subject.narrow else None
        for number, line in enumerate(map(Line.of, lines)):
            asserted = parse_assertion(subject.metric, line.threshold)
            if not orders or not (line.gate or not marked or asserted.sure):
                continue
            fails = _fails(subject.metric, asserted, orders)
            if fails is None:
                continue
            bound = _bad_bound(subject.metric, asserted)
            yield Detectable(
                key=f"thresholds.{text}[{number}]",
                subject=text,
                line=line.threshold,
                orders=orders,
                share=_least(_first(fails, orders, asserted, bound, shared), orders),
                interval_points=None if bound is None else 100 * _half(bound, orders),
            )


def family(plan: Plan) -> int:
    """Return over how many lines the risk of a failure by chance is shared, as the verdict of all arms counts them."""
    deciding = [name for name, arm in plan.arms.items() if not arm.control] or list(plan.arms)
    marked = gated(plan.thresholds)
    number = 0
    for section in (plan.thresholds, plan.steady_state):
        for text, lines in section.items():
            subject = parse_subject(text)
            arms = sum(subject.arm in (None, name) for name in deciding)
            for line in map(Line.of, lines):
                decides = line.gate or not marked or section is plan.steady_state
                number += arms * (decides and parse_assertion(subject.metric, line.threshold).sure)
    return number


def _fails(metric: str, asserted: Assertion, orders: int) -> Callable[[int], bool] | None:
    """Return whether so many bad orders break a bound; None where that isn't a matter of how many they are."""
    below = asserted.operator in ("<", "<=", "==", "===")
    if metric in _LENGTHS and asserted.aggregation.startswith("p(") and asserted.operator in ("<", "<="):
        rank = math.ceil(round(float(asserted.aggregation[2:-1]) / 100 * orders, 9))
        return lambda bad: bad > orders - rank
    if metric in GOOD and asserted.operator in (">", ">=") and asserted.aggregation in ("rate", "value"):
        return lambda bad: not asserted.holds((orders - bad) / orders)
    if metric in BAD and below and asserted.aggregation == "rate":
        return lambda bad: not asserted.holds(bad / orders)
    if metric in _EVENTS and below and asserted.aggregation == "count" and asserted.holds(0):
        return lambda bad: not asserted.holds(bad)
    return None


def _bad_bound(metric: str, asserted: Assertion) -> float | None:
    """Return the share of bad orders that is still allowed."""
    if asserted.aggregation not in ("rate", "value"):
        return None
    return 1 - asserted.bound if metric in GOOD else asserted.bound


def _first(
    fails: Callable[[int], bool], orders: int, asserted: Assertion, bound: float | None, shared: int
) -> int | None:  # fmt: skip
    """Return from how many bad orders on it fails, None if it never does."""
    most = min(_TAIL, _RISK / shared) if asserted.sure else 1.0

    def does(bad: int) -> bool:
        return fails(bad) and (bound is None or most >= 1 or at_least(bad, orders, bound) <= most)

    if not does(orders):
        return None
    low, high = 0, orders
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle + 1, high)
    return low


def _least(first: int | None, orders: int) -> float | None:
    """Return of which share of bad orders there are `first` of them or more in 4 runs of 5."""
    if first is None:
        return None
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if at_least(first, orders, middle) >= POWER else (middle, high)
    return round(high, 9)


def _half(share: float, orders: int) -> float:
    """Return half the width of the 95% interval (Wilson)."""
    squared = _Z95**2 / orders
    return _Z95 / (1 + squared) * math.sqrt(max(0.0, share * (1 - share)) / orders + squared / (4 * orders))
