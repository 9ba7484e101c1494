"""Payment methods: cards, by number, by token, or as one of the documented `pm_card_…` names.

(Stripe docs, API reference: PaymentMethods, and Testing; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.errors import Refused
from brownout.core.operation import Operation
from brownout.core.store import Term
from brownout.providers.stripe import card_details, held_tokens
from brownout.providers.stripe.cards import BY_NUMBER, BY_PAYMENT_METHOD
from brownout.providers.stripe.declines import declined
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.params import (
    ADDRESS,
    EXPAND,
    Shape,
    address,
    check,
    email,
    group,
    integer,
    metadata,
    missing,
    one_of,
    opaque,
    text,
)
from brownout.providers.stripe.resource import METADATA, NOW, Action, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card

_SPENT: Final = (
    "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, "
    "and may not be used again."
)
_BILLING: Final = group(Shape(address=ADDRESS, email=email(), name=text(), phone=text(), tax_id=text()), unset=False)
_ALLOW_REDISPLAY: Final = one_of("always", "limited", "unspecified")
_CARD: Final = group(
    Shape(
        number=text(unset=False), exp_month=integer(), exp_year=integer(), cvc=text(unset=False),
        token=text(unset=False), networks=opaque,
    ),
    unset=False,
)  # fmt: skip
_DATA: Final = Shape(
    ("type",), type=one_of("card"), card=_CARD, billing_details=_BILLING, metadata=metadata,
    allow_redisplay=_ALLOW_REDISPLAY, radar_options=opaque, referrer=text(), guid=text(), muid=text(), sid=text(),
    payment_user_agent=text(), time_on_page=text(), pasted_fields=text(),
)  # fmt: skip
DATA: Final = group(_DATA, unset=False)
"""Reads `payment_method_data`: what stripe.js adds to it is accepted too."""
_CREATE: Final = Shape(("type",), **_DATA.fields, expand=EXPAND)
_ATTACH: Final = Shape(("customer",), customer=text(unset=False), expand=EXPAND)


class Method(NamedTuple):
    """A payment method with its card; `kept` says whether it is stored yet, `set_up` whether for use off session.

    `token` is what its card came in, used up once it is kept.
    """

    value: dict[str, Any]
    card: Card
    spent: bool
    kept: bool
    set_up: bool = False
    token: str | None = None


def resolve(call: Call, method_id: str, *, param: str | None = None) -> Method:
    """Return the payment method of an id, or a new one (not kept yet) for a documented test name."""
    value = call.table("payment_method").get(method_id)
    if value is None:
        card = BY_PAYMENT_METHOD.get(method_id)
        if card is None and (source := call.table("customer_source").get(method_id)) is not None:
            return _of_source(call, source, param)
        if card is None:
            raise no_such(call, "payment_method", method_id, param=param)
        return Method(build(call, card, {}), card, spent=False, kept=False)
    return of(call, value)


def of(call: Call, value: dict[str, Any]) -> Method:
    """Return a kept payment method with what is known beside it."""
    beside = call.table("payment_method_card").get(value["id"])
    if beside is None:
        raise no_such(call, "payment_method", value["id"])
    return Method(value, BY_NUMBER[beside["number"]], beside["spent"], kept=True, set_up=beside.get("set_up", False))


def from_data(call: Call, given: dict[str, Any], prefix: str = "") -> Method:
    """Return a new payment method (not kept yet) from its parameters, or refuse the card."""
    card_param = f"{prefix}[card]" if prefix else "card"
    if "card" not in given:
        raise missing(call, card_param)
    card, details = card_details.read(call, given["card"], card_param)
    return Method(build(call, card, given, details), card, spent=False, kept=False, token=details.token)


def _of_source(call: Call, source: dict[str, Any], param: str | None) -> Method:
    """Return a customer's card as a payment method: it may stand wherever one may."""
    beside = call.table("customer_source_number").get(source["id"])
    card = BY_NUMBER.get(beside["number"]) if beside is not None else None
    if card is None:
        raise no_such(call, "payment_method", source["id"], param=param)
    details = card_details.Details(source["exp_month"], source["exp_year"], source["cvc_check"] is not None)
    where = {"line1": source["address_line1"], "postal_code": source["address_zip"]}
    value = build(call, card, {"billing_details": {"address": where, "name": source["name"]}}, details)
    value |= {"id": source["id"], "created": call.now, "customer": source["customer"]}
    return Method(value, card, spent=False, kept=True)


def build(call: Call, card: Card, given: dict[str, Any], details: card_details.Details | None = None) -> dict[str, Any]:
    """Return a new payment method, kept by nobody yet."""
    billing = given.get("billing_details") or {}
    details = details or card_details.usual(call.now)
    value = METHODS.build(call, {name: given[name] for name in ("allow_redisplay", "metadata") if name in given})
    return value | {
        "billing_details": _billing(billing, {}),
        "card": card_details.wire(call, card, details, billing),
    }


_NOBODY: Final[dict[str, Any]] = {
    "address": address({}), "email": None, "name": None, "phone": None, "tax_id": None,
}  # fmt: skip


def _billing(given: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a card's holder: of the many of whom nothing is, one that they share."""
    if not given and not current:
        return _NOBODY
    result = {name: given.get(name, current.get(name)) for name in ("email", "name", "phone", "tax_id")}
    where = given["address"] if "address" in given else current.get("address")
    return {"address": address(where or {}), **result}


def keep(call: Call, method: Method) -> None:
    """Store a new payment method; one that is kept already stays as it is."""
    if not method.kept:
        call.create("payment_method", method.value)
        call.table("payment_method_card").put({"id": method.value["id"], "number": method.card.number, "spent": False})
        held_tokens.use(call, method.token)


def spend(call: Call, method_id: str) -> None:
    """Mark a payment method as used without a customer: it may not be used again."""
    beside = call.table("payment_method_card").get(method_id)
    if beside is not None:
        beside["spent"] = True


def set_up(call: Call, method_id: str) -> None:
    """Mark a payment method as set up: its bank asks less from now on."""
    beside = call.table("payment_method_card").get(method_id)
    if beside is not None:
        beside["set_up"] = True


def of_customer(call: Call, customer_id: str) -> list[str]:
    """Return the ids attached to a customer, oldest first."""
    found = call.table("customer_methods").get(customer_id)
    return list(found["methods"]) if found is not None else []


def refuse_attach(call: Call, method: Method, customer_id: str | None) -> None:
    """Refuse what can't be attached to `customer_id` (None: to one about to be made)."""
    attached = method.value["customer"]
    if attached is not None and attached != customer_id:
        message = "The payment method you provided has already been attached to a customer."
        raise refusal(call, message, executed=True)
    if method.spent:
        raise refusal(call, _SPENT, executed=True)
    decline = method.card.decline
    if attached is None and decline is not None and method.card.declines_at_attach:
        raise Refused(declined(call, decline, method=method.value, param=""))


def attach_to(call: Call, method: Method, customer_id: str) -> None:
    """Attach; `refuse_attach` has been asked before."""
    if method.value["customer"] == customer_id:
        return
    keep(call, method)
    give(call, method.value, customer_id)
    emit(call, "payment_method.attached", method.value)


def give(call: Call, value: dict[str, Any], customer_id: str) -> None:
    """Give a kept payment method to a customer, and tell nobody."""
    value["customer"] = customer_id
    table = call.table("customer_methods")
    found = table.get(customer_id)
    if found is None:
        table.put({"id": customer_id, "methods": [value["id"]]})
    else:
        found["methods"].append(value["id"])


def detach_from(call: Call, value: dict[str, Any]) -> None:
    """Detach from its customer; it may not be used again."""
    customer_id = value["customer"]
    found = call.table("customer_methods").get(customer_id)
    if found is not None:
        found["methods"].remove(value["id"])
    customer = call.table("customer").get(customer_id)
    if customer is not None and customer["invoice_settings"]["default_payment_method"] == value["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
    value["customer"] = None
    spend(call, value["id"])
    emit(call, "payment_method.detached", value, previous={"customer": customer_id})


def _look(call: Call, method_id: str) -> dict[str, Any]:
    """Return a payment method; a test name gives one of its own each time, also on retrieval."""
    method = resolve(call, method_id)
    keep(call, method)
    return method.value


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    if changed["customer"] is None:
        raise refusal(call, "You must save this PaymentMethod to a customer before you can update it.", executed=True)
    if "billing_details" in given:
        changed["billing_details"] = _billing(given["billing_details"], changed["billing_details"])
    if "card" in given:
        changed["card"] = card_details.renewed(call, changed["card"], given["card"])


def _detach(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    if value["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise refusal(call, message, executed=True)
    detach_from(call, value)


METHODS: Final = Resource(
    object_type="payment_method",
    path="/v1/payment_methods",
    prefix="pm",
    fields={
        "allow_redisplay": param(_ALLOW_REDISPLAY, "unspecified"),
        "billing_details": fixed(),
        "card": fixed(),
        "created": NOW,
        "customer": fixed(link="customer"),
        "customer_account": fixed(),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "type": fixed("card", kind="enum"),
    },
    verbs=("retrieve", "update", "list"),
    filters={"allow_redisplay": _ALLOW_REDISPLAY, "customer": text(unset=False), "type": text(unset=False)},
    # Without `customer` the real list is empty, whatever there is.
    among=lambda given: {} if "customer" in given else {Term(("customer",)): ()},
    update_too={
        "billing_details": _BILLING,
        "card": group(Shape(exp_month=integer(), exp_year=integer(), networks=opaque), unset=False),
    },
    enums=("card.brand", "card.funding"),
    events={"update": "payment_method.updated"},
    look=_look,
    change=_change,
    actions=(Action("detach", _detach),),
)  # fmt: skip


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    tree = tree_of(call, given, "payment_method")
    method = from_data(call, given)

    keep(call, method)
    return shown(call, method.value, tree)


def _attach(call: Call) -> Answer:
    given = check(call, _ATTACH)
    tree = tree_of(call, given, "payment_method")
    method = resolve(call, call.path["payment_method"])
    find(call, "customer", given["customer"], param="customer")
    refuse_attach(call, method, given["customer"])

    attach_to(call, method, given["customer"])
    return shown(call, method.value, tree)


OPERATIONS: Final = (
    Operation(
        name="stripe.payment_methods.create", method="POST", path=METHODS.path, run=_create, effect="write",
        object_type="payment_method", key=("body.metadata.order_id",), idempotent=True, **METHODS.kinds(),
    ),
    Operation(
        name="stripe.payment_methods.attach", method="POST", path=f"{METHODS.path}/{{payment_method}}/attach",
        run=_attach, effect="write", object_type="payment_method", id_param="payment_method", idempotent=True,
        **METHODS.kinds(),
    ),
    *METHODS.operations(),
)  # fmt: skip
