"""`paypal.orders.*`: create, retrieve, authorize and capture.

What becomes of an order is in `paying`.

(Recorded sandbox answers of 2025; PayPal REST API specifications, Orders v2; developer.paypal.com, Orders v2 and
Idempotency; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.orders.order_shape import answer_order, shown_order
from brownout.providers.paypal.orders.paying import attach, check_invoices, execute, pay, terms_of
from brownout.providers.paypal.orders.purchase_units import business_key, read_units
from brownout.providers.paypal.orders.sources import read_instruction, read_source, read_way_back
from brownout.providers.paypal.payments.captures import DATES
from brownout.providers.paypal.reader import Reader
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import ORDERS_TTL_SECONDS

if TYPE_CHECKING:
    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

_CREATE: Final = ON["paypal.orders.create"]
_INTENTS: Final = ("CAPTURE", "AUTHORIZE")


def _create(call: Call) -> Answer:
    """Make an order; one that names a card, or an agreement, is paid in the same call, unless 3D Secure asks first."""
    reader = Reader(call, _CREATE)
    intent = call.params.get("intent")
    if intent is None:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/intent")
    if intent not in _INTENTS:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/intent", intent)
    units = read_units(reader, call.params, intent)
    source = read_source(reader, call.params, terms_of(call, units, intent))
    back = read_way_back(reader, call.params)
    completes = read_instruction(reader, call.params, source)
    if source is not None and source.at_once and call.idempotency_key is None:
        raise refusal(call, _CREATE, "PAYPAL_REQUEST_ID_REQUIRED")
    order = _new(call, intent, units) | back | {"completes": completes}
    if source is not None:
        attach(order, source)
    at_once = source is not None and source.at_once and order["asks"] is None
    if at_once:
        check_invoices(call, _CREATE, order)
    call.create("order", order)
    if at_once:
        pay(call, order, None)
    return answer_order(call, order, 200 if order["status"] == "PAYER_ACTION_REQUIRED" else 201)


def _new(call: Call, intent: str, units: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an order that nobody has agreed to, and that names nothing to pay with."""
    return {
        "id": free_id(call, "order"),
        "account": call.account,
        "intent": intent,
        "status": "CREATED",
        "units": units,
        "kind": None,
        "card": None,
        "shown": {},
        "secure": None,
        "asks": None,
        "funding": None,
        "payer": None,
        "key": call.key or business_key(units[0]),
        "created": call.now,
        "until": call.now + call.world.options(call.provider).order_life,
        "updated": None,
    }


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_order(call, find(call, ON["paypal.orders.retrieve"], "order")))


def _capture(call: Call) -> Answer:
    order = execute(call, ON["paypal.orders.capture"], "CAPTURE", "ORDER_ALREADY_CAPTURED")
    return answer_order(call, order, 201)


def _authorize(call: Call) -> Answer:
    order = execute(call, ON["paypal.orders.authorize"], "AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")
    return answer_order(call, order, 201)


def answer_again(call: Call, stored: Stored) -> Answer:
    """Answer a repeated request id with the order as it is by now, and 200."""
    order = call.table("order").get(orjson.loads(stored.body)["id"])
    return Answer(200, stored.body) if order is None else answer_order(call, order, 200)


_PATH: Final = "/v2/checkout/orders"
_SCOPES: Final = frozenset({PAY_SCOPE})
_UNIT: Final = "body.purchase_units.0"
SHAPE: Final[dict[str, Any]] = {
    "money": (
        "purchase_units.amount.value",
        "purchase_units.payments.captures.amount.value",
        "purchase_units.payments.authorizations.amount.value",
    ),
    "dates": (*DATES, "purchase_units.payments.captures.create_time"),
    "enums": ("status", "purchase_units.payments.captures.status", "purchase_units.payments.authorizations.status"),
}
"""What an answer that shows an order has, declared for faults."""
REPEATABLE: Final[dict[str, Any]] = {
    "idempotent": True,
    "again": answer_again,
    "key_binds_params": False,
    "idempotency_ttl_seconds": ORDERS_TTL_SECONDS,
}
OPERATIONS: Final = (
    operation(
        "paypal.orders.create", _create, method="POST", path=_PATH, effect="write", object_type="order",
        key=(f"{_UNIT}.invoice_id", f"{_UNIT}.custom_id"), scopes=_SCOPES, **REPEATABLE, **SHAPE,
    ),
    operation(
        "paypal.orders.retrieve", _retrieve, method="GET", path=f"{_PATH}/{{id}}", object_type="order", id_param="id",
        scopes=_SCOPES, **SHAPE,
    ),
    operation(
        "paypal.orders.authorize", _authorize, method="POST", path=f"{_PATH}/{{id}}/authorize", effect="write",
        object_type="order", id_param="id", scopes=_SCOPES, **REPEATABLE, **SHAPE,
    ),
    operation(
        "paypal.orders.capture", _capture, method="POST", path=f"{_PATH}/{{id}}/capture", effect="write",
        object_type="order", id_param="id", scopes=_SCOPES, **REPEATABLE, **SHAPE,
    ),
)  # fmt: skip
