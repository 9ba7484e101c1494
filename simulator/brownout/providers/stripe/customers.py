"""Customers, and the payment methods attached to them.

(Stripe docs, API reference: Customers; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.core.store import Term
from brownout.providers.stripe import payment_methods
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import LINKS, shown, tree_of
from brownout.providers.stripe.funds import customer_balances
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import (
    EXPAND,
    FULL_ADDRESS,
    Shape,
    array,
    boolean,
    check,
    email,
    filled,
    group,
    integer,
    one_of,
    opaque,
    text,
)
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Resource, fixed, made, param
from brownout.providers.stripe.sources import customers as sources
from brownout.providers.stripe.sources import objects

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_SHIPPING: Final = filled(
    Shape(("address", "name"), address=FULL_ADDRESS, name=text(unset=False), phone=text()), phone=None
)
_INVOICE_SETTINGS: Final = group(
    Shape(custom_fields=opaque, default_payment_method=text(), footer=text(), rendering_options=opaque), unset=False
)
_SETTINGS: Final = ("custom_fields", "default_payment_method", "footer", "rendering_options")
_NAMES: Final = ("business_name", "individual_name")
"""Fields that aren't there until they are set."""


def _source(call: Call, name: str, value: Any) -> objects.Source:
    source = objects.read(call, value, name)
    sources.refuse(call, source)
    return source


def _test_clock(call: Call, name: str, value: Any) -> None:
    raise refusal(call, f"No such test clock: '{value}'", code="resource_missing", param=name)


_EITHER: Final[dict[str, Reader]] = {
    **dict.fromkeys(_NAMES, text(most=150)),
    "cash_balance": opaque,
    "invoice_settings": _INVOICE_SETTINGS,
    "source": _source,
    "tax": opaque,
    "validate": boolean,
}


def _prepare(call: Call, customer: dict[str, Any], given: dict[str, Any]) -> None:
    """Finish a new customer; from here on `given` has the payment method itself instead of its id."""
    own_method = None
    if "payment_method" in given:
        method = payment_methods.resolve(call, given["payment_method"], param="payment_method")
        payment_methods.refuse_attach(call, method, None)
        given["payment_method"], own_method = method, method.value["id"]
    _put(call, customer, given, own_method)


def _done(call: Call, customer: dict[str, Any], given: dict[str, Any]) -> None:
    """Give the new customer its payment method and source, then tell of it as it is with them."""
    if "payment_method" in given:
        payment_methods.attach_to(call, given["payment_method"], customer["id"])
    if "source" in given:
        sources.add(call, customer, given["source"])
    customer_balances.record(call, customer, 0, type="initial")
    emit(call, "customer.created", customer)


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    _put(call, changed, given, None)
    if "default_source" in given:
        sources.find_of(call, changed["id"], given["default_source"], param="default_source")
    if "source" in given:
        sources.replace(call, changed, given["source"])
    customer_balances.record(call, changed, find(call, "customer", changed["id"])["balance"])


def _put(call: Call, customer: dict[str, Any], given: dict[str, Any], own_method: str | None) -> None:
    """Put into `customer`, which nobody else holds yet, what isn't simply a field's new value."""
    customer |= {name: given[name] for name in _NAMES if name in given}
    customer["tax_exempt"] = customer["tax_exempt"] or "none"
    settings = given.get("invoice_settings") or {}
    _check_default(call, customer, settings.get("default_payment_method"), own_method)
    kept = {name: settings[name] for name in ("default_payment_method", "footer") if name in settings}
    customer["invoice_settings"] = customer["invoice_settings"] | kept


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


def _look(call: Call, customer_id: str) -> dict[str, Any]:
    """Return a customer, or what is left of one that was deleted."""
    return call.table("customer_deleted").get(customer_id) or find(call, "customer", customer_id)


def _leave(call: Call, customer: dict[str, Any]) -> None:
    """Take away what a customer has that is deleted, and leave a stub behind."""
    for method_id in payment_methods.of_customer(call, customer["id"]):
        method = call.table("payment_method").get(method_id)
        if method is not None:
            payment_methods.detach_from(call, method)
    for source_id in sources.of_customer(call, customer["id"]):
        sources.remove(call, customer, sources.find_of(call, customer["id"], source_id))
    call.table("customer_deleted").put({"id": customer["id"], "object": "customer", "deleted": True})


CUSTOMERS: Final = Resource(
    object_type="customer",
    path="/v1/customers",
    prefix="cus",
    letters=14,
    fields={
        "address": param(FULL_ADDRESS),
        "balance": param(integer(), 0, kind="money"),
        "created": NOW,
        "currency": fixed(),
        "default_source": param(text(unset=False), creates=False, link="*"),
        "delinquent": fixed(value=False),
        "description": param(text()),
        "discount": fixed(),
        "email": param(email()),
        "invoice_prefix": made(
            lambda call: call.draw_text("invoice_prefix", 8).upper(), text(unset=False, most=12)
        ),
        "invoice_settings": made(lambda _call: dict.fromkeys(_SETTINGS), link="{}"),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "name": param(text(most=256)),
        "next_invoice_sequence": param(integer(least=1), 1),
        "phone": param(text(most=20)),
        "preferred_locales": made(lambda _call: [], array(text(unset=False))),
        "shipping": param(_SHIPPING),
        "tax_exempt": param(one_of("exempt", "none", "reverse", unset=True), "none", kind="enum"),
        "test_clock": NEVER,
    },
    verbs=("create", "retrieve", "update", "delete", "list"),
    filters={"email": text(unset=False), "test_clock": text(unset=False)},
    create_too={
        **_EITHER, "payment_method": text(unset=False), "tax_id_data": opaque, "test_clock": _test_clock,
    },
    update_too=_EITHER,
    events={"update": "customer.updated", "delete": "customer.deleted"},
    key=("body.metadata.customer_id", "body.metadata.user_id"),
    look=_look,
    prepare=_prepare,
    done=_done,
    change=_change,
    leave=_leave,
)  # fmt: skip
LINKS["customer"] |= dict.fromkeys(("sources", "subscriptions", "tax_ids"), "[]")
LINKS["customer.invoice_settings"] = {"default_payment_method": "payment_method"}


_METHODS: Final = list_shape(allow_redisplay=one_of("always", "limited", "unspecified"), type=text(unset=False))


def _list_methods(call: Call) -> Answer:
    customer_id = call.path["customer"]
    if call.table("customer").get(customer_id) is None:
        raise no_such(call, "customer", customer_id)
    return page(
        call, _METHODS, "payment_method", f"/v1/customers/{customer_id}/payment_methods",
        equal=("allow_redisplay", "type"),
        where={Term(("customer",)): (customer_id,)},
        known=lambda _call, _given: payment_methods.of_customer(call, customer_id),
    )  # fmt: skip


def _retrieve_method(call: Call) -> Answer:
    given = check(call, Shape(expand=EXPAND))
    tree = tree_of(call, given, "payment_method")
    find(call, "customer", call.path["customer"])
    method = find(call, "payment_method", call.path["payment_method"])
    if method["customer"] != call.path["customer"]:
        raise no_such(call, "payment_method", method["id"])
    return shown(call, method, tree)


OPERATIONS: Final = (
    *CUSTOMERS.operations(),
    Operation(
        name="stripe.customers.payment_methods.list", method="GET",
        path="/v1/customers/{customer}/payment_methods", run=_list_methods, object_type="payment_method",
        id_param="customer", listing=LISTING, dates=("data.created",), enums=("data.type",),
    ),
    Operation(
        name="stripe.customers.payment_methods.retrieve", method="GET",
        path="/v1/customers/{customer}/payment_methods/{payment_method}", run=_retrieve_method,
        object_type="payment_method", id_param="payment_method", dates=("created",), enums=("type",),
    ),
)  # fmt: skip
