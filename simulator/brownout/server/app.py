"""One server: its ports, its worlds, and what joins them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import orjson
from aiohttp import web

from brownout import __version__
from brownout.core import gateway
from brownout.core.chance import pseudonym
from brownout.core.errors import SandboxError, UsageError
from brownout.core.exchange import Request
from brownout.core.journal import RECORDS_KEPT
from brownout.server import admin
from brownout.server.courier import Courier
from brownout.server.dispatch import Listener, NobodysError, dispatch
from brownout.server.protocol import Server
from brownout.server.system import Waits, Wall
from brownout.server.wire import Wire
from brownout.server.worlds import DEFAULT, SANDBOXES_MOST, Worlds

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox

log = logging.getLogger("brownout")

SHUTDOWN_SECONDS = 1.0
LOOPBACK = "127.0.0.1"


class PortTakenError(UsageError):
    """A port can't be listened on."""


class App:
    """Everything that runs between `start` and `stop`, on one event loop."""

    version = __version__

    def __init__(
        self,
        registries: Registries,
        plan: Plan,
        *,
        host: str = LOOPBACK,
        admin_token: str | None = None,
        strict_sandboxes: bool = False,
        sandboxes_most: int = SANDBOXES_MOST,
        records_kept: int = RECORDS_KEPT,
        webhook_hosts: frozenset[str] = frozenset(),
    ) -> None:
        """Make the default sandbox on `plan`; nothing listens yet."""
        self.wall = Wall()
        self.host = host
        self.admin_token = admin_token
        self.instance = pseudonym(f"{self.wall()}|{id(self)}")
        self.unparsed_count = 0
        self.worlds = Worlds(
            registries,
            plan,
            wall=self.wall(),
            strict=strict_sandboxes,
            sandboxes_most=sandboxes_most,
            records_kept=records_kept,
        )
        self._waits = Waits()
        self.courier = Courier(self.wall, webhook_hosts)
        self._wire = Wire(self.worlds, self._waits, self.wall, self.courier.watch)
        self._sites: dict[int, tuple[Listener, asyncio.Server, Server]] = {}

    async def listen(self, *, port: int = 0, provider: str | None = None, sandbox: str | None = None) -> str:
        """Open a port (0: a free one, kept) and return its URL.

        Raises:
            PortTakenError: if somebody has it already.
        """
        listener = Listener(provider, sandbox)

        async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
            return await self._handle(incoming, listener)

        server = Server(handle, unparsed=self._unparsed, access_log=None, keepalive_timeout=75.0)
        try:
            listening = await asyncio.get_running_loop().create_server(
                server, self.host, port, backlog=1024, reuse_address=True
            )
        except OSError as problem:
            raise PortTakenError(f"can't listen on {self.host}:{port}: {problem.strerror or problem}") from problem
        bound = listening.sockets[0].getsockname()[1]
        self._sites[bound] = listener, listening, server
        return self.url(bound)

    def url(self, port: int) -> str:
        """Return the base URL of a port."""
        host = {"0.0.0.0": LOOPBACK, "::": "[::1]", "::1": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{port}"

    def listeners_of(self, sandbox: str) -> dict[str, str]:
        """Return the URLs of a sandbox's own ports by provider."""
        return {
            listener.provider or "": self.url(port)
            for port, (listener, _, _) in self._sites.items()
            if listener.sandbox == sandbox
        }

    async def stop(self) -> None:
        """Stop within two seconds: no new connections, waits and hangs end, what is answered is sent."""
        for _, listening, _ in self._sites.values():
            listening.close()
        self._waits.stop()
        servers = [server for _, _, server in self._sites.values()]
        for server in servers:
            server.pre_shutdown()
        await asyncio.gather(*(server.shutdown(SHUTDOWN_SECONDS) for server in servers))
        await self.courier.close()
        self._sites.clear()

    def make_sandbox(self, name: str, *, plan: Plan | None = None, seed: int | None = None) -> Sandbox:
        """Return the sandbox of this name, made if there is none (or anew, if a plan or a seed is given).

        Raises:
            SandboxError: if the name is malformed or there are too many.
        """
        found = self.worlds.find(name)
        if found is not None and plan is None and seed is None:
            return found
        wanted = plan or self.worlds.plan
        if seed is not None:
            wanted = replace(wanted, seed=seed)
        if found is not None:
            self.reset(found, wanted)
            return found
        world = self.worlds.make(name, self.wall(), wanted)
        self.courier.watch(world)
        return world

    def reset(self, world: Sandbox, plan: Plan | None = None) -> None:
        """Start a world over, under `plan` if one is given."""
        self.courier.forget(world)
        world.reset(self.wall(), plan)
        self.courier.watch(world)

    async def drop_sandbox(self, world: Sandbox) -> None:
        """Forget a sandbox and close its ports; the default one begins again."""
        if world.name == DEFAULT:
            self.reset(world)
            return
        self.courier.forget(world)
        self.worlds.drop(world.name)
        for port, (listener, listening, server) in list(self._sites.items()):
            if listener.sandbox == world.name:
                listening.close()
                server.pre_shutdown()
                await server.shutdown(SHUTDOWN_SECONDS)
                del self._sites[port]

    async def set_clock(
        self,
        world: Sandbox,
        *,
        advance_seconds: float | None = None,
        freeze: bool | None = None,
        speed: float | None = None,
        wait: bool = True,
    ) -> None:
        """Change how a world's time runs; an advance returns once it is quiet.

        Raises:
            UsageError: if a value is out of range.
        """
        wall = self.wall()
        try:
            if speed is not None:
                world.clock.set_speed(float(speed), wall)
        except (TypeError, ValueError) as problem:
            raise UsageError(f"speed: {problem}") from problem
        if freeze is not None:
            (world.clock.freeze if freeze else world.clock.resume)(wall)
        if advance_seconds is not None:
            await self.courier.advance(world, advance_seconds, wait=wait)
        self.courier.forget_wake(world)
        self.courier.watch(world)

    async def pause(self, seconds: float) -> None:
        """Wait `seconds` of wall time, or until the server stops."""
        await self._waits.sleep(seconds)

    def _unparsed(self, peer: str, status: int, detail: str) -> None:
        self.unparsed_count += 1
        log.info("refused before any provider: %s from %s: %s", status, peer, detail)

    async def _handle(self, incoming: web.BaseRequest, listener: Listener) -> web.StreamResponse:
        try:
            return await self._route(incoming, listener)
        except web.HTTPRequestEntityTooLarge:
            self._unparsed(incoming.remote or "", 413, "body too large")
            page = gateway.page(413)
            response = web.Response(status=page.status, headers=page.headers, body=page.body)
            response.force_close()
            return response
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:  # the one catch-all: our own bug must not look like a fault that somebody asked for
            log.exception("internal error on %s %s", incoming.method, incoming.raw_path)
            return _ours(500, "internal error in Brownout itself; please report it with the server's log")

    async def _route(self, incoming: web.BaseRequest, listener: Listener) -> web.StreamResponse:
        raw, _, query = incoming.raw_path.partition("?")
        if not raw.startswith("/"):  # absolute form, as a proxy's client sends it
            raw = urlsplit(raw).path or "/"
        path = unquote(raw) if "%" in raw else raw
        headers = incoming.headers
        method = incoming.method
        try:
            target = dispatch(self.worlds, listener, method, path, headers, self.wall())
        except SandboxError as problem:
            return _ours(404, str(problem))
        except NobodysError as problem:
            return _ours(404, str(problem))
        body = await incoming.read() if incoming.body_exists else b""
        extra = {"Brownout-Sandbox": f"{target.world.name}; created"} if target.created else {}
        if target.provider is None:
            status, payload = await admin.answer(self, target, method, query, headers, body)
            extra["Content-Type"] = "application/json"
            return web.Response(status=status, headers=extra, body=payload)
        request = Request(
            method,
            target.path,
            query=query,
            headers=headers,
            body=body,
            peer=incoming.remote or LOOPBACK,
            base_url=f"http://{headers.get('Host', '')}",
            client_label=target.client_label,
        )
        return await self._wire.serve(incoming, target.world, target.provider, request, extra)


def _ours(status: int, message: str, **more: Any) -> web.Response:
    body = orjson.dumps(admin.problem(message, **more), option=orjson.OPT_APPEND_NEWLINE)
    return web.Response(status=status, headers={"Content-Type": "application/json", "Brownout-Error": "1"}, body=body)
