"""Money moving in payments: ledger entries, fees and balance transactions, which books.py keeps.

Fees are a US account's: 2.9 % rounded half up, 1.5 % more for cards from elsewhere, plus 30 of the minor unit.
Funds become available at midnight UTC some days later. (Stripe docs, Pricing (US), API reference: Balance
transactions, and Asynchronous capture; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import decimals
from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.books import write
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.funds import automatic, splits

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card

_PER_MILLE: Final = 29
_PER_MILLE_ABROAD: Final = 44
_FIXED: Final = 30
_BOOKED: Final = ("application", "application_fee", "balance_transaction", "transfer")
"""What a charge has only once it is booked."""


def fee_of(amount: int, currency: str, country: str) -> int:
    """Return the processing fee on a charge.

    >>> [fee_of(amount, "usd", "US") for amount in (1000, 2500, 2900, 25000)]
    [59, 103, 114, 755]
    """
    per_mille = _PER_MILLE if country == "US" else _PER_MILLE_ABROAD
    fixed = _FIXED * 10 if decimals(currency) == 3 else _FIXED
    return (amount * per_mille + 500) // 1000 + fixed


def payment_of(call: Call, intent_id: str) -> dict[str, Any]:
    """Return what is known of a payment beside its wire object: business key, charges, refunds, card."""
    found = call.table("payment").get(intent_id)
    if found is None:
        raise KeyError(intent_id)
    return found


def authorize(call: Call, payment: dict[str, Any], intent: dict[str, Any], charge_id: str) -> None:
    """Note that the issuer holds the payer's money."""
    call.post(
        "authorize", payment=intent["id"], object_id=charge_id, amount_minor=intent["amount"],
        currency=intent["currency"], key=payment["key"],
    )  # fmt: skip


def release(call: Call, payment: dict[str, Any], intent: dict[str, Any], amount: int) -> None:
    """Note that the issuer lets go of money it held."""
    call.post(
        "release", payment=intent["id"], object_id=intent["latest_charge"], amount_minor=amount,
        currency=intent["currency"], key=payment["key"],
    )  # fmt: skip


def take(
    call: Call, payment: dict[str, Any], intent: dict[str, Any], charge: dict[str, Any], amount: int, card: Card
) -> None:
    """Take `amount` of a charge, and book it at once or, for `automatic_async`, a moment later."""
    fee = fee_of(amount, intent["currency"], card.country)
    payment["fee"] = fee
    payment["available_at_once"] = card.available_at_once
    call.post(
        "capture", payment=intent["id"], object_id=charge["id"], amount_minor=amount, currency=intent["currency"],
        fee_minor=fee, key=payment["key"],
    )  # fmt: skip
    if intent["capture_method"] != "automatic_async":
        book(call, charge)
        return
    charge_id = charge["id"]
    call.later(options_of(call).booking_delay, "booking", lambda later: book_late(later, charge_id))


def book_late(call: Call, charge_id: str) -> None:
    """Book a charge that was taken a moment ago, unless something has booked it since, and tell."""
    charge = call.table("charge").get(charge_id)
    if charge is None or charge["balance_transaction"] is not None:
        return
    before = {name: charge.get(name) for name in _BOOKED}
    book(call, charge)
    previous = {name: one for name, one in before.items() if charge.get(name) != one}
    emit(call, "charge.updated", charge, payment=charge["payment_intent"], previous=previous)


def book(call: Call, charge: dict[str, Any]) -> None:
    """Write the balance transaction of a charge, and share it with whom that was agreed with."""
    payment = payment_of(call, charge["payment_intent"])
    charge["balance_transaction"] = write(
        call, charge["id"], intent_id=charge["payment_intent"], type="charge", amount=charge["amount_captured"],
        fee=payment["fee"], currency=charge["currency"], description=charge["description"],
        at_once=payment["available_at_once"], more_fees=splits.direct_fee(call, charge),
    )  # fmt: skip
    splits.share(call, charge)
    automatic.arm(call)


def book_refund(call: Call, refund: dict[str, Any], charge: dict[str, Any]) -> str:
    """Write the balance transaction of a refund and return its id; the processing fee isn't returned."""
    told = f"REFUND FOR CHARGE ({charge['description']})" if charge["description"] else "REFUND FOR CHARGE"
    return write(
        call, refund["id"], intent_id=refund["payment_intent"], type="refund", amount=-refund["amount"], fee=0,
        currency=refund["currency"], description=told, at_once=False,
    )  # fmt: skip


def book_refund_failure(call: Call, refund: dict[str, Any]) -> str:
    """Write the balance transaction that brings a failed refund's money back, and return its id."""
    return write(
        call, refund["id"], intent_id=refund["payment_intent"], type="refund_failure", amount=refund["amount"], fee=0,
        currency=refund["currency"], description="REFUND FAILURE", at_once=False,
    )  # fmt: skip


def book_dispute(call: Call, dispute: dict[str, Any], *, fee: int) -> dict[str, Any]:
    """Write the balance transaction that takes a disputed charge's money and the dispute's fee, and return it."""
    return _adjust(call, dispute, -dispute["amount"], fee, "dispute", f"Chargeback withdrawal for {dispute['charge']}")


def book_reversal(call: Call, dispute: dict[str, Any]) -> dict[str, Any]:
    """Write the balance transaction that brings back the money of a dispute that was won; its fee stays lost."""
    told = f"Chargeback reversal for {dispute['charge']}"
    return _adjust(call, dispute, dispute["amount"], 0, "dispute_reversal", told)


def _adjust(
    call: Call, dispute: dict[str, Any], amount: int, fee: int, category: str, description: str
) -> dict[str, Any]:  # fmt: skip
    row_id = write(
        call, dispute["id"], intent_id=dispute["payment_intent"], type="adjustment", amount=amount, fee=fee,
        currency=dispute["currency"], description=description, at_once=True, category=category,
        fee_told="Dispute fee",
    )  # fmt: skip
    return call.table("balance_transaction").get(row_id) or {}
