"""What a scenario may say of one client beyond its secret: how it authenticates, where it leads, what it may have.

The words are RFC 7591 §2's, shortened. (RFC 6749 §2, §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1; read 2026-11-23.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from brownout.core.errors import OptionError
from brownout.core.units import Seconds  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Iterable

Grant: TypeAlias = Literal[
    "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"
]
Auth: TypeAlias = Literal["any", "client_secret_basic", "client_secret_post", "none", "private_key_jwt"]
_URI: Final = re.compile(r"[\x21\x23-\x5b\x5d\x5f\x61-\x7a\x7e]+")
_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?=[/?]|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One client. What is left out is not restricted.

    `redirect_uris` are compared letter by letter, but for the port of a loopback address. `auth` is the one way in
    which it authenticates: `any` is Basic or form, `none` makes it a public client, which needs PKCE. `jwks` holds the
    public keys of a client with `private_key_jwt`; without them it is the published test client. `access_ttl` is its
    own.

    Raises:
        ValueError: if an address can't be led back to, or `jwks` is no JWK set.
    """

    redirect_uris: tuple[str, ...] = ()
    auth: Auth = "any"
    scopes: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    access_ttl: Seconds | None = None
    jwks: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check what no client could use."""
        for place, uri in enumerate(self.redirect_uris):
            if not is_redirect_uri(uri):
                raise OptionError(
                    f"{uri!r} must be an absolute URI without a fragment (RFC 6749 §3.1.2)", "redirect_uris", place
                )
        if self.access_ttl is not None and self.access_ttl <= 0:
            raise OptionError("must be above 0", "access_ttl")
        if self.jwks is not None and not _is_key_set(self.jwks):
            raise OptionError("must be a JWK set: a mapping with a list of keys under 'keys' (RFC 7517 §5)", "jwks")

    def leads_to(self, uri: str) -> bool:
        """Return whether `uri` is one of its own."""
        return not self.redirect_uris or any(same_uri(uri, one) for one in self.redirect_uris)


UNREGISTERED: Final = Registration()
"""What holds for a client that the scenario says nothing more of."""


def is_redirect_uri(uri: str) -> bool:
    """Return whether somebody can be led there: an absolute URI, http, https or an app's own scheme, no fragment.

    >>> is_redirect_uri("https://shop.example/back"), is_redirect_uri("com.shop.app:/back"), is_redirect_uri("/back")
    (True, True, False)
    """
    if not _URI.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    web = parts.scheme in ("http", "https")
    app = "." in parts.scheme  # RFC 8252 §7.1: a domain name backwards, so that javascript: and data: are none
    return not parts.fragment and "#" not in uri and (bool(parts.hostname) if web else app)


def same_uri(given: str, registered: str) -> bool:
    """Return whether two addresses are the same, any port of a loopback address being as good as another.

    >>> same_uri("http://127.0.0.1:5001/back", "http://127.0.0.1/back")
    True
    >>> same_uri("https://shop.example/back/", "https://shop.example/back")
    False
    """
    return given == registered or (
        _LOOPBACK.match(given) is not None and _LOOPBACK.sub(r"\1", given) == _LOOPBACK.sub(r"\1", registered)
    )


def check(registered: dict[str, Registration], scopes: Iterable[str]) -> None:
    """Raise `OptionError` if a client may have scopes that there aren't."""
    known = frozenset(scopes)
    for client, one in registered.items():
        for place, scope in enumerate(one.scopes):
            if scope not in known:
                raise OptionError(f"{scope!r} is not in providers.oauth.scopes", "registered", client, "scopes", place)


def _is_key_set(value: dict[str, Any]) -> bool:
    keys = value.get("keys")
    return isinstance(keys, list) and bool(keys) and all(isinstance(one, dict) and "kty" in one for one in keys)
