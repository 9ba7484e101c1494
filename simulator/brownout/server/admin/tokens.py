"""Admin calls about tokens and the clients that hold them: what each is worth, and taking that away."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError, did_you_mean
from brownout.server import token_control
from brownout.server.admin.routes import Absent, Conflict, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.tokens import Token
    from brownout.core.tokens.clients import Client
    from brownout.server.admin.routes import Ask


@contextmanager
def _answered() -> Iterator[None]:
    """Tell what isn't there from what isn't clear."""
    try:
        yield
    except token_control.NoSuchToken as problem:
        raise Absent(str(problem)) from problem
    except token_control.Ambiguous as problem:
        raise Conflict(str(problem)) from problem


def _token(ask: Ask, *keys: str) -> tuple[Token, dict[str, Any]]:
    """Return the token that a call is about, and its body, which may have only `keys`."""
    body = _body(ask, keys)
    ask.world.arrive(ask.app.wall())
    with _answered():
        return token_control.find(ask.world, ask.path["id"]), body


def _client(ask: Ask, *keys: str) -> tuple[Client, dict[str, Any]]:
    body = _body(ask, keys)
    ask.world.arrive(ask.app.wall())
    with _answered():
        return token_control.client(ask.world, ask.path["id"], ask.query.get("provider")), body


def _body(ask: Ask, keys: tuple[str, ...]) -> dict[str, Any]:
    body = ask.json_object()
    for name in body:
        if name not in keys:
            raise UsageError(did_you_mean(name, keys) if keys else f"unknown {name!r}; this takes no body")
    return body


def list_tokens(ask: Ask) -> dict[str, Any]:
    """Return the tokens of each client, oldest first, with what they are worth by now."""
    ask.world.arrive(ask.app.wall())
    return token_control.tokens(ask.world, ask.query)


def get_token(ask: Ask) -> dict[str, Any]:
    """Return one token."""
    ask.world.arrive(ask.app.wall())
    with _answered():
        return token_control.shown(ask.world, token_control.find(ask.world, ask.path["id"]))


def revoke(ask: Ask) -> dict[str, Any]:
    """Revoke a token; with `{"grant": true}` everything of its grant."""
    token, body = _token(ask, "grant")
    grant = body.get("grant", False)
    if not isinstance(grant, bool):
        raise UsageError(f"grant must be true or false, not {grant!r}")
    revoked = token_control.revoke(ask.world, token, grant=grant)
    return {"revoked": revoked, "token": token_control.shown(ask.world, token)}


def expire(ask: Ask) -> dict[str, Any]:
    """Let a token expire now, whatever its client was told."""
    token, _ = _token(ask)
    changed = token_control.expire(ask.world, token)
    return {"changed": changed, "token": token_control.shown(ask.world, token)}


def drop(ask: Ask) -> dict[str, Any]:
    """Take scopes from a token."""
    token, body = _token(ask, "scopes")
    scopes = body.get("scopes")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(one, str) for one in scopes):
        raise UsageError('scopes must be a list of scopes or globs, such as ["payments.*"]')
    changed = token_control.drop(ask.world, token, tuple(scopes))
    return {"changed": changed, "token": token_control.shown(ask.world, token)}


def unblock(ask: Ask) -> dict[str, Any]:
    """Say that a token's user was asked again, so that what waited for that is good again."""
    token, _ = _token(ask)
    unblocked = token_control.unblock(ask.world, token)
    return {"unblocked": unblocked, "token": token_control.shown(ask.world, token)}


def rotate_secret(ask: Ask) -> dict[str, Any]:
    """Give a client another secret, and tell it: nothing else ever will."""
    client, body = _client(ask, "secret", "grace")
    secret = body.get("secret")
    if secret is not None and not isinstance(secret, str):
        raise UsageError(f"secret must be a text, not {secret!r}")
    given = token_control.rotate(ask.world, client, secret=secret, grace=body.get("grace", 0))
    return {"provider": client.provider, "client": client.id, "secret": given}


def skew(ask: Ask) -> dict[str, Any]:
    """Put the authority's clock ahead of a client's: its tokens die that much before it believes."""
    client, body = _client(ask, "by")
    if "by" not in body:
        raise UsageError('by is missing: say how far, such as {"by": "90s"}, {"by": "-30s"} or {"by": 0}')
    return {"provider": client.provider, "client": client.id, "skew": token_control.skew(ask.world, client, body["by"])}


ROUTES = [
    Route(method="GET", path="/tokens", run=list_tokens, summary="Tokens of each client, and what they are worth",
          query=token_control.FILTERS),
    Route(method="GET", path="/tokens/{id}", run=get_token, summary="One token"),
    Route(method="POST", path="/tokens/{id}/revoke", run=revoke, summary="Revoke a token", body={"grant": False}),
    Route(method="POST", path="/tokens/{id}/expire", run=expire, summary="Let a token expire now"),
    Route(method="POST", path="/tokens/{id}/drop", run=drop, summary="Take scopes from a token",
          body={"scopes": ["payments.*"]}),
    Route(method="POST", path="/tokens/{id}/unblock", run=unblock, summary="Say that a token's user was asked again"),
    Route(method="POST", path="/clients/{id}/rotate-secret", run=rotate_secret, summary="Give a client another secret",
          body={"grace": "1h"}, query=("provider",)),
    Route(method="POST", path="/clients/{id}/skew", run=skew, summary="Put a client's clock wrong",
          body={"by": "90s"}, query=("provider",)),
]  # fmt: skip
