"""How busy Brownout itself was: a simulator that is the bottleneck makes a good client look slow."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brownout.verdict.arm import ArmRun

LOOP_LAG_MOST_SECONDS: Final = 0.050
"""How long the event loop may let 99 of 100 calls wait, as late as a generator may be."""
LOOP_LAG_LEAST: Final = 100
"""Of fewer calls, the slowest one would be the 99th percentile."""
BUSY_MOST_SHARE: Final = 0.5
"""How much of a second the engine may work: speaking HTTP takes as long again, and there is one core for both."""
BUSY_SECONDS_MOST_SHARE: Final = 0.01


def server(run: ArmRun) -> dict[str, Any]:
    """Return how late the server's event loop was, and how busy its engine was in seconds that had requests.

    `busy_share` is of all those seconds, `busiest_second_share` of the worst; `seconds_full` had more than
    `BUSY_MOST_SHARE`. None is not measured.
    """
    busy = _busy(run.records)
    return {
        "loop_lag": None if run.head.loop_lag is None else dict(run.head.loop_lag),
        "seconds": len(busy),
        "seconds_full": sum(one > BUSY_MOST_SHARE for one in busy),
        "busy_share": round(sum(busy) / len(busy), 6) if busy else None,
        "busiest_second_share": round(max(busy), 6) if busy else None,
    }


def bottleneck(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the server was what made things slow, of what `server` returned."""
    lag = found["loop_lag"] or {}
    late = lag.get("p99_seconds")
    if late is not None and lag.get("measured", 0) >= LOOP_LAG_LEAST and late > LOOP_LAG_MOST_SECONDS:
        yield (
            f"the simulator was the bottleneck: its event loop let 1 in 100 calls wait more than {late * 1000:.0f} ms, "
            f"and {LOOP_LAG_MOST_SECONDS * 1000:.0f} ms is the most"
        )
    full = found["seconds_full"]
    if full > found["seconds"] * BUSY_SECONDS_MOST_SHARE:
        yield (
            f"the simulator was the bottleneck: in {full} of {found['seconds']} seconds its own work took more than "
            f"{BUSY_MOST_SHARE:.0%} of the time"
        )


def _busy(records: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return how much of each second that had requests the engine worked."""
    seconds: dict[int, float] = defaultdict(float)
    for record in records:
        seen = record.get("observed") or {}
        at, cost = seen.get("wall_at"), seen.get("cost_ms")
        if isinstance(at, int | float) and isinstance(cost, int | float):
            seconds[int(at)] += cost / 1000
    return [round(one, 6) for one in seconds.values()]
