"""Thresholds that a run of this size can't decide: even the best of outcomes leaves too much to chance."""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING, Final, Literal

from brownout.core.thresholds import Line, gated, parse_assertion, parse_subject
from brownout.scenario.advice import Advice
from brownout.scenario.detectable import BAD, GOOD, detectable
from brownout.scenario.exposure import planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Plan

_Z_SQUARED: Final = 1.959964**2
_OF_ORDERS: Final = frozenset((*GOOD, *BAD))
_RISK: Final = 0.025


def undecidable(plan: Plan) -> Iterator[Advice]:
    """Yield each threshold for which the load has too few orders, with how many would do; steady states as hints."""
    if plan.load is None:
        return
    marked = gated(plan.thresholds)
    for text, lines in plan.thresholds.items():
        subject = parse_subject(text)
        orders = 0 if subject.narrow else planned(plan, subject.phase) or 0
        for number, line in enumerate(map(Line.of, lines)):
            decides = line.gate or not marked
            key = f"thresholds.{text}[{number}]"
            yield from _too_few(key, text, line.threshold, orders, "warning" if decides else "hint")
    ends = [phase.name for phase in plan.phases]
    for text, lines in plan.steady_state.items():
        orders = min((planned(plan, name) or 0 for name in (*ends[:1], *ends[-1:])), default=0)
        for number, line in enumerate(map(Line.of, lines)):
            yield from _too_few(f"steady_state.{text}[{number}]", text, line.threshold, orders, "hint")
    for one in detectable(plan):
        if one.share is None:
            message = f"{one.line} can't fail at {one.orders} orders: no outcome is beyond what chance may do"
            yield Advice(key=one.key, message=message)


def _too_few(
    key: str, text: str, line: str, orders: int, severity: Literal["warning", "hint"]
) -> Iterator[Advice]:  # fmt: skip
    enough = needed(text, line)
    if 0 < orders < enough:
        message = (
            f"{line} can't be told from luck at {orders} order{'' if orders == 1 else 's'}: even if all goes well, the "
            f"95% interval reaches beyond it; {enough} or more are needed"
        )
        yield Advice(key=key, message=message, severity=severity)


def needed(text: str, line: str) -> int:
    """Return from how many orders on a faultless run shows what a threshold's line asserts; 0 where any number does.

    A share is shown by its Wilson interval, a percentile by the chance that no order reaches it.

    >>> needed("errors", "rate < 0.01"), needed("goodput.rate", "value >= 0.98"), needed("op.latency", "p(99) < 2s")
    (381, 189, 368)
    """
    metric = parse_subject(text).metric
    asserted = parse_assertion(metric, line)
    bound, below = asserted.bound, asserted.operator in ("<", "<=")
    if metric == "op.latency":
        share = float(asserted.aggregation[2:-1]) / 100 if asserted.aggregation.startswith("p(") else 0.0
        return ceil(log(_RISK) / log(share)) if below and share else 0
    if metric not in _OF_ORDERS or asserted.aggregation not in ("rate", "value") or not 0 < bound < 1:
        return 0
    if below == (metric in GOOD):
        return 0  # the worst of outcomes would show it, and nobody asks for that
    if not (below or asserted.operator in (">", ">=")):
        return 0
    room = bound if below else 1 - bound
    return ceil(_Z_SQUARED * (1 - room) / room)
