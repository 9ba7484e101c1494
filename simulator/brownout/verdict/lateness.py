"""Why operations began late: every user was busy with an earlier one, or the generator itself was slow."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from brownout.core.metrics import METRICS
from brownout.core.thresholds import OF_THE_RUN, parse_assertion
from brownout.verdict.measures import LAG_MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.verdict.history import Scope
    from brownout.verdict.measures import Values


def all_busy(scope: Scope, users: int) -> float | None:
    """Return of the operations that began late the share that were due while `users` others were under way.

    None if none began late.
    """
    claims = [one.claim for one in scope.operations if one.claim is not None]
    began = sorted(one.started_at for one in claims if one.started_at is not None)
    ended = sorted(one.at for one in claims if one.at is not None)
    late = [
        one.scheduled_at
        for one in claims
        if one.scheduled_at is not None
        and one.started_at is not None
        and one.started_at - one.scheduled_at > LAG_MOST_SECONDS
    ]
    busy = sum(bisect_left(began, due) - bisect_right(ended, due) >= users for due in late)
    return busy / len(late) if late else None


def excused(check: Mapping[str, Any], values: Values, *, generator_late: bool, server_slow: bool) -> bool:
    """Return whether a `check` that was missed, about a scope that measured `values`, may be the run's own doing.

    A slow server excuses every length of time. A late generator excuses a latency that would have been met but for the
    wait before operations began, and a recovery, which is told by such latencies; not what operations took from then
    on, and nothing that isn't a length of time.
    """
    metric = check["metric"]
    if not METRICS[metric].timed:
        return False
    if server_slow or not generator_late or metric != "op.latency":
        return server_slow or (generator_late and metric in ("op.co_gap", *OF_THE_RUN))
    asserted = parse_assertion(metric, check["assertion"])
    alone = values["op.service"][asserted.aggregation]
    return alone is not None and asserted.holds(alone)
