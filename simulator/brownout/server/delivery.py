"""Sends an answer otherwise than all at once: late, slowly, in part, and ends its connection as a fault wants it."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, Final

from aiohttp import HttpVersion11, web

from brownout.core.effects import Delivery
from brownout.server.system import stopwatch

if sys.platform != "win32":
    import fcntl
    import termios

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import Ending, Outcome, Reply
    from brownout.server.protocol import Connection
    from brownout.server.system import Waits

_LINGER_NONE: Final = struct.pack("ii", 1, 0)
_FLUSH_SECONDS: Final = 0.001


class Gone(web.StreamResponse):
    """An answer that is none, or that was sent already: the connection ends here."""

    async def prepare(self, request: web.BaseRequest) -> Any:
        """Tell aiohttp that there is nobody to write to."""
        raise ConnectionResetError


def reset(connection: Connection) -> None:
    """Close the connection so that the peer sees a TCP reset, not an orderly end."""
    transport = connection.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    transport.abort()


async def deliver(
    incoming: web.BaseRequest, reply: Reply, headers: Mapping[str, str], waits: Waits
) -> tuple[Outcome, web.StreamResponse]:
    """Send `reply` as its delivery says, with these headers, and return what became of it.

    A client that leaves, or a server that stops, ends it at once.
    """
    connection: Connection = incoming.protocol  # type: ignore[assignment]
    how = reply.delivery or Delivery()
    if incoming.method == "HEAD" or reply.status in (204, 304):  # no body to be slow with, nor to cut
        size = 0
        response: web.StreamResponse = web.Response(status=reply.status, headers=headers, body=reply.body)
        how = how._replace(sent_bytes=None, claimed_bytes=None, chunked=False)
    else:
        size, response = len(reply.body), _begun(incoming, reply, headers, how)
    whole = how.whole(size)
    if connection.transport is None:
        return "client_gone", Gone()
    try:
        await response.prepare(incoming)
        if size and not await _send(incoming, reply.body, how, waits):
            return _broken(connection)
        if whole:
            await response.write_eof()
        if how.ending == "keep" and not whole:
            await waits.forever(connection.gone())
            return _broken(connection)
        if how.ending == "reset" and not how.ends_on_next and not await _flush(connection, waits):
            return _broken(connection)
    except ConnectionError:
        return "client_gone", Gone()
    return _ended(connection, how, "sent" if whole else "cut", response)


def _begun(incoming: web.BaseRequest, reply: Reply, headers: Mapping[str, str], how: Delivery) -> web.StreamResponse:
    """Return the answer with the framing that it claims."""
    response = web.StreamResponse(status=reply.status, headers=headers)
    if not how.chunked:
        response.content_length = len(reply.body) if how.claimed_bytes is None else how.claimed_bytes
    elif incoming.version >= HttpVersion11:
        response.enable_chunked_encoding()
    return response


async def _send(incoming: web.BaseRequest, body: bytes, how: Delivery, waits: Waits) -> bool:
    """Send the head and what is to be sent of the body; return False if the client left or the server stops."""
    connection: Connection = incoming.protocol  # type: ignore[assignment]
    writer: Any = incoming.writer
    writer.length = None  # it would leave out what is beyond the length claimed
    writer.send_headers()
    begin, due = 0, stopwatch()
    for size, after in how.pieces(len(body)):
        due += after
        if (left := due - stopwatch()) > 0 and not await waits.sleep(left, connection.gone()):
            return False
        if connection.transport is None:
            return False
        await writer.write(body[begin : begin + size])
        begin += size
    return True


async def _flush(connection: Connection, waits: Waits) -> bool:
    """Wait until all that was written has left: a reset throws the rest away. Return False if it never will."""
    await asyncio.sleep(0)  # an event loop may gather what is written, and send it in its next round
    while (transport := connection.transport) is not None and (transport.get_write_buffer_size() or _unsent(transport)):
        if not await waits.sleep(_FLUSH_SECONDS, connection.gone()):
            return False
    return transport is not None


def _unsent(transport: asyncio.Transport) -> int:
    """Return how many bytes the system still holds that the other side hasn't; 0 where it doesn't tell."""
    sock = transport.get_extra_info("socket")
    if sys.platform == "win32" or sock is None or sock.fileno() < 0:
        return 0
    return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _broken(connection: Connection) -> tuple[Outcome, web.StreamResponse]:
    """Return that the client left, or else end the connection: the server stops."""
    if connection.transport is None or connection.gone().done():
        return "client_gone", Gone()
    reset(connection)
    return "stopped", Gone()


def _ended(
    connection: Connection, how: Delivery, outcome: Outcome, response: web.StreamResponse
) -> tuple[Outcome, web.StreamResponse]:  # fmt: skip
    """End the connection as asked, now or when its next request comes."""
    ending = how.ending
    if ending == "keep":
        return outcome, response
    if how.ends_on_next and connection.wait_for_next(_Doom(connection, ending)):
        return outcome, response
    if ending == "reset":
        reset(connection)
    return outcome, Gone()  # which aiohttp closes, in order, once everything has left


class _Doom(asyncio.Protocol):
    """Stands in for a connection whose next request is its end; that request is never read."""

    def __init__(self, connection: Connection, ending: Ending) -> None:
        self._connection = connection
        self._ending = ending

    def data_received(self, data: bytes) -> None:
        """End it."""
        if self._ending == "reset":
            reset(self._connection)
        else:
            self._connection.force_close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the connection, which goes on by nobody else."""
        self._connection.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Leave it to the connection."""
        return self._connection.eof_received()

    def pause_writing(self) -> None:
        """Leave it to the connection."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Leave it to the connection."""
        self._connection.resume_writing()
