"""A receiver of webhooks in the test's own loop: keeps what comes, answers what it is told to, when it is told to."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping


class Got(NamedTuple):
    """One POST."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


class Receiver:
    """Listens while it is entered. `answers` are the statuses to give first, then 200; `gate` is waited for first."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: list[int] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self._now = 0
        self._news = asyncio.Event()
        self.url = ""

    @property
    def types(self) -> list[str]:
        """Return the types of Stripe's events, in the order in which they came."""
        return [one.event["type"] for one in self.got]

    async def crowd(self, number: int) -> None:
        """Return once so many POSTs were under way at the same time."""
        while self.at_once < number:
            self._news.clear()
            await self._news.wait()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        self.got.append(Got(request.headers, await request.read()))
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        self._news.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self._now -= 1
        return web.Response(status=self.answers.pop(0) if self.answers else 200)
