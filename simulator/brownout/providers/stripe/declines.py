"""The 402: how a decline is worded, on a payment and on attaching a card.

Declines come from the card (`cards`), from a share of all payments that the scenario asks for (`declines`), from
Radar's lists (`radar.value_lists`), or from an `abort` with a code (`injected`): all of them from one table,
`decline_codes`. (Stripe docs, Declines and API reference: Errors; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.chance import pack
from brownout.core.exchange import Answer
from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.decline_codes import DECLINES
from brownout.providers.stripe.errors import CARD, envelope, log_url

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card
    from brownout.providers.stripe.decline_codes import Decline


def decline_of(call: Call, intent: dict[str, Any], card: Card) -> Decline | None:
    """Return why a payment's bank says no to it, None if it doesn't: as its card does, or by the share of `declines`.

    Each attempt at a payment draws anew, so trying again may help.
    """
    if card.decline is not None:
        return card.decline
    shares = options_of(call).declines
    if not shares:
        return None
    payment = call.table("payment").get(intent["id"])
    tries = len(payment["charges"]) if payment is not None else 0
    drawn = call.world.id_chance.uniform(pack("decline", intent["id"], tries))
    for code, share in shares.items():
        if drawn < share:
            return DECLINES[code]
        drawn -= share
    return None


def card_error(
    decline: Decline, *, method: dict[str, Any] | None = None, charge: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Return the error of a decline; the network's code is there only where the network was asked."""
    asked = charge is not None and not decline.blocked
    return envelope(
        CARD,
        decline.message,
        advice_code=decline.advice,
        charge=charge,
        code=decline.code,
        decline_code=decline.decline_code,
        network_decline_code=decline.network_code if asked else None,
        payment_method=method,
        **{"param": decline.param, **fields},
    )


def declined(call: Call, decline: Decline, **fields: Any) -> Answer:
    """Return the 402, which is an executed result: a replay of the key gives it again."""
    return Answer(402, card_error(decline, request_log_url=log_url(call), **fields), error=decline.reason)
