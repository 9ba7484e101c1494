"""`oauth.introspect`, `oauth.metadata` and `oauth.keys`: what the server says of a token, of itself, and of its keys.

(RFC 7662 §2; RFC 8414 §2, §3; RFC 7517 §5; OpenID Connect Discovery §4; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.tokens import signing
from brownout.core.tokens.assertions import ALGORITHMS
from brownout.providers.oauth.clients import authenticated
from brownout.providers.oauth.errors import token_error
from brownout.providers.oauth.issuing import refused, signing_key
from brownout.providers.oauth.tokens import GRANT_TYPES

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.tokens import Token
    from brownout.providers.oauth.options import OAuthOptions

_INACTIVE: Final = {"active": False}
_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


def _introspect(call: Call) -> Answer:
    """Say what a token is worth: of one that isn't good nothing else is said (RFC 7662 §2.2)."""
    client = authenticated(call)
    if client.public:
        return token_error("invalid_client", "Only a client that proves who it is may introspect.", status=401)
    text = call.params.get("token")
    if text is None:
        raise refused("invalid_request", "token is missing.")
    token = call.world.tokens.find(call.provider, text)
    if token is None:
        return Answer(200, _INACTIVE)
    if token.reason(call.moment.world, ahead=call.ahead_seconds) is not None:
        call.stateful = True  # time or another call made it so
        return Answer(200, _INACTIVE)
    return Answer(200, _active(call, token))


def _active(call: Call, token: Token) -> dict[str, Any]:
    """Return what is known of a good token; its times are the client's own, as those in a JWT are."""
    wall, world, pace = call.moment.wall, call.moment.world, call.world.clock.pace
    body: dict[str, Any] = {
        "active": True,
        "scope": " ".join(sorted(token.scopes)),
        "client_id": token.client_id,
        "sub": token.subject or token.client_id,
        "iss": call.base_url,
        "iat": int(wall + pace(token.stamped_at - world)),
        "jti": token.id,
    }
    if token.kind == "access":
        body["token_type"] = "Bearer"  # noqa: S105 - RFC 6750's word
    if token.expires_at is not None:
        body["exp"] = int(wall + pace(token.expires_at - world))
    return body


def _metadata(call: Call) -> Answer:
    return _described(call, call.base_url)


def _metadata_before(call: Call) -> Answer:
    """Answer at the place before an issuer's path (RFC 8414 §3.1), where a request there can be known to be ours."""
    named = call.path["issuer"]
    if named != call.provider or call.base_url.endswith(f"/{named}"):
        body = {"error": "not_found", "error_description": "Ask under the issuer: ISSUER/.well-known/..."}
        return Answer(404, body, error="unknown_url", stored=False)
    return _described(call, f"{call.base_url}/{named}")


def _described(call: Call, here: str) -> Answer:
    options: OAuthOptions = call.world.options(call.provider)
    return Answer(
        200,
        {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/jwks",
            "revocation_endpoint": f"{here}/revoke",
            "introspection_endpoint": f"{here}/introspect",
            "scopes_supported": list(options.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANT_TYPES),
            "token_endpoint_auth_methods_supported": list(_METHODS),
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "revocation_endpoint_auth_methods_supported": list(_METHODS),
            "introspection_endpoint_auth_methods_supported": list(_METHODS[:3]),
            "code_challenge_methods_supported": ["S256", "plain"] if options.pkce_plain else ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [signing.ALGORITHM],
        },
    )


def _keys(call: Call) -> Answer:
    """Return the key that signs now and the one before it: what that one signed is still good."""
    now = signing_key(call)
    return Answer(200, signing.key_set((now, now - 1)))


OPERATIONS: Final = (
    Operation(name="oauth.introspect", method="POST", path="/introspect", run=_introspect, effect="read", public=True),
    Operation(
        name="oauth.metadata",
        method="GET",
        path="/.well-known/oauth-authorization-server",
        run=_metadata,
        public=True,
    ),
    Operation(
        name="oauth.metadata.rooted",
        method="GET",
        path="/.well-known/oauth-authorization-server/{issuer*}",
        run=_metadata_before,
        public=True,
    ),
    Operation(
        name="oauth.discovery", method="GET", path="/.well-known/openid-configuration", run=_metadata, public=True
    ),
    Operation(name="oauth.keys", method="GET", path="/jwks", run=_keys, public=True),
)
