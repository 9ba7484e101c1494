"""Who asks: clients at the token endpoint, and the texts of tokens, which tell whose they are.

A token is opaque to clients. Its text holds the client's id, so that its account is known before anybody has verified
it: limits and faults at the edge go by it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Credential
from brownout.providers.oauth.errors import TOKEN_PATHS, token_error
from brownout.providers.oauth.forms import CLIENT, Presented, client_id
from brownout.providers.oauth.options import is_client_id

if TYPE_CHECKING:
    from brownout.core.exchange import Request
    from brownout.core.operation import Call
    from brownout.core.tokens import Kind
    from brownout.providers.oauth.options import OAuthOptions

STRANGER: Final = "unknown"
"""The account of a credential that names no client."""
_PREFIXES: Final[dict[Kind, str]] = {"access": "at_", "refresh": "rt_"}
_DRAWN_LETTERS: Final = 32


def credential(request: Request) -> Credential | None:
    """Return the credential as presented: the client's at the token endpoint, a bearer token anywhere else."""
    if request.path in TOKEN_PATHS:
        name = client_id(request)
        return Credential("client", name, account(name)) if name is not None else None
    scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    text = text.strip()
    return Credential("bearer", text, account(owner(text)))


def account(name: str | None) -> str:
    """Return the account of a client that says to be `name`: itself, if that can be a client's id at all."""
    return name if name is not None and is_client_id(name) else STRANGER


def draw(call: Call, kind: Kind, client: str) -> str:
    """Return the text of a new token."""
    head = urlsafe_b64encode(client.encode()).decode().rstrip("=")
    return f"{_PREFIXES[kind]}{head}.{call.draw_text(f'{kind} token', _DRAWN_LETTERS)}"


def owner(text: str) -> str | None:
    """Return the id of the client that a token's text names, None if it names none.

    >>> owner("at_c2hvcA.x8Kd"), owner("at_c2hvc.x8Kd"), owner("mine")
    ('shop', None, None)
    """
    head, dot, _ = text.partition(".")
    if not dot or not text.startswith(("at_", "rt_")):
        return None
    try:
        return urlsafe_b64decode(head[3:] + "=" * (-len(head[3:]) % 4)).decode()
    except (Base64Error, UnicodeError, ValueError):
        return None


def authenticated(call: Call) -> str:
    """Return the id of the client that a call to the token endpoint comes from.

    Raises:
        Refused: if there is none, or its secret isn't the one that the options name, or it was revoked.
    """
    client: Presented | None = call.params.get(CLIENT)
    if client is None:
        raise _refused("Name the client: by Basic, or as client_id and client_secret in the form.", None)
    if not is_client_id(client.id):
        raise _refused("That can not be the id of a client.", client)
    if call.world.tokens.key_revoked(call.provider, client.id):
        raise _refused("The client's credentials were revoked.", client)
    options: OAuthOptions = call.world.options(call.provider)
    secret = options.clients.get(client.id)
    if secret is None:
        _check_open(call, client)
    elif not _same(secret, client.secret):
        hint = ""
        if client.raw_secret and _same(secret, client.raw_secret):
            hint = " It is right before decoding: in Basic, id and secret are form-urlencoded (RFC 6749, 2.3.1)."
        raise _refused(f"The client's secret is wrong.{hint}", client)
    return client.id


def _check_open(call: Call, client: Presented) -> None:
    if call.world.plan.credentials == "closed":
        raise _refused("No such client: credentials are closed, and the scenario's clients are all there are.", client)
    if not client.secret:
        raise _refused("The client's secret is missing; any will do unless the scenario names the client.", client)


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))


def _refused(description: str, client: Any) -> Refused:
    """Return 401; Basic is challenged where it was used (RFC 6749 §5.2)."""
    used_basic = isinstance(client, Presented) and client.method == "client_secret_basic"
    return Refused(token_error("invalid_client", description, status=401, basic=used_basic))
