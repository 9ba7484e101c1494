"""Money moving: ledger entries, fees, balance transactions and the balance they add up to.

Fees are a US account's: 2.9 % rounded half up, 1.5 % more for cards from elsewhere, plus 30 of the minor unit.
Funds become available at midnight UTC some days later. (Stripe docs, Pricing (US), API reference: Balance
transactions, and Asynchronous capture; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import decimals
from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.ids import alone, of_payment

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card

_PER_MILLE: Final = 29
_PER_MILLE_ABROAD: Final = 44
_FIXED: Final = 30
_DAY: Final = 86_400


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
    book(call, charge)
    emit(call, "charge.updated", charge, payment=charge["payment_intent"], previous={"balance_transaction": None})


def book(call: Call, charge: dict[str, Any]) -> None:
    """Write the balance transaction of a charge."""
    payment = payment_of(call, charge["payment_intent"])
    charge["balance_transaction"] = write(
        call, charge["id"], intent_id=charge["payment_intent"], type="charge", amount=charge["amount_captured"],
        fee=payment["fee"], currency=charge["currency"], description=charge["description"],
        at_once=payment["available_at_once"],
    )  # fmt: skip


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


def write(
    call: Call, source: str, *, type: str, amount: int, currency: str, description: str | None, fee: int = 0,
    at_once: bool = True, intent_id: str | None = None, category: str | None = None,
    fee_told: str = "Stripe processing fees",
) -> str:  # fmt: skip
    """Write a balance transaction of the calling account for what happened to `source`, and return its id.

    `amount` is in minor units, negative where money leaves; `fee` comes off it. `at_once` has it available now, else
    after the account's settlement. `intent_id` is the payment whose id its own shares, None if it belongs to none;
    `category` is what reports put it under, if that isn't its `type`.
    """
    now = call.now
    available_on = now if at_once else (now // _DAY + options_of(call).settlement_days) * _DAY
    table = call.table("balance_transaction")
    detail = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_told,
        "type": "stripe_fee",
    }
    row = {
        "id": alone(call, "txn", table) if intent_id is None else of_payment(call, "txn", table, intent_id),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": amount - fee,
        "reporting_category": category or type,
        "source": source,
        "status": "available" if available_on <= now else "pending",
        "type": type,
    }
    call.create("balance_transaction", row)
    _add(call, row)
    return str(row["id"])


def _totals(call: Call) -> dict[str, Any]:
    table = call.table("balance")
    found = table.get("totals")
    if found is None:
        found = {"id": "totals", "available": {}, "pending": {}}
        table.put(found)
    return found


def _add(call: Call, row: dict[str, Any]) -> None:
    totals = _totals(call)
    bucket = (
        totals["available"] if row["status"] == "available" else totals["pending"].setdefault(row["available_on"], {})
    )
    bucket[row["currency"]] = bucket.get(row["currency"], 0) + row["net"]


def balance_of(call: Call) -> tuple[dict[str, int], dict[str, int]]:
    """Return what is available and what is pending, per currency, as of now."""
    totals = _totals(call)
    available: dict[str, int] = totals["available"]
    pending: dict[str, int] = {}
    for available_on in sorted(totals["pending"]):
        due = available_on <= call.now
        bucket = totals["pending"].pop(available_on) if due else totals["pending"][available_on]
        into = available if due else pending
        for currency, net in bucket.items():
            into[currency] = into.get(currency, 0) + net
    return available, pending
