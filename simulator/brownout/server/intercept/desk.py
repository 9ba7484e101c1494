"""Whom a request on an intercepted connection is for: a provider, or nobody, and then why. Decides; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.server.dispatch import Listener
from brownout.server.intercept.heads import Refusal
from brownout.server.intercept.hosts import is_here
from brownout.server.intercept.names import HTTP_PORT, HTTPS_PORT, Place, absolute, place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout.server.intercept.hosts import Hosts
    from brownout.server.intercept.tallies import Handshake

_PORTS: Final = {"http": HTTP_PORT, "https": HTTPS_PORT}


class Meeting:
    """What is known of a connection once it is a client's.

    `host` is the name that it was opened for: by CONNECT, or in its TLS handshake; None on the proxy's own port, and
    where none was named.
    """

    __slots__ = ("forget", "handshake", "host", "over", "proxy")

    def __init__(self, host: str | None, *, proxy: bool = False, handshake: Handshake | None = None) -> None:
        """Without a `handshake` it is plain HTTP."""
        self.host = host
        self.proxy = proxy
        self.handshake = handshake
        self.forget: Callable[[Meeting], object] | None = None  # who wants to know that it has ended
        self.over = False

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.handshake is not None

    def begun(self) -> None:
        """Note that it carries a request."""
        if self.handshake is not None:
            self.handshake.accepted()

    def lost(self) -> None:
        """Note that it has ended."""
        if self.handshake is not None:
            self.handshake.left()
        self.over = True
        if self.forget is not None:
            self.forget(self)


class Desk:
    """Chooses for one interception."""

    def __init__(self, hosts: Hosts, sandbox: str | None, refuse: Callable[[Place], str]) -> None:
        """`refuse` counts a place that nobody answers for, and says so."""
        self._hosts = hosts
        self._sandbox = sandbox
        self._refuse = refuse

    def choose(self, meeting: Meeting, method: str, target: str, named: Sequence[str]) -> Listener | Refusal:
        """Return who answers a request, or why nobody does; `named` are the values of its Host headers."""
        if method == "CONNECT":
            return Refusal(400, "CONNECT is the first thing on a connection to the proxy, or nothing")
        scheme, wanted = "https" if meeting.secure else "http", None
        form = absolute(target)
        if form is not None:
            if not meeting.proxy and form[0] != scheme:
                return Refusal(421, f"this connection is {scheme}, and the request says {form[0]}")
            scheme, wanted = form
        elif meeting.proxy:
            return Refusal(400, _PROXY)
        elif len(named) == 1:
            wanted = place(named[0], _PORTS[scheme])
        elif not named and meeting.host is not None:
            wanted = Place(meeting.host, _PORTS[scheme])
        if wanted is None:
            return Refusal(400, "the request doesn't say in one plain way which host it is for")
        if meeting.host is not None and wanted.host != meeting.host:
            return Refusal(421, f"this connection is for {meeting.host}, and the request says {wanted.host}")
        return self._for(meeting, scheme, wanted)

    def _for(self, meeting: Meeting, scheme: str, wanted: Place) -> Listener | Refusal:
        port = "" if wanted.port == _PORTS[scheme] else f":{wanted.port}"
        origin = f"{scheme}://{f'[{wanted.host}]' if ':' in wanted.host else wanted.host}{port}"
        if meeting.proxy and self._hosts.allows(wanted):
            return Refusal(501, f"Brownout lets {wanted.host} through, but only by CONNECT: put it into NO_PROXY")
        if meeting.proxy and port:
            return Refusal(403, self._refuse(wanted))
        provider = self._hosts.provider(wanted.host, nicknames=not meeting.proxy)
        if provider is not None:
            return Listener(provider, self._sandbox, origin)
        if is_here(wanted.host) and not meeting.proxy:
            return Listener(None, self._sandbox, origin) if meeting.secure else Refusal(400, _TLS)
        return Refusal(403, self._refuse(wanted))


_PROXY: Final = (
    "this port is Brownout's proxy, not a server: programs find it in HTTPS_PROXY and HTTP_PROXY, and ask it for "
    "CONNECT HOST:443 or for a whole URL"
)
_TLS: Final = "this port speaks TLS: use https://"
