"""Who answers for a host: a provider of ours, nobody, or, where the user allowed it, the host itself."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.server.intercept.names import HTTP_PORT, HTTPS_PORT, Place, place, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_USUAL: Final = frozenset({HTTP_PORT, HTTPS_PORT})
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_V4_IN_V6: Final = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64 (RFC 6052)
    ipaddress.ip_network("::/96"),  # IPv4-compatible (RFC 4291 §2.5.5.1)
)


class Hosts:
    """The real hosts of the providers, and those that are let through.

    Raises:
        UsageError: if something that is allowed can't be, or is no host.
    """

    def __init__(self, real: Mapping[str, str], providers: Iterable[str], allowed: Iterable[str] = ()) -> None:
        """`real` maps names to providers; `allowed` are texts as users write them: `HOST`, `HOST:PORT`, `*.DOMAIN`."""
        self.real = dict(real)
        self._providers = frozenset(providers)
        self._places: set[Place] = set()
        self._names: set[str] = set()
        self._domains: set[str] = set()
        for text in allowed:
            self._allow(text)

    def _allow(self, text: str) -> None:
        wild = text.startswith("*.")
        bare = text.removeprefix("*.")
        named = bare if bare.startswith("[") or bare.count(":") < 2 else f"[{bare}]"
        found = place(named, HTTPS_PORT)
        if found is None or (wild and ("." not in found.host or is_address(found.host))):
            raise UsageError(
                f"--allow-host {text}: write a host, with or without its port, such as api.example.com or "
                "localhost:5432, or *.example.com for all hosts of a domain; no scheme, no path"
            )
        owner = self.real.get(found.host)
        if owner is not None:
            raise UsageError(
                f"--allow-host {text}: {owner} is emulated, so nothing of it ever leaves; take out --allow-host, "
                "or run without interception to reach the real one"
            )
        if wild:
            self._domains.add(f".{found.host}")
        elif place(named, None) is not None:
            self._places.add(found)
        else:
            self._names.add(found.host)

    def provider(self, host: str, *, nicknames: bool = False) -> str | None:
        """Return the provider that answers for `host`: a real name of its, or with `nicknames` `PROVIDER.ANYTHING`."""
        found = self.real.get(host)
        if found is None and nicknames:
            first, dot, _ = host.partition(".")
            found = first if dot and first in self._providers else None
        return found

    def allows(self, wanted: Place) -> bool:
        """Return whether a place is let through: its host on 443 and 80, or that very port if one was named."""
        if wanted in self._places:
            return True
        return wanted.port in _USUAL and wanted.host not in self.real and (
            wanted.host in self._names or any(wanted.host.endswith(domain) for domain in self._domains)
        )  # fmt: skip

    def asked(self, wanted: Place) -> str:
        """Return what `--allow-host` would have to say for a place."""
        return wanted.host if wanted.port in _USUAL else str(wanted)

    def names(self, wanted: Place) -> bool:
        """Return whether that very host and port was allowed: only then may it be an address inside."""
        return wanted in self._places


def is_address(host: str) -> bool:
    """Return whether `host` is an address, in any spelling that a resolver would take for one.

    >>> [is_address(host) for host in ("127.0.0.1", "2130706433", "0x7f.1", "127.1", "::1", "1.example.com")]
    [True, True, True, True, True, False]
    """
    if ":" in host:
        return True
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")  # no top-level domain does (RFC 1123 §2.1, WHATWG URL §3.5)


def is_inside(address: str) -> bool:
    """Return whether an address is of this machine or its own network, or none that leads anywhere.

    >>> [is_inside(one) for one in ("127.0.0.1", "10.0.0.7", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1")]
    [True, True, True, True, True]
    >>> is_inside("8.8.8.8")
    False
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and any(found in network for network in _V4_IN_V6):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return not inner.is_global or inner.is_multicast
    return not found.is_global or found.is_multicast


def is_here(host: str | None) -> bool:
    """Return whether a name means this machine itself, or nothing was named."""
    return host is None or host in _HERE or host.endswith(".localhost")


def served(text: str) -> str | None:
    """Return the host that a `Host` header names, None if it names none."""
    found = place(text, HTTPS_PORT)
    return found.host if found is not None else plain(text)
