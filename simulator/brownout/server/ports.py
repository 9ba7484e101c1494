"""Listening ports, and those among them that faults open and close: the ones of a single provider's own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from brownout.core.doors import Door
from brownout.core.errors import UsageError
from brownout.server.worlds import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.server.dispatch import Listener
    from brownout.server.protocol import Server
    from brownout.server.worlds import Worlds

_BACKLOG: Final = 1024
_GLANCE_SECONDS: Final = 0.02
"""How often a provider's own port is looked after, in wall time."""


class PortTakenError(UsageError):
    """A port can't be listened on."""


class Port:
    """One port. While it is shut it stays ours: bound, and listening to nobody, so that who connects is refused."""

    def __init__(self, listener: Listener, server: Server, listening: asyncio.Server) -> None:
        self.listener = listener
        self.server = server
        self.shut = False
        self._listening = [listening]
        self._names = [sock.getsockname() for sock in listening.sockets]
        self._families = [sock.family for sock in listening.sockets]
        self._held: list[socket.socket] = []
        # Nobody who connects to the port of all providers has said to whom.
        self.door = Door(listener.provider) if listener.provider is not None else None

    @classmethod
    async def open(cls, listener: Listener, server: Server, host: str, number: int) -> Port:
        """Return the port, listening.

        Raises:
            PortTakenError: if somebody has it already.
        """
        loop = asyncio.get_running_loop()
        try:
            listening = await loop.create_server(server, host, number, backlog=_BACKLOG, reuse_address=True)
        except OSError as problem:
            raise PortTakenError(f"can't listen on {host}:{number}: {problem.strerror or problem}") from problem
        return cls(listener, server, listening)

    @property
    def number(self) -> int:
        """Its number, also if any was asked for."""
        return int(self._names[0][1])

    @property
    def serving(self) -> bool:
        """Whether it listens."""
        return any(one.is_serving() for one in self._listening)

    async def be(self, *, shut: bool) -> None:
        """Shut it, or open it again, if it isn't so already."""
        if shut and not self.shut:
            self.shut = True
            for one in self._listening:
                one.close()
            for connection in list(self.server.connections):
                connection.leave()  # type: ignore[attr-defined] # ours, all of them
        if shut and not self._held:
            await asyncio.sleep(0)  # an event loop may close a socket in its next round only
            with contextlib.suppress(OSError):  # not yet: the next look tries again
                self._held = self._bound()
        if not shut and self.shut:
            with contextlib.suppress(OSError):
                held, self._held = self._held or self._bound(), []
                loop = asyncio.get_running_loop()
                self._listening = [await loop.create_server(self.server, sock=sock, backlog=_BACKLOG) for sock in held]
                self.shut = False

    def close(self) -> None:
        """Give it up."""
        for one in self._listening:
            one.close()
        for sock in self._held:
            sock.close()
        self._held = []

    def _bound(self) -> list[socket.socket]:
        found: list[socket.socket] = []
        try:
            for family, name in zip(self._families, self._names, strict=True):
                found.append(socket.socket(family, socket.SOCK_STREAM))
                found[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                found[-1].setblocking(False)  # noqa: FBT003 - as the module has it
                found[-1].bind(name)
        except OSError:
            for sock in found:
                sock.close()
            raise
        return found


class Porter:
    """Looks after the ports that faults may shut, as long as there are any."""

    def __init__(self, ports: Mapping[int, Port], worlds: Worlds, wall: Callable[[], float]) -> None:
        self._ports = ports
        self._worlds = worlds
        self._wall = wall
        self._busy = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look after them, if there are any."""
        if self._task is None and any(port.door is not None for port in self._ports.values()):
            self._task = asyncio.create_task(self._go_on())

    async def look(self) -> None:
        """Shut and open what is to be so by now."""
        async with self._busy:
            for port in list(self._ports.values()):
                world = self._worlds.find(port.listener.sandbox or DEFAULT)
                if port.door is None or world is None:
                    continue
                shut, written = port.door.look(world, self._wall())
                for exchange in written:
                    self._worlds.engine.finish(world, exchange, "refused")
                if shut or port.shut:
                    await port.be(shut=shut)

    async def close(self) -> None:
        """Look after nothing any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while any(port.door is not None for port in self._ports.values()):
            await self.look()
            await asyncio.sleep(_GLANCE_SECONDS)
        self._task = None
