"""Money held: authorizations of orders, taken in one or more captures, or let go.

An authorization holds for 29 days, and is honored for the first three. A reauthorization is one more authorization of
the same money: what is held and taken stands in the first, its `root`. (PayPal REST API specifications, Payments v2;
PayPal's Authorization & Capture Integration Guide, Honor Period and Authorization Period; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.cards import declined, processor_response
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import payment_links
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.payments.captures import (
    CAPTURE_MONEY,
    DATES,
    check_invoice,
    post_payment,
    related,
    shown_capture,
    take,
)
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit
from brownout.providers.paypal.wire import PAYMENTS_TTL_SECONDS, minimal_payment, wants_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

_HELD_SECONDS: Final = 29 * 86_400
HONOR_SECONDS: Final = 3 * 86_400
_OVERAGE_PERCENT: Final = 115
_OPEN: Final = ("CREATED", "PARTIALLY_CAPTURED")
_CAPTURE: Final = ON["paypal.authorizations.capture"]
_VOID: Final = ON["paypal.authorizations.void"]


def hold(call: Call, order: Mapping[str, Any], unit: dict[str, Any]) -> dict[str, Any]:
    """Return a new authorization of a unit's amount, its hold in the ledger unless the card was declined."""
    card = order["card"]
    authorization = call.create(
        "authorization",
        {
            "id": free_id(call, "authorization"),
            "status": "DENIED" if declined(card) else "CREATED",
            "amount_minor": unit["amount_minor"],
            "currency": unit["currency"],
            "first_minor": unit["amount_minor"],
            "captured_minor": 0,
            "held_minor": 0,
            "expired": False,
            "root": None,
            "until": call.now + _HELD_SECONDS,
            "honored_until": call.now + HONOR_SECONDS,
            "order": order["id"],
            "unit": order["units"].index(unit),
            "up": f"/v2/checkout/orders/{order['id']}",
            "key": order["key"] or call.key,
            "invoice_id": unit["invoice_id"],
            "custom_id": unit["custom_id"],
            "processor": processor_response(card) if card is not None else None,
            "created": call.now,
            "updated": call.now,
        },
    )
    unit["authorizations"].append(authorization["id"])
    if authorization["status"] == "CREATED":
        authorization["held_minor"] = unit["amount_minor"]
        post_payment(call, "authorize", authorization, unit["amount_minor"])
        call.later(_HELD_SECONDS, "expire", lambda later: _expire(later, authorization))
        tell(call, authorization, "CREATED")
    return authorization


def root_of(call: Call, authorization: dict[str, Any]) -> dict[str, Any]:
    """Return the authorization that keeps the money's state: the first one of those of the same money."""
    return call.table("authorization").get(authorization["root"] or authorization["id"]) or authorization


def _expire(call: Call, authorization: dict[str, Any]) -> None:
    if authorization["status"] in _OPEN:
        authorization["expired"] = True
        _release(call, authorization, "VOIDED")


def _release(call: Call, authorization: dict[str, Any], status: str) -> None:
    """Let go what is still held, and close the authorization."""
    post_payment(call, "release", authorization, authorization["held_minor"])
    authorization.update(held_minor=0, status=status, updated=call.now)
    if status == "VOIDED":
        tell(call, authorization, "VOIDED")


def tell(call: Call, authorization: Mapping[str, Any], event: Literal["CREATED", "VOIDED"]) -> None:
    """Tell webhooks what became of an authorization."""
    event_type = f"PAYMENT.AUTHORIZATION.{event}"
    emit(call, event_type, lambda: shown_authorization(call, authorization) | related(call, authorization))


def shown_authorization(call: Call, authorization: Mapping[str, Any]) -> dict[str, Any]:
    """Return an authorization for an answer in full."""
    root = root_of(call, dict(authorization))
    authorization = {**authorization, "status": root["status"]}
    out: dict[str, Any] = {"status": authorization["status"], "id": authorization["id"]}
    out["amount"] = Money(authorization["amount_minor"], authorization["currency"]).shown()
    out |= {name: authorization[name] for name in ("invoice_id", "custom_id") if authorization[name]}
    out["seller_protection"] = {
        "status": "ELIGIBLE",
        "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
    }
    out["expiration_time"] = stamp(authorization["until"])
    out["links"] = payment_links(call, "authorization", authorization)
    out["create_time"], out["update_time"] = stamp(authorization["created"]), stamp(authorization["updated"])
    if authorization["processor"] is not None:
        out["processor_response"] = authorization["processor"]
    return out


def _retrieve(call: Call) -> Answer:
    authorization = find(call, ON["paypal.authorizations.retrieve"], "authorization")
    return Answer(200, shown_authorization(call, authorization) | related(call, authorization))


def _capture(call: Call) -> Answer:
    """Take all or part of what is held, at most 115 % of it; the last capture lets the rest go."""
    authorization = find(call, _CAPTURE, "authorization")
    root = root_of(call, authorization)
    _check_open(call, root)
    reader, params = Reader(call, _CAPTURE), call.params
    order = call.table("order").get(authorization["order"]) or {}
    unit = order["units"][authorization["unit"]]
    held, taken = root["amount_minor"], root["captured_minor"]
    amount = Money(max(held - taken, 0), authorization["currency"])
    if params.get("amount") is not None:
        amount = reader.money(params["amount"], Place("/amount", "/amount"))
    if amount.currency != authorization["currency"]:
        raise reader.refused("AUTH_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", amount.currency)
    most = min(held, root["first_minor"])  # a reauthorization beyond the first amount has its overage already
    if (taken + amount.minor) * 100 > most * _OVERAGE_PERCENT:
        raise reader.refused("MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value", amount.shown()["value"])
    final = params.get("final_capture")
    if final is not None and not isinstance(final, bool):
        raise reader.refused("INVALID_PARAMETER_SYNTAX", "/final_capture", final)
    invoice = reader.text(params, "invoice_id", Place(), most=127, least=0)
    reader.text(params, "note_to_payer", Place(), most=255, least=0)
    check_invoice(call, _CAPTURE, order, invoice)
    capture = take(
        call, order, unit, amount, authorization=authorization, held_minor=root["held_minor"], final=bool(final),
        invoice=invoice,
    )  # fmt: skip
    _settle(call, root, capture)
    return Answer(201, shown_capture(call, capture) if wants_all(call) else _minimal(call, capture))


def _check_open(call: Call, authorization: Mapping[str, Any]) -> None:
    issue = {"VOIDED": "AUTHORIZATION_VOIDED", "DENIED": "AUTHORIZATION_DENIED",
             "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}.get(authorization["status"])  # fmt: skip
    if issue is not None:
        raise refusal(call, _CAPTURE, "AUTHORIZATION_EXPIRED" if authorization["expired"] else issue)
    lapsed = call.now > authorization["honored_until"]
    if lapsed and call.world.options(call.provider).after_honor == "refuse":
        raise refusal(call, _CAPTURE, "PAYER_CANNOT_PAY")


def _settle(call: Call, authorization: dict[str, Any], capture: Mapping[str, Any]) -> None:
    authorization["held_minor"] = max(0, authorization["held_minor"] - capture["amount_minor"])
    authorization["captured_minor"] += capture["amount_minor"]
    authorization["updated"] = call.now
    if capture["final"] or authorization["captured_minor"] >= authorization["amount_minor"]:
        _release(call, authorization, "CAPTURED")
    else:
        authorization["status"] = "PARTIALLY_CAPTURED"


def _void(call: Call) -> Answer:
    authorization = find(call, _VOID, "authorization")
    if authorization["root"] is not None:
        raise refusal(call, _VOID, "CANNOT_BE_VOIDED")
    if authorization["status"] in ("VOIDED", "DENIED"):
        raise refusal(call, _VOID, "PREVIOUSLY_VOIDED")
    if authorization["status"] == "CAPTURED":
        raise refusal(call, _VOID, "PREVIOUSLY_CAPTURED")
    _release(call, authorization, "VOIDED")
    return _voided(call, authorization)


def _voided(call: Call, authorization: Mapping[str, Any]) -> Answer:
    return Answer(200, shown_authorization(call, authorization)) if wants_all(call) else Answer(204, b"")


def _minimal(call: Call, capture: Mapping[str, Any]) -> dict[str, Any]:
    return minimal_payment(call, "capture", capture)


def _capture_again(call: Call, stored: Stored) -> Answer:
    capture = call.table("capture").get(orjson.loads(stored.body)["id"]) or {}
    return Answer(200, shown_capture(call, capture) if wants_all(call) else _minimal(call, capture))


def _void_again(call: Call, stored: Stored) -> Answer:
    return _voided(call, find(call, _VOID, "authorization"))


_PATH: Final = "/v2/payments/authorizations/{id}"
_SCOPES: Final = frozenset({PAY_SCOPE})
OPERATIONS: Final = (
    operation(
        "paypal.authorizations.retrieve", _retrieve, method="GET", path=_PATH, object_type="authorization",
        id_param="id", scopes=_SCOPES, money=("amount.value",), dates=(*DATES, "expiration_time"), enums=("status",),
    ),
    operation(
        "paypal.authorizations.capture", _capture, method="POST", path=f"{_PATH}/capture", effect="write",
        object_type="authorization", id_param="id", scopes=_SCOPES, idempotent=True, again=_capture_again,
        key_binds_params=False,
        idempotency_ttl_seconds=PAYMENTS_TTL_SECONDS, money=CAPTURE_MONEY, dates=DATES, enums=("status",),
    ),
    operation(
        "paypal.authorizations.void", _void, method="POST", path=f"{_PATH}/void", effect="write",
        object_type="authorization", id_param="id", scopes=_SCOPES, idempotent=True, again=_void_again,
        key_binds_params=False,
        idempotency_ttl_seconds=PAYMENTS_TTL_SECONDS, money=("amount.value",), dates=DATES, enums=("status",),
    ),
)  # fmt: skip
