"""Charges: each attempt to take money. They are made by confirming a payment intent, never directly.

(Stripe docs, API reference: Charges; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.providers.stripe.card_details import checked
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.funds import splits
from brownout.providers.stripe.ids import with_spare
from brownout.providers.stripe.intent_params import shipping_of
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import (
    ADDRESS,
    EXPAND,
    Shape,
    check,
    email,
    group,
    integer,
    merged,
    metadata,
    moments,
    one_of,
    opaque,
    text,
)

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Decline
    from brownout.providers.stripe.payment_methods import Method

AUTHORIZED_SECONDS: Final = 7 * 86_400
"""How long an authorisation holds (Stripe docs, Place a hold on a payment method: online card payments)."""
_DISABLED: Final = {"status": "disabled"}  # in all charges, and so never changed in place; the next ones as well
_UNAVAILABLE: Final = {"status": "unavailable"}
_UNUSED: Final = {"used": False}
_SELLER_DECLINED: Final = "The bank did not return any further details with this decline."
_SELLER_BLOCKED: Final = "Stripe blocked this payment as too risky."
_SELLER_REVIEWED: Final = (
    "Stripe evaluated this payment as having elevated risk, and placed it in your manual review queue."
)
_BLOCKS: Final = "block_if_high_risk__enabled"
_REVIEWS: Final = "manual_review_if_elevated_risk"
"""Radar's default rules, as recorded outcomes name them."""


def keep(call: Call, payment: dict[str, Any], charge: dict[str, Any]) -> dict[str, Any]:
    """Store a charge with its payment, and return it."""
    payment["charges"].append(charge["id"])
    return call.create("charge", charge)


def succeeded(call: Call, intent: dict[str, Any], method: Method, *, captured: bool) -> dict[str, Any]:
    """Return the charge of an approved payment; nobody has stored it yet."""
    charge = _build(call, intent, method)
    amount = intent["amount"]
    charge["amount_captured"] = amount if captured else 0
    charge["captured"] = captured
    if method.card.elevated_risk:
        charge["outcome"] = _outcome(
            type="manual_review", network_status="approved_by_network", seller_message=_SELLER_REVIEWED,
            reason="elevated_risk_level", risk="elevated", score=_score(charge, method), rule=_REVIEWS,
        )  # fmt: skip
    else:
        charge["outcome"] = _outcome(
            type="authorized", network_status="approved_by_network", seller_message="Payment complete.",
            risk="normal", score=_score(charge, method),
        )  # fmt: skip
    card = charge["payment_method_details"]["card"]
    card["authorization_code"] = f"{_digits(charge['id']):06d}"
    if not captured:
        card["capture_before"] = call.now + AUTHORIZED_SECONDS
    return charge


def failed(call: Call, intent: dict[str, Any], method: Method, decline: Decline) -> dict[str, Any]:
    """Return the charge of a declined payment; nobody has stored it yet."""
    charge = _build(call, intent, method)
    charge.update(
        failure_code=decline.code, failure_message=decline.message, paid=False, receipt_url=None, status="failed"
    )
    if decline.blocked:
        charge["outcome"] = _outcome(
            type="blocked", network_status="not_sent_to_network", seller_message=_SELLER_BLOCKED,
            reason="highest_risk_level", risk="highest", score=_score(charge, method, 75), rule=_BLOCKS,
        )  # fmt: skip
        if decline.rule is not None:  # one of the account's own
            charge["outcome"] |= {
                "reason": "rule", "risk_level": "normal", "risk_score": _score(charge, method), "rule": decline.rule,
            }  # fmt: skip
    else:
        charge["outcome"] = _outcome(
            type="issuer_declined", network_status="declined_by_network", seller_message=_SELLER_DECLINED,
            reason=decline.reason, risk="normal", score=_score(charge, method), advice=decline.advice,
            network_code=decline.network_code,
        )  # fmt: skip
    return charge


def _outcome(
    *, type: str, network_status: str, seller_message: str, risk: str, score: int, reason: str | None = None,
    advice: str | None = None, network_code: str | None = None, rule: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    named = {} if rule is None else {"rule": rule}
    return {
        "advice_code": advice,
        "network_advice_code": None,
        "network_decline_code": network_code,
        "network_status": network_status,
        "reason": reason,
        "risk_level": risk,
        "risk_score": score,
        **named,
        "seller_message": seller_message,
        "type": type,
    }


def _digits(object_id: str) -> int:
    """Return a number below a million that an id fixes."""
    return int.from_bytes(object_id[-8:].encode(), "big") % 1_000_000


def _score(charge: dict[str, Any], method: Method, least: int = 0) -> int:
    # Radar's bands: below 65 is normal, from 65 elevated, from 75 highest (Stripe docs, Risk evaluation).
    least = 65 if method.card.elevated_risk else least
    width = {0: 65, 65: 10}.get(least, 25)
    return least + _digits(charge["id"]) % width


def _build(call: Call, intent: dict[str, Any], method: Method) -> dict[str, Any]:
    value = method.value
    charge_id, receipt = with_spare(call, "ch", call.table("charge"), intent["id"], 56)
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": value["billing_details"],
        "calculated_statement_descriptor": "BROWNOUT",
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": None,
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": value["id"],
        "payment_method_details": {"card": _card(intent, method), "type": "card"},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{receipt}",
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        **splits.told(intent),
    }


def _card(intent: dict[str, Any], method: Method) -> dict[str, Any]:
    shown_card = method.value["card"]
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "brand": shown_card["brand"],
        "checks": checked(method.card, shown_card["checks"]),
        "country": shown_card["country"],
        "exp_month": shown_card["exp_month"],
        "exp_year": shown_card["exp_year"],
        "extended_authorization": _DISABLED,
        "fingerprint": shown_card["fingerprint"],
        "funding": shown_card["funding"],
        "incremental_authorization": _UNAVAILABLE,
        "installments": None,
        "last4": shown_card["last4"],
        "mandate": None,
        "multicapture": _UNAVAILABLE,
        "network": shown_card["brand"],
        "network_token": _UNUSED,
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": shown_card["regulated_status"],
        "three_d_secure": None,
        "wallet": None,
    }


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "charge")
    return shown(call, find(call, "charge", call.path["charge"]), tree)


def _update(call: Call) -> Answer:
    given = check(call, _UPDATE)
    tree = tree_of(call, given, "charge")
    charge = find(call, "charge", call.path["charge"])
    changed = dict(charge)
    for name in ("description", "receipt_email", "transfer_group"):
        if name in given:
            changed[name] = given[name]
    if "metadata" in given:
        changed["metadata"] = merged(call, charge["metadata"], given["metadata"])
    if "shipping" in given:
        changed["shipping"] = shipping_of(given["shipping"])
    if "fraud_details" in given:
        report = (given["fraud_details"] or {}).get("user_report")
        changed["fraud_details"] = {"user_report": report} if report else {}
    if given.get("customer") is not None and given["customer"] != charge["customer"]:
        if charge["customer"] is not None:
            raise refusal(call, "You cannot change the customer of a charge that already has one.", param="customer")
        find(call, "customer", given["customer"], param="customer")
        changed["customer"] = given["customer"]

    previous = {name: old for name, old in charge.items() if old != changed[name]}
    charge.update(changed)
    if previous:
        emit(call, "charge.updated", charge, payment=charge["payment_intent"], previous=previous)
    return shown(call, charge, tree)


def _capture(call: Call) -> Answer:
    check(call, _CAPTURE)
    charge = find(call, "charge", call.path["charge"])
    if charge["captured"]:
        raise refusal(
            call, f"Charge {charge['id']} has already been captured.", code="charge_already_captured", executed=True
        )
    message = (
        f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). You must capture the "
        f"PaymentIntent instead."
    )
    raise refusal(call, message, executed=True)


def _list(call: Call) -> Answer:
    return page(
        call, _LIST, "charge", "/v1/charges", equal=("customer", "payment_intent", "transfer_group"), known=_of_intent
    )


def _of_intent(call: Call, given: dict[str, Any]) -> list[str] | None:
    if "payment_intent" not in given:
        return None
    payment = call.table("payment").get(given["payment_intent"])
    return payment["charges"] if payment is not None else []


_RETRIEVE: Final = Shape(expand=EXPAND)
_UPDATE: Final = Shape(
    customer=text(unset=False), description=text(), expand=EXPAND, metadata=metadata, receipt_email=email(),
    fraud_details=group(Shape(("user_report",), user_report=one_of("fraudulent", "safe", unset=True))),
    shipping=group(
        Shape(("address", "name"), address=ADDRESS, name=text(unset=False), carrier=text(), phone=text(),
              tracking_number=text()),
        unset=False,
    ),
    transfer_group=text(),
)  # fmt: skip
_CAPTURE: Final = Shape(
    amount=integer(least=1), expand=EXPAND, receipt_email=text(), statement_descriptor=text(),
    statement_descriptor_suffix=text(), transfer_group=text(), application_fee=opaque,
    application_fee_amount=opaque, transfer_data=opaque,
)  # fmt: skip
_LIST: Final = list_shape(
    created=moments, customer=text(unset=False), payment_intent=text(unset=False), transfer_group=text(unset=False)
)
_MONEY: Final = ("amount", "amount_captured", "amount_refunded")
_DATES: Final = ("created",)
_ENUMS: Final = ("status", "outcome.type", "outcome.network_status", "payment_method_details.card.brand")
_PATH: Final = "/v1/charges/{charge}"

OPERATIONS: Final = (
    Operation(
        name="stripe.charges.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="charge",
        id_param="charge", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.charges.update", method="POST", path=_PATH, run=_update, effect="write", object_type="charge",
        id_param="charge", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.charges.capture", method="POST", path=_PATH + "/capture", run=_capture, effect="write",
        object_type="charge", id_param="charge", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.charges.list", method="GET", path="/v1/charges", run=_list, object_type="charge",
        listing=LISTING, money=tuple(f"data.{one}" for one in _MONEY), dates=("data.created",),
        enums=tuple(f"data.{one}" for one in _ENUMS),
    ),
)  # fmt: skip
