"""Wakes worlds when something is due, and delivers their webhooks.

Deliveries to one endpoint go one after another, in the order they fell due; endpoints don't wait for each other. A
fault may give deliveries lanes of their own.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from brownout.server.listeners import SCHEME, Heard, Listeners
from brownout.server.system import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.hooks import Attempt, Delivery, Hooks
    from brownout.core.sandbox import Sandbox

ADVANCE_TIMEOUT_SECONDS: Final = 2.0
"""How long one delivery may take while a clock is being advanced."""
WAKE_GRID_SECONDS: Final = 0.01
"""How finely a world is woken for what falls due while no request asks."""
_WAIT_LONGEST_SECONDS: Final = 86_400.0
_GRACE_SECONDS: Final = 0.1


Lane: TypeAlias = "tuple[Hooks, str]"
"""What goes one after another in one world: an endpoint's deliveries, unless a fault has it otherwise.

A reset begins with new hooks, and so new lanes.
"""


class Courier:
    """Delivers for all worlds of a server."""

    def __init__(self, wall: Callable[[], float], allowed_hosts: frozenset[str] = frozenset()) -> None:
        """Webhooks go to loopback, and to `allowed_hosts` by name."""
        self._wall = wall
        self._allowed = allowed_hosts
        self._session: aiohttp.ClientSession | None = None
        self._handles: dict[Sandbox, tuple[float, asyncio.TimerHandle]] = {}
        self._queues: dict[Lane, deque[Delivery]] = {}
        self._workers: dict[Lane, asyncio.Task[None]] = {}
        self._advancing: dict[Sandbox, asyncio.Lock] = {}
        self._capped: set[Sandbox] = set()
        self._closed = False
        self.listeners = Listeners(wall)

    def watch(self, world: Sandbox) -> None:
        """Deliver what is due in `world`, and wake it when the next thing is."""
        if self._closed or world.dropped:
            return
        self._collect(world)
        due = world.timers.next_due
        if due is None:
            return
        seconds = world.clock.wall_seconds_until(due, self._wall())
        if seconds is None:  # frozen: only an advance makes it due
            return
        loop = asyncio.get_running_loop()
        at = loop.time() + min(seconds, _WAIT_LONGEST_SECONDS)
        if seconds > 0:  # on a grid: under load hundreds of things fall due within a few milliseconds
            at = ceil(at / WAKE_GRID_SECONDS) * WAKE_GRID_SECONDS
        known = self._handles.get(world)
        if known is not None:
            if known[0] <= at:
                return
            known[1].cancel()
        self._handles[world] = at, loop.call_at(at, self._wake, world)

    def forget_wake(self, world: Sandbox) -> None:
        """Drop the wake-up that is set, since the clock no longer runs as it did then."""
        known = self._handles.pop(world, None)
        if known is not None:
            known[1].cancel()

    def forget(self, world: Sandbox) -> None:
        """Stop waking a world that is gone or begins again, and drop its deliveries under way."""
        self.forget_wake(world)
        for lane in [lane for lane in self._workers if lane[0] is world.hooks]:
            self._queues[lane].clear()
            self._workers[lane].cancel()

    async def advance(self, world: Sandbox, seconds: float, *, wait: bool = True) -> None:
        """Move `world` ahead, playing everything due on the way in order; return once it is quiet.

        With `wait`, each webhook is delivered before time goes on, so its outcome can set the next try. A reset on
        the way ends the advance: it was asked of the world that was.
        """
        async with self._advancing.setdefault(world, asyncio.Lock()):
            clock = world.clock
            target = world.arrive(self._wall()).world + seconds
            self._capped.add(world)
            try:
                while True:
                    await self._settle(world, wait=wait)
                    if world.clock is not clock:
                        return
                    due = world.timers.next_due
                    if due is None or due > target:
                        break
                    self._jump(world, due)
                self._jump(world, target)
            finally:
                self._capped.discard(world)
                if world.dropped:
                    self._advancing.pop(world, None)
            self.watch(world)

    async def settle(self, world: Sandbox) -> None:
        """Return once every webhook that is due by now has been tried."""
        world.arrive(self._wall())
        await self._settle(world, wait=True)
        self.watch(world)

    async def close(self) -> None:
        """Drop everything under way; nothing is delivered any more."""
        self._closed = True
        self.listeners.close_all()
        for _, handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _jump(self, world: Sandbox, until: float) -> None:
        wall = self._wall()
        world.clock.advance(max(0.0, until - world.clock.at(wall).world), wall)
        world.arrive(wall)

    async def _settle(self, world: Sandbox, *, wait: bool) -> None:
        """Post what is due and wait for its outcome, at most two seconds for each delivery in the longest lane."""
        hooks = world.hooks
        self._collect(world)
        while wait and (lanes := [lane for lane in self._workers if lane[0] is hooks]):
            longest = max(len(self._queues[lane]) for lane in lanes) + 1
            workers = [self._workers[lane] for lane in lanes]
            done, _ = await asyncio.wait(workers, timeout=longest * ADVANCE_TIMEOUT_SECONDS + _GRACE_SECONDS)
            if not done or world.hooks is not hooks:
                return
            self._collect(world)

    def _wake(self, world: Sandbox) -> None:
        self._handles.pop(world, None)
        if not world.dropped:
            world.arrive(self._wall())
            self.watch(world)

    def _collect(self, world: Sandbox) -> None:
        while (delivery := world.hooks.take()) is not None:
            lane = world.hooks, delivery.lane
            self._queues.setdefault(lane, deque()).append(delivery)
            if lane not in self._workers:
                self._workers[lane] = asyncio.create_task(self._work(world, lane))

    async def _work(self, world: Sandbox, lane: Lane) -> None:
        hooks, queue = lane[0], self._queues[lane]
        try:
            while queue and world.hooks is hooks:  # not reset meanwhile
                delivery = queue.popleft()
                attempt = hooks.prepare(delivery, world.arrive(self._wall()))
                if attempt is None:
                    if world not in self._capped:
                        asyncio.get_running_loop().call_soon(self.watch, world)
                    continue
                heard = await self._post(attempt, capped=world in self._capped)
                if world.hooks is not hooks or world.dropped:
                    return
                hooks.settle(delivery, heard.status, heard.error, world.arrive(self._wall()))
                hooks.log(delivery, attempt, heard.seconds, heard.answer)
                if world not in self._capped:
                    asyncio.get_running_loop().call_soon(self.watch, world)
        finally:
            self._workers.pop(lane, None)
            self._queues.pop(lane, None)

    async def _post(self, attempt: Attempt, *, capped: bool) -> Heard:
        seconds = min(attempt.timeout_seconds, ADVANCE_TIMEOUT_SECONDS) if capped else attempt.timeout_seconds
        if attempt.url.startswith(f"{SCHEME}:"):
            return await self.listeners.deliver(attempt, seconds)
        since = monotonic()
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            refused = self._refused(attempt.url)
            if refused is not None:
                return Heard(None, refused)
            async with self._client().post(
                attempt.url, data=attempt.body, headers=attempt.headers, timeout=timeout, allow_redirects=False
            ) as answer:
                body = await answer.read()
                return Heard(answer.status, None, monotonic() - since, body)
        except TimeoutError:
            return Heard(None, f"no answer within {seconds:g}s", monotonic() - since)
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            return Heard(None, f"{type(problem).__name__}: {problem}", monotonic() - since)

    def _client(self) -> aiohttp.ClientSession:
        """Return the client: no shared limit, cookies or connections, by which one world could be felt in another."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session

    def _refused(self, url: str) -> str | None:
        host = urlsplit(url).hostname or ""
        if host == "localhost" or host in self._allowed or host.endswith(".localhost"):
            return None
        try:
            if ipaddress.ip_address(host).is_loopback:
                return None
        except ValueError:
            pass
        return f"webhooks go to loopback only; allow {host!r} by name with --allow-webhook-host {host}"
