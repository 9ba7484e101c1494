"""Customers, and the payment methods attached to them.

(Stripe docs, API reference: Customers; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe import payment_methods
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.ids import plain
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import (
    ADDRESS,
    EXPAND,
    Shape,
    address,
    array,
    boolean,
    check,
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
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_SHIPPING: Final = group(Shape(("address", "name"), address=ADDRESS, name=text(unset=False), phone=text()))
_INVOICE_SETTINGS: Final = group(
    Shape(
        custom_fields=opaque,
        default_payment_method=text(),
        footer=text(),
        rendering_options=opaque,
    ),
    unset=False,
)
_FIELDS: Final[dict[str, Reader]] = {
    "address": ADDRESS,
    "balance": integer(),
    "business_name": text(most=150),
    "cash_balance": opaque,
    "description": text(),
    "email": text(most=512),
    "expand": EXPAND,
    "individual_name": text(most=150),
    "invoice_prefix": text(unset=False, most=12),
    "invoice_settings": _INVOICE_SETTINGS,
    "metadata": metadata,
    "name": text(most=256),
    "next_invoice_sequence": integer(least=1),
    "phone": text(most=20),
    "preferred_locales": array(text(unset=False)),
    "shipping": _SHIPPING,
    "source": text(unset=False),
    "tax": opaque,
    "tax_exempt": one_of("exempt", "none", "reverse", unset=True),
    "validate": boolean,
}
_CREATE: Final = Shape(payment_method=text(unset=False), tax_id_data=opaque, test_clock=text(unset=False), **_FIELDS)
_UPDATE: Final = Shape(default_source=text(unset=False), **_FIELDS)
_RETRIEVE: Final = Shape(expand=EXPAND)
_DELETE: Final = Shape()
_LIST: Final = list_shape(created=moments, email=text(unset=False), test_clock=text(unset=False))
_METHODS: Final = list_shape(allow_redisplay=one_of("always", "limited", "unspecified"), type=text(unset=False))
_SETTABLE: Final = (
    "balance", "description", "email", "invoice_prefix", "name", "next_invoice_sequence", "phone",
    "business_name", "individual_name",
)  # fmt: skip


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    tree = tree_of(call, given, "customer")
    _refuse_unmodelled(call, given)
    method = None
    if "payment_method" in given:
        method = payment_methods.resolve(call, given["payment_method"], param="payment_method")
        payment_methods.refuse_attach(call, method, None)
    customer = blank(call)
    _apply(call, customer, given, own_method=method.value["id"] if method is not None else None)

    call.create("customer", customer)
    if method is not None:
        payment_methods.attach_to(call, method, customer["id"])
    emit(call, "customer.created", customer)
    return shown(call, customer, tree)


def blank(call: Call) -> dict[str, Any]:
    """Return a new customer of whom nothing is known, kept by nobody yet."""
    return {
        "id": plain(call, "cus", call.table("customer"), 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": call.draw_text("invoice_prefix", 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def _apply(call: Call, customer: dict[str, Any], given: dict[str, Any], own_method: str | None = None) -> None:
    """Put `given` into `customer`, which nobody else holds yet."""
    for name in _SETTABLE:
        if name in given:
            customer[name] = given[name]
    if "address" in given:
        customer["address"] = address(given["address"])
    if "preferred_locales" in given:
        customer["preferred_locales"] = given["preferred_locales"]
    if "tax_exempt" in given:
        customer["tax_exempt"] = given["tax_exempt"] or "none"
    if "shipping" in given:
        shipping = given["shipping"]
        customer["shipping"] = shipping and {
            "address": address(shipping["address"]),
            "name": shipping["name"],
            "phone": shipping.get("phone"),
        }
    if "metadata" in given:
        customer["metadata"] = merged(call, customer["metadata"], given["metadata"])
    settings = given.get("invoice_settings")
    if settings:
        _check_default(call, customer, settings.get("default_payment_method"), own_method)
        customer["invoice_settings"] = {
            **customer["invoice_settings"],
            **{name: settings[name] for name in ("default_payment_method", "footer") if name in settings},
        }


def _check_default(call: Call, customer: dict[str, Any], wanted: str | None, own_method: str | None) -> None:
    if wanted is None or wanted == own_method:
        return
    param = "invoice_settings[default_payment_method]"
    method = find(call, "payment_method", wanted, param=param)
    if method["customer"] != customer["id"]:
        message = (
            f"The customer does not have a payment method with the ID {wanted}. The payment method must be attached "
            "to the customer."
        )
        raise refusal(call, message, code="resource_missing", param=param)


def _refuse_unmodelled(call: Call, given: dict[str, Any]) -> None:
    for name, noun in (("source", "token"), ("default_source", "source"), ("test_clock", "test clock")):
        if name in given:
            raise refusal(call, f"No such {noun}: '{given[name]}'", code="resource_missing", param=name)


def _update(call: Call) -> Answer:
    given = check(call, _UPDATE)
    tree = tree_of(call, given, "customer")
    customer = find(call, "customer", call.path["customer"])
    _refuse_unmodelled(call, given)
    changed = dict(customer)
    _apply(call, changed, given)

    previous = {name: value for name, value in customer.items() if value != changed[name]}
    customer.update(changed)
    if previous:
        emit(call, "customer.updated", customer, previous=previous)
    return shown(call, customer, tree)


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "customer")
    gone = call.table("customer_deleted").get(call.path["customer"])
    if gone is not None:
        return Answer(200, gone)
    return shown(call, find(call, "customer", call.path["customer"]), tree)


def _delete(call: Call) -> Answer:
    check(call, _DELETE)
    customer = find(call, "customer", call.path["customer"])
    customer_id = customer["id"]

    for method_id in payment_methods.of_customer(call, customer_id):
        method = call.table("payment_method").get(method_id)
        if method is not None:
            payment_methods.detach_from(call, method)
    call.table("customer").remove(customer_id)
    stub = {"id": customer_id, "object": "customer", "deleted": True}
    call.table("customer_deleted").put(stub)
    emit(call, "customer.deleted", customer)
    return Answer(200, stub)


def _list(call: Call) -> Answer:
    return page(call, _LIST, "customer", "/v1/customers", equal=("email",))


def _list_methods(call: Call) -> Answer:
    customer_id = call.path["customer"]
    if call.table("customer").get(customer_id) is None:
        raise no_such(call, "customer", customer_id)
    return page(
        call, _METHODS, "payment_method", f"/v1/customers/{customer_id}/payment_methods",
        equal=("allow_redisplay", "type"),
        keep=lambda method, _given: method["customer"] == customer_id,
        known=lambda _call, _given: payment_methods.of_customer(call, customer_id),
    )  # fmt: skip


def _retrieve_method(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "payment_method")
    find(call, "customer", call.path["customer"])
    method = find(call, "payment_method", call.path["payment_method"])
    if method["customer"] != call.path["customer"]:
        raise no_such(call, "payment_method", method["id"])
    return shown(call, method, tree)


_MONEY: Final = ("balance",)
_DATES: Final = ("created",)
_ENUMS: Final = ("tax_exempt",)
_KEY: Final = ("body.metadata.customer_id", "body.metadata.user_id")

OPERATIONS: Final = (
    Operation(
        name="stripe.customers.create", method="POST", path="/v1/customers", run=_create, effect="write",
        object_type="customer", key=_KEY, idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.customers.retrieve", method="GET", path="/v1/customers/{customer}", run=_retrieve,
        object_type="customer", id_param="customer", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.customers.update", method="POST", path="/v1/customers/{customer}", run=_update, effect="write",
        object_type="customer", id_param="customer", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.customers.delete", method="DELETE", path="/v1/customers/{customer}", run=_delete,
        effect="write", object_type="customer", id_param="customer",
    ),
    Operation(
        name="stripe.customers.list", method="GET", path="/v1/customers", run=_list, object_type="customer",
        listing=LISTING, money=("data.balance",), dates=("data.created",), enums=("data.tax_exempt",),
    ),
    Operation(
        name="stripe.customers.payment_methods.list", method="GET",
        path="/v1/customers/{customer}/payment_methods", run=_list_methods, object_type="payment_method",
        id_param="customer", listing=LISTING, dates=("data.created",), enums=("data.type",),
    ),
    Operation(
        name="stripe.customers.payment_methods.retrieve", method="GET",
        path="/v1/customers/{customer}/payment_methods/{payment_method}", run=_retrieve_method,
        object_type="payment_method", id_param="payment_method", dates=_DATES, enums=("type",),
    ),
)  # fmt: skip
