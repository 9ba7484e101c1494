"""Money given back: `paypal.captures.refund` and `paypal.refunds.retrieve`.

PayPal keeps its fee. (Sandbox answers of 2023 to 2025 published with API collections; PayPal REST API specifications,
Payments v2; read 2026-11-23. They name a time limit without its length: the 180 days are from memory.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import payment_links
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.payments.captures import DATES, post_payment
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.times import local_stamp
from brownout.providers.paypal.tokens import REFUND_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit
from brownout.providers.paypal.wire import PAYMENTS_TTL_SECONDS, minimal_payment, wants_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

_ON: Final = ON["paypal.captures.refund"]
_REFUNDABLE_SECONDS: Final = 180 * 86_400


def _refund(call: Call) -> Answer:
    capture = find(call, _ON, "capture")
    reader, params = Reader(call, _ON), call.params
    texts = {name: reader.text(params, name, Place(), most=most, least=0) for name, most in _TEXTS.items()}
    amount = _amount(call, reader, capture)
    capture["refunded_minor"] += amount.minor
    whole = capture["refunded_minor"] == capture["amount_minor"]
    capture.update(status="REFUNDED" if whole else "PARTIALLY_REFUNDED", updated=call.now)
    refund = call.create(
        "refund",
        {
            "id": free_id(call, "refund"),
            "status": "COMPLETED",
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "total_refunded_minor": capture["refunded_minor"],
            "order": capture["order"],
            "up": f"/v2/payments/captures/{capture['id']}",
            "key": capture["key"] or call.key,
            "created": call.now,
            "updated": call.now,
            **texts,
            "invoice_id": texts["invoice_id"] or capture["invoice_id"],
        },
    )
    order = call.table("order").get(capture["order"])
    if order is not None:
        order["units"][capture["unit"]]["refunds"].append(refund["id"])
    post_payment(call, "refund", refund, amount.minor)
    emit(call, "PAYMENT.CAPTURE.REFUNDED", lambda: shown_refund(call, refund))
    return _answer(call, refund, 201)


_TEXTS: Final = {"invoice_id": 127, "custom_id": 127, "note_to_payer": 255}


def _amount(call: Call, reader: Reader, capture: Mapping[str, Any]) -> Money:
    """Return how much to give back: what is asked for, else all that is left.

    Raises:
        Refused: if that can't be.
    """
    left = capture["amount_minor"] - capture["refunded_minor"]
    amount = Money(left, capture["currency"])
    if call.params.get("amount") is not None:
        amount = reader.money(call.params["amount"], Place("/amount", "/amount"))
    if capture["status"] == "PENDING":
        raise refusal(call, _ON, "PENDING_CAPTURE")
    if capture["status"] == "DECLINED":
        raise refusal(call, _ON, "REFUND_NOT_ALLOWED")
    if left == 0:
        raise refusal(call, _ON, "CAPTURE_FULLY_REFUNDED")
    if call.now > capture["created"] + _REFUNDABLE_SECONDS:
        raise refusal(call, _ON, "REFUND_TIME_LIMIT_EXCEEDED")
    if amount.currency != capture["currency"]:
        raise reader.refused("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", amount.currency)
    if amount.minor > left:
        raise reader.refused("REFUND_AMOUNT_EXCEEDED", "/amount/value", amount.shown()["value"])
    return amount


def shown_refund(call: Call, refund: Mapping[str, Any]) -> dict[str, Any]:
    """Return a refund for an answer in full."""
    currency = refund["currency"]
    amount = Money(refund["amount_minor"], currency).shown()
    out: dict[str, Any] = {"id": refund["id"], "amount": amount}
    if refund["note_to_payer"]:
        out["note_to_payer"] = refund["note_to_payer"]
    out["seller_payable_breakdown"] = {
        "gross_amount": amount,
        "paypal_fee": Money(0, currency).shown(),
        "net_amount": amount,
        "total_refunded_amount": Money(refund["total_refunded_minor"], currency).shown(),
    }
    out |= {name: refund[name] for name in ("invoice_id", "custom_id") if refund[name]}
    out["status"] = refund["status"]
    out["create_time"], out["update_time"] = local_stamp(refund["created"]), local_stamp(refund["updated"])
    out["links"] = payment_links(call, "refund", refund)
    return out


def _answer(call: Call, refund: Mapping[str, Any], status: int) -> Answer:
    full = wants_all(call)
    return Answer(status, shown_refund(call, refund) if full else minimal_payment(call, "refund", refund))


def _again(call: Call, stored: Stored) -> Answer:
    return _answer(call, call.table("refund").get(orjson.loads(stored.body)["id"]) or {}, 200)


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_refund(call, find(call, ON["paypal.refunds.retrieve"], "refund")))


_MONEY: Final = (
    "amount.value",
    "seller_payable_breakdown.gross_amount.value",
    "seller_payable_breakdown.net_amount.value",
    "seller_payable_breakdown.total_refunded_amount.value",
)
_SCOPES: Final = frozenset({REFUND_SCOPE})
OPERATIONS: Final = (
    operation(
        "paypal.captures.refund", _refund, method="POST", path="/v2/payments/captures/{id}/refund", effect="write",
        object_type="refund", id_param="id", scopes=_SCOPES, idempotent=True, again=_again, key_binds_params=False,
        idempotency_ttl_seconds=PAYMENTS_TTL_SECONDS, money=_MONEY, dates=DATES, enums=("status",),
    ),
    operation(
        "paypal.refunds.retrieve", _retrieve, method="GET", path="/v2/payments/refunds/{id}", object_type="refund",
        id_param="id", scopes=_SCOPES, money=_MONEY, dates=DATES, enums=("status",),
    ),
)  # fmt: skip
