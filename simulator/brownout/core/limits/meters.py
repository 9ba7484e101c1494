"""Which meter an algorithm counts with. One meter a limit, one `Level` a partition.

A meter is asked `wait` before `take`, at times that never go back; what `take` returns tells `give_back` where the
cost was counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from brownout.core.limits.buckets import Bucket, Places
from brownout.core.limits.level import micros
from brownout.core.limits.windows import Counter, Day, Log, Window

if TYPE_CHECKING:
    from brownout.core.limits.level import Meter
    from brownout.core.limits.limit import Limit


def meter_of(limit: Limit) -> Meter:
    """Return the meter of a limit."""
    window = micros(limit.window_seconds or 0)
    match limit.algorithm:
        case "token_bucket" | "leaky_bucket":
            return Bucket(limit)
        case "fixed_window":
            return Window(window, from_first=limit.window_from == "first_request")
        case "quota":
            return Window(window) if window else Day(limit)
        case "sliding_window":
            return Counter(window) if limit.precision == "counter" else Log(window)
        case "concurrency" | "lock":
            return Places()
        case "shed":
            return Log(window) if window else Places()
        case _:
            assert_never(limit.algorithm)
