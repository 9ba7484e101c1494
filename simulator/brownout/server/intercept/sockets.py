"""Accepts on a loopback port, looks at what a client sends before anybody takes it, and relays blindly."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.server.intercept.authority import bare_context
from brownout.server.intercept.heads import HEAD_MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger("brownout")

HANDSHAKE: Final = b"\x16"
"""The first byte of TLS (RFC 8446 §5.1)."""
_BACKLOG: Final = 1024
_PIECE_BYTES: Final = 65_536
_POLL_SECONDS: Final = 0.005
_PARTING_SECONDS: Final = 0.5
_PARTING_BYTES: Final = 2**20


class Door:
    """One listening port; a task for each who comes, all ended by `close`."""

    def __init__(self, host: str, port: int, serve: Callable[[socket.socket], Coroutine[None, None, None]]) -> None:
        """Bind; nobody is let in before `open`.

        Raises:
            UsageError: if the port can't be had.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listening.bind((host, port))
            self._listening.listen(_BACKLOG)
            self._listening.settimeout(0)
        except OSError as problem:
            self._listening.close()
            raise UsageError(f"can't listen on {host}:{port}: {problem.strerror or problem}") from problem
        self.port: int = self._listening.getsockname()[1]
        self._serve = serve
        self._accepting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Let clients in."""
        self._accepting = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                guest, _ = await loop.sock_accept(self._listening)
            except OSError as problem:  # out of file descriptors, mostly: others will close theirs
                log.warning("can't accept on port %s: %s", self.port, problem)
                await asyncio.sleep(0.1)
                continue
            guest.settimeout(0)
            guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.create_task(self._serve(guest))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let nobody in any more, and end what is under way here."""
        accepting = [self._accepting] if self._accepting is not None else []
        tasks = [*accepting, *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.discard()

    def discard(self) -> None:
        """Give the port up, where it was never opened."""
        self._listening.close()


async def peek(guest: socket.socket, size: int = HEAD_MOST_BYTES) -> bytes:
    """Return what has arrived without taking it, once there is something; nothing if the client left."""
    while True:
        try:
            return guest.recv(size, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            await _readable(guest)


async def peek_more(guest: socket.socket, seen: int) -> bytes:
    """Return what has arrived once it is more than `seen` bytes; a full buffer is all there is."""
    while True:
        await asyncio.sleep(_POLL_SECONDS)  # what was seen is still there, so the socket is readable all the time
        found = await peek(guest)
        if len(found) != seen or seen >= HEAD_MOST_BYTES:
            return found


async def _readable(guest: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()
    try:
        loop.add_reader(guest, _wake, waiter)
    except NotImplementedError:  # Windows' own event loop
        await asyncio.sleep(_POLL_SECONDS)
        return
    try:
        await waiter
    finally:
        loop.remove_reader(guest)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def read_head(guest: socket.socket) -> bytes:
    """Take what arrives up to and with the first empty line, and whatever came with it.

    It may end early: the client left, or it grew over `HEAD_MOST_BYTES`.
    """
    loop = asyncio.get_running_loop()
    head = b""
    while b"\r\n\r\n" not in head and b"\n\n" not in head and len(head) <= HEAD_MOST_BYTES:
        piece = await loop.sock_recv(guest, HEAD_MOST_BYTES)
        if not piece:
            break
        head += piece
    return head


class HelloError(Exception):
    """What came is no TLS ClientHello."""


class Hello:
    """Finds the server's name in a ClientHello, by OpenSSL's own reading of it."""

    def __init__(self) -> None:
        self._context = bare_context()
        self._context.sni_callback = self._found
        self._name: str | None = None
        self._read = False

    def _found(self, _hello: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int:
        self._name, self._read = name, True
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME  # ends the reading there; nobody hears of it

    def name(self, data: bytes) -> str | None:
        """Return the name, None if the client names none.

        Raises:
            HelloError: if it is no ClientHello, or none of TLS 1.2 or later.
            ssl.SSLWantReadError: if more has to come.
        """
        self._read, self._name = False, None
        incoming = ssl.MemoryBIO()
        incoming.write(data)
        try:
            self._context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()
        except ssl.SSLWantReadError:
            raise
        except (ssl.SSLError, UnicodeError) as problem:
            if not self._read:
                raise HelloError(str(problem)) from problem
        return self._name


async def part(guest: socket.socket, last: bytes) -> None:
    """Send `last` and close so that it arrives: what the client is still sending is read and dropped for a moment."""
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PARTING_SECONDS):
            await loop.sock_sendall(guest, last)
            guest.shutdown(socket.SHUT_WR)
            dropped = 0
            while dropped < _PARTING_BYTES and (piece := await loop.sock_recv(guest, _PIECE_BYTES)):
                dropped += len(piece)


async def join(one: socket.socket, other: socket.socket) -> int:
    """Carry bytes both ways until both sides have ended, or one breaks; return how many."""
    ways = [asyncio.create_task(_carry(one, other)), asyncio.create_task(_carry(other, one))]
    try:
        return sum(await asyncio.gather(*ways))
    except OSError:
        return 0
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _carry(source: socket.socket, sink: socket.socket) -> int:
    loop = asyncio.get_running_loop()
    carried = 0
    while piece := await loop.sock_recv(source, _PIECE_BYTES):
        await loop.sock_sendall(sink, piece)
        carried += len(piece)
    sink.shutdown(socket.SHUT_WR)
    return carried
