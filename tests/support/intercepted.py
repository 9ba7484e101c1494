"""An intercepting server for the toy provider, and a client that does nothing by itself."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from toy import REGISTRIES

from brownout.core.plan import Plan
from brownout.server.app import App

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from brownout.core.journal import Record
    from brownout.core.rules import Rule
    from brownout.server.intercept.interception import Interception

HOST = "api.toy.test"
GET = f"GET /v1/payments/none HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer key-shop\r\n\r\n".encode()


class Setting(NamedTuple):
    """A server and its interception."""

    app: App
    interception: Interception

    @property
    def records(self) -> list[Record]:
        """What the default sandbox wrote down."""
        return list(self.app.worlds.default.journal)

    async def raw(self, *parts: bytes, tls: bool = False) -> bytes:
        """Send bytes to the proxy's port, or the TLS port, and return all that comes back."""
        reader, writer = await self.open(tls=tls)
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0)
        return await _rest(reader, writer)

    async def tunnel(self, data: bytes = GET, *, host: str = HOST, sni: str | None = None, trust: bool = True) -> bytes:
        """Send `data` through CONNECT and TLS; return what comes back until the server closes, or a whole answer."""
        reader, writer = await self.open(tls=False)
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        said = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in said.partition(b"\r\n")[0]:
            return said + await _rest(reader, writer)
        return await self._ask(reader, writer, data, sni or host.lower(), self.client(trust=trust))

    async def tls(self, data: bytes = GET, *, sni: str | None = HOST, context: ssl.SSLContext | None = None) -> bytes:
        """Send `data` to the TLS port; return what comes back."""
        reader, writer = await self.open(tls=True)
        return await self._ask(reader, writer, data, sni, context or self.client(names=sni is not None))

    async def open(self, *, tls: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the proxy, or to the TLS port."""
        port = self.interception.tls_port if tls else int(self.interception.proxy_url.rpartition(":")[2])
        return await asyncio.open_connection("127.0.0.1", port)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, sni: str | None,
        context: ssl.SSLContext,
    ) -> bytes:  # fmt: skip
        try:
            await writer.start_tls(context, server_hostname=sni or "")
        except BaseException:
            writer.transport.abort()
            raise
        writer.write(data)
        return await _answer(reader, writer)

    def client(self, *, trust: bool = True, names: bool = True) -> ssl.SSLContext:
        """Return a client's context that trusts the authority of this run, or only that of the system."""
        context = ssl.create_default_context(cafile=str(self.interception.ca_file) if trust else None)
        context.check_hostname = names
        return context


@asynccontextmanager
async def intercepting(*rules: Rule, plan: Plan | None = None, **options: Any) -> AsyncIterator[Setting]:
    """Start a server that intercepts, and stop it."""
    app = App(REGISTRIES, plan or Plan(rules=rules))
    try:
        yield Setting(app, await app.intercept(**options))
    finally:
        await app.stop()


async def until(true: Callable[[], object]) -> None:
    """Let the loop go on until the server has got there."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the server's own state
            await asyncio.sleep(0.001)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return one answer with its body, or what there is of it."""
    try:
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            return head + await reader.readexactly(length)
    finally:
        await _close(writer)


async def _rest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    await asyncio.sleep(0)
