"""What an arm's run, or one of its phases, amounts to in numbers. None means *not measured*; it is never 0.

Where each number comes from is in docs/verdict.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.core.metrics import METRICS
from brownout.verdict.backoff import COHORT_LEAST, backoff, refused_steps, told_steps
from brownout.verdict.detection import Detection, detection
from brownout.verdict.known import known, ledgered, recorded
from brownout.verdict.mishandling import mishandled
from brownout.verdict.quantiles import P99_LEAST, quantile, quantile_interval
from brownout.verdict.recovery import Recovery, recovered, recovery
from brownout.verdict.tokens import credentials_of, refreshes_of, tokens
from brownout.verdict.words import UNSENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.verdict.history import Scope
    from brownout.verdict.operations import Operation

Values: TypeAlias = dict[str, dict[str, float | None]]
"""A value, or None for not measured, for each metric and aggregation. Lengths of time are seconds."""

LAG_MOST_SECONDS: Final = 0.050
"""How late the generator may be in 99 of 100 operations: later, it tested another load than it says."""
_OF_CLAIMS: Final = ("op.latency", "op.service", "op.co_gap")
_OF_BOOKS: Final = ("records.completeness", "records.precision")
_OF_RECOVERY: Final = ("recovery.time", "resilience.loss")
MAY_BE_CENSORED: Final = (*_OF_RECOVERY, "detection.time")
"""Metrics of which a run may only show the least that they can be."""
_OF_COHORTS: Final = ("retry.dispersion", "retry.wave", "retry.fano", "retry_after.dispersion", "retry_after.wave")
_AFTER_TOLD: Final = ("retry_after.honoured", "retry_after.early", "retry_after.overshoot")


def measure(scope: Scope) -> Values:
    """Return every metric of `core.metrics` for one arm or one of its phases."""
    found = scope.operations
    claims = scope.claimed
    good = sum(one.good for one in found)
    outcomes = Counter(one.outcome for one in found)
    return {
        "operations": {"count": len(found)},
        "operations.ok": _share(outcomes["ok"], len(found), known=claims),
        "operations.good": _share(good, len(found), known=claims),
        "operations.failed": _share(outcomes["fail"], len(found), known=claims),
        "goodput": {"value": good / scope.seconds if claims and scope.seconds else None},
        "goodput.rate": {"value": _ratio(good, scope.planned, known=claims)},
        "availability.rate": {"value": _ratio(outcomes["ok"], scope.planned, known=claims)},
        "honesty.gap": {"value": _ratio(outcomes["ok"] - good, scope.planned, known=claims)},
        "errors": _share(scope.planned - good, scope.planned, known=claims),
        "auth.failed": _failed_of(scope, "auth"),
        "contract.failed": _failed_of(scope, "contract"),
        "op.latency": _trend(scope, lengths(one.latency_seconds for one in scope.operations)),
        "op.service": _trend(scope, lengths(one.service_seconds for one in scope.operations)),
        "op.co_gap": {"value": _co_gap(scope)},
        **_resilience(scope),
        **recovered(scope),
        "detection.time": {"value": _detected(scope)},
        **_wire(scope),
        **mishandled(scope),
        **backoff(scope),
        **tokens(scope),
        "payments.duplicated": {"count": sum(max(0, len(one.effects) - 1) for one in found)},
        "payments.lost": {"count": sum(one.lost for one in found) if claims else None},
        "payments.orphaned": {"count": sum(one.orphaned for one in found) if claims else None},
        "payments.unresolved": {"count": outcomes["unknown"] if claims else None},
        "money.error": {"value": _money_error(found) if claims else None},
        **known(scope),
        "ledger.violations": {"count": scope.violations},
    }


def errors(scope: Scope) -> dict[str, int]:
    """Return how many operations ended badly, by class; with those that were never sent."""
    found = (
        Counter(error for one in scope.operations if (error := one.error) is not None) if scope.claimed else Counter()
    )
    if scope.unsent:
        found[UNSENT] = scope.unsent
    return _ranked(found)


def wire_errors(scope: Scope) -> dict[str, int]:
    """Return how many attempts ended badly, by class."""
    return _ranked(Counter(one.error for one in scope.attempts if one.error is not None))


def cases(metric: str, scope: Scope) -> int:
    """Return in how many cases a share was seen: what it is divided by."""
    if metric in ("wire.errors", "throttled", "mishandled", "retry.wasted"):
        return len(scope.attempts)
    if metric == "retry_after.honoured":
        return len(told_steps(scope))
    if metric == "retry.at_once":
        return len(refused_steps(scope))
    if metric == "credentials.lost":
        return credentials_of(scope)
    if metric.startswith("refresh."):
        return refreshes_of(scope)
    if metric in ("recovery.ratio", "collateral"):
        return sum(one.hit is (metric == "recovery.ratio") for one in scope.operations)
    if metric == "records.completeness":
        return ledgered(scope)
    if metric == "records.precision":
        return recorded(scope)
    return len(scope.operations) if metric.startswith("operations") else scope.planned


def censored(metric: str, scope: Scope) -> bool:
    """Return whether a measured value is only the least that it can be, since the run ended before it did.

    Such a one misses every threshold that it be less than something: it is known only to be more.
    """
    if metric not in MAY_BE_CENSORED or not (scope.claimed and scope.whole):
        return False
    if metric == "detection.time":
        noticed = detection(scope)
        return isinstance(noticed, Detection) and noticed.censored
    found = recovery(scope)
    return isinstance(found, Recovery) and found.censored


def why_not(metric: str, aggregation: str, scope: Scope) -> str:
    """Return why something isn't measured."""
    if METRICS[metric].needs_claims and not scope.claimed:
        return "the client made no claims"
    if not (scope.operations or scope.attempts):
        return "no operation ran" if scope.phase is None else "no operation ran in that phase"
    if metric == "op.co_gap" and not scope.open:
        return "in a closed load nothing is due before it begins"
    if (aggregation == "p(99)" or metric == "op.co_gap") and scope.planned < P99_LEAST:
        return f"that takes {P99_LEAST:,} operations and there were {scope.planned:,}"
    if not scope.whole and metric not in (*_OF_CLAIMS, *_OF_BOOKS, "money.error", "goodput"):
        return "parts of the journal are gone"
    if metric in _OF_RECOVERY and isinstance(why := recovery(scope), str):
        return why
    if metric == "detection.time" and isinstance(unseen := detection(scope), str):
        return unseen
    return {
        "goodput": "nobody says how long the load ran",
        "op.latency": "not every operation says when it was due and when it ended",
        "op.service": "not every operation says when it began and when it ended",
        "op.co_gap": "not every operation says when it was due, when it began and when it ended",
        "recovery.ratio": "no fault hit an operation",
        "collateral": "no operation was spared by faults",
        "retry.debt": "nothing troubled this arm or nobody knows when, or not every claim says when it was made",
        "records.completeness": "nothing was charged",
        "records.precision": "the client knows of no payment",
        "staleness": "there was no charge, or it falls on one that the client never knew of",
        "tokens.availability": "no tokens were asked for",
        "money.error": "amounts are missing, or of several currencies",
        "retry.amplification": "no request names its operation",
        "retry.peak": "no request names its operation and says when it came",
        "retry.per_failed": "no write failed",
        "retry.at_once": "nothing was tried again after a refusal that didn't say when to come back",
        "retry.growth": "nothing was tried again twice in a row",
        "retry.retrip": "no limit refused a request that was tried again",
        "refresh.redundancy": "no token came to its end, and none was renewed",
        "credentials.lost": "no tokens were asked for",
        **dict.fromkeys(_OF_COHORTS, f"that takes {COHORT_LEAST} retries of its kind"),
        **dict.fromkeys(_AFTER_TOLD, "nothing was tried again after an answer that said when to come back"),
        **dict.fromkeys(("refresh.success", "refresh.proactive"), "no token was renewed"),
    }.get(metric, "nothing of that kind happened")


def lengths(found: Iterable[float | None]) -> list[float]:
    """Return those that are known, shortest first."""
    return sorted(one for one in found if one is not None)


def lag(scope: Scope) -> dict[str, Any]:
    """Return how late the generator was: seconds from an operation's scheduled start to when it began.

    The `late_share` are those later than `LAG_MOST_SECONDS`, None if nobody knows. A closed load is never late.
    """
    found = lengths(one.lag_seconds for one in scope.operations if scope.open)
    late = len(found) - bisect_right(found, LAG_MOST_SECONDS)
    return {**_spread(found, p99_least=1), "late_share": round(late / len(found), 6) if found else None}


def latency(scope: Scope) -> dict[str, Any]:
    """Return how long operations took from their scheduled start; apart for those that are good and those that aren't.

    The `co_gap_seconds` is how much of the 99th percentile was spent waiting for a turn.
    """
    found = _bounded(lengths(one.latency_seconds for one in scope.operations), of=scope.planned)
    parts = {
        name: _bounded(lengths(one.latency_seconds for one in scope.operations if one.good is good))
        for name, good in (("good", True), ("failed", False))
    }
    return {**found, "co_gap_seconds": _co_gap(scope), **parts}


def service(scope: Scope) -> dict[str, Any]:
    """Return how long operations took from when they began: without the wait for their turn."""
    return _bounded(lengths(one.service_seconds for one in scope.operations), of=scope.planned)


def _co_gap(scope: Scope) -> float | None:
    """Return by how much the 99th percentile from the schedule exceeds that from the start.

    None below P99_LEAST operations, and for a closed load, which has no schedule to wait for.
    """
    if not scope.open or scope.planned < P99_LEAST:
        return None
    from_schedule = quantile(lengths(one.latency_seconds for one in scope.operations), 0.99, of=scope.planned)
    from_start = quantile(lengths(one.service_seconds for one in scope.operations), 0.99, of=scope.planned)
    return None if from_schedule is None or from_start is None else round(from_schedule - from_start, 6)


def _spread(values: Sequence[float], *, of: int | None = None, p99_least: int = P99_LEAST) -> dict[str, Any]:
    enough = (len(values) if of is None else of) >= p99_least
    return {
        "measured": len(values),
        "p50_seconds": quantile(values, 0.5, of=of),
        "p95_seconds": quantile(values, 0.95, of=of),
        "p99_seconds": quantile(values, 0.99, of=of) if enough else None,
        "max_seconds": quantile(values, 1.0, of=of),
    }


def _bounded(values: Sequence[float], *, of: int | None = None) -> dict[str, Any]:
    """Return a spread, with the 95% intervals of its percentiles."""
    found = _spread(values, of=of)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    known = {name: quantile_interval(values, share, of=of) for name, share in shares.items()}
    return found | {
        f"{name}_interval": one if found[f"{name}_seconds"] is not None else None for name, one in known.items()
    }


def _trend(scope: Scope, values: Sequence[float]) -> dict[str, float | None]:
    """Return the aggregations of lengths of time. Whoever was never sent, or doesn't say, took longer than all."""
    values = values if scope.claimed else []
    shares = {"p(50)": 0.5, "p(90)": 0.9, "p(95)": 0.95, "p(99)": 0.99, "max": 1.0}
    found = {name: quantile(values, share, of=scope.planned) for name, share in shares.items()}
    if scope.planned < P99_LEAST:
        found["p(99)"] = None
    complete = len(values) == scope.planned and values
    return {**found, "avg": round(sum(values) / len(values), 6) if complete else None}


def _failed_of(scope: Scope, error: str) -> dict[str, float | None]:
    """Return how many operations ended badly with a class of error, if that is known of all that did."""
    bad = [one for one in scope.operations if not one.good]
    told = scope.whole or all(one.claim is not None and one.claim.error is not None for one in bad)
    return _share(sum(one.error == error for one in bad), scope.planned, known=scope.claimed and told)


def _resilience(scope: Scope) -> Values:
    hit = [one.good for one in scope.operations if one.hit]
    spared = [one.good for one in scope.operations if not one.hit]
    known = scope.claimed and scope.whole
    return {
        "recovery.ratio": {"value": _ratio(sum(hit), len(hit), known=known)},
        "collateral": {"value": _ratio(len(spared) - sum(spared), len(spared), known=known)},
    }


def _detected(scope: Scope) -> float | None:
    found = detection(scope) if scope.claimed and scope.whole else None
    return found.time_seconds if isinstance(found, Detection) else None


def _wire(scope: Scope) -> Values:
    tried = scope.attempts
    bad = [one.error for one in tried if one.error is not None]
    named = [one for one in tried if one.key is not None and one.changes]  # polls are no retries
    firsts = sum(not one.retry for one in named)
    return {
        "wire.errors": _share(len(bad), len(tried), known=scope.whole),
        "throttled": _share(bad.count("throttle"), len(tried), known=scope.whole),
        "retry.amplification": {"value": _ratio(len(named), firsts, known=scope.whole)},
    }


def _money_error(found: Iterable[Operation]) -> int | None:
    """Return by how much the operations are off in all; each counts by its size, so none hides another."""
    total = 0
    currencies = set()
    for one in found:
        off = one.money_error_minor
        if off is None:
            return None
        if off:
            currencies.add(one.currency)
        total += off
    return total if len(currencies) <= 1 else None  # cents and yen don't add up


def _share(number: int, of: int, *, known: bool) -> dict[str, float | None]:
    return {"count": number if known else None, "rate": _ratio(number, of, known=known)}


def _ratio(number: int, of: int, *, known: bool) -> float | None:
    return number / of if known and of else None


def _ranked(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
