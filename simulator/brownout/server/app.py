"""One server: its ports, its worlds, and what joins them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict

from brownout import __version__
from brownout.core import gateway
from brownout.core.chance import pseudonym
from brownout.core.doors import connect
from brownout.core.errors import SandboxError, UsageError
from brownout.core.exchange import Request
from brownout.core.handshake import handshake
from brownout.core.journal import RECORDS_KEPT
from brownout.core.live import HEADER
from brownout.core.moment import WORLD_MOST
from brownout.server import admin
from brownout.server.asked import IGNORED, NOT_ALLOWED, Asked, texts_of
from brownout.server.courier import Courier
from brownout.server.dispatch import Listener, NobodysError, Target, dispatch, path_and_query
from brownout.server.intercept.authority import Authority
from brownout.server.intercept.interception import Interception
from brownout.server.leases import Leases
from brownout.server.ours import ours
from brownout.server.ports import Port, Porter
from brownout.server.protocol import Server
from brownout.server.system import Waits, Wall
from brownout.server.wire import Wire
from brownout.server.worlds import DEFAULT, SANDBOXES_MOST, Worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from brownout.core.effects import Flaw, Outcome
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule
    from brownout.core.sandbox import Sandbox

log = logging.getLogger("brownout")

SHUTDOWN_SECONDS = 0.5
LOOPBACK = "127.0.0.1"


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
        public_url: str | None = None,
    ) -> None:
        """Make the default sandbox on `plan`; nothing listens yet.

        `public_url` is where links in answers lead; by default to where the request itself was sent.
        """
        self.wall = Wall()
        self.host = host
        self.admin_token = admin_token
        self.public_url = None if public_url is None else public_url.rstrip("/")
        self.interception: Interception | None = None
        self.instance = pseudonym(f"{self.wall()}|{id(self)}")
        self.unparsed_count = 0
        self.unparsed: deque[dict[str, Any]] = deque(maxlen=1000)
        self.worlds = Worlds(
            registries,
            plan,
            wall=self.wall(),
            strict=strict_sandboxes,
            sandboxes_most=sandboxes_most,
            records_kept=records_kept,
        )
        self._asked = Asked(registries)
        self._waits = Waits()
        self.courier = Courier(self.wall, webhook_hosts)
        self.leases = Leases(self.wall, self._plan_changed)
        self._wire = Wire(self.worlds, self._waits, self.wall, self.courier.watch)
        self._ports: dict[int, Port] = {}
        self.porter = Porter(self._ports, self.worlds, self.wall)
        self._closing: set[asyncio.Task[None]] = set()

    async def listen(self, *, port: int = 0, provider: str | None = None, sandbox: str | None = None) -> str:
        """Open a port (0: a free one, kept) and return its URL.

        Raises:
            PortTakenError: if somebody has it already.
        """
        listener = Listener(provider, sandbox)

        async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
            return await self.handle(incoming, listener)

        greet = None if provider is None else partial(self._throws_out, sandbox, provider)
        server = Server(handle, unparsed=self.note_unparsed, greet=greet, access_log=None, keepalive_timeout=75.0)
        opened = await Port.open(listener, server, self.host, port)
        self._ports[opened.number] = opened
        self.porter.begin()
        await self.porter.look()  # who is told the URL must not get in where a fault shuts the port from the beginning
        return self.url(opened.number)

    async def intercept(
        self,
        *,
        sandbox: str | None = None,
        ca_dir: Path | None = None,
        allow: Iterable[str] = (),
        proxy_port: int = 0,
        tls_port: int = 0,
    ) -> Interception:
        """Answer for the real hosts of every provider from now on, by a proxy and by a TLS port; return both.

        Ports are as in `listen`. `ca_dir` keeps the certificate authority, which otherwise is this run's alone; `allow`
        names hosts that are let through: `HOST`, `HOST:PORT` or `*.DOMAIN`.

        Raises:
            UsageError: if the extra isn't installed, a port or a folder can't be had, or `allow` names what can't be.
        """
        if self.interception is not None:
            raise UsageError("this server intercepts already")
        authority = Authority(ca_dir, self.wall())
        try:
            self.interception = Interception(
                self, authority, sandbox=sandbox, allowed=allow, proxy_port=proxy_port, tls_port=tls_port
            )
        except BaseException:
            authority.close()
            raise
        self.interception.open()
        return self.interception

    def url(self, port: int) -> str:
        """Return the base URL of a port."""
        host = {"0.0.0.0": LOOPBACK, "::": "[::1]", "::1": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{port}"

    def listeners_of(self, sandbox: str) -> dict[str, str]:
        """Return the URLs of a sandbox's own ports by provider."""
        return {
            port.listener.provider or "": self.url(number)
            for number, port in self._ports.items()
            if port.listener.sandbox == sandbox
        }

    @property
    def listening(self) -> bool:
        """Whether any port is open."""
        return any(port.serving for port in self._ports.values())

    async def stop(self) -> None:
        """Stop within two seconds: no new connections, waits and hangs end, what is answered is sent."""
        await self.porter.close()
        for port in self._ports.values():
            port.close()
        self._waits.stop()
        self.leases.close()
        await self.courier.close()
        servers = [port.server for port in self._ports.values()]
        for server in servers:
            server.pre_shutdown()
        intercepting = [self.interception.close(SHUTDOWN_SECONDS)] if self.interception is not None else []
        ending = [server.shutdown(SHUTDOWN_SECONDS) for server in servers]
        await asyncio.gather(*ending, *intercepting, *self._closing)
        self._ports.clear()

    def make_sandbox(self, name: str, *, plan: Plan | None = None, seed: int | None = None) -> Sandbox:
        """Return the sandbox of this name, made if there is none (or anew, if a plan or a seed is given).

        Raises:
            SandboxError: if the name is malformed or there are too many.
        """
        found = self.worlds.find(name)
        if found is not None and plan is None and seed is None:
            return found
        wanted = plan or (found.plan if found is not None else self.worlds.plan)
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

    def _plan_changed(self, world: Sandbox) -> None:
        """See to what may be due now that a world is back under its earlier plan."""
        self.courier.forget_wake(world)
        self.courier.watch(world)

    async def drop_sandbox(self, world: Sandbox) -> None:
        """Forget a sandbox and close its ports; the default one begins again."""
        if world.name == DEFAULT:
            self.reset(world)
            return
        self.courier.forget(world)
        world.dropped = True
        world.epoch += 1
        self.worlds.drop(world.name)
        for number, port in list(self._ports.items()):
            if port.listener.sandbox == world.name:
                del self._ports[number]
                port.close()
                port.server.pre_shutdown()
                # In the background: the request that asks for this may have come through this very port.
                closing = asyncio.create_task(port.server.shutdown(SHUTDOWN_SECONDS))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

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
        if advance_seconds is not None and world.clock.at(wall).world + advance_seconds > WORLD_MOST:
            raise UsageError("advance: time ends in the year 8941")
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
        await self.porter.look()

    @property
    def stopping(self) -> bool:
        """Whether the server is on its way out."""
        return self._waits.stopping

    async def pause(self, seconds: float) -> None:
        """Wait `seconds` of wall time, or until the server stops."""
        await self._waits.sleep(seconds)

    def note_unparsed(self, peer: str, status: int, detail: str) -> None:
        """Note what was refused before any provider saw it."""
        self.unparsed_count += 1
        self.unparsed.append({"wall_at": round(self.wall(), 6), "peer": peer, "status": status, "detail": detail[:200]})
        log.info("refused before any provider: %s from %s: %s", status, peer, detail)

    async def handle(self, incoming: web.BaseRequest, listener: Listener) -> web.StreamResponse:
        """Answer one request that came in by `listener`."""
        try:
            return await self._route(incoming, listener)
        except web.HTTPRequestEntityTooLarge:
            return self._gateway(incoming, 413, "body too large")
        except (web.RequestPayloadError, HttpProcessingError) as problem:
            return self._gateway(incoming, 400, str(problem))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:  # the one catch-all: our own bug must not look like a fault that somebody asked for
            log.exception("internal error on %s %s", incoming.method, incoming.raw_path)
            return ours(500, "internal error in Brownout itself; please report it with the server's log")

    def _gateway(self, incoming: web.BaseRequest, status: int, detail: str) -> web.StreamResponse:
        """Answer a body that can't be taken, as the gateway in front of a provider would."""
        self.note_unparsed(incoming.remote or "", status, detail)
        page = gateway.page(status)
        response = web.Response(status=page.status, headers=page.headers, body=page.body)
        response.force_close()
        return response

    async def _route(self, incoming: web.BaseRequest, listener: Listener) -> web.StreamResponse:
        path, query = path_and_query(incoming.raw_path)
        headers: Mapping[str, str] = incoming.headers
        if not all(value.isascii() for _, value in incoming.raw_headers):
            # aiohttp keeps such bytes as lone surrogates, which nothing can encode; HTTP reads them as Latin-1.
            headers = CIMultiDict((name.decode(), value.decode("latin-1")) for name, value in incoming.raw_headers)
        body = await self._body(incoming, headers)
        try:
            target = dispatch(self.worlds, listener, incoming.method, path, headers)
            if target.provider is None and (refused := admin.refused(self, target.path, headers)) is not None:
                return ours(*refused)
            world, created = self.worlds.get(target.sandbox, self.wall())
            self.leases.of(world)  # which may have lapsed
        except (SandboxError, NobodysError) as problem:
            return ours(404, str(problem))
        extra = {"Brownout-Sandbox": f"{world.name}; created"} if created else {}
        if target.provider is None:
            status, kind, payload = await admin.answer(self, world, target.path, incoming.method, query, body)
            await self.porter.look()
            extra["Content-Type"] = kind
            return web.Response(status=status, headers=extra, body=payload)
        try:
            asked = self._asks(world, headers, extra)
        except UsageError as wrong:
            return ours(400, str(wrong))
        request = Request(
            incoming.method,
            target.path,
            query=query,
            headers=headers,
            body=body,
            peer=incoming.remote or LOOPBACK,
            base_url=self.base_url(listener, target, path, headers),
            client_label=target.client_label,
            asked=asked,
        )
        return await self._wire.serve(incoming, world, target.provider, request, extra)

    def _asks(self, world: Sandbox, headers: Mapping[str, str], extra: dict[str, str]) -> tuple[Rule, ...]:
        """Return the faults that a request asks for itself, and say in `extra` what its client may not know of faults.

        Raises:
            UsageError: if what it asks for is wrong.
        """
        if world.live_rules:
            world.arrive(self.wall())  # some may go by themselves
            if world.live_rules:
                extra["Brownout-Live-Faults"] = str(len(world.live_rules))
        if HEADER not in headers:
            return ()
        if not world.plan.fault_header:
            extra[IGNORED] = NOT_ALLOWED
            return ()
        return self._asked.rules(texts_of(headers))

    def base_url(self, listener: Listener, target: Target, path: str, headers: Mapping[str, str]) -> str:
        """Return what links in the answer begin with."""
        if self.public_url is None:
            origin = listener.origin or f"http://{headers.get('Host', '')}"
            return origin + path.removesuffix(target.path)
        label = f"@{target.client_label}" if target.client_label else ""
        sandbox = f"/~{target.sandbox}{label}" if label or target.sandbox != DEFAULT else ""
        return f"{self.public_url}{sandbox}/{target.provider.name if target.provider else ''}"

    def handshake(
        self, sandbox: str | None, provider: str, host: str, peer: str
    ) -> tuple[Flaw | None, Callable[[Outcome], None]] | None:
        """Return the flaw that a TLS handshake for `host` shows, and whom to tell how it ended; None if none does."""
        try:
            world, _ = self.worlds.get(sandbox or DEFAULT, self.wall())
        except SandboxError:
            return None  # its requests will be told so
        exchange = handshake(world, provider, host, peer=peer, wall=self.wall())
        return None if exchange is None else (exchange.flaw, partial(self.worlds.engine.finish, world, exchange))

    def _throws_out(self, sandbox: str | None, provider: str, peer: str) -> bool:
        """Return whether a fault resets a connection to a provider's own port before anything is read of it."""
        world = self.worlds.find(sandbox or DEFAULT)
        exchange = connect(world, provider, peer=peer, wall=self.wall()) if world is not None else None
        if world is not None and exchange is not None:
            self.worlds.engine.finish(world, exchange, "reset")
        return exchange is not None

    async def _body(self, incoming: web.BaseRequest, headers: Mapping[str, str]) -> bytes:
        """Return the body; it is read first, so that a world that goes meanwhile is never answered from."""
        if not incoming.body_exists:
            return b""
        if headers.get("Expect", "").lower() == "100-continue":
            await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            incoming.writer.output_size = 0  # as aiohttp's own handler does: the answer proper is yet to come
        return await incoming.read()
