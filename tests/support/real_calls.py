"""Programs that call a real provider, each in its way, and what stands on loopback in the provider's place."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import requests
import trio
import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable

    import trustme

HOST = "api.pay.test"  # a name that nobody has, should the guard leak
URL = f"https://{HOST}/v1/balance"


def by_urllib() -> None:
    """The standard library, by URL."""
    urllib.request.build_opener().open(URL)


def by_http_client() -> None:
    """The same by parts, and by an odd spelling."""
    http.client.HTTPSConnection("API.Pay.Test.").request("GET", "/")


def by_urllib3() -> None:
    """Without retries."""
    urllib3.PoolManager().request("GET", URL, retries=False)


def by_requests() -> None:
    """As everybody does."""
    requests.get(URL, timeout=5)


def by_httpx() -> None:
    """Its blocking half."""
    httpx.get(URL)


def by_name() -> None:
    """A socket that resolves by itself."""
    with socket.socket() as plain:
        plain.connect((HOST, 443))


def by_httpx_on_trio() -> None:
    """Without asyncio."""

    async def get() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(URL)

    trio.run(get)


async def by_aiohttp(**how: Any) -> None:
    """Resolves on a task of its own."""
    async with aiohttp.ClientSession() as session, session.get(URL, **how):
        pass


async def by_httpx_async() -> None:
    """Resolves by anyio."""
    async with httpx.AsyncClient() as client:
        await client.get(URL)


async def by_streams() -> None:
    """What asyncio brings along."""
    await asyncio.open_connection(HOST, 443, ssl=True)


async def by_to_thread() -> None:
    """Blocking code on a thread."""
    await asyncio.to_thread(requests.get, URL)


class Listener:
    """A port on loopback that keeps what it is sent, and says 200 to all of it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.got: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with peer:
            while data := peer.recv(65536):
                self.got.append(data)
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


class Remembered(aiohttp.abc.AbstractResolver):
    """A resolver that asks nobody."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


class Provider:
    """What stands for the real host, behind TLS, and counts what arrives."""

    def __init__(self, authority: trustme.CA) -> None:
        self.count = 0
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(self._context)
        self._peers: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> str:
        """Return its URL under the real name."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        return f"https://{HOST}:{self._server.sockets[0].getsockname()[1]}/v1/balance"

    async def stop(self) -> None:
        """Hang up on every client: some close only once nothing holds them, as a refused call's exception does."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._peers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers += filter(None, [asyncio.current_task()])
        self._writers.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.count += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()


async def warm(kind: str, url: str, trusts: ssl.SSLContext) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return how a client of `kind` asks for `url`, after it did once, and how it is closed."""
    get, close = _pooled(kind, url, trusts)
    await get()
    return get, close


def _pooled(kind: str, url: str, trusts: ssl.SSLContext) -> tuple[Callable[[], Any], Callable[[], Any]]:
    if kind == "aiohttp":
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusts))

        async def by_session() -> None:
            async with session.get(url) as answer:
                await answer.read()

        return by_session, session.close
    if kind == "httpx-async":
        client = httpx.AsyncClient(verify=trusts, timeout=30)
        return lambda: client.get(url), client.aclose
    if kind == "httpx":
        plain = httpx.Client(verify=trusts, timeout=30)
        return lambda: asyncio.to_thread(plain.get, url), lambda: asyncio.to_thread(plain.close)
    adapter = requests.adapters.HTTPAdapter()
    adapter.init_poolmanager(1, 1, ssl_context=trusts)
    pooled = requests.Session()
    pooled.trust_env = False
    pooled.mount("https://", adapter)
    return lambda: asyncio.to_thread(pooled.get, url), lambda: asyncio.to_thread(pooled.close)
