"""The metrics of a verdict: what each means, and what can be asked of it. Formulas: docs/metrics.md."""

from __future__ import annotations

from typing import Final, NamedTuple


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
    "honesty.gap": Metric(
        _VALUE, needs_claims=True, meaning="share of the planned operations that are claimed to be good and aren't"
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
    "recovery.time": Metric(
        _VALUE,
        needs_claims=True,
        meaning="time from the end of the trouble to when operations were as before it",
        timed=True,
    ),
    "resilience.loss": Metric(
        _VALUE,
        needs_claims=True,
        meaning="time for which there would have been no good operation at all, for as many to be missing",
        timed=True,
    ),
    "detection.time": Metric(
        _VALUE,
        needs_claims=True,
        meaning="time from the first fault to when the client first said that something was wrong",
        timed=True,
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
    "retry.debt": Metric(_COUNT, needs_claims=True, meaning="operations still under way when the trouble had ended"),
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
        _VALUE, needs_claims=False, meaning="largest share of the waits after a first failure that end within 100 ms"
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
        ("p(50)", "max"), needs_claims=False, meaning="time by which retries came before they were told to", timed=True
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
    "tokens.availability": Metric(
        _VALUE,
        needs_claims=False,
        meaning="share of the time that a credential had a token that was of use, averaged over credentials",
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
    "records.completeness": Metric(
        _VALUE, needs_claims=True, meaning="of the payments in the ledger, the share that the client knows of"
    ),
    "records.precision": Metric(
        _VALUE, needs_claims=True, meaning="of the payments that the client knows of, the share that is in the ledger"
    ),
    "staleness": Metric(
        ("p(50)", "p(95)", "max"),
        needs_claims=True,
        meaning="time from a payment to when the client knew of it",
        timed=True,
    ),
    "ledger.violations": Metric(_COUNT, needs_claims=False, meaning="rules about money that the ledger breaks"),
}

_SHARES: Final = frozenset(
    (
        "goodput.rate",
        "availability.rate",
        "honesty.gap",
        "recovery.ratio",
        "collateral",
        "records.completeness",
        "records.precision",
    )
)
"""Values that are shares of cases, as rates are; all others are no such shares and have no interval."""


def is_share(metric: str, aggregation: str) -> bool:
    """Return whether something is a share of cases, so that it has an interval.

    >>> is_share("throttled", "rate"), is_share("throttled", "count"), is_share("collateral", "value")
    (True, False, True)
    """
    return aggregation == "rate" or metric in _SHARES
