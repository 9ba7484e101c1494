"""One interception: its ports, and how a client gets from them to a provider."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, Final

from brownout.server.intercept import heads, outside, sockets
from brownout.server.intercept.desk import Desk, Meeting
from brownout.server.intercept.heads import Refusal
from brownout.server.intercept.hosts import Hosts, is_here
from brownout.server.intercept.names import HTTP_PORT, HTTPS_PORT, Place, plain
from brownout.server.intercept.tallies import Handshake, Tallies
from brownout.server.ours import ours
from brownout.server.protocol import Connection, Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from aiohttp import web

    from brownout.server.app import App
    from brownout.server.intercept.authority import Authority

log = logging.getLogger("brownout")

LOOPBACK: Final = "127.0.0.1"
GREETING_SECONDS: Final = 10.0
"""How long a client may take over its head, and over its handshake."""
_GOODBYE_SECONDS: Final = 0.2
"""How long a TLS connection that we close waits for the client's own goodbye."""
_DISTRUST: Final = ("UNKNOWN_CA", "CERTIFICATE")
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Interception:
    """A proxy and a TLS port that answer for providers' real hosts; made by `App.intercept`, ended by `App.stop`.

    The proxy only ever listens on loopback.
    """

    def __init__(
        self,
        app: App,
        authority: Authority,
        *,
        sandbox: str | None = None,
        allowed: Iterable[str] = (),
        proxy_port: int = 0,
        tls_port: int = 0,
    ) -> None:
        """Take the ports; nobody is let in before `open`.

        Raises:
            UsageError: if a port can't be had, or what is allowed can't be.
        """
        self._app = app
        self._sandbox = sandbox
        self._authority = authority
        self.allowed = tuple(allowed)
        registries = app.worlds.registries
        self.hosts = Hosts(_real(app, sandbox), registries.providers, self.allowed)
        self.tallies = Tallies()
        self._desk = Desk(self.hosts, sandbox, self._refuse)
        self._server = Server(self._handle, unparsed=app.note_unparsed, access_log=None, keepalive_timeout=75.0)
        self._hello = sockets.Hello()
        self._open: dict[Meeting, asyncio.Transport] = {}
        self._proxy = sockets.Door(LOOPBACK, proxy_port, partial(self._welcome, self._proxied))
        try:
            self._tls = sockets.Door(app.host, tls_port, partial(self._welcome, self._greeted))
        except BaseException:
            self._proxy.discard()
            raise

    @property
    def proxy_url(self) -> str:
        """Where the proxy is, as `HTTPS_PROXY` wants it."""
        return f"http://{LOOPBACK}:{self._proxy.port}"

    @property
    def tls_port(self) -> int:
        """The port that answers TLS for every emulated host by itself."""
        return self._tls.port

    @property
    def ca_file(self) -> Path:
        """The authority's certificate alone, PEM."""
        return self._authority.ca_file

    @property
    def bundle_file(self) -> Path:
        """The system's roots and the authority, PEM."""
        return self._authority.bundle_file

    @property
    def truststore_file(self) -> Path:
        """The same as PKCS #12 for Java, readable without a password."""
        return self._authority.truststore_file

    @property
    def refused(self) -> Mapping[str, int]:
        """How often each host was asked for that nobody answers for; with its port, unless that is HTTPS's."""
        return dict(self.tallies.refused)

    @property
    def relayed(self) -> Mapping[str, int]:
        """How many connections each host got that was let through."""
        return dict(self.tallies.relayed)

    @property
    def distrusted(self) -> Mapping[str, int]:
        """How often clients refused our good certificate for a host.

        That is an alert that says so, or, where no connection to the host ever carried a request, leaving without one:
        Node checks a certificate after the handshake, and then just hangs up.
        """
        return self.tallies.distrusted

    @property
    def open_connections(self) -> int:
        """How many connections are open that requests can come by."""
        return len(self._open)

    def open(self) -> None:
        """Let clients in."""
        self._proxy.open()
        self._tls.open()

    async def close(self, seconds: float) -> None:
        """Let nobody in any more; what is under way has `seconds` to end, then it is cut."""
        self.tallies.closed = True
        await asyncio.gather(self._proxy.close(), self._tls.close())
        self._server.pre_shutdown()
        await self._server.shutdown(seconds)
        for transport in list(self._open.values()):
            transport.abort()
        await asyncio.sleep(0)  # they hear of it, and close their sockets, in the loop's next round
        self._authority.close()

    def _refuse(self, wanted: Place) -> str:
        self.tallies.refuse(str(wanted))
        log.info("refused: Brownout doesn't answer for %s", wanted)
        return (
            f"Brownout doesn't emulate {wanted.host}, and lets nothing out that it wasn't told to: "
            f"--allow-host {self.hosts.asked(wanted)} would"
        )

    async def _welcome(self, serve: Callable[[socket.socket], Awaitable[None]], guest: socket.socket) -> None:
        """Serve one client and close its socket, unless that was taken over meanwhile."""
        with guest:
            try:
                await serve(guest)
            except OSError as problem:  # it left, or was too slow
                log.debug("a client of the interception left: %r", problem)
            except sockets.HelloError as problem:
                log.info("a client began with what is no handshake of TLS 1.2 or later: %s", problem)

    async def _proxied(self, guest: socket.socket) -> None:
        """Serve a client of the proxy: a CONNECT, or requests that name whole URLs."""
        async with asyncio.timeout(GREETING_SECONDS):
            begin = await sockets.peek(guest, 8)
            while len(begin) < 8 and begin and b"CONNECT ".startswith(begin):
                begin = await sockets.peek_more(guest, len(begin))
            head = await sockets.read_head(guest) if begin == b"CONNECT " else b""
        if head:
            await self._connect(guest, head)
        elif begin:
            await self._take(guest, Meeting(None, proxy=True))

    async def _connect(self, guest: socket.socket, head: bytes) -> None:
        wanted = heads.connect(head)
        if isinstance(wanted, Refusal):
            self._app.note_unparsed(LOOPBACK, wanted.status, wanted.why)
            await _goodbye(guest, wanted)
        elif self.hosts.allows(wanted):
            await self._relay(guest, wanted, _ESTABLISHED)
        elif self.hosts.provider(wanted.host) is not None and wanted.port in (HTTPS_PORT, HTTP_PORT):
            await asyncio.get_running_loop().sock_sendall(guest, _ESTABLISHED)
            await self._greeted(guest, wanted.host)
        else:
            await _goodbye(guest, Refusal(403, self._refuse(wanted)))

    async def _greeted(self, guest: socket.socket, host: str | None = None) -> None:
        """Serve a client that begins with TLS, or with plain HTTP; `host` if it has named one by CONNECT."""
        async with asyncio.timeout(GREETING_SECONDS):
            hello = await sockets.peek(guest)
            secure = hello.startswith(sockets.HANDSHAKE)
            name = await self._name(guest, hello) if secure and host is None else None
        if not secure:
            if hello:
                await self._take(guest, Meeting(host))
        elif name is not None and self.hosts.allows(Place(name, HTTPS_PORT)) and is_here(self._app.host):
            await self._relay(guest, Place(name, HTTPS_PORT))
        else:
            await self._shake(guest, host if name is None or is_here(name) else name)

    async def _name(self, guest: socket.socket, hello: bytes) -> str | None:
        """Return the host that a ClientHello asks for, None if it asks for none."""
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                return plain(self._hello.name(hello) or "")
            hello = await sockets.peek_more(guest, len(hello))

    async def _relay(self, guest: socket.socket, wanted: Place, first: bytes = b"") -> None:
        """Join the client with a host that was let through."""
        outer = await outside.reach(wanted, inside=self.hosts.names(wanted))
        if isinstance(outer, Refusal):
            if outer.status == 403:
                self.tallies.refuse(str(wanted))
            log.info("not relayed: %s", outer.why)
            if first:
                await _goodbye(guest, outer)
            return
        with outer:
            self.tallies.relay(str(wanted))
            if first:
                await asyncio.get_running_loop().sock_sendall(guest, first)
            await sockets.join(guest, outer)

    async def _shake(self, guest: socket.socket, host: str | None) -> None:
        """Do the handshake, with the certificate that the scenario wants, and hand the client to the provider."""
        name = self.hosts.provider(host, nicknames=True) if host is not None else None
        struck = self._app.handshake(self._sandbox, name, host, guest.getpeername()[0]) if host and name else None
        flaw, settle = struck or (None, None)
        handshake = Handshake(self.tallies, host, settle)
        try:
            context = self._authority.context(host, flaw, self._app.wall())
            await self._take(guest, Meeting(host, handshake=handshake), context)
        except ssl.SSLError as problem:
            reason = problem.reason or "for an unknown reason"
            log.info("the handshake for %s failed: %s", host or "this machine", reason)
            (handshake.refused if any(word in reason for word in _DISTRUST) else handshake.stopped)()
        except OSError:
            handshake.left()
        except asyncio.CancelledError:
            handshake.stopped()
            raise

    async def _take(self, guest: socket.socket, meeting: Meeting, context: ssl.SSLContext | None = None) -> None:
        """Make an HTTP connection of the client, whose socket is the connection's from now on."""
        theirs = socket.socket(guest.family, guest.type, guest.proto, fileno=guest.detach())

        def make() -> Connection:
            connection = self._server()
            connection.meeting = meeting
            return connection

        loop = asyncio.get_running_loop()
        if context is None:
            transport, _ = await loop.connect_accepted_socket(make, theirs)
        else:
            transport, _ = await loop.connect_accepted_socket(
                make,
                theirs,
                ssl=context,
                ssl_handshake_timeout=GREETING_SECONDS,
                ssl_shutdown_timeout=_GOODBYE_SECONDS,
            )
        if not meeting.over:
            self._open[meeting] = transport
            meeting.forget = self._open.pop

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        """Answer one request of an intercepted connection."""
        meeting: Meeting = incoming.protocol.meeting  # type: ignore[attr-defined]
        meeting.begun()
        target = incoming.raw_path
        chosen = self._desk.choose(meeting, incoming.method, target, incoming.headers.getall("Host", []))
        if not isinstance(chosen, Refusal) and "websocket" in incoming.headers.get("Upgrade", "").lower():
            chosen = Refusal(501, "Brownout emulates no websockets; nothing of this went anywhere")
        if isinstance(chosen, Refusal):
            response = ours(chosen.status, chosen.why)
            response.force_close()
            return response
        return await self._app.handle(incoming, chosen)


def _real(app: App, sandbox: str | None) -> dict[str, str]:
    """Return the real hosts of all providers, under the options of a world."""
    worlds = app.worlds
    world = (worlds.find(sandbox) if sandbox is not None else None) or worlds.default
    return {
        host: name
        for name, provider in worlds.registries.providers.items()
        for host in provider.hosts(world.options(name))
    }


async def _goodbye(guest: socket.socket, refusal: Refusal) -> None:
    """Answer a CONNECT that is refused; many clients show nothing but the first line, so that says it all."""
    body = f"{refusal.why}\n".encode()
    head = (
        f"HTTP/1.1 {refusal.status} {refusal.why}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Brownout-Error: 1\r\nConnection: close\r\n\r\n"
    )
    await sockets.part(guest, head.encode() + body)
