"""What faults do to the credential that a request presents, there and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from brownout.core.effects.tokens import DemandUser, DropScopes, EndConsent, EndRefresh, ExpireToken, RevokeToken

if TYPE_CHECKING:
    from brownout.core.effects.tokens import Act
    from brownout.core.exchange import Exchange
    from brownout.core.moment import Moment
    from brownout.core.sandbox import Sandbox
    from brownout.core.tokens.token import Token


def act(world: Sandbox, exchange: Exchange, effect: Act, rule: str, now: Moment) -> bool:
    """Do what the fault of `rule` asks of the credential as presented; return whether that changed anything.

    Where tokens are issued that is the refresh token, elsewhere the token or the static key that opens the call.
    """
    provider, text = exchange.operation.provider, presented(exchange)
    if not text:
        return False
    exchange.stateful = True  # whether it was still good hangs on who came before
    tokens, at, cause = world.tokens, now.world, f"rule {rule}"
    token = tokens.find(provider, text)
    if isinstance(effect, RevokeToken) or (isinstance(effect, ExpireToken) and token is None):
        changed = tokens.revoke_presented(provider, text, at, cause)
    else:
        changed = token is not None and _change(world, token, effect, at, cause)
    exchange.unsettled = exchange.unsettled or changed
    return changed


def presented(exchange: Exchange) -> str:
    """Return the token or key that a request comes with, empty if there is none."""
    if exchange.operation.effect == "token":
        found = exchange.params.get("refresh_token")
        return found if isinstance(found, str) else ""
    return exchange.credential.secret if exchange.credential is not None else ""


def _change(
    world: Sandbox, token: Token, effect: ExpireToken | DropScopes | EndConsent | DemandUser | EndRefresh, at: float,
    cause: str,
) -> bool:  # fmt: skip
    """Do to a token that was issued here what the effect says; return whether that changed anything."""
    match effect:
        case ExpireToken():
            return world.tokens.expire(token, at, cause)
        case DropScopes(scopes):
            return world.tokens.drop_scopes(token.provider, token.text, scopes, cause)
        case EndConsent():
            return world.tokens.end_consent(token, at, cause)
        case DemandUser(code):
            return world.tokens.block(token, code, cause) > 0
        case _:
            return token.kind == "refresh" and _end(world, token, effect.state, at, cause)


def _end(world: Sandbox, token: Token, state: Literal["expired", "revoked", "spent"], at: float, cause: str) -> bool:
    match state:
        case "expired":
            return world.tokens.expire(token, at, cause)
        case "revoked":
            return world.tokens.revoke(token, at, cause)
        case _:
            return world.tokens.use_up(token, at, cause)
