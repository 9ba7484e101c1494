"""Payment intents: create, retrieve, update, list.

Confirming is in confirm.py, capturing and cancelling in captures.py.
(Stripe docs, API reference: PaymentIntents, and How PaymentIntents work; recorded test-mode answers; read
2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.providers.stripe import captures, confirm, payment_methods
from brownout.providers.stripe.amounts import check_amount
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.funds import splits
from brownout.providers.stripe.ids import of_new_payment
from brownout.providers.stripe.intent_params import CREATE, LIST, RETRIEVE, UPDATE, refuse_unmodelled, shipping_of
from brownout.providers.stripe.intents import (
    OPEN,
    attempted,
    find_intent,
    method_of,
    payment_types,
    refuse_method,
    unexpected,
)
from brownout.providers.stripe.lists import LISTING, page
from brownout.providers.stripe.params import check, merged

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_ONLY_CONFIRMING: Final = ("error_on_requires_action", "mandate", "mandate_data", "off_session", "return_url")
_PLAIN: Final = (
    "description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group",
    "setup_future_usage",
)  # fmt: skip

_NO_TIP: Final[dict[str, Any]] = {"tip": {}}  # in all of them, and so never changed in place, nor are the next ones
_CARD_OPTIONS: Final = {
    one: {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": one}
    for one in ("any", "automatic", "challenge")
}
_LINK: Final = {"persistent_token": None}


def _create(call: Call) -> Answer:
    given = check(call, CREATE)
    tree = tree_of(call, given, "payment_intent")
    refuse_unmodelled(call, given)
    check_amount(call, given["amount"], given["currency"])
    confirming = given.get("confirm", False)
    if not confirming:
        _refuse_confirm_params(call, given)
    if given.get("customer") is not None:
        find(call, "customer", given["customer"], param="customer")
    intent = build(call, given)
    if not splits.ON_CREATE.keys().isdisjoint(given):
        intent |= splits.agree(call, intent, given)
    method = method_of(call, given)
    if method is not None:
        refuse_method(call, intent, method)
        intent["payment_method"] = method.value["id"]
        intent["status"] = "requires_confirmation"
    attempt = confirm.prepare(call, intent, given, method) if confirming else None

    call.create("payment_intent", intent)
    call.table("payment").put(
        {"id": intent["id"], "key": call.key, "charges": [], "refunds": [], "fee": 0, "available_at_once": False}
    )
    splits.note(call, intent)
    if method is not None:
        payment_methods.keep(call, method)
    emit(call, "payment_intent.created", intent, payment=intent["id"])
    refused = confirm.run(call, intent, attempt) if attempt is not None else None
    return refused or shown(call, intent, tree)


def _refuse_confirm_params(call: Call, given: dict[str, Any]) -> None:
    for name in _ONLY_CONFIRMING:
        if name in given:
            told = f"The parameter `{name}` cannot be passed when creating a PaymentIntent"
            message = f"{told} unless `confirm` is set to true."
            raise refusal(call, message, param=name)


def build(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return a payment intent that nobody has stored yet."""
    intent_id, secret = of_new_payment(call, 25)
    automatic, types = payment_types(call, given)
    card_options = (given.get("payment_method_options") or {}).get("card") or {}
    intent: dict[str, Any] = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": _NO_TIP,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{secret}",
        "confirmation_method": given.get("confirmation_method", "automatic"),
        "created": call.now,
        "currency": given["currency"],
        "customer": given.get("customer"),
        "customer_account": None,
        "description": given.get("description"),
        "excluded_payment_method_types": given.get("excluded_payment_method_types") or None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged(call, {}, given.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": _CARD_OPTIONS[card_options.get("request_three_d_secure", "automatic")]},
        "payment_method_types": types,
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": shipping_of(given.get("shipping")),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
    }
    if automatic is not None:
        intent["payment_method_options"]["link"] = _LINK
    return intent


def _update(call: Call) -> Answer:
    given = check(call, UPDATE)
    tree = tree_of(call, given, "payment_intent")
    refuse_unmodelled(call, given)
    intent = find_intent(call)
    _refuse_late(call, intent, given)
    changed = _changed(call, intent, given)
    method = method_of(call, given)
    if method is not None:
        refuse_method(call, changed, method)
        changed["payment_method"] = method.value["id"]
        if intent["status"] in ("requires_payment_method", "requires_action"):
            changed.update(status="requires_confirmation", next_action=None)
    elif "payment_method" in given:
        changed.update(payment_method=None, status="requires_payment_method", next_action=None)

    if method is not None:
        payment_methods.keep(call, method)
    intent.update(changed)
    splits.note(call, intent)
    return shown(call, intent, tree)


def _changed(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with the plain parameters in it, or refuse them."""
    changed = dict(intent)
    for name in (*_PLAIN, "amount", "currency", "capture_method", "customer"):
        if name in given:
            changed[name] = given[name]
    if "amount" in given or "currency" in given:
        check_amount(call, changed["amount"], changed["currency"])
    if given.get("customer") is not None:
        find(call, "customer", changed["customer"], param="customer")
    if "shipping" in given:
        changed["shipping"] = shipping_of(given["shipping"])
    if "metadata" in given:
        changed["metadata"] = merged(call, intent["metadata"], given["metadata"])
    if not splits.LATER.keys().isdisjoint(given):
        changed |= splits.agree(call, changed, given)
    if "payment_method_types" in given or "allowed_payment_method_types" in given:
        changed["automatic_payment_methods"], changed["payment_method_types"] = payment_types(call, given)
    return changed


def _refuse_late(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> None:
    if intent["status"] in OPEN:
        return
    for name in ("amount", "currency", "customer", "payment_method", "payment_method_data", "capture_method"):
        if name in given:
            message = (
                f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. "
                f"You may only update the {name} of a PaymentIntent with one of the following statuses: "
                f"{', '.join(OPEN)}."
            )
            raise unexpected(call, intent, message, param=name)


def _retrieve(call: Call) -> Answer:
    given = check(call, RETRIEVE)
    tree = tree_of(call, given, "payment_intent")
    intent = find_intent(call)
    attempted(call, intent, given)
    return shown(call, intent, tree)


def _list(call: Call) -> Answer:
    return page(call, LIST, "payment_intent", "/v1/payment_intents", equal=("customer",))


_MONEY: Final = ("amount", "amount_capturable", "amount_received")
_DATES: Final = ("created", "canceled_at")
_ENUMS: Final = ("status", "capture_method", "confirmation_method", "cancellation_reason")
_KEY: Final = ("body.metadata.order_id",)
_PATH: Final = "/v1/payment_intents/{intent}"

OPERATIONS: Final = (
    Operation(
        name="stripe.payment_intents.create", method="POST", path="/v1/payment_intents", run=_create, effect="write",
        object_type="payment_intent", key=_KEY, idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.payment_intents.retrieve", method="GET", path=_PATH, run=_retrieve,
        object_type="payment_intent", id_param="intent", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.payment_intents.update", method="POST", path=_PATH, run=_update, effect="write",
        object_type="payment_intent", id_param="intent", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.payment_intents.list", method="GET", path="/v1/payment_intents", run=_list,
        object_type="payment_intent", listing=LISTING, money=tuple(f"data.{one}" for one in _MONEY),
        dates=tuple(f"data.{one}" for one in _DATES), enums=tuple(f"data.{one}" for one in _ENUMS),
    ),
    Operation(
        name="stripe.payment_intents.confirm", method="POST", path=_PATH + "/confirm", run=confirm.confirm,
        effect="write", object_type="payment_intent", id_param="intent", idempotent=True, money=_MONEY, dates=_DATES,
        enums=_ENUMS,
    ),
    Operation(
        name="stripe.payment_intents.capture", method="POST", path=_PATH + "/capture", run=captures.capture,
        effect="write", object_type="payment_intent", id_param="intent", idempotent=True, money=_MONEY, dates=_DATES,
        enums=_ENUMS,
    ),
    Operation(
        name="stripe.payment_intents.cancel", method="POST", path=_PATH + "/cancel", run=captures.cancel,
        effect="write", object_type="payment_intent", id_param="intent", idempotent=True, money=_MONEY, dates=_DATES,
        enums=_ENUMS,
    ),
)  # fmt: skip
