"""Who asks for tokens: a client by its secret, its key, or by nothing but its name (RFC 6749 §2.3, RFC 7523 §2.2)."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core import causes
from brownout.core.errors import Refused
from brownout.core.tokens import signing
from brownout.core.tokens.assertions import AssertionRefused, verify
from brownout.providers.oauth.errors import token_error
from brownout.providers.oauth.forms import CLIENT, Presented
from brownout.providers.oauth.options import is_client_id

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.oauth.options import OAuthOptions
    from brownout.providers.oauth.registrations import Registration

_PUBLIC_GRANTS: Final = ("authorization_code", "refresh_token")
"""What a client without a secret may ask for (RFC 6749 §4.4: never client_credentials)."""
_CAUSES: Final = {
    ("client_secret_basic", "client_secret_post"): causes.BASIC_FOR_POST,
    ("client_secret_post", "client_secret_basic"): causes.POST_FOR_BASIC,
}
_WRONG: Final = "The client's secret is wrong."
_SAID: Final = {
    causes.UNKNOWN_CLIENT: "No such client.",
    causes.LIVE: "No such client.",
    causes.BASIC_FOR_POST: "The client is registered to authenticate by client_secret_post, and came by another way.",
    causes.POST_FOR_BASIC: "The client is registered to authenticate by client_secret_basic, and came by another way.",
}
"""What a client is told that is taken for another."""


class Client(NamedTuple):
    """A client that was let in; a `public` one proved nothing."""

    id: str
    public: bool


def authenticated(call: Call) -> Client:
    """Return the client that a call to an endpoint of this server comes from.

    Raises:
        Refused: if there is none, or it can't prove who it is, or not in the way that it registered, or was revoked.
    """
    client: Presented | None = call.params.get(CLIENT)
    if client is None:
        raise _refused("Name the client: by Basic, or as client_id and client_secret in the form.", None)
    if not is_client_id(client.id):
        raise _refused("That can not be the id of a client.", client)
    if call.world.tokens.key_revoked(call.provider, client.id):
        by = call.world.tokens.blame(call.provider, client.id, "token_revoked", 0.0)
        raise _refused("The client's credentials were revoked.", client, by)
    options: OAuthOptions = call.world.options(call.provider)
    if client.id in options.live_clients:
        raise _refused("No such client.", client, causes.LIVE)
    wanted = options.registration(client.id).auth
    if wanted not in ("any", client.method) or (wanted == "any" and client.method == "private_key_jwt"):
        way = "client_secret_basic or client_secret_post" if wanted == "any" else wanted
        message = f"The client is registered to authenticate by {way}, and came by {client.method}."
        raise _refused(message, client, _CAUSES.get((client.method, wanted)))
    if client.method == "private_key_jwt":
        _check_assertion(call, client, options.registration(client.id))
    elif client.method == "none":
        nameless = _nameless(call, client, options)
        _check_taken(call, client)
        return nameless
    else:
        _check_secret(call, client, options)
    return Client(client.id, public=False)


def keys_of(registration: Registration) -> dict[str, Any]:
    """Return the JWK set that a client's assertions are verified with: its own, else the published test client's."""
    return registration.jwks if registration.jwks is not None else {"keys": [signing.client_key()]}


def audiences(call: Call) -> tuple[str, ...]:
    """Return the names by which an assertion may mean this server (RFC 7523 §3, 3)."""
    return call.base_url, f"{call.base_url}/token"


def _check_assertion(call: Call, client: Presented, registration: Registration) -> None:
    try:
        claims = verify(
            client.secret,
            keys_of(registration),
            issuer=client.id,
            subject=client.id,
            audiences=audiences(call),
            wall=call.wall_for(client.id),
        )
    except AssertionRefused as refused:
        raise _refused(str(refused), client, skewed(call, client.id, refused)) from None
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise _refused("The assertion has no jti.", client)
    if not call.world.tokens.assertions.use(call.provider, client.id, jti):
        call.stateful = True  # which of two came first is a matter of order
        raise _refused("The assertion was used before: each is good once.", client)
    _check_taken(call, client)


def _check_taken(call: Call, client: Presented) -> None:
    """Refuse a client that has to be taken for another, though it is in order."""
    taken = call.mistaken()
    if taken is not None:
        raise _refused(_SAID.get(causes.plain(taken), _WRONG), client, taken)


def skewed(call: Call, client_id: str, refused: AssertionRefused) -> str | None:
    """Return the cause of a refusal for an assertion's times where a clock was put wrong, else None."""
    if not refused.timely:
        return None
    if call.ahead_seconds:
        return call.ahead_by
    return causes.SKEW if call.wall_for(client_id) != call.moment.wall else None


def _check_secret(call: Call, client: Presented, options: OAuthOptions) -> None:
    configured = options.clients.get(client.id)
    flaw = call.secret_flaw(client.id, client.secret, configured)
    if flaw is None:
        return
    word = causes.plain(flaw)
    if flaw == causes.UNKNOWN_CLIENT:
        message = "No such client: credentials are closed, and the scenario's clients are all there are."
    elif word in _SAID:
        message = _SAID[word]
    elif not client.secret and configured is None:
        message = "The client's secret is missing; any will do unless the scenario names the client."
    else:
        message = f"{_WRONG}{_hint(configured, client)}"
    raise _refused(message, client, flaw)


def _hint(configured: str | None, client: Presented) -> str:
    if configured is None or not client.raw_secret or not _same(configured, client.raw_secret):
        return ""
    return " It is right before decoding: in Basic, id and secret are form-urlencoded (RFC 6749, 2.3.1)."


def _nameless(call: Call, client: Presented, options: OAuthOptions) -> Client:
    """Return a public client: one registered as such, or a stranger where strangers are let in."""
    if options.registration(client.id).auth == "none":
        return Client(client.id, public=True)
    given = call.world.tokens.clients.find(call.provider, client.id)
    known = options.knows(client.id) or (given is not None and given.secret is not None)
    if known or call.world.plan.credentials == "closed":
        flaw = "wrong secret" if known else "unknown client"
        raise _refused("The client's secret is missing, and it is not registered with auth: none.", client, flaw)
    if call.params.get("grant_type") not in _PUBLIC_GRANTS:
        message = "The client's secret is missing; any will do unless the scenario names the client."
        raise _refused(message, client, "wrong secret")
    return Client(client.id, public=True)


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))


def _refused(description: str, client: Any, cause: str | None = None) -> Refused:
    """Return 401; Basic is challenged where it was used (RFC 6749 §5.2)."""
    used_basic = isinstance(client, Presented) and client.method == "client_secret_basic"
    return Refused(token_error("invalid_client", description, status=401, basic=used_basic, cause=cause))
