"""The machine's clock and waiting on it: the only file that reads them."""

from __future__ import annotations

import asyncio
import time
from functools import partial


class Wall:
    """Unix time that never goes back, so that worlds never see time run backwards."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self) -> float:
        """Return unix seconds."""
        now = time.time()
        if now < self._last:
            return self._last
        self._last = now
        return now


def monotonic() -> float:
    """Return seconds of a clock that only goes forward, for measuring lengths."""
    return time.monotonic()


def stopwatch() -> float:
    """Return seconds of the finest clock, for measuring our own cost."""
    return time.perf_counter()


class Waits:
    """Waits that never end early, and that all end at once when the server stops."""

    __slots__ = ("_open", "stopping")

    def __init__(self) -> None:
        self._open: set[asyncio.Future[None]] = set()
        self.stopping = False

    async def sleep(self, seconds: float, gone: asyncio.Future[None] | None = None) -> bool:
        """Wait at least `seconds`; return False if the server stopped meanwhile, or `gone` was done.

        An event loop's timers may fire up to their resolution early (uvloop: a millisecond), so the wait is armed
        again until the clock has passed.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not await self._until(left, gone) or (gone is not None and gone.done()):
                return False
        return not self.stopping

    async def forever(self, gone: asyncio.Future[None]) -> bool:
        """Wait until `gone` is done; return False if the server stopped first."""
        waiter = self._waiter()
        try:
            await asyncio.wait((gone, waiter), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(waiter)
        return gone.done()

    def stop(self) -> None:
        """End every wait, now and later."""
        self.stopping = True
        for waiter in self._open:
            if not waiter.done():
                waiter.set_result(None)

    def _waiter(self) -> asyncio.Future[None]:
        waiter = asyncio.get_running_loop().create_future()
        if self.stopping:
            waiter.set_result(None)
        self._open.add(waiter)
        return waiter

    async def _until(self, seconds: float, gone: asyncio.Future[None] | None) -> bool:
        waiter = self._waiter()
        handle = asyncio.get_running_loop().call_later(seconds, _wake, waiter)
        wake = partial(_wake, waiter)
        if gone is not None:
            gone.add_done_callback(wake)
        try:
            await waiter
        finally:
            if gone is not None:
                gone.remove_done_callback(wake)
            handle.cancel()
            self._open.discard(waiter)
        return not self.stopping


def _wake(waiter: asyncio.Future[None], _gone: asyncio.Future[None] | None = None) -> None:
    if not waiter.done():
        waiter.set_result(None)
