"""What a crowded machine may add to the verdict on a drill, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LATE: Final = ("late", "began more than", "the simulator was the bottleneck")


def only_crowded(doubts: Iterable[str]) -> bool:
    """Return whether each doubt is about the machine: the load generator was late, or the simulator busy."""
    return all(any(word in doubt for word in LATE) for doubt in doubts)
