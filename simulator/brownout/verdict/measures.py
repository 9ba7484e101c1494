"""What an arm's run amounts to, in numbers. None means *not measured*; it is never 0.

Where each number comes from is in docs/verdict.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from brownout.core.invariants import duplicated, money_conserved
from brownout.verdict.operations import NAMED, Operation, operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.verdict.arm import ArmRun

Values: TypeAlias = dict[str, dict[str, float | None]]
"""A value, or None for not measured, for each metric and aggregation."""


def measure(run: ArmRun) -> Values:
    """Return every metric of `core.metrics` for one arm."""
    found = operations(run)
    claimed = bool(run.claims)
    outcomes = [operation.outcome for operation in found]

    def count(number: int) -> float | None:
        return number if claimed else None

    def share(number: int) -> dict[str, float | None]:
        return {"count": count(number), "rate": number / len(found) if claimed and found else None}

    return {
        "operations": {"count": len(found)},
        "operations.ok": share(outcomes.count("ok")),
        "operations.good": share(sum(one.outcome == "ok" and len(one.effects) == 1 for one in found)),
        "operations.failed": share(outcomes.count("fail")),
        "payments.duplicated": {"count": sum(len(one.payments) - 1 for one in duplicated(run.entries))},
        "payments.lost": {"count": count(len(lost(found)))},
        "payments.orphaned": {"count": count(len(orphaned(found)))},
        "payments.unresolved": {"count": count(outcomes.count("unknown"))},
        "money.error": {"value": _money_error(found) if claimed else None},
        "ledger.violations": {"count": len(money_conserved(run.entries))},
        "retry.amplification": {"value": _amplification(run)},
    }


def lost(found: Iterable[Operation]) -> list[Operation]:
    """Return the operations that the client claims were paid, and for which nothing was ever charged."""
    return [one for one in found if one.outcome == "ok" and not one.effects]


def orphaned(found: Iterable[Operation]) -> list[Operation]:
    """Return the operations that the client reported as failed, and for which somebody was charged."""
    return [one for one in found if one.outcome == "fail" and one.effects]


def _money_error(found: Iterable[Operation]) -> int | None:
    """Return by how much the operations are off in all; each counts by its size, so none hides another."""
    total = 0
    currencies = set()
    for one in found:
        claimed = one.claimed_minor
        if claimed is None:
            return None
        error = abs(one.moved_minor - claimed)
        if error:
            currencies.add(one.currency)
        total += error
    return total if len(currencies) <= 1 else None  # cents and yen don't add up


def _amplification(run: ArmRun) -> float | None:
    if run.head.evicted:
        return None
    named = [
        (decided["client"], decided["operation"], decided["key"])
        for record in run.records
        if (decided := record["decided"])["key_source"] in NAMED and decided["method"] != "GET"  # polls are no retries
    ]
    return len(named) / len(set(named)) if named else None


def lag(run: ArmRun) -> dict[str, Any]:
    """Return how late the generator was: seconds from each claim's `scheduled_at` to its `started_at`."""
    return _quantiles(_lengths(run, "scheduled_at", "started_at"))


def latency(run: ArmRun) -> dict[str, Any]:
    """Return how long operations took from their scheduled start, so that time spent waiting for a turn counts."""
    return _quantiles(_lengths(run, "scheduled_at", "at"))


def _lengths(run: ArmRun, since: str, until: str) -> list[float]:
    """Return the lengths in seconds, sorted, of the claims that say both; a client may say anything or nothing."""
    times = [(claim.get(since), claim.get(until)) for claim in run.claims or ()]
    return sorted(
        max(0.0, end - begin) for begin, end in times if isinstance(begin, int | float) and isinstance(end, int | float)
    )


def _quantiles(values: Sequence[float]) -> dict[str, Any]:
    return {
        "measured": len(values),
        "p50_seconds": quantile(values, 0.5),
        "p95_seconds": quantile(values, 0.95),
        "p99_seconds": quantile(values, 0.99),
        "max_seconds": round(values[-1], 6) if values else None,
    }


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest of sorted `values` that at least `share` of them don't exceed; None of none.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5)
    (2.0, None)
    """
    return round(values[max(0, math.ceil(share * len(values)) - 1)], 6) if values else None
