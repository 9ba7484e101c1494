"""Connections as aiohttp keeps them, with two differences.

What aiohttp itself refuses answers as a gateway would, and an exchange can wait for the client to leave.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from brownout.core import gateway
from brownout.server.delivery import reset

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from brownout.server.intercept.desk import Meeting

log = logging.getLogger("brownout")

BODY_MOST_BYTES: Final = 16 * 2**20
"""Larger bodies are refused as a gateway refuses them (413)."""


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = ("_gone", "meeting", "payload")

    def __init__(self, manager: Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._gone: asyncio.Future[None] | None = None
        self.payload: Any = None  # of the newest request that was begun
        self.meeting: Meeting | None = None  # how it came about, if it was intercepted

    def gone(self) -> asyncio.Future[None]:
        """Return a future that is done once the client has left."""
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        if self.transport is None and not self._gone.done():
            self._gone.set_result(None)
        return self._gone

    @property
    def idle(self) -> bool:
        """Whether it waits for its next request."""
        return not self._messages and self._waiter is not None and not self._waiter.done()

    def leave(self) -> None:
        """Close it once what is under way has been answered."""
        if self.idle:
            self.force_close()
        else:
            self.close()

    def wait_for_next(self, stand_in: asyncio.Protocol) -> bool:
        """Let `stand_in` have what comes next; return False if a request has come already."""
        if self._messages or self.transport is None:
            return False
        self.transport.set_protocol(stand_in)
        return True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless whoever greets here throws it out before anything is read."""
        manager = self._manager
        super().connection_made(transport)
        greet = manager.greet if isinstance(manager, Server) else None
        if greet is not None and greet(str((transport.get_extra_info("peername") or ("",))[0])):
            reset(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever waits for it, then clean up as aiohttp does."""
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        if self.meeting is not None:
            self.meeting.lost()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override] # aiohttp never keeps one open; asyncio lets it
        """Answer a client that has closed only its sending side before the connection is closed.

        Nothing tells it from one that has left for good, so whoever waits for that is told. TLS as asyncio has it knows
        no half-closed connections.
        """
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        if self.meeting is not None and self.meeting.secure:
            return None
        payload = self._messages[-1][1] if self._messages else self.payload
        if self.idle or payload is None or not payload.is_eof():
            return None
        self.close()  # after what is under way
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what never reached a handler: a head that can't be parsed, a line too long."""
        manager = self._manager
        detail = message or (str(exc) if exc is not None else "")
        if isinstance(manager, Server):
            manager.unparsed(request.remote or "", status, detail)
        page = gateway.refusal(status, detail)
        response = web.Response(status=page.status, headers=page.headers, body=page.body)
        response.force_close()
        return response


class Server(web.Server):
    """Makes connections; counts what could not be parsed."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        *,
        unparsed: Callable[[str, int, str], None],
        greet: Callable[[str], bool] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(handler, request_factory=self._request, **options)
        self.unparsed = unparsed
        self.greet = greet  # says whether a connection from an address is thrown out

    def __call__(self) -> Connection:
        """Return the handler of a new connection."""
        return Connection(self, loop=self._loop, **self._kwargs)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        protocol.payload = payload
        return web.BaseRequest(message, payload, protocol, writer, task, self._loop, client_max_size=BODY_MOST_BYTES)
