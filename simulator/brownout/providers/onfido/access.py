"""Who calls: API tokens, access tokens and the endpoint that issues them, and refusing those that aren't good here.

Any well-formed sandbox token is accepted, unless the scenario closes the list; an access token only if it was issued
here. Live-looking ones never are, and no answer repeats one. (Onfido API docs, Authentication; onfido-python 6.2's
token exchange; 401 answers in public client tests; read 2026-11-22.)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from brownout.core.causes import BASIC_FOR_POST, LIVE
from brownout.core.chance import Chance
from brownout.core.exchange import Answer, Credential
from brownout.core.operation import Operation
from brownout.core.tokens import TokenRules
from brownout.providers.onfido import wire
from brownout.providers.onfido.errors import envelope
from brownout.providers.onfido.options import options_of
from brownout.providers.onfido.words import ROOT

if TYPE_CHECKING:
    from typing import Any

    from brownout.core.exchange import Exchange, Request
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

TOKEN_RULES: Final = TokenRules()
"""Onfido publishes no lifetime of access tokens: an hour, as usual."""
_TOKEN_PATH: Final = f"{ROOT}/oauth/token"
_SANDBOX_TOKEN: Final = re.compile(r"api_sandbox(?:_[a-z]{2})?\.([A-Za-z0-9_-]{1,128})(?:\.[A-Za-z0-9_-]{1,256})?")
_LIVE_TOKEN: Final = re.compile(r"[\"']?(api_)?live[_.]", re.IGNORECASE)
_ACCOUNTS: Final = Chance(0, "onfido", "account")
_STEM_LENGTH: Final = 12
_TEXT_MOST: Final = 1_000

_RECHECK: Final = "Authorization error: please re-check your credentials"
_EXPIRED: Final = "The token has expired, please request a new one"
_NEVER_LIVE: Final = (
    "This is Brownout, a simulator of Onfido, not Onfido. Your request carried an API token that looks live; it was "
    "neither used nor kept, but no live token belongs here. Use any sandbox token, such as api_sandbox.brownout, and "
    "consider revoking the live one."
)


def credential(request: Request) -> Credential | None:
    """Return what was presented: an API token, an access token, or the token endpoint's client; None for nothing."""
    if request.path == _TOKEN_PATH:
        return _client(request)
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, value = header.strip().partition(" ")
    value, scheme = value.strip(), scheme.lower()
    if scheme == "token":
        value = value.removeprefix("token=").strip("\"'")
    elif scheme != "bearer":
        return None
    if not value:
        return None
    if _LIVE_TOKEN.match(value) is not None:  # before anything could remember it
        return Credential("live", "", "onfido_live")
    if scheme == "bearer":
        return Credential("access", value, _bearer_account(value))
    kind, account = _known(value)
    return Credential(kind, value, account)


def _client(request: Request) -> Credential | None:
    try:
        given = wire.form(request)
    except ValueError:
        return None
    client_id = given.get("client_id")
    if not client_id or len(client_id) > _TEXT_MOST:
        return None
    return Credential("client", given.get("client_secret", ""), account_of(client_id), client=client_id)


@lru_cache(maxsize=4096)
def _known(token: str) -> tuple[str, str]:
    """Return an API token's kind and the account it opens.

    >>> _known("api_sandbox.shop.one")[1] == _known("api_sandbox_us.shop")[1] == account_of("shop")
    True
    """
    found = _SANDBOX_TOKEN.fullmatch(token)
    return ("malformed", account_of(token)) if found is None else ("token", account_of(found[1]))


@lru_cache(maxsize=4096)
def account_of(stem: str) -> str:
    """Return the account of every API token with this stem, and of the OAuth client with this id."""
    return "onfido_" + _ACCOUNTS.text(stem.encode("utf-8", "replace"), _STEM_LENGTH)


def _bearer_account(text: str) -> str:
    """Return an access token's account, which its text begins with.

    >>> _bearer_account("aaaaaaaaaaaa.xyz")
    'onfido_aaaaaaaaaaaa'
    """
    stem = text.partition(".")[0]
    return f"onfido_{stem}" if len(stem) == _STEM_LENGTH and stem.isascii() and stem.isalnum() else account_of(text)


def authorise(exchange: Exchange, world: Sandbox) -> Answer | None:
    """Return the refusal of a credential that isn't good, None if it is."""
    presented = exchange.credential
    if presented is None:
        return _unauthorised("token_missing")
    if presented.kind == "live":
        return _unauthorised("live_key", message=_NEVER_LIVE, cause=LIVE)
    if presented.kind == "access":
        reason = world.tokens.examine("onfido", presented.secret, world.moment.world).reason
        return None if reason is None else _unauthorised(reason)
    if presented.kind != "token" or _shut_out(presented.secret, world) or world.tokens.key_denied:
        return _unauthorised("token_unknown")
    if world.tokens.key_revoked("onfido", presented.secret):
        return _unauthorised("token_revoked")
    return None


def _shut_out(token: str, world: Sandbox) -> bool:
    return world.plan.credentials == "closed" and token not in options_of(world).tokens


def _unauthorised(reason: str, *, message: str | None = None, cause: str | None = None) -> Answer:
    if reason == "token_expired":
        return Answer(401, envelope("expired_token", _EXPIRED), error=reason)
    return Answer(401, envelope("authorization_error", message or _RECHECK), error=reason, cause=cause)


def _token(call: Call) -> Answer:
    missing = [name for name in ("client_id", "client_secret") if not call.params.get(name)]
    if missing:
        message = f"The token request needs {' and '.join(missing)} as form fields"
        cause = BASIC_FOR_POST if call.headers.get("Authorization", "")[:6].lower() == "basic " else None
        return Answer(400, envelope("bad_request", message), error="request_invalid", cause=cause)
    client_id, secret = call.params["client_id"], call.params["client_secret"]
    flaw = _flaw(call, client_id, secret)
    if flaw is not None:
        cause = flaw if flaw != "token_revoked" else call.world.tokens.blame("onfido", secret, flaw, 0.0)
        return Answer(401, envelope("authorization_error", _RECHECK), error="client_unknown", cause=cause)
    rules = call.world.token_rules("onfido", TOKEN_RULES)
    text = f"{account_of(client_id).removeprefix('onfido_')}.{call.draw_text('access token', 43)}"
    token = call.issue("access", text, client_id=client_id, scopes=frozenset(), life_seconds=rules.access_ttl_seconds)
    body: dict[str, Any] = {"access_token": token.text, "token_type": "Bearer"}
    if token.told_seconds is not None:
        body["expires_in"] = call.world.clock.wire_seconds(token.told_seconds)
    return Answer(200, body, headers={"Cache-Control": "no-store"})


def _flaw(call: Call, client_id: str, secret: str) -> str | None:
    """Return what is wrong with a client's credentials, None if they are good."""
    if _LIVE_TOKEN.match(secret):
        return LIVE
    if len(client_id) > _TEXT_MOST:
        return "unknown client"
    if call.world.tokens.key_revoked("onfido", secret):
        return "token_revoked"
    closed = call.world.plan.credentials == "closed"
    return call.secret_flaw(client_id, secret, options_of(call.world).clients.get(client_id) if closed else None)


OPERATIONS: Final = (
    Operation(name=wire.TOKEN, method="POST", path=_TOKEN_PATH, run=_token, effect="token", public=True),
)
