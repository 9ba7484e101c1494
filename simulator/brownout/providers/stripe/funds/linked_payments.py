"""The other end of a transfer: the payment that a connected account gets, and what is taken back from it.

Such a payment is a charge without a payer, `py_…`, in the connected account; its refund is `pyr_…`. (Stripe docs, API
reference: Transfers, Charges; Connect: Create destination charges; read 2026-11-24. Which events the connected account
gets isn't documented: here `charge.succeeded`, `refund.created` and `charge.refunded`.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.providers.stripe.books import write
from brownout.providers.stripe.errors import find
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.funds import automatic
from brownout.providers.stripe.ids import alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.operation import Call

_OF_PLATFORM = "linked_payment"


def receive(
    call: Call, transfer: dict[str, Any], *, platform: str, available_on: int, fees: Sequence[dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """Book the payment that a transfer is to the calling account, and return it; whoever calls tells of it."""
    amount = transfer["amount"]
    payment = _blank(call, transfer)
    payment["balance_transaction"] = write(
        call, payment["id"], type="payment", amount=amount, currency=transfer["currency"],
        description=transfer["description"], more_fees=fees, available_on=available_on,
    )  # fmt: skip
    call.post(
        "receive", payment=transfer["id"], object_id=payment["id"], amount_minor=amount, currency=transfer["currency"]
    )
    call.create("charge", payment)
    call.table(_OF_PLATFORM).put({"id": payment["id"], "platform": platform, "refunds": []})
    automatic.arm(call)
    return payment


def platform_of(call: Call, payment_id: str) -> str:
    """Return the account that a payment came from."""
    return str(find(call, _OF_PLATFORM, payment_id)["platform"])


def give_back(call: Call, payment_id: str, reversal: dict[str, Any], available_on: int) -> dict[str, Any]:
    """Take a reversed part of a payment off the calling account, and return the refund that says so."""
    payment = find(call, "charge", payment_id)
    amount = reversal["amount"]
    refund = {
        "id": alone(call, "pyr", call.table("refund")),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": payment_id,
        "created": call.now,
        "currency": payment["currency"],
        "customer": None,
        "customer_account": None,
        "metadata": {},
        "payment_intent": None,
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": reversal["id"],
        "status": "succeeded",
        "transfer_reversal": None,
    }
    refund["balance_transaction"] = write(
        call, refund["id"], type="payment_refund", amount=-amount, currency=payment["currency"],
        description="REFUND FOR PAYMENT", available_on=available_on,
    )  # fmt: skip
    call.post(
        "send", payment=reversal["transfer"], object_id=refund["id"], amount_minor=amount, currency=payment["currency"]
    )
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    call.create("refund", refund)
    find(call, _OF_PLATFORM, payment_id)["refunds"].append(refund["id"])
    emit(call, "refund.created", refund)
    emit(call, "charge.refunded", payment)
    return refund


def refunds_of(call: Call, payment_id: str) -> list[str]:
    """Return the ids of what was taken back from a payment, the oldest first."""
    return list(find(call, _OF_PLATFORM, payment_id)["refunds"])


def _blank(call: Call, transfer: dict[str, Any]) -> dict[str, Any]:
    amount = transfer["amount"]
    empty = dict.fromkeys(
        (
            "application", "application_fee", "application_fee_amount", "balance_transaction",
            "calculated_statement_descriptor", "customer", "failure_balance_transaction", "failure_code",
            "failure_message", "on_behalf_of", "outcome", "payment_intent", "payment_method", "receipt_email",
            "receipt_number", "receipt_url", "review", "shipping", "source", "statement_descriptor",
            "statement_descriptor_suffix", "transfer_data", "transfer_group",
        )
    )  # fmt: skip
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    value = {
        **empty,
        "id": alone(call, "py", call.table("charge")),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "billing_details": {"address": address, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": call.now,
        "currency": transfer["currency"],
        "description": transfer["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "radar_options": {},
        "refunded": False,
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }
    return dict(sorted(value.items(), key=lambda item: (item[0] != "id", item[0] != "object", item[0])))
