"""`oauth.token` and `oauth.revoke`: what clients get for their credentials, exchange, and give up.

(RFC 6749 §4.1.3, §4.4, §5, §6; RFC 7009 §2; RFC 7523 §2.1; RFC 7636 §4.6; RFC 9700 §4.14.2; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core import causes
from brownout.core.errors import did_you_mean
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.tokens.assertions import AssertionRefused, unverified, verify
from brownout.providers.oauth.clients import Client, audiences, authenticated, keys_of, skewed
from brownout.providers.oauth.errors import shown
from brownout.providers.oauth.forms import CLIENT
from brownout.providers.oauth.issuing import Grant, asked_scopes, issue_access, issue_refresh, refused, told
from brownout.providers.oauth.options import is_client_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call
    from brownout.core.tokens import Code, Spending, Token
    from brownout.providers.oauth.options import OAuthOptions

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEAD: Final = {
    "token_unknown": "The refresh token is unknown here.",
    "token_revoked": "The refresh token was revoked.",
    "token_expired": "The refresh token expired.",
    "token_early": "The refresh token is not valid yet.",
}
_SPENT: Final = "The refresh token was used before"
_SCOPES_THERE_ARE: Final = "scopes there are"


def _token(call: Call) -> Answer:
    kind = call.params.get("grant_type")
    if kind == JWT_BEARER and CLIENT not in call.params:
        return _jwt_bearer(call, None)  # RFC 7521 §4.1: the assertion alone says who asks
    client = authenticated(call)
    if kind is None:
        raise refused("invalid_request", "grant_type is missing.")
    grant = _GRANTS.get(kind)
    if grant is None:
        raise refused("unsupported_grant_type", f"grant_type: {did_you_mean(shown(kind), _GRANTS)}")
    _check_allowed(call, client, kind)
    return grant(call, client)


def _check_allowed(call: Call, client: Client, kind: str) -> None:
    options: OAuthOptions = call.world.options(call.provider)
    grants = options.registration(client.id).grants
    if grants and kind not in grants:
        raise refused("unauthorized_client", f"The client is registered for {', '.join(grants)} only.")
    if client.public and kind == "client_credentials":
        raise refused("unauthorized_client", "A public client has no credentials to be granted anything for.")


def _client_credentials(call: Call, client: Client) -> Answer:
    options: OAuthOptions = call.world.options(call.provider)
    scopes = asked_scopes(call, options.scopes_of(client.id), _SCOPES_THERE_ARE)
    grant = Grant(call, client.id, scopes)
    refresh = issue_refresh(call, grant).text if options.refresh_tokens else None
    return told(call, grant, issue_access(call, grant), refresh)


# ---------------------------------------------------------------- authorization_code


def _authorization_code(call: Call, client: Client) -> Answer:
    code = _redeemable(call, client)
    code.used_at = call.moment.world
    grant = Grant(
        call,
        client.id,
        code.scopes,
        family=code.family,
        subject=code.subject,
        at=code.grant_at,
        asked=code.asked,
    )
    refresh = issue_refresh(call, grant).text if grant.options.refresh_tokens else None
    return told(call, grant, issue_access(call, grant), refresh, nonce=code.nonce)


def _redeemable(call: Call, client: Client) -> Code:
    """Return the code that the call presents, not yet used up; a wrong call doesn't use it up either."""
    text = call.params.get("code")
    if text is None:
        raise refused("invalid_request", "code is missing.")
    code = call.world.tokens.codes.find(call.provider, text)
    if code is None or code.client_id != client.id:
        raise refused("invalid_grant", "The code is unknown here.")
    state = code.state(call.moment.world)
    call.stateful = state != "good"  # time or another call made it so
    if state == "used":
        _revoke_issued(call, code)
        raise refused("invalid_grant", "The code was used before; the tokens that it gave are revoked.", cause="reuse")
    if state == "expired":
        raise refused("invalid_grant", "The code expired.")
    given = call.params.get("redirect_uri")
    if given != code.redirect_uri:
        said = "is missing" if given is None else "is another one than the code was asked for with"
        raise refused("invalid_grant", f"redirect_uri {said}.", cause=causes.WRONG_REDIRECT)
    if client.public and code.challenge is None:
        raise refused("invalid_grant", "A client without a secret needs a code_challenge when it asks for the code.")
    _check_verifier(call, code)
    return code


def _check_verifier(call: Call, code: Code) -> None:
    """Refuse a verifier that is wrong, missing, or given although no challenge was (RFC 7636 §4.6, RFC 9700 §4.8.2)."""
    verifier = call.params.get("code_verifier")
    if code.challenge is None:
        if verifier is not None:
            raise refused("invalid_grant", "code_verifier came without a code_challenge before.")
    elif verifier is None:
        raise refused("invalid_request", "code_verifier is missing.")
    elif not code.challenge.met_by(verifier):
        raise refused("invalid_grant", "code_verifier is not the one that code_challenge was made from.")


def _revoke_issued(call: Call, code: Code) -> None:
    """Revoke what a code gave: it is in somebody else's hands as well (RFC 6749 §4.1.2)."""
    call.world.tokens.revoke_grant(call.provider, code.family, call.moment.world, causes.REUSE)


# ---------------------------------------------------------------- refresh_token


def _refresh(call: Call, client: Client) -> Answer:
    text = call.params.get("refresh_token")
    if text is None:
        raise refused("invalid_request", "refresh_token is missing.")
    old = _exchangeable(call, client, text)
    scopes = asked_scopes(call, old.scopes, "scopes of the refresh token")
    grant = Grant(call, client.id, old.scopes, family=old.family, subject=old.subject, at=old.grant_at,
                  asked=old.asked_scopes)  # fmt: skip
    spent = _spend(call, grant, old)
    new = _next(call, grant, old, spent) if grant.rules.rotation else None
    return told(call, grant, issue_access(call, grant, scopes), new.text if new is not None else None)


def _exchangeable(call: Call, client: Client, text: str) -> Token:
    """Return the client's own refresh token, dead or alive; another client's is as unknown as none at all."""
    token, reason = call.world.tokens.examine(call.provider, text, call.moment.world, kind="refresh")
    if token is None or token.client_id != client.id:
        raise refused("invalid_grant", _DEAD["token_unknown"])
    if reason == "user_needed":
        call.blame(token)
        raise refused(token.demanded or "invalid_grant", "The user has to be asked again: begin at /authorize.")
    if reason in _DEAD:
        call.blame(token)
        raise refused("invalid_grant", _DEAD[reason])
    return token


def _spend(call: Call, grant: Grant, token: Token) -> Spending:
    spent = call.world.tokens.spend(token, call.moment.world, grant.rules)
    if spent == "reuse":
        call.blame(token)
        also = "; every token of its grant is revoked" if grant.rules.on_reuse == "revoke_family" else ""
        raise refused("invalid_grant", f"{_SPENT}{also}.")
    return spent


def _next(call: Call, grant: Grant, old: Token, spent: Spending) -> Token:
    """Return the refresh token that takes the place of the one presented."""
    if spent == "grace":
        again = call.world.tokens.succession(old, call.moment.world, grant.rules)
        if again is not None:
            return again
    new = issue_refresh(call, grant)
    if old.successor is None:
        old.successor = new.text
    return new


# ---------------------------------------------------------------- jwt-bearer


def _jwt_bearer(call: Call, client: Client | None) -> Answer:
    """Give an access token for an assertion that a registered client signed; no refresh token (RFC 7521 §4.1)."""
    text = call.params.get("assertion")
    if text is None:
        raise refused("invalid_request", "assertion is missing.")
    issuer = unverified(text).get("iss")
    if not isinstance(issuer, str) or not is_client_id(issuer) or (client is not None and client.id != issuer):
        raise refused("invalid_grant", "The assertion's iss is not the client.")
    options: OAuthOptions = call.world.options(call.provider)
    if issuer not in options.registered or options.registered[issuer].auth != "private_key_jwt":
        raise refused("invalid_grant", "The assertion's iss is not registered with auth: private_key_jwt.")
    if call.world.tokens.key_revoked(call.provider, issuer):
        by = call.world.tokens.blame(call.provider, issuer, "token_revoked", 0.0)
        raise refused("invalid_grant", "The client's credentials were revoked.", cause=by)
    _check_allowed(call, Client(issuer, public=False), JWT_BEARER)
    scopes = asked_scopes(call, options.scopes_of(issuer), _SCOPES_THERE_ARE)
    try:
        claims = verify(
            text,
            keys_of(options.registered[issuer]),
            issuer=issuer,
            subject=None,
            audiences=audiences(call),
            wall=call.wall_for(issuer),
        )
    except AssertionRefused as problem:
        raise refused("invalid_grant", str(problem), cause=skewed(call, issuer, problem)) from None
    jti = claims.get("jti")
    if isinstance(jti, str) and not call.world.tokens.assertions.use(call.provider, issuer, jti):
        call.stateful = True
        raise refused("invalid_grant", "The assertion was used before: each is good once.")
    taken = call.mistaken() if client is None else None  # else it was asked for who it is before
    if taken is not None:
        raise refused("invalid_grant", "The assertion's iss is not the client.", cause=taken)
    grant = Grant(call, issuer, scopes, subject=claims["sub"])
    return told(call, grant, issue_access(call, grant), None)


# ---------------------------------------------------------------- revocation


def _revoke(call: Call) -> Answer:
    """Revoke a token, a refresh token with its grant; 200 for one that is unknown or dead (RFC 7009 §2.2)."""
    client = authenticated(call)
    text = call.params.get("token")
    if text is None:
        raise refused("invalid_request", "token is missing.")
    tokens, now = call.world.tokens, call.moment.world
    token = tokens.find(call.provider, text)
    if token is not None and token.client_id != client.id:
        raise refused("invalid_grant", "The token was issued to another client.")
    if token is not None and token.kind == "refresh":
        tokens.revoke_family(token, now, "client")
    elif token is not None:
        tokens.revoke(token, now, "client")
    return Answer(200, b"")


_GRANTS: Final[dict[str, Callable[[Call, Client], Answer]]] = {
    "authorization_code": _authorization_code,
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
    JWT_BEARER: _jwt_bearer,
}
GRANT_TYPES: Final = tuple(_GRANTS)

OPERATIONS: Final = (
    Operation(name="oauth.token", method="POST", path="/token", run=_token, effect="token", public=True),
    Operation(name="oauth.revoke", method="POST", path="/revoke", run=_revoke, effect="write", public=True),
)
