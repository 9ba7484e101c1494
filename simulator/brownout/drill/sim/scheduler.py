"""Virtual time: green threads run one at a time, each when its moment has come, in an order that is always the same."""

from __future__ import annotations

import heapq
from collections import deque
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Self

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Scheduler:
    """Runs green threads. `now` is in seconds, `turns` counts how often one was let run.

    Of those whose moments are the same, the one runs first that said so first.

    >>> scheduler, seen = Scheduler(), []
    >>> def slow():
    ...     scheduler.sleep(3600)
    ...     seen.append(("slow", scheduler.now))
    >>> scheduler.spawn(slow)
    >>> scheduler.spawn(lambda: seen.append(("quick", scheduler.now)))
    >>> scheduler.run(), seen
    (True, [('quick', 0.0), ('slow', 3600.0)])
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.turns = 0
        self._hub = getcurrent()
        self._heap: list[tuple[float, int, greenlet]] = []
        self._sequence = 0
        self._parked: dict[greenlet, None] = {}
        self._left: GreenletExit | None = None
        self._ended = False
        self.stuck = 0

    def spawn(self, run: Callable[[], object], *, after_seconds: float = 0.0) -> None:
        """Let `run` begin, as a green thread of its own."""
        self._wake(greenlet(partial(self._live, run), parent=self._hub), self.now + after_seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the caller; less than nothing is nothing, but whoever is due by now comes first.

        Raises:
            ValueError: if that is for ever, or no number.
        """
        if not isfinite(seconds):
            raise ValueError(f"nobody sleeps for {seconds} s")
        self._wake(getcurrent(), self.now + max(0.0, seconds))
        self._switch()

    def park(self) -> None:
        """Wait until somebody calls `unpark`."""
        me = getcurrent()
        self._parked[me] = None
        self._switch()

    def unpark(self, waiting: greenlet) -> None:
        """Let a parked one go on now."""
        self._parked.pop(waiting, None)
        self._wake(waiting, self.now)

    def lock(self) -> Lock:
        """Return a lock that is waited for in virtual time."""
        return Lock(self)

    def run(self, *, until: float | None = None, each: Callable[[], bool] | None = None) -> bool:
        """Let them run until nobody waits for a moment any more; return False if they were stopped before.

        They are if the next moment is later than `until`, or as soon as `each`, called before every turn, says so. An
        exception in one of them is raised here.
        """
        while self._heap:
            when, _, thread = self._heap[0]
            if (until is not None and when > until) or (each is not None and each()):
                return False
            heapq.heappop(self._heap)
            self.now = when
            self.turns += 1
            thread.switch()
            if self._left is not None:
                raise self._left
        return True

    def end(self) -> None:
        """End all that still wait; they run nothing but their own tidying up. Say in `stuck` how many were parked."""
        self._ended = True
        self.stuck = len(self._parked)
        for thread in (*(thread for _, _, thread in self._heap), *self._parked):
            if not thread.dead:
                thread.throw()
        self._heap.clear()
        self._parked.clear()

    def _live(self, run: Callable[[], object]) -> None:
        """Be a green thread. One that somebody ends would end unseen: greenlet takes that for a result."""
        try:
            run()
        except GreenletExit as left:
            if not self._ended:
                self._left = left

    def _wake(self, thread: greenlet, when: float) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (when, self._sequence, thread))

    def _switch(self) -> None:
        if self._ended:  # in somebody's `finally`
            raise GreenletExit
        self._hub.switch()


class Lock:
    """A lock that green threads get in the order in which they asked. It may be held over a wait."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: deque[greenlet] = deque()
        self._held = False

    def __enter__(self) -> Self:
        """Wait for it."""
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give it to the next."""
        self.release()

    def acquire(self, blocking: bool = True) -> bool:  # noqa: FBT001, FBT002 - as threading's has it
        """Wait for it, unless not `blocking`; return whether it is the caller's now."""
        if not self._held:
            self._held = True
            return True
        if blocking:
            self._waiting.append(getcurrent())
            self._scheduler.park()
        return blocking

    def release(self) -> None:
        """Give it to the next.

        Raises:
            RuntimeError: if nobody has it.
        """
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if self._waiting:
            self._scheduler.unpark(self._waiting.popleft())
        else:
            self._held = False

    def locked(self) -> bool:
        """Return whether somebody has it."""
        return self._held
