"""What faults do to the credential that a request presents, before anybody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.effects.tokens import RevokeToken

if TYPE_CHECKING:
    from brownout.core.effects.tokens import Act
    from brownout.core.exchange import Exchange
    from brownout.core.moment import Moment
    from brownout.core.sandbox import Sandbox


def act(world: Sandbox, exchange: Exchange, effect: Act, rule: str, now: Moment) -> bool:
    """Do what the fault of `rule` asks of the credential as presented; return whether that changed anything."""
    provider = exchange.operation.provider
    secret = exchange.credential.secret if exchange.credential is not None else ""
    if not secret:
        return False
    exchange.stateful = True  # whether it was still good hangs on who came before
    if isinstance(effect, RevokeToken):
        return world.tokens.revoke_presented(provider, secret, now.world, f"rule {rule}")
    return world.tokens.drop_scopes(provider, secret, effect.scopes, f"rule {rule}")
