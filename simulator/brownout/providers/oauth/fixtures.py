"""`oauth.fixtures.retrieve`: what tokens open, as the scenario lays it out, and how other paths are refused.

(RFC 6750 §2.1, §3; RFC 9110 §15.5.6; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import did_you_mean
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.oauth.errors import bare_challenge, bearer_error
from brownout.providers.oauth.options import ROOT

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox
    from brownout.providers.oauth.options import Fixture, OAuthOptions

_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_SHOWN_LETTERS: Final = 200
_SHOWN_FIXTURES: Final = 50
_METHODS: Final = {
    "/token": "POST",
    "/revoke": "POST",
    "/introspect": "POST",
    "/authorize": "GET",
    "/authorize/decision": "POST",
    "/consents": "GET",
    "/consents/revoke": "POST",
    "/jwks": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/.well-known/openid-configuration": "GET",
}
"""What there is beside the fixtures, and by which method."""
_INVALID: Final = {
    "token_unknown": "The access token is unknown here",
    "token_expired": "The access token expired",
    "token_revoked": "The access token was revoked",
    "token_spent": "The access token was used up",
    "token_early": "The access token is not valid yet",
    "token_misaddressed": "The access token is meant for another resource",
}


def authorise(exchange: Exchange, world: Sandbox) -> Answer | None:
    """Return the refusal of a token that doesn't open the fixture, None if it does, or there is none to open."""
    presented = exchange.credential
    if presented is None:
        return bare_challenge()
    if not _B64TOKEN.fullmatch(presented.secret):
        return bearer_error(
            400, "invalid_request", "After Bearer stands one token (RFC 6750, 2.1)", error="request_invalid"
        )
    fixture = _fixture(world, exchange.path_params.get("path", ""))
    needed = fixture.needed if fixture is not None else frozenset()
    reason = world.tokens.examine("oauth", presented.secret, world.moment.world, needed=needed).reason
    if reason is None:
        return None
    if reason == "scope_missing":
        scope = " ".join(sorted(needed))
        return bearer_error(
            403, "insufficient_scope", "The access token lacks a scope that this needs", error=reason, scope=scope
        )
    if reason == "user_needed":
        code = "insufficient_user_authentication"
        return bearer_error(401, code, "The user has to be asked again (RFC 9470, 3)", error=reason)
    return bearer_error(401, "invalid_token", _said(world, presented.secret, reason), error=reason)


def _said(world: Sandbox, text: str, reason: str) -> str:
    token = world.tokens.find("oauth", text)
    if token is not None and token.kind == "refresh":
        return "That is a refresh token, and only an access token opens this"
    return _INVALID[reason]


def _fixture(world: Sandbox, path: str) -> Fixture | None:
    options: OAuthOptions = world.options("oauth")
    return options.fixtures.get(ROOT + path)


def _retrieve(call: Call) -> Answer:
    fixture = _fixture(call.world, call.path["path"])
    if fixture is None:
        return _not_found(call, "GET", ROOT + call.path["path"])
    return Answer(fixture.status, fixture.body, error="fixture_error" if fixture.status >= 400 else None)


def unknown(call: Call) -> Answer:
    """Answer a method or a path that there isn't: 405 if only the method is wrong, else 404 with what there is."""
    method, path = call.path["method"], call.path["path"]
    allowed = _METHODS.get(path) or ("GET" if _exists(call, path) else None)
    if allowed is None:
        return _not_found(call, method, path)
    description = f"{path[:_SHOWN_LETTERS]} takes {allowed}, not {method[:20]}."
    body = {"error": "method_not_allowed", "error_description": description}
    return Answer(405, body, headers={"Allow": allowed}, error="method_not_allowed", stored=False)


def _exists(call: Call, path: str) -> bool:
    return path.startswith(ROOT) and _fixture(call.world, path.removeprefix(ROOT)) is not None


def _not_found(call: Call, method: str, path: str) -> Answer:
    fixtures = sorted(call.world.options(call.provider).fixtures)
    known = fixtures[:_SHOWN_FIXTURES]
    shown = path[:_SHOWN_LETTERS]
    if path.startswith(ROOT):  # which all fixtures share, so it would make any two of them look alike
        hint = did_you_mean(shown.removeprefix(ROOT), [one.removeprefix(ROOT) for one in known])
    else:
        hint = did_you_mean(shown, _METHODS)
    body: dict[str, Any] = {
        "error": "not_found",
        "error_description": f"{method[:20]} {shown}: {hint}",
        "fixtures": known,
        "endpoints": [f"{method} {path}" for path, method in _METHODS.items()],
    }
    if len(fixtures) > len(known):
        body["fixtures_not_shown"] = len(fixtures) - len(known)
    return Answer(404, body, error="unknown_url", stored=False)


OPERATIONS: Final = (
    Operation(
        name="oauth.fixtures.retrieve",
        method="GET",
        path=f"{ROOT}{{path*}}",
        run=_retrieve,
        object_type="fixture",
        id_param="path",
    ),
)
