"""`paypal.orders.confirm`: a buyer says what to pay an order with, and agrees by that if nobody else has to ask.

A card is approved at once, unless 3D Secure asks first; a wallet or a bank wants to be visited. (PayPal REST API
specifications, Orders v2, `orders.confirm`; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.orders.order_shape import answer_order
from brownout.providers.paypal.orders.orders import REPEATABLE, SHAPE
from brownout.providers.paypal.orders.paying import approve, attach, check_open, terms_of
from brownout.providers.paypal.orders.sources import read_instruction, read_source, read_way_back
from brownout.providers.paypal.reader import Reader
from brownout.providers.paypal.tokens import PAY_SCOPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_ON: Final = ON["paypal.orders.confirm"]


def _confirm(call: Call) -> Answer:
    order = find(call, _ON, "order")
    _check(call, order)
    reader = Reader(call, _ON)
    terms = terms_of(call, order["units"], order["intent"])
    source = read_source(reader, call.params, terms, several="ONLY_ONE_PAYMENT_SOURCE_ALLOWED")
    if source is None:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/payment_source")
    back: dict[str, Any] = {name: url for name, url in read_way_back(reader, call.params).items() if url is not None}
    completes = read_instruction(reader, call.params, source)
    attach(order, source)
    order.update(back, completes=completes, updated=call.now)
    if source.at_once and order["asks"] is None:
        approve(call, order)
    return answer_order(call, order, 200)


def _check(call: Call, order: Mapping[str, Any]) -> None:
    """Refuse an order that is paid, approved or too old."""
    if order["status"] == "COMPLETED":
        done = "ORDER_ALREADY_CAPTURED" if order["intent"] == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED"
        raise refusal(call, _ON, done)
    check_open(call, _ON, order)
    if order["status"] == "APPROVED":
        raise refusal(call, _ON, "PAYMENT_ALREADY_APPROVED")


OPERATIONS: Final = (
    operation(
        "paypal.orders.confirm", _confirm, method="POST", path="/v2/checkout/orders/{id}/confirm-payment-source",
        effect="write", object_type="order", id_param="id", scopes=frozenset({PAY_SCOPE}), **REPEATABLE, **SHAPE,
    ),
)  # fmt: skip
