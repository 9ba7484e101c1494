"""Reads host names and `host:port` strictly: what can be read in two ways is refused, not guessed at."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80

_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"
)
_AUTHORITY: Final = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,254})(?::([0-9]{1,5}))?")
_ABSOLUTE: Final = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)


class Place(NamedTuple):
    """A host, in lower case and without a trailing dot, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as people write it: without the port of HTTPS."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"


def plain(name: str) -> str | None:
    """Return a host name in lower case and without its trailing dot, None if it is none.

    >>> plain("API.Stripe.com."), plain("api stripe.com"), plain("a..b")
    ('api.stripe.com', None, None)
    """
    name = name.lower()
    name = name.removesuffix(".")
    return name if _NAME.fullmatch(name) is not None else None


def place(text: str, port: int | None) -> Place | None:
    """Return the place that `host[:port]` names, None if it names none; without its own `port`, one must be given.

    No user names, no paths, no spaces. Addresses stay as they are written, IPv6 ones between brackets.

    >>> place("api.stripe.com:443", None), place("api.stripe.com", 443) == place("API.stripe.com.:443", None)
    (Place(host='api.stripe.com', port=443), True)
    >>> place("api.stripe.com@127.0.0.1:443", None), place("api.stripe.com:0", None), place("api.stripe.com", None)
    (None, None, None)
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    host, digits = found.groups()
    number = int(digits) if digits is not None else port
    if number is None or not 1 <= number <= 65535:
        return None
    if host.startswith("["):
        try:
            return Place(str(ipaddress.IPv6Address(host[1:-1])), number)
        except ValueError:
            return None
    known = plain(host)
    return Place(known, number) if known is not None else None


def absolute(target: str) -> tuple[str, Place | None] | None:
    """Return scheme and place of a request target in absolute form, None if it has another form.

    >>> absolute("http://api.stripe.com/v1/balance")
    ('http', Place(host='api.stripe.com', port=80))
    >>> absolute("http://api.stripe.com@127.0.0.1/")
    ('http', None)
    """
    found = _ABSOLUTE.match(target)
    if found is None:
        return None
    scheme = found[1].lower()
    return scheme, place(found[2], HTTPS_PORT if scheme == "https" else HTTP_PORT)
