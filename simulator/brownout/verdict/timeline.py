"""An arm along its time: how its operations went, by when they were due; what was on the wire, by when it was.

Plain columns of numbers, one a bucket, for charts. Requests that came before the load began are in the first bucket.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.quantiles import quantile
from brownout.verdict.words import UNRESOLVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.verdict.history import History
    from brownout.verdict.operations import Operation

BUCKETS_MOST: Final = 1_200
_LENGTHS_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""A bucket is as short as makes no more than so many of them."""


def timeline(history: History) -> dict[str, Any]:
    """Return the columns; empty ones if nothing says when anything was."""
    began_at = _began_at(history)
    operations = [(due, one) for one in history.operations if (due := _due(one, began_at)) is not None]
    requests = [(max(0.0, one.at - began_at), one) for one in history.attempts if one.at is not None]
    last = max([at for at, _ in (*operations, *requests)], default=-1.0)
    length = _bucket_seconds(max(last, history.head.duration_seconds or 0.0))
    number = math.floor(last / length) + 1 if last >= 0 else 0
    if number and history.head.duration_seconds:
        number = max(number, math.ceil(history.head.duration_seconds / length))
    columns = _Columns(length, number)
    return {
        "bucket_seconds": length,
        "at": [round(each * length, 6) for each in range(number)],
        "scheduled": columns.count(due for due, _ in operations),
        "good": columns.count(due for due, one in operations if one.good),
        "failed": columns.by_name((due, _why(one)) for due, one in operations if not one.good),
        **columns.latencies(operations),
        "requests": columns.count(at for at, _ in requests),
        "retries": columns.count(at for at, one in requests if one.retry),
        "token_requests": columns.count(at for at, one in requests if one.does == "token"),
        "errors": columns.by_name((at, one.error) for at, one in requests if one.error is not None),
        "faults": columns.by_name((at, rule) for at, one in requests for rule in one.rules),
    }


class _Columns:
    """Counts what happened when, in buckets."""

    def __init__(self, bucket_seconds: float, number: int) -> None:
        self._length = bucket_seconds
        self._number = number

    def count(self, moments: Iterable[float]) -> list[int]:
        """Return how many moments fall into each bucket."""
        found = Counter(map(self._bucket, moments))
        return [found[bucket] for bucket in range(self._number)]

    def by_name(self, moments: Iterable[tuple[float, str]]) -> dict[str, list[int]]:
        """Return the same for each name, in alphabetical order."""
        named: dict[str, list[float]] = defaultdict(list)
        for at, name in moments:
            named[name].append(at)
        return {name: self.count(named[name]) for name in sorted(named)}

    def latencies(self, operations: Iterable[tuple[float, Operation]]) -> Mapping[str, list[float | None]]:
        """Return the median and the 95th percentile of what was due in each bucket."""
        buckets: dict[int, list[float]] = defaultdict(list)
        for due, one in operations:
            if one.latency_seconds is not None:
                buckets[self._bucket(due)].append(one.latency_seconds)
        sorted_ = [sorted(buckets.get(bucket, ())) for bucket in range(self._number)]
        return {
            "latency_p50_seconds": [quantile(each, 0.5) for each in sorted_],
            "latency_p95_seconds": [quantile(each, 0.95) for each in sorted_],
        }

    def _bucket(self, at: float) -> int:
        return min(self._number - 1, math.floor(at / self._length))


def _bucket_seconds(span: float) -> float:
    return next((each for each in _LENGTHS_SECONDS if span < each * BUCKETS_MOST), math.ceil(span / BUCKETS_MOST) + 1.0)


def _due(one: Operation, began_at: float) -> float | None:
    claim = one.claim
    if claim is None or claim.due is not None:
        return None if claim is None else claim.due
    return None if claim.scheduled_at is None else max(0.0, claim.scheduled_at - began_at)


def _began_at(history: History) -> float:
    """Return the wall time of the beginning: what is known of it, else the earliest that anything was to be."""
    if history.began_at is not None:
        return history.began_at
    scheduled = [one.scheduled_at for one in history.claims.by_key.values() if one.scheduled_at is not None]
    return min(scheduled or [one.at for one in history.attempts if one.at is not None], default=0.0)


def _why(one: Operation) -> str:
    return UNRESOLVED if one.outcome == "unknown" else one.error or UNRESOLVED
