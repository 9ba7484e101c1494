"""Notes how each call for tokens went, and which token each other call came with: what measures of them are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import pseudonym
from brownout.core.comeback import told
from brownout.core.effects import Reply
from brownout.core.journal import Noted
from brownout.core.tokens.clients import Attempt

if TYPE_CHECKING:
    from brownout.core.effects import Hang, Reset
    from brownout.core.exchange import Exchange
    from brownout.core.sandbox import Sandbox
    from brownout.core.tokens.clients import Outcome

_GRANT_LETTERS: Final = 80
_FOR_ITSELF: Final = ("", "client_credentials")  # one that names no grant type has only this one


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


def noted(world: Sandbox, exchange: Exchange, last: Reply | Reset | Hang) -> Noted:
    """Return what measures want to know of an exchange that ends with `last`."""
    said = told(last.headers) if isinstance(last, Reply) and last.status >= 400 else None
    if exchange.operation.effect == "token":
        return Noted(said, grant=_grant(world, exchange))
    return Noted(said, _token(world, exchange))


def _grant(world: Sandbox, exchange: Exchange) -> dict[str, Any]:
    """Return what a call for tokens was about, for the observed part: a token's text may tell the time.

    `of` is whose tokens they are: the grant that they descend from, or the client where it asks for itself; None if
    nobody can say. `issued` is the id of the access token that was issued, and `life_seconds` (world time) how long its
    client was told that it lives.
    """
    kind = str(exchange.params.get("grant_type") or "")[:_GRANT_LETTERS]
    presented, client_id = exchange.params.get("refresh_token"), None
    if exchange.credential is not None:
        client_id = exchange.credential.client
    token, of = exchange.issued, None
    if isinstance(presented, str):
        old = world.tokens.find(exchange.operation.provider, presented)
        of = old.family if old is not None else pseudonym(presented)
    elif kind in _FOR_ITSELF and client_id is not None:
        of = pseudonym(client_id)
    elif token is not None:
        of = token.family
    about = {"type": kind, "of": of}
    return about if token is None else {**about, "issued": token.id, "life_seconds": token.told_seconds}


def _token(world: Sandbox, exchange: Exchange) -> str | None:
    """Return the id of the token that a call came with, None if it came with none that was issued here."""
    if exchange.credential is None or not world.tokens.issued:
        return None
    token = world.tokens.find(exchange.operation.provider, exchange.credential.secret)
    return None if token is None else token.id


def _outcome(exchange: Exchange, answered: str) -> Outcome:
    if answered == "reply" and exchange.status < 400:
        return "good"
    return "lost" if exchange.issued else "failed"
