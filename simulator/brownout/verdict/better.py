"""Which way each metric is better, and what of it is compared."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from brownout.core.metrics import METRICS

Better: TypeAlias = Literal["less", "more"] | None

BETTER: Final[dict[str, Better]] = {
    "operations": None,
    "operations.ok": None,  # a client that claims more may only be wrong more often
    "operations.good": "more",
    "operations.failed": None,  # to give up may be right
    "goodput": "more",
    "goodput.rate": "more",
    "availability.rate": None,
    "honesty.gap": "less",
    "errors": "less",
    "auth.failed": "less",
    "contract.failed": "less",
    "op.latency": "less",
    "op.service": "less",
    "op.co_gap": "less",
    "recovery.ratio": "more",
    "recovery.time": "less",
    "resilience.loss": "less",
    "collateral": "less",
    "detection.time": "less",
    "wire.errors": "less",
    "throttled": "less",
    "retry.amplification": "less",
    "retry.debt": "less",
    "retry.peak": "less",
    "retry.per_failed": "less",
    "retry.wasted": "less",
    "retry.at_once": "less",
    "retry.growth": None,  # 2 is right for a backoff, and none is when nothing fails twice
    "retry.dispersion": "more",
    "retry.wave": "less",
    "retry.fano": "less",
    "retry.retrip": "less",
    "retry_after.honoured": "more",
    "retry_after.early": "less",
    "retry_after.overshoot": None,  # none of it is a herd, much of it is idle time
    "retry_after.dispersion": "more",
    "retry_after.wave": "less",
    "mishandled": "less",
    "mishandled.hopeless": "less",
    "mishandled.gave_up": "less",
    "mishandled.unsafe_retry": "less",
    "mishandled.changed_key": "less",
    "refresh.success": "more",
    "refresh.redundancy": "less",
    "refresh.overlapping": "less",
    "refresh.proactive": "more",
    "credentials.lost": "less",
    "tokens.availability": "more",
    "auth.stale": "less",
    "auth.scope_loops": "less",
    "records.completeness": "more",
    "records.precision": "more",
    "staleness": "less",
    "payments.duplicated": "less",
    "payments.lost": "less",
    "payments.orphaned": "less",
    "payments.unresolved": "less",
    "money.error": "less",
    "ledger.violations": "less",
}
"""None where neither is better by itself: such a metric is shown, and never judged."""

FACTS: Final = (
    "payments.duplicated",
    "payments.lost",
    "payments.orphaned",
    "payments.unresolved",
    "money.error",
    "ledger.violations",
)
"""What should never happen at all: from none to one is worse, whatever chance has to do with it."""


def compared(metric: str) -> tuple[str, ...]:
    """Return the aggregations of a metric that are compared: its share where it has one, three points of a length.

    >>> compared("errors"), compared("op.latency"), compared("payments.lost")
    (('rate',), ('p(50)', 'p(95)', 'p(99)'), ('count',))
    """
    known = METRICS[metric].aggregations if metric in METRICS else ()
    if "rate" in known:
        return ("rate",)
    points = tuple(one for one in known if one in ("p(50)", "p(95)", "p(99)"))
    return points or known
