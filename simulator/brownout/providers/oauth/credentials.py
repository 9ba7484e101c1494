"""Whose a request is, before anybody has verified it: limits and faults at the edge go by it.

An opaque token's text holds the client's id; a JWT says it in a claim.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Final, Literal

import orjson

from brownout.core.exchange import Credential
from brownout.providers.oauth.errors import PAGES, TOKEN_PATHS
from brownout.providers.oauth.forms import client_id, page_client
from brownout.providers.oauth.options import is_client_id

if TYPE_CHECKING:
    from brownout.core.exchange import Request
    from brownout.core.operation import Call

STRANGER: Final = "unknown"
"""The account of a credential that names no client."""
_PREFIXES: Final[dict[Literal["access", "refresh", "code"], str]] = {"access": "at_", "refresh": "rt_", "code": "ac_"}
_DRAWN_LETTERS: Final = 32
_JWT_MOST: Final = 8_192


def credential(request: Request) -> Credential | None:
    """Return the credential as presented: the client's where tokens are issued, a bearer token at resources."""
    if request.path in TOKEN_PATHS:
        name = client_id(request)
        return Credential("client", name, account(name), client=name) if name is not None else None
    if request.path in PAGES:
        name = page_client(request)
        return Credential("client", name, account(name)) if name is not None else None
    scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    text = text.strip()
    return Credential("bearer", text, account(owner(text)))


def account(name: str | None) -> str:
    """Return the account of a client that says to be `name`: itself, if that can be a client's id at all."""
    return name if name is not None and is_client_id(name) else STRANGER


def draw(call: Call, kind: Literal["access", "refresh", "code"], client: str) -> str:
    """Return the text of a new token or code."""
    head = urlsafe_b64encode(client.encode()).decode().rstrip("=")
    return f"{_PREFIXES[kind]}{head}.{call.draw_text(f'{kind} token', _DRAWN_LETTERS)}"


def owner(text: str) -> str | None:
    """Return the id of the client that a token's text names, None if it names none.

    >>> owner("at_c2hvcA.x8Kd"), owner("at_c2hvc.x8Kd"), owner("mine")
    ('shop', None, None)
    """
    head, dot, rest = text.partition(".")
    try:
        if dot and text.startswith("eyJ") and len(text) <= _JWT_MOST:
            claims = orjson.loads(_decoded(rest.partition(".")[0]))
            named = claims.get("client_id") if isinstance(claims, dict) else None
            return named if isinstance(named, str) else None
        if dot and text.startswith(("at_", "rt_")):
            return _decoded(head[3:]).decode()
    except (Base64Error, UnicodeError, ValueError):
        pass  # somebody else's token, or none
    return None


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
