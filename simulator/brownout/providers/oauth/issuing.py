"""How tokens are made and told: scopes, lives, opaque texts or JWTs, and RFC 6749 §5.1's answer.

(RFC 6749 §3.3, §5.1; RFC 9068 §2; OpenID Connect Core §2; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.tokens import signing
from brownout.providers.oauth.credentials import draw
from brownout.providers.oauth.errors import shown, token_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call
    from brownout.core.tokens import Token, TokenRules
    from brownout.providers.oauth.options import OAuthOptions

ID_TOKEN_SECONDS: Final = 3_600


class Grant:
    """What tokens are issued on: a client, its scopes, whose data, and the family that they belong to.

    `asked` are the scopes that the client wanted, None if it got just those.
    """

    __slots__ = ("asked", "at", "client", "family", "options", "rules", "scopes", "subject")

    def __init__(
        self, call: Call, client: str, scopes: frozenset[str], *, family: str | None = None,
        subject: str | None = None, at: float | None = None, asked: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        """Begin a grant now, or go on with the one of `family` that began `at`."""
        self.client = client
        self.scopes = scopes
        self.family = family
        self.subject = subject
        self.asked = asked
        self.at = call.moment.world if at is None else at
        self.options: OAuthOptions = call.world.options(call.provider)
        self.rules: TokenRules = call.world.token_rules(call.provider, self.options.rules)


def asked_scopes(call: Call, most: frozenset[str], of: str) -> frozenset[str]:
    """Return the scopes that the call asks for, all of `most` if it names none (RFC 6749 §3.3, §6).

    Raises:
        Refused: if one of them isn't in `most`, or there are none.
    """
    asked = call.params.get("scope")
    if asked is None:
        return most
    scopes = frozenset(asked.split(" ")) - {""}
    beyond = sorted(scopes - most)
    if beyond:
        raise refused("invalid_scope", f"{shown(beyond[0])} is not one of the {of}: {' '.join(sorted(most))}")
    if not scopes:
        raise refused("invalid_scope", "scope names nothing.")
    return scopes


def issue_refresh(call: Call, grant: Grant) -> Token:
    """Issue a refresh token, and let the grant's family be its own if it had none."""
    now = call.moment.world
    end = grant.rules.refresh_end(issued_at=now, used_at=now, grant_at=grant.at)
    token = call.issue(
        "refresh",
        draw(call, "refresh", grant.client),
        client_id=grant.client,
        scopes=grant.scopes,
        life_seconds=None if end is None else end - now,
        family=grant.family,
        asked=grant.asked,
        subject=grant.subject,
        grant_at=grant.at,
    )
    grant.family = token.family
    return token


def issue_access(call: Call, grant: Grant, scopes: frozenset[str] | None = None) -> Token:
    """Issue an access token for the grant's scopes, or for `scopes` among them."""
    scopes = grant.scopes if scopes is None else scopes
    return call.issue(
        "access",
        draw(call, "access", grant.client),
        client_id=grant.client,
        scopes=scopes,
        life_seconds=grant.options.access_life(grant.client, scopes, grant.rules),
        family=grant.family,
        asked=grant.asked if scopes == grant.scopes else scopes,  # who narrows asks for less
        subject=grant.subject,
        grant_at=grant.at,
        write=_writer(call, grant) if grant.options.access_format == "jwt" else None,
    )


def told(call: Call, grant: Grant, access: Token, refresh: str | None, *, nonce: str | None = None) -> Answer:
    """Return RFC 6749 §5.1's answer: what the client is told, which options and faults may have made untrue."""
    body: dict[str, Any] = {"access_token": access.text, "token_type": "Bearer"}
    seconds = access.told_seconds if access.mistold_by else grant.options.expires_in_says or access.told_seconds
    if seconds is not None and grant.options.expires_in != "absent":
        wire = call.world.clock.wire_seconds(seconds)
        body["expires_in"] = str(wire) if grant.options.expires_in == "text" else wire
    if refresh is not None:
        body["refresh_token"] = refresh
    body["scope"] = " ".join(sorted(access.told_scopes))
    if grant.subject is not None and "openid" in access.told_scopes:
        body["id_token"] = _id_token(call, grant, nonce)
    return Answer(200, body)


def signing_key(call: Call) -> int:
    """Return the number of the key that signs at this moment."""
    options: OAuthOptions = call.world.options(call.provider)
    lived = call.moment.world - call.world.clock.started_at
    return signing.key_at(lived, options.key_rotation, options.signing_key)


def refused(code: str, description: str, *, cause: str | None = None) -> Refused:
    """Return a refusal of the token endpoint."""
    return Refused(token_error(code, description, cause=cause))


def _writer(call: Call, grant: Grant) -> Callable[[Token], str]:
    """Return what writes a token as a JWT, once it is known what the client is told of it.

    Its times are wall time: whoever reads it compares them with a clock of their own.
    """

    def write(token: Token) -> str:
        issued = int(call.wall)
        claims = {
            "iss": call.base_url,
            "aud": token.audience or grant.options.audience or f"{call.base_url}/api",
            "sub": token.subject or token.client_id,
            "client_id": token.client_id,
            "scope": " ".join(sorted(token.told_scopes)),
            "iat": issued,
            "exp": issued + call.world.clock.wire_seconds(token.written_seconds or 0.0),
            "jti": token.id,
        }
        return signing.sign(claims, key=signing_key(call), typ="at+jwt")

    return write


def _id_token(call: Call, grant: Grant, nonce: str | None) -> str:
    issued = int(call.wall)
    claims = {
        "iss": call.base_url,
        "sub": grant.subject,
        "aud": grant.client,
        "iat": issued,
        "exp": issued + ID_TOKEN_SECONDS,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return signing.sign(claims, key=signing_key(call))
