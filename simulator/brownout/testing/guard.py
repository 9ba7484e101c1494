"""Refuses calls to real providers while a test runs, and tells which they were and whose line made them."""

from __future__ import annotations

import errno
import ssl
import threading
from textwrap import indent
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.testing import places
from brownout.testing.chokepoints import Chokepoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from brownout.core.provider import Provider
    from brownout.testing.places import Place

_CALLS_MOST: Final = 100
_TOLD_MOST: Final = 5


class RealProviderCalled(ConnectionRefusedError):
    """A guarded test tried to reach a real provider; it was refused before any request was sent."""


class _DuringTls(RealProviderCalled, ssl.SSLError):
    """The same, as TLS libraries expect a handshake to fail."""


class RealHost(NamedTuple):
    """Whose host it is."""

    provider: str
    title: str


class Call(NamedTuple):
    """A call that was refused. `port` is None where the program hadn't said it yet."""

    host: str
    port: int | str | None
    owner: RealHost
    place: Place

    @property
    def address(self) -> str:
        """Host and port as one reads them."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


def real_hosts(providers: Iterable[Provider], options: Callable[[Provider], Any] | None = None) -> dict[str, RealHost]:
    """Return whose host each name is, under what `options` gives for a provider, or under its defaults."""
    return {
        host: RealHost(one.name, one.title)
        for one in providers
        for host in one.hosts(options(one) if options else one.options_type())
    }


class Guard:
    """Watches the whole process for calls to `hosts`, between `start` and `stop`; `allowed` ones may be called."""

    def __init__(self, hosts: Mapping[str, RealHost], allowed: Iterable[str] = (), *, seen_from: Path) -> None:
        """Watch nothing yet. Files are told as they are called in the folder `seen_from`."""
        self._seen_from = seen_from
        self._hosts = dict(hosts)
        self._allowed = frozenset(_plain(host) for host in allowed)
        self._counts: dict[Call, int] = {}
        self._lock = threading.Lock()
        self._chokepoints = Chokepoints(self._check)

    @property
    def calls(self) -> list[Call]:
        """What was refused and not told yet, each place once."""
        return list(self._counts)

    def know(self, hosts: Mapping[str, RealHost]) -> None:
        """Watch for these too."""
        self._hosts.update(hosts)

    def start(self) -> None:
        """Begin to refuse."""
        self._chokepoints.watch()

    def stop(self) -> None:
        """Leave everything as it was found."""
        self._chokepoints.leave()

    def tell(self) -> str | None:
        """Return what was refused since the last time, in words, None if nothing was."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return _told(counts, self._allowed, self._seen_from) if counts else None

    def _check(self, host: Any, port: Any = None, *, in_tls: bool = False) -> None:
        name = _plain(host)
        owner = self._hosts.get(name)
        if owner is None or name in self._allowed:
            return
        call = Call(name, _port(port), owner, places.find(name))
        with self._lock:
            if call in self._counts or len(self._counts) < _CALLS_MOST:
                self._counts[call] = self._counts.get(call, 0) + 1
        kind = _DuringTls if in_tls else RealProviderCalled
        raise kind(
            errno.ECONNREFUSED, f"Brownout's guard: this test may not call {call.address}, the real {owner.title}"
        )


def _plain(host: Any) -> str:
    """Return a host as it is listed; what is no name comes out as one that nobody has."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    return host.rstrip(".").lower() if isinstance(host, str) else ""


def _port(port: Any) -> int | str | None:
    if isinstance(port, bytes):
        port = port.decode("ascii", "replace")
    if isinstance(port, str):
        return int(port) if port.isdigit() else port or None
    return port if isinstance(port, int) and port else None


def _told(counts: Mapping[Call, int], allowed: Iterable[str], seen_from: Path) -> str:
    calls = list(counts)
    place = calls[0].place
    where = f" from {place.stacks[0][0].place(seen_from)}" if place.exact else ""
    first = calls[0]
    parts = [f"{first.address}, the real {first.owner.title}, would have been called{where}; it was refused"]
    parts += [_one(call, counts[call], seen_from) for call in calls[:_TOLD_MOST]]
    if len(calls) > _TOLD_MOST:
        parts.append(f"… and from {len(calls) - _TOLD_MOST} more places")
    urls = " or ".join(dict.fromkeys(f'brownout.url_of("{call.owner.provider}")' for call in calls))
    hosts = ", ".join(dict.fromkeys(f'"{call.host}"' for call in calls))
    parts.append(
        f"Point the client at the sandbox: {urls}.\nIf it is meant: @pytest.mark.brownout_allow_real({hosts})."
        + f"\nThis test may call {', '.join(sorted(allowed))} only." * bool(allowed)
    )
    return "\n\n".join(parts)


def _one(call: Call, count: int, seen_from: Path) -> str:
    place = call.place
    head = f"{call.address} ({call.owner.title})"
    if count > 1:
        head += f", {count} times"
    if place.thread is not None:
        head += f", on thread {place.thread!r}"
    if not place.stacks:
        return f"{head}, from no line of your own that could be found"
    if not place.exact:
        head += "; no line of yours is on that stack, but meanwhile your code stood at"
    stacks = ["\n".join(line.told(seen_from) for line in stack) for stack in place.stacks]
    return f"{head}\n" + indent("\nor\n".join(stacks), "  ")
