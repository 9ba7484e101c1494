"""A whole server as a context manager: on a thread of its own (`with`), or on the caller's loop (`async with`)."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from brownout.assembly import registries as all_registries
from brownout.core.plan import Plan
from brownout.server.app import App
from brownout.testing.sandbox import AsyncSandbox, Sandbox, read_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from brownout.core.registries import Registries


class Simulator:
    """A Brownout server for the length of a block; the block gets its default sandbox.

    `scenario` is a library name, a path, YAML text or a `Plan`. `options` are those of `server.app.App`.
    """

    def __init__(
        self,
        scenario: str | Path | Plan | None = None,
        *,
        seed: int | None = None,
        port: int = 0,
        registries: Registries | None = None,
        **options: Any,
    ) -> None:
        self._app = App(registries or all_registries(), Plan(), **options)
        if scenario is not None or seed is not None:
            plan = self._app.worlds.plan if scenario is None else read_plan(self._app, scenario)
            self._app.worlds.plan = plan
            self._app.make_sandbox("default", plan=plan, seed=plan.seed if seed is None else seed)
            self._app.worlds.plan = self._app.worlds.default.plan
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    @property
    def unparsed(self) -> int:
        """How many requests were refused before any provider saw them: a bad head, a line too long."""
        return self._app.unparsed_count

    def __enter__(self) -> Sandbox:
        """Start on a thread of its own; return the default sandbox."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="brownout", daemon=True)
        self._thread.start()
        try:
            self.url = asyncio.run_coroutine_threadsafe(self._app.listen(port=self._port), self._loop).result()
        except BaseException:
            self._end()
            raise
        return Sandbox(self._app, self._app.worlds.default, self.url, self._loop)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, leaving nothing behind."""
        self._end()

    async def __aenter__(self) -> AsyncSandbox:
        """Start on the running loop; return the default sandbox."""
        self.url = await self._app.listen(port=self._port)
        return AsyncSandbox(self._app, self._app.worlds.default, self.url)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop, leaving nothing behind."""
        await self._app.stop()

    def _end(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._app.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        self._loop = self._thread = None
