"""Watches for a client that waits in real time: in one process, it would hold up everybody for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from greenlet import GreenletExit, getcurrent  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.drill.sim.scheduler import Scheduler

STUCK_SECONDS: Final = 10.0
"""How long one turn may take; it takes a few milliseconds."""
_GLANCE_SECONDS: Final = 0.25
_INSTEAD: Final = "a simulated client waits by around.clock.sleep(), and what it holds meanwhile is an around.lock()"


class WaitedInReal(RuntimeError):
    """A client waited in real time."""


class Stuck(GreenletExit):  # type: ignore[misc]
    """A client held up everybody; the text says where, and what to do instead."""


@contextlib.contextmanager
def watched(scheduler: Scheduler, stuck_seconds: float = STUCK_SECONDS) -> Iterator[None]:
    """Refuse `time.sleep` to the scheduler's green threads, and end a turn that takes too long.

    Raises:
        Stuck: if one did.
    """
    hub, real = getcurrent(), time.sleep

    def sleep(seconds: float, /) -> None:
        if getcurrent().parent is hub:
            caller = sys._getframe(1)  # noqa: SLF001 - its author wants to know which line
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            raise WaitedInReal(f"time.sleep({seconds:g}) at {place} waits in real time; {_INSTEAD}")
        real(seconds)

    dog = _Dog(scheduler, stuck_seconds)
    time.sleep = sleep  # type: ignore[assignment]
    try:
        with dog:
            yield
    finally:
        time.sleep = real


class _Dog:
    """Looks at the thread that made it, from one of its own, and interrupts it if it doesn't move."""

    def __init__(self, scheduler: Scheduler, stuck_seconds: float) -> None:
        self._scheduler = scheduler
        self._stuck_seconds = stuck_seconds
        self._watched = threading.get_ident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="brownout-watchdog", daemon=True)
        self._said = ""
        self._before: Any = None

    def __enter__(self) -> None:
        if self._can_interrupt():
            self._before = signal.signal(signal.SIGALRM, self._bark)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._can_interrupt():
            signal.signal(signal.SIGALRM, self._before)

    def _can_interrupt(self) -> bool:
        return hasattr(signal, "pthread_kill") and self._watched == threading.main_thread().ident

    def _watch(self) -> None:
        seen, since, barked = -1, 0.0, False
        while not self._over.wait(_GLANCE_SECONDS):
            turns, now = self._scheduler.turns, time.monotonic()
            if turns != seen:
                seen, since, barked = turns, now, False
            elif now - since > self._stuck_seconds:
                self._said = f"it did nothing for {self._stuck_seconds:g} s of real time, {self._place()}; {_INSTEAD}"
                if barked or not self._can_interrupt():  # it took no notice, or nothing can reach it
                    sys.stderr.write(f"brownout: {self._said}\n")
                    sys.stderr.flush()
                    os._exit(2)
                since, barked = now, True
                signal.pthread_kill(self._watched, signal.SIGALRM)

    def _place(self) -> str:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - the only way to see where another thread is
        if frame is None:
            return "nobody knows where"
        last = traceback.extract_stack(frame)[-1]
        return f"at {last.filename}:{last.lineno}"

    def _bark(self, _number: int, _frame: object) -> None:
        raise Stuck(self._said)
