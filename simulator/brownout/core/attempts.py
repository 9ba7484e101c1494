"""Notes how each call for tokens went: what a client's refresh history and success rate are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.chance import pseudonym
from brownout.core.tokens.clients import Attempt

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.sandbox import Sandbox
    from brownout.core.tokens.clients import Outcome

_GRANT_LETTERS: Final = 80


def note_attempt(world: Sandbox, exchange: Exchange, answered: str) -> None:
    """Remember a call for tokens under the client that says to be asking; one that names no client isn't anybody's."""
    client_id = exchange.credential.client if exchange.credential is not None else None
    if client_id is None:
        return
    presented = exchange.params.get("refresh_token")
    attempt = Attempt(
        at=exchange.arrived.world,
        exchange=exchange.id,
        grant=str(exchange.params.get("grant_type") or "")[:_GRANT_LETTERS],
        token=pseudonym(presented) if isinstance(presented, str) else None,
        outcome=_outcome(exchange, answered),
        status=exchange.status,
        error=exchange.error,
        answered=answered,
    )
    world.tokens.clients.know(exchange.operation.provider, client_id, exchange.account).note(attempt)


def _outcome(exchange: Exchange, answered: str) -> Outcome:
    if answered == "reply" and exchange.status < 400:
        return "good"
    return "lost" if exchange.issued else "failed"
