"""`paypal.orders.*`: create, retrieve, authorize and capture.

(Recorded sandbox answers of 2025; PayPal REST API specifications, Orders v2; developer.paypal.com, Orders v2 and
Idempotency; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.authorizations import hold
from brownout.providers.paypal.captures import DATES, check_invoice, take
from brownout.providers.paypal.errors import ON, Issues, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.order_shape import answer_order, shown_order
from brownout.providers.paypal.purchase_units import business_key, read_units
from brownout.providers.paypal.reader import Reader
from brownout.providers.paypal.sources import payer, read_source, return_url
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import ORDERS_TTL_SECONDS

if TYPE_CHECKING:
    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call
    from brownout.providers.paypal.sources import Source

_CREATE: Final = ON["paypal.orders.create"]
_INTENTS: Final = ("CAPTURE", "AUTHORIZE")


def _create(call: Call) -> Answer:
    """Make an order; one that names a card, or an agreement, is paid in the same call."""
    reader = Reader(call, _CREATE)
    intent = call.params.get("intent")
    if intent is None:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/intent")
    if intent not in _INTENTS:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/intent", intent)
    units = read_units(reader, call.params, intent)
    source = read_source(reader, call.params, call.now)
    back = return_url(reader, call.params)
    if source is not None and source.at_once and call.idempotency_key is None:
        raise refusal(call, _CREATE, "PAYPAL_REQUEST_ID_REQUIRED")
    order: dict[str, Any] = {
        "id": free_id(call, "order"),
        "account": call.account,
        "intent": intent,
        "status": "CREATED" if source is None else "PAYER_ACTION_REQUIRED",
        "units": units,
        "kind": source.kind if source is not None else None,
        "card": None,
        "payer": None,
        "return_url": back,
        "key": call.key or business_key(units[0]),
        "created": call.now,
        "updated": None,
    }
    if source is not None and source.at_once:
        _check_invoices(call, _CREATE, order)
        call.create("order", order)
        _pay(call, order, source)
    else:
        call.create("order", order)
    return answer_order(call, order, 200 if order["status"] == "PAYER_ACTION_REQUIRED" else 201)


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_order(call, find(call, ON["paypal.orders.retrieve"], "order")))


def _capture(call: Call) -> Answer:
    return _execute(call, ON["paypal.orders.capture"], "CAPTURE", "ORDER_ALREADY_CAPTURED")


def _authorize(call: Call) -> Answer:
    return _execute(call, ON["paypal.orders.authorize"], "AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")


def _execute(call: Call, on: Issues, intent: str, done: str) -> Answer:
    """Take or hold an order's money, with the card that the call names, or else the buyer's account.

    Raises:
        Refused: if the order isn't one for this, is done, or nobody has approved it.
    """
    order = find(call, on, "order")
    if order["intent"] != intent:
        raise refusal(call, on, "ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise refusal(call, on, done)
    source = read_source(Reader(call, on), call.params, call.now)
    at_once = source is not None and source.at_once
    if not at_once and order["status"] != "APPROVED" and call.world.options(call.provider).approve == "manual":
        raise refusal(call, on, "ORDER_NOT_APPROVED")
    _check_invoices(call, on, order)
    _pay(call, order, source if at_once else None)
    return answer_order(call, order, 201)


def _check_invoices(call: Call, on: Issues, order: dict[str, Any]) -> None:
    for unit in order["units"]:
        check_invoice(call, on, order, unit["invoice_id"])


def _pay(call: Call, order: dict[str, Any], source: Source | None) -> None:
    """Complete an order: each unit is captured or authorized. A declined card completes it too, without money."""
    if source is not None and source.card is not None:
        order.update(kind="card", card=source.card)
    else:
        approve(call, order)
    order.update(status="COMPLETED", updated=call.now)
    for unit in order["units"]:
        if order["intent"] == "CAPTURE":
            take(call, order, unit, Money(unit["amount_minor"], unit["currency"]))
        else:
            hold(call, order, unit)


def approve(call: Call, order: dict[str, Any]) -> None:
    """Let the sandbox's buyer agree to an order, if nobody has."""
    if order["payer"] is None:
        order.update(status="APPROVED", kind="paypal", payer=payer(order["account"]), updated=call.now)


def _again(call: Call, stored: Stored) -> Answer:
    """Answer a repeated request id with the order as it is by now, and 200."""
    order = call.table("order").get(orjson.loads(stored.body)["id"])
    return Answer(200, stored.body) if order is None else answer_order(call, order, 200)


_PATH: Final = "/v2/checkout/orders"
_SCOPES: Final = frozenset({PAY_SCOPE})
_MONEY: Final = (
    "purchase_units.amount.value",
    "purchase_units.payments.captures.amount.value",
    "purchase_units.payments.authorizations.amount.value",
)
_PAID_DATES: Final = (*DATES, "purchase_units.payments.captures.create_time")
_ENUMS: Final = ("status", "purchase_units.payments.captures.status", "purchase_units.payments.authorizations.status")
_UNIT: Final = "body.purchase_units.0"
OPERATIONS: Final = (
    operation(
        "paypal.orders.create", _create, method="POST", path=_PATH, effect="write", object_type="order",
        key=(f"{_UNIT}.invoice_id", f"{_UNIT}.custom_id"), scopes=_SCOPES, idempotent=True, again=_again,
        idempotency_ttl_seconds=ORDERS_TTL_SECONDS, money=_MONEY, dates=_PAID_DATES, enums=_ENUMS,
    ),
    operation(
        "paypal.orders.retrieve", _retrieve, method="GET", path=f"{_PATH}/{{id}}", object_type="order", id_param="id",
        scopes=_SCOPES, money=_MONEY, dates=_PAID_DATES, enums=_ENUMS,
    ),
    operation(
        "paypal.orders.authorize", _authorize, method="POST", path=f"{_PATH}/{{id}}/authorize", effect="write",
        object_type="order", id_param="id", scopes=_SCOPES, idempotent=True, again=_again,
        idempotency_ttl_seconds=ORDERS_TTL_SECONDS, money=_MONEY, dates=_PAID_DATES, enums=_ENUMS,
    ),
    operation(
        "paypal.orders.capture", _capture, method="POST", path=f"{_PATH}/{{id}}/capture", effect="write",
        object_type="order", id_param="id", scopes=_SCOPES, idempotent=True, again=_again,
        idempotency_ttl_seconds=ORDERS_TTL_SECONDS, money=_MONEY, dates=_PAID_DATES, enums=_ENUMS,
    ),
)  # fmt: skip
