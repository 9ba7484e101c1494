"""Money taken: captures of orders and of authorizations, and `paypal.captures.retrieve`.

A pending capture's money is held, and moves or is let go when it ends.

(Recorded sandbox answers of 2025; PayPal REST API specifications, Payments v2; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.paypal.access import payee_of
from brownout.providers.paypal.amounts import Money, fee
from brownout.providers.paypal.cards import declined, processor_response
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import payment_links
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.payments.pending import pending_of
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.errors import Issues

_PROTECTED: Final = {
    "status": "ELIGIBLE",
    "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
_UNPROTECTED: Final = {"status": "NOT_ELIGIBLE"}
_INSTANT: Final = {"disbursement_mode": "INSTANT"}


def check_invoice(call: Call, on: Issues, order: Mapping[str, Any], invoice: str | None) -> None:
    """Refuse an invoice that was paid by another order, where the account wants each to be paid once.

    Raises:
        Refused: if it was.
    """
    if not invoice or not call.world.options(call.provider).unique_invoices:
        return
    paid = call.table("invoice").get(invoice)
    if paid is not None and paid["order"] != order["id"]:
        raise refusal(call, on, "DUPLICATE_INVOICE_ID")


def take(
    call: Call, order: Mapping[str, Any], unit: dict[str, Any], amount: Money, *,
    authorization: Mapping[str, Any] | None = None, held_minor: int = 0, final: bool = True,
    invoice: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a new capture of `amount`, its money in the ledger unless the card was declined.

    `held_minor` is what its authorization holds by now; what goes beyond it is held first.
    """
    card = order["card"]
    paid = not declined(card)
    pending = pending_of(call, order) if paid else None
    capture = call.create(
        "capture",
        {
            "id": free_id(call, "capture"),
            "status": "DECLINED" if not paid else "COMPLETED" if pending is None else "PENDING",
            "reason": pending.reason if pending is not None else None,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "fee_minor": fee(amount),
            "refunded_minor": 0,
            "final": final,
            "order": order["id"],
            "unit": order["units"].index(unit),
            "authorization": authorization["id"] if authorization is not None else None,
            "up": _up(order, authorization),
            "key": order["key"] or call.key,
            "invoice_id": invoice or unit["invoice_id"],
            "custom_id": unit["custom_id"],
            "processor": processor_response(card) if card is not None else None,
            "created": call.now,
            "updated": call.now,
        },
    )
    unit["captures"].append(capture["id"])
    if paid:
        post_payment(call, "authorize", capture, max(0, amount.minor - held_minor))
        if capture["invoice_id"] and call.world.options(call.provider).unique_invoices:
            call.table("invoice").put({"id": capture["invoice_id"], "order": capture["order"]})
    if pending is not None:
        wait = call.world.options(call.provider).pending_for
        call.later(wait, f"settle {capture['id']}", lambda later: _settle(later, capture, pending.ends))
    elif paid:
        _move(call, capture)
    _tell(call, capture)
    return capture


def _move(call: Call, capture: Mapping[str, Any]) -> None:
    post_payment(call, "capture", capture, capture["amount_minor"], fee_minor=capture["fee_minor"])


def _settle(call: Call, capture: dict[str, Any], status: str) -> None:
    """End a pending capture: its money moves, or is let go."""
    capture.update(status=status, reason=None, updated=call.now)
    if status == "COMPLETED":
        _move(call, capture)
    else:
        _let_go(call, capture)
    _tell(call, capture)


def _let_go(call: Call, capture: Mapping[str, Any]) -> None:
    post_payment(call, "release", capture, capture["amount_minor"])
    paid = call.table("invoice").get(capture["invoice_id"]) if capture["invoice_id"] else None
    if paid is not None and paid["order"] == capture["order"]:
        call.table("invoice").remove(capture["invoice_id"])


def _tell(call: Call, capture: Mapping[str, Any]) -> None:
    """Tell webhooks how a capture stands."""
    declined_event = call.world.options(call.provider).declined_event
    event_type = declined_event if capture["status"] == "DECLINED" else f"PAYMENT.CAPTURE.{capture['status']}"
    emit(call, event_type, lambda: shown_capture(call, capture) | related(call, capture) | _INSTANT)


def _up(order: Mapping[str, Any], authorization: Mapping[str, Any] | None) -> str:
    if authorization is not None:
        return f"/v2/payments/authorizations/{authorization['id']}"
    return f"/v2/checkout/orders/{order['id']}"


def post_payment(call: Call, kind: Any, payment: Mapping[str, Any], amount_minor: int, *, fee_minor: int = 0) -> None:
    """Write what happened to a payment's money into the ledger; an order is one payment, whatever its parts."""
    if amount_minor:
        call.post(
            kind,
            payment=payment["order"],
            object_id=payment["id"],
            amount_minor=amount_minor,
            currency=payment["currency"].lower(),
            fee_minor=fee_minor,
            key=payment["key"],
        )


def shown_capture(call: Call, capture: Mapping[str, Any]) -> dict[str, Any]:
    """Return a capture for an answer in full."""
    amount = Money(capture["amount_minor"], capture["currency"])
    out: dict[str, Any] = {"id": capture["id"], "status": capture["status"], "amount": amount.shown()}
    if capture["reason"] is not None:
        out["status_details"] = {"reason": capture["reason"]}
    out["final_capture"] = capture["final"]
    out["seller_protection"] = _UNPROTECTED if capture["status"] == "DECLINED" else _PROTECTED
    if capture["status"] not in ("DECLINED", "PENDING"):
        kept = Money(capture["fee_minor"], amount.currency)
        out["seller_receivable_breakdown"] = {
            "gross_amount": amount.shown(),
            "paypal_fee": kept.shown(),
            "net_amount": Money(amount.minor - kept.minor, amount.currency).shown(),
        }
    out |= {name: capture[name] for name in ("invoice_id", "custom_id") if capture[name]}
    out["links"] = payment_links(call, "capture", capture)
    out["create_time"], out["update_time"] = stamp(capture["created"]), stamp(capture["updated"])
    if capture["processor"] is not None:
        out["processor_response"] = capture["processor"]
    return out


def related(call: Call, payment: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only a payment read by itself shows: where it belongs, and whom it pays."""
    ids = {"order_id": payment["order"]}
    if payment.get("authorization") is not None:
        ids["authorization_id"] = payment["authorization"]
    return {"supplementary_data": {"related_ids": ids}, "payee": shown_payee(call)}


def shown_payee(call: Call) -> dict[str, str]:
    """Return the account as the receiver of money."""
    merchant = payee_of(call.account)
    return {"email_address": f"sb-{merchant[:6].lower()}@business.example.com", "merchant_id": merchant}


def _retrieve(call: Call) -> Answer:
    capture = find(call, ON["paypal.captures.retrieve"], "capture")
    return Answer(200, shown_capture(call, capture) | related(call, capture))


CAPTURE_MONEY: Final = (
    "amount.value",
    "seller_receivable_breakdown.gross_amount.value",
    "seller_receivable_breakdown.paypal_fee.value",
    "seller_receivable_breakdown.net_amount.value",
)
DATES: Final = ("create_time", "update_time")
OPERATIONS: Final = (
    operation(
        "paypal.captures.retrieve", _retrieve, method="GET", path="/v2/payments/captures/{id}", object_type="capture",
        id_param="id", scopes=frozenset({PAY_SCOPE}), money=CAPTURE_MONEY, dates=DATES,
        enums=("status", "seller_protection.status"),
    ),
)  # fmt: skip
