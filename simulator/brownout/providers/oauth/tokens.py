"""`oauth.token` and `oauth.revoke`: what clients get for their credentials, exchange, and give up.

(RFC 6749 §4.4, §5, §6; RFC 7009 §2; RFC 9700 §4.14.2; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused, did_you_mean
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.oauth.credentials import authenticated, draw
from brownout.providers.oauth.errors import shown, token_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call
    from brownout.core.tokens import Token, TokenRules
    from brownout.providers.oauth.options import OAuthOptions

_DEAD: Final = {
    "token_unknown": "The refresh token is unknown here.",
    "token_revoked": "The refresh token was revoked.",
    "token_expired": "The refresh token expired.",
}
_SPENT: Final = "The refresh token was used before"


def _token(call: Call) -> Answer:
    client = authenticated(call)
    kind = call.params.get("grant_type")
    if kind is None:
        raise _refused("invalid_request", "grant_type is missing.")
    grant = _GRANTS.get(kind)
    if grant is None:
        raise _refused("unsupported_grant_type", f"grant_type: {did_you_mean(shown(kind), _GRANTS)}")
    return grant(call, client)


def _client_credentials(call: Call, client: str) -> Answer:
    options: OAuthOptions = call.world.options(call.provider)
    scopes = _scopes(call, options.all_scopes, "scopes there are")
    rules = call.world.token_rules(call.provider, options.rules)
    refresh = _issue_refresh(call, client, scopes, rules) if options.refresh_tokens else None
    return _answer(call, _issue_access(call, client, scopes, rules, refresh), refresh)


def _refresh(call: Call, client: str) -> Answer:
    text = call.params.get("refresh_token")
    if text is None:
        raise _refused("invalid_request", "refresh_token is missing.")
    options: OAuthOptions = call.world.options(call.provider)
    rules = call.world.token_rules(call.provider, options.rules)
    old = _exchangeable(call, client, text)
    scopes = _scopes(call, old.scopes, "scopes of the refresh token")
    _spend(call, old, rules)
    new = _issue_refresh(call, client, old.scopes, rules, family=old.family) if rules.rotation else None
    return _answer(call, _issue_access(call, client, scopes, rules, old), new)


def _exchangeable(call: Call, client: str, text: str) -> Token:
    """Return the client's own refresh token, dead or alive; another client's is as unknown as none at all."""
    token = call.world.tokens.examine(call.provider, text, call.moment.world, kind="refresh").token
    if token is None or token.client_id != client:
        raise _refused("invalid_grant", _DEAD["token_unknown"])
    reason = token.reason(call.moment.world)
    if reason in _DEAD:
        call.blame(token)
        raise _refused("invalid_grant", _DEAD[reason])
    return token


def _spend(call: Call, token: Token, rules: TokenRules) -> None:
    spent = call.world.tokens.spend(token, call.moment.world, rules)
    if spent == "reuse":
        call.blame(token)
        also = "; every token of its grant is revoked" if rules.on_reuse == "revoke_family" else ""
        raise _refused("invalid_grant", f"{_SPENT}{also}.")


def _scopes(call: Call, most: frozenset[str], of: str) -> frozenset[str]:
    """Return the scopes that the call asks for, all of `most` if it names none (RFC 6749 §3.3, §6)."""
    asked = call.params.get("scope")
    if asked is None:
        return most
    scopes = frozenset(asked.split(" ")) - {""}
    beyond = sorted(scopes - most)
    if beyond:
        raise _refused("invalid_scope", f"{shown(beyond[0])} is not one of the {of}: {' '.join(sorted(most))}")
    if not scopes:
        raise _refused("invalid_scope", "scope names nothing.")
    return scopes


def _issue_refresh(
    call: Call, client: str, scopes: frozenset[str], rules: TokenRules, *, family: str | None = None
) -> Token:
    return call.issue(
        "refresh",
        draw(call, "refresh", client),
        client_id=client,
        scopes=scopes,
        life_seconds=rules.refresh_ttl_seconds,
        family=family,
    )


def _issue_access(call: Call, client: str, scopes: frozenset[str], rules: TokenRules, refresh: Token | None) -> Token:
    return call.issue(
        "access",
        draw(call, "access", client),
        client_id=client,
        scopes=scopes,
        life_seconds=rules.access_ttl_seconds,
        family=refresh.family if refresh is not None else None,
    )


def _answer(call: Call, access: Token, refresh: Token | None) -> Answer:
    """Return RFC 6749 §5.1's answer: what the client is told, which faults may have made untrue."""
    told = access.told_seconds
    body: dict[str, Any] = {"access_token": access.text, "token_type": "Bearer"}
    if told is not None:
        body["expires_in"] = call.world.clock.wire_seconds(told)
    if refresh is not None:
        body["refresh_token"] = refresh.text
    body["scope"] = " ".join(sorted(access.told_scopes))
    return Answer(200, body)


def _revoke(call: Call) -> Answer:
    """Revoke a token, a refresh token with its grant; 200 for one that is unknown or dead (RFC 7009 §2.2)."""
    client = authenticated(call)
    text = call.params.get("token")
    if text is None:
        raise _refused("invalid_request", "token is missing.")
    tokens, now = call.world.tokens, call.moment.world
    token = tokens.find(call.provider, text)
    if token is not None and token.client_id != client:
        raise _refused("invalid_grant", "The token was issued to another client.")
    if token is not None and token.kind == "refresh":
        tokens.revoke_family(token, now, "client")
    elif token is not None:
        tokens.revoke(token, now, "client")
    return Answer(200, b"")


def _refused(code: str, description: str) -> Refused:
    return Refused(token_error(code, description))


_GRANTS: Final[dict[str, Callable[[Call, str], Answer]]] = {
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
}

OPERATIONS: Final = (
    Operation(name="oauth.token", method="POST", path="/token", run=_token, effect="token", public=True),
    Operation(name="oauth.revoke", method="POST", path="/revoke", run=_revoke, effect="write", public=True),
)
