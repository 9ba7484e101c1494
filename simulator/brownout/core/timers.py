"""What is due later in a world: webhook attempts, settlement, reviews. One heap a sandbox."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TypeAlias

Action: TypeAlias = Callable[[float], None]
"""What to do when due; called with the world time it was due at, so a late wake-up changes nothing."""


class Timers:
    """Actions in the order they fall due; equal times keep the order in which they were set.

    >>> timers, seen = Timers(), []
    >>> timers.at(5.0, seen.append)
    >>> timers.at(2.0, seen.append)
    >>> timers.play(until=4.0), seen, timers.next_due
    (1, [2.0], 5.0)
    """

    __slots__ = ("_heap", "_sequence")

    def __init__(self) -> None:
        """Start with nothing due."""
        self._heap: list[tuple[float, int, Action]] = []
        self._sequence = 0

    def __len__(self) -> int:
        """Return how many actions wait."""
        return len(self._heap)

    def at(self, due: float, action: Action) -> None:
        """Call `action` once world time reaches `due`."""
        self._sequence += 1
        heapq.heappush(self._heap, (due, self._sequence, action))

    @property
    def next_due(self) -> float | None:
        """The world time of the next action, None if nothing waits."""
        return self._heap[0][0] if self._heap else None

    def play(self, until: float) -> int:
        """Run everything due at or before `until`, also what that sets; return how many ran."""
        played = 0
        while self._heap and self._heap[0][0] <= until:
            due, _, action = heapq.heappop(self._heap)
            action(due)
            played += 1
        return played
