"""The 402: how a decline is worded, on a payment and on attaching a card.

(Stripe docs, Declines and API reference: Errors; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.exchange import Answer
from brownout.providers.stripe.errors import CARD, envelope, log_url

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Decline

NETWORK_CODE = "01"
"""The network's own code in the recorded decline; the same for all here."""


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
        network_decline_code=NETWORK_CODE if asked else None,
        payment_method=method,
        **{"param": decline.param, **fields},
    )


def declined(call: Call, decline: Decline, **fields: Any) -> Answer:
    """Return the 402, which is an executed result: a replay of the key gives it again."""
    return Answer(402, card_error(decline, request_log_url=log_url(call), **fields), error=decline.reason)
