"""When it was by the wall what a ledger or a token's life tells in world time: the requests say both."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.verdict.attempts import Attempt


class Moments:
    """Turns world time into unix seconds, by the requests around it: the world's clock may be faster than the wall's.

    Before the first request and after the last one it is taken to be as fast as between them, as the wall's if nothing
    tells.
    """

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        """Keep what requests say both ways."""
        known = sorted((one.offset, one.at) for one in attempts if one.at is not None)
        self._offsets = [offset for offset, _ in known]
        self._walls = [wall for _, wall in known]
        passed = self._offsets[-1] - self._offsets[0] if known else 0.0
        self._wall_a_second = (self._walls[-1] - self._walls[0]) / passed if passed > 0 else 1.0

    def wall(self, offset: float) -> float | None:
        """Return the unix seconds of a moment of world time, None if no request says when it came."""
        if not self._offsets:
            return None
        place = bisect_right(self._offsets, offset)
        if 0 < place < len(self._offsets):
            before, after = self._offsets[place - 1], self._offsets[place]
            share = (offset - before) / (after - before)
            return self._walls[place - 1] + share * (self._walls[place] - self._walls[place - 1])
        near = 0 if place == 0 else -1
        return self._walls[near] + (offset - self._offsets[near]) * self._wall_a_second
