"""A server on a thread of its own, for whoever does something else meanwhile: a drill, a run."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

from brownout.server.app import LOOPBACK, App

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox

T = TypeVar("T")


class Host:
    """One server for the length of a block. Worlds are read and changed only on its own thread, through `call`."""

    def __init__(
        self,
        registries: Registries,
        plan: Plan,
        *,
        records_kept: int,
        host: str = LOOPBACK,
        admin_token: str | None = None,
    ) -> None:
        self.app = App(registries, plan, records_kept=records_kept, host=host, admin_token=admin_token)
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="brownout-server", daemon=True)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._thread.start()
        try:
            self.url = self.wait_for(self.app.listen(port=0))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, leaving nothing behind."""
        self._end()

    @property
    def alive(self) -> bool:
        """Whether it still listens."""
        return self._thread.is_alive() and self.app.listening

    def call(self, read: Callable[[], T]) -> T:
        """Return what `read` returns, run between two requests."""

        async def run() -> T:
            return read()

        return self.wait_for(run())

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work`, one of the app's own coroutines, returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def fresh(self, arm: str, plan: Plan) -> Sandbox:
        """Return a new world for `arm`, in which nothing has happened."""
        return self.call(lambda: self.app.make_sandbox(sandbox_name(arm), plan=plan))

    def _end(self) -> None:
        self.wait_for(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        """Stop the server, and whatever a connection still has under way."""
        await self.app.stop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


def sandbox_name(arm: str) -> str:
    """Return what the world of an arm is called.

    >>> sandbox_name("My arm"), sandbox_name("Ärger")
    ('my-arm', 'rger')
    """
    return (re.sub(r"[^a-z0-9_-]", "-", arm.lower()).lstrip("-_") or "arm")[:63]
