"""Rate and capacity limits. Reserved on the way in, settled when the exchange is finished.

`limit` says what there is to define, `meters` how each algorithm counts (in `buckets` and `windows`), `seats` whom a
request counts for and how much; `levels` holds a sandbox's state, `announce` words the headers, and `tell` a refusal.
"""

from brownout.core.limits.announce import Announcement
from brownout.core.limits.levels import PARTITIONS_KEPT, Held, Limits, Refusal
from brownout.core.limits.limit import (
    Algorithm,
    Announce,
    Counted,
    Documented,
    Lie,
    Limit,
    Part,
    Partition,
    Penalty,
    Slot,
)

__all__ = [
    "PARTITIONS_KEPT",
    "Algorithm",
    "Announce",
    "Announcement",
    "Counted",
    "Documented",
    "Held",
    "Lie",
    "Limit",
    "Limits",
    "Part",
    "Partition",
    "Penalty",
    "Refusal",
    "Slot",
]
