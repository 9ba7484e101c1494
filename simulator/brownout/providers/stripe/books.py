"""The books of an account: balance transactions, and the balance that they add up to.

Whatever moves an account's money writes here. (Stripe docs, API reference: Balance transactions; Reporting categories;
recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.ids import alone, of_payment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.operation import Call

DAY: Final = 86_400
_CATEGORIES: Final = {
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "payment": "charge",
    "payment_refund": "refund",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}
"""What reports put a type under, where that isn't its name."""


def write(
    call: Call, source: str, *, type: str, amount: int, currency: str, description: str | None, fee: int = 0,
    at_once: bool = True, intent_id: str | None = None, category: str | None = None,
    fee_told: str = "Stripe processing fees", more_fees: Sequence[dict[str, Any]] = (), available_on: int | None = None,
) -> str:  # fmt: skip
    """Write a balance transaction of the calling account for what happened to `source`, and return its id.

    `amount` is in minor units, negative where money leaves; `fee` and each of `more_fees` (as `fee_detail` makes them)
    come off it. `at_once` has it available now, else after the account's settlement; `available_on` says when.
    `intent_id` is the payment whose id its own shares, None if it belongs to none; `category` is what reports put it
    under, if that isn't as usual for its `type`.
    """
    now = call.now
    if available_on is None:
        available_on = now if at_once else (now // DAY + options_of(call).settlement_days) * DAY
    table = call.table("balance_transaction")
    details = [*([fee_detail(fee, currency, fee_told)] if fee else ()), *more_fees]
    fees = sum(one["amount"] for one in details)
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
        "fee": fees,
        "fee_details": details,
        "net": amount - fees,
        "reporting_category": category or _CATEGORIES.get(type, type),
        "source": source,
        "status": "available" if available_on <= now else "pending",
        "type": type,
    }
    call.create("balance_transaction", row)
    _add(call, row)
    return str(row["id"])


def fee_detail(
    amount: int, currency: str, description: str, *, type: str = "stripe_fee", application: str | None = None
) -> dict[str, Any]:
    """Return one of the fees that a balance transaction lists."""
    return {
        "amount": amount,
        "application": application,
        "currency": currency,
        "description": description,
        "type": type,
    }


def _add(call: Call, row: dict[str, Any]) -> None:
    """Add a balance transaction to the balance; what has become available since the last one goes there too."""
    table = call.table("balance")
    totals = table.get("totals")
    if totals is None:
        totals = {"id": "totals", "available": {}, "pending": {}}
        table.put(totals)
    available, pending = totals["available"], totals["pending"]
    for available_on in [one for one in pending if one <= call.now]:
        _pour(pending.pop(available_on), available)
    bucket = available if row["status"] == "available" else pending.setdefault(row["available_on"], {})
    _pour({row["currency"]: row["net"]}, bucket)


def _pour(sums: dict[str, int], into: dict[str, int]) -> None:
    for currency, net in sums.items():
        into[currency] = into.get(currency, 0) + net


def balance_of(call: Call) -> tuple[dict[str, int], dict[str, int]]:
    """Return what is available and what is pending, per currency, as of now."""
    totals = call.table("balance").get("totals")
    available: dict[str, int] = {}
    pending: dict[str, int] = {}
    if totals is not None:
        available |= totals["available"]
        for available_on in sorted(totals["pending"]):
            _pour(totals["pending"][available_on], available if available_on <= call.now else pending)
    return available, pending


def available_of(call: Call, currency: str) -> int:
    """Return what is available now in one currency."""
    return balance_of(call)[0].get(currency, 0)


def usable_on(call: Call, value: dict[str, Any]) -> int:
    """Return when the money that an object's balance transaction brought can be used: now, if that is over."""
    row = call.table("balance_transaction").get(value["balance_transaction"] or "")
    return max(row["available_on"], call.now) if row is not None else call.now
