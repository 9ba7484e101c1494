"""Where a Python program says which host it wants: looking up its name, asking a proxy for it, beginning TLS with it.

More than one place, since each has its ways around: uvloop and c-ares resolve names by themselves, a proxy resolves
them elsewhere, a cache did it before, and a connection that was kept alive is only written to.
"""

from __future__ import annotations

import functools
import re
import socket
import ssl
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Check = Callable[..., None]

_TO_PROXY: Final = re.compile(
    rb"(?:CONNECT ([^\s:/]+)(?::(\d+))?|[A-Z]{3,7} https?://([^\s:/?#]+)(?::(\d+))?\S*) HTTP/1\.[01]\r?\n"
)


class Chokepoints:
    """Puts `check(host, port=None, *, in_tls=False)` before each of them, until it is told to leave.

    `check` raises to refuse. `in_tls` says that a TLS library is asking, which expects errors of its own kind.
    """

    def __init__(self, check: Check) -> None:
        """Touch nothing yet."""
        self._check = check
        self._watching = False
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def watch(self) -> None:
        """Begin."""
        self._watching = True
        self._watch_names()
        self._watch_sockets()
        self._watch_tls()

    def leave(self) -> None:
        """Put everything back, the last first. What somebody replaced meanwhile stays theirs; ours under it idles."""
        self._watching = False
        for owner, name, guarded, original in reversed(self._undo):
            if vars(owner).get(name) is guarded:
                if original is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, original)
        self._undo.clear()

    def _watch_names(self) -> None:
        def named(host: Any = None, port: Any = None, *_: Any, **more: Any) -> None:
            self._check(host, port)

        def named_to(_: Any, host: Any = None, port: Any = None, *__: Any, **more: Any) -> None:
            self._check(host, port)

        def connected(_: Any, __: Any, host: Any = None, port: Any = None, **more: Any) -> None:
            self._check(host, port)

        def asked(_: Any, host: Any = None, *__: Any, port: Any = None, **more: Any) -> None:
            self._check(host, port)

        for module in (socket, sys.modules["_socket"]):
            for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
                self._before(module, function, named)
        # Before the resolver's thread is entered, while the caller is still on the stack.
        self._before(_imported("asyncio.base_events", "BaseEventLoop"), "getaddrinfo", named_to)
        self._before(_imported("uvloop", "Loop"), "getaddrinfo", named_to)
        self._before(_imported("uvloop", "Loop"), "create_connection", connected)
        for function in ("getaddrinfo", "gethostbyname", "query", "query_dns"):
            self._before(_imported("aiodns", "DNSResolver"), function, asked)

    def _watch_sockets(self) -> None:
        def connected(_: socket.socket, address: Any) -> None:
            if isinstance(address, tuple) and len(address) > 1:
                self._check(address[0], address[1])

        def sent(plain: socket.socket, data: Any, *_: Any) -> None:
            with _shut(plain):
                self._ask_of_proxy(data)

        kind = next((one for one in socket.socket.__mro__ if one.__module__ == "socket"), socket.socket)
        self._before(kind, "connect", connected)
        self._before(kind, "connect_ex", connected)
        self._before(kind, "send", sent)
        self._before(kind, "sendall", sent)

    def _watch_tls(self) -> None:
        def shaken(tls: Any, *_: Any) -> None:
            self._check(tls.server_hostname, in_tls=True)

        def written(tls: Any, data: Any, *_: Any) -> None:
            with _shut(tls):
                self._check(tls.server_hostname, in_tls=True)
                self._ask_of_proxy(data)

        for kind in (ssl.SSLSocket, ssl.SSLObject):
            self._before(kind, "do_handshake", shaken)
            self._before(kind, "write", written)
        self._before(ssl.SSLSocket, "send", written)

    def _ask_of_proxy(self, data: Any) -> None:
        asked = _TO_PROXY.match(data)
        if asked is not None:
            self._check(asked[1] or asked[3], asked[2] or asked[4])

    def _before(self, owner: Any, name: str, look: Callable[..., None]) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return

        @functools.wraps(original)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if self._watching:
                look(*args, **kwargs)
            return original(*args, **kwargs)

        own = vars(owner).get(name)
        setattr(owner, name, guarded)
        self._undo.append((owner, name, guarded, own))


def _imported(module: str, name: str) -> Any:
    """Return a class of a module that somebody else imported, else None: nothing is imported only to be guarded."""
    return getattr(sys.modules.get(module), name, None)


@contextmanager
def _shut(sent_on: Any) -> Iterator[None]:
    """Shut a socket if what was to be sent on it is refused: some clients would still wait for an answer."""
    try:
        yield
    except OSError:
        if isinstance(sent_on, socket.socket):
            with suppress(OSError):
                sent_on.shutdown(socket.SHUT_RDWR)
        raise
