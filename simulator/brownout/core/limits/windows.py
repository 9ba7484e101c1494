"""Meters that count in windows of time: fixed ones, days, and sliding ones."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brownout.core.limits.level import MICRO, Level, Standing

if TYPE_CHECKING:
    from brownout.core.limits.limit import Limit


class Window:
    """A count that begins anew with each window: on the clock, or with the first request after the last one's end."""

    __slots__ = ("_from_first", "_length")

    def __init__(self, length: int, *, from_first: bool = False) -> None:
        """Take windows of `length` microseconds."""
        self._length = length
        self._from_first = from_first

    def bounds(self, at: int) -> tuple[int, int]:
        """Return the window that `at` falls into, or that would begin with it."""
        start = at if self._from_first else at - at % self._length
        return start, start + self._length

    def fresh(self, at: int) -> Level:
        """Return a count of nothing, in no window."""
        return Level()

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Return 0, or how long the window still lasts."""
        self._turn(level, at)
        if level.amount + cost <= most:
            return 0
        return None if cost > most else level.until - at

    def take(self, level: Level, cost: int, at: int) -> int:
        """Count it in this window."""
        if level.until <= at:
            level.at, level.until = self.bounds(at)
        level.amount += cost
        return level.at

    def give_back(self, level: Level, cost: int, where: int) -> None:
        """Uncount it, unless its window is over."""
        if level.at == where:
            level.amount = max(0, level.amount - cost)

    def used(self, level: Level, at: int) -> float:
        """Return what was taken in this window."""
        self._turn(level, at)
        return float(level.amount)

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return what is left, and when the window ends."""
        self._turn(level, at)
        end = level.until if level.until > at else self.bounds(at)[1]
        return Standing(most, max(0, most - level.amount), end - at)

    def idle(self, level: Level, at: int) -> bool:
        """Return whether its window is over."""
        return level.until <= at

    def _turn(self, level: Level, at: int) -> None:
        """Begin a new window if one has begun: counted from the first request, none has until there is one."""
        if at >= level.until:
            level.amount, level.at, level.until = 0, -1, 0


class Day(Window):
    """A window from midnight to midnight, where some days have 23 or 25 hours."""

    __slots__ = ("_zone",)

    def __init__(self, limit: Limit) -> None:
        """Take the days of the limit's time zone."""
        super().__init__(86_400 * MICRO)
        self._zone = limit.day

    def bounds(self, at: int) -> tuple[int, int]:
        """Return the midnights around `at`."""
        date = datetime.fromtimestamp(at // MICRO, self._zone).date()
        first, last = (
            int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp())
            for day in (date, date + timedelta(days=1))
        )
        return first * MICRO, last * MICRO


class Log:
    """An exact sliding window: what was taken in the `length` microseconds that end now, the oldest left out."""

    __slots__ = ("_length",)

    def __init__(self, length: int) -> None:
        """Look back `length` microseconds."""
        self._length = length

    def fresh(self, at: int) -> Level:
        """Return an empty log."""
        level = Level()
        level.log = deque()
        return level

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Return 0, or when enough of what was taken will be out of sight."""
        log = self._trimmed(level, at)
        lacking = level.amount + cost - most
        if lacking <= 0:
            return 0
        if cost > most:
            return None
        for taken_at, taken in log:
            lacking -= taken
            if lacking <= 0:
                return taken_at + self._length - at
        raise AssertionError("a log holds all of its amount")  # pragma: no cover - it is the sum of its entries

    def take(self, level: Level, cost: int, at: int) -> list[int]:
        """Write it down; what was taken at the same moment is one entry."""
        log = self._trimmed(level, at)
        if not cost:
            return [at, 0]
        if not log or log[-1][0] != at:
            log.append([at, 0])
        log[-1][1] += cost
        level.amount += cost
        return log[-1]

    def give_back(self, level: Level, cost: int, where: list[int]) -> None:
        """Strike it out, unless it is out of sight."""
        if 0 < cost <= where[1] and level.log is not None:
            where[1] -= cost
            level.amount -= cost
            if not where[1]:
                back = next(back for back in range(1, len(level.log) + 1) if level.log[-back] is where)
                del level.log[-back]  # looked for from the newest: what is given back was under way just now

    def used(self, level: Level, at: int) -> float:
        """Return what was taken in the window."""
        self._trimmed(level, at)
        return float(level.amount)

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return what is left, and when the oldest that was taken will be out of sight."""
        log = self._trimmed(level, at)
        reset = log[0][0] + self._length - at if log else 0
        return Standing(most, max(0, most - level.amount), reset)

    def idle(self, level: Level, at: int) -> bool:
        """Return whether nothing was taken in the window."""
        return not self._trimmed(level, at)

    def _trimmed(self, level: Level, at: int) -> deque[list[int]]:
        log = level.log if level.log is not None else deque()
        while log and log[0][0] <= at - self._length:
            oldest = log.popleft()
            level.amount -= oldest[1]
            oldest[1] = 0
        return log


class Counter:
    """An estimated sliding window: this window's count, and of the one before the share that is still in sight."""

    __slots__ = ("_length",)

    def __init__(self, length: int) -> None:
        """Take windows of `length` microseconds, on the clock."""
        self._length = length

    def fresh(self, at: int) -> Level:
        """Return two empty windows."""
        level = Level()
        level.at = at - at % self._length
        return level

    def wait(self, level: Level, cost: int, at: int, most: int) -> int | None:
        """Return 0, or when enough of what counts will be out of sight if nothing more is taken."""
        self._turn(level, at)
        length, gone = self._length, at - level.at
        if level.before * (length - gone) + (level.amount + cost) * length <= most * length:
            return 0
        if cost > most:
            return None
        if level.amount + cost <= most:
            return length - (most - level.amount - cost) * length // level.before - gone
        return length - gone + length - (most - cost) * length // level.amount

    def take(self, level: Level, cost: int, at: int) -> int:
        """Count it in this window."""
        level.amount += cost
        return level.at

    def give_back(self, level: Level, cost: int, where: int) -> None:
        """Uncount it in whichever of the two windows it was."""
        if where == level.at:
            level.amount = max(0, level.amount - cost)
        elif where == level.at - self._length:
            level.before = max(0, level.before - cost)

    def used(self, level: Level, at: int) -> float:
        """Return the estimate."""
        self._turn(level, at)
        return level.amount + level.before * (self._length - (at - level.at)) / self._length

    def standing(self, level: Level, at: int, most: int) -> Standing:
        """Return what is left by the estimate, and when this window ends."""
        self._turn(level, at)
        length, gone = self._length, at - level.at
        left = (most * length - level.before * (length - gone)) // length - level.amount
        return Standing(most, max(0, left), length - gone)

    def idle(self, level: Level, at: int) -> bool:
        """Return whether both windows are empty."""
        self._turn(level, at)
        return not level.amount and not level.before

    def _turn(self, level: Level, at: int) -> None:
        start = at - at % self._length
        if start != level.at:
            level.before = level.amount if start == level.at + self._length else 0
            level.amount, level.at = 0, start
