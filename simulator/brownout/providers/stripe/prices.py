"""Prices: so much for one of a product, once or again and again.

(Stripe docs, API reference: Prices; stripe-python 16.1's types; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.store import Term
from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.params import Shape, array, boolean, group, integer, metadata, one_of, opaque, text
from brownout.providers.stripe.products import PRODUCTS
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.operation import Call

_TAX: Final = one_of("exclusive", "inclusive", "unspecified")
_RECURRING: Final = group(
    Shape(
        ("interval",), interval=one_of("day", "week", "month", "year"), interval_count=integer(least=1),
        meter=text(unset=False), trial_period_days=integer(least=1), usage_type=one_of("licensed", "metered"),
    ),
    unset=False,
)  # fmt: skip
_PRODUCT: Final = group(
    Shape(
        ("name",), active=boolean, id=text(unset=False), metadata=metadata, name=text(unset=False),
        statement_descriptor=text(most=22), tax_code=opaque, unit_label=text(),
    ),
    unset=False,
)  # fmt: skip
PRICE_DATA: Final = Shape(
    ("currency",), currency=currency, product=text(unset=False), product_data=_PRODUCT, recurring=_RECURRING,
    tax_behavior=_TAX, unit_amount=integer(least=0), unit_amount_decimal=text(unset=False),
)  # fmt: skip
"""What an inline price is made from, as `line_items[0][price_data]` has it."""


def _prepare(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    """Find or make the product, and fill in what follows from other fields."""
    decimal = given.get("unit_amount_decimal")
    if value["unit_amount"] is None and decimal is None and "custom_unit_amount" not in given:
        message = "Must provide `unit_amount` or `unit_amount_decimal` or `custom_unit_amount`."
        raise refusal(call, message, code="parameter_missing", param="unit_amount")
    if value["unit_amount"] is not None:
        value["unit_amount_decimal"] = str(value["unit_amount"])
    recurring = given.get("recurring")
    if recurring is not None:
        value["type"] = "recurring"
        value["recurring"] = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": recurring.get("meter"),
            "trial_period_days": recurring.get("trial_period_days"),
            "usage_type": recurring.get("usage_type", "licensed"),
        }
    if "product" in given:
        find(call, "product", given["product"], param="product")
    elif "product_data" in given:
        product = PRODUCTS.build(call, given["product_data"])
        PRODUCTS.keep(call, product, given["product_data"])
        value["product"] = product["id"]
    else:
        message = "You must provide one of `product` or `product_data`."
        raise refusal(call, message, code="parameter_missing", param="product")


def inline(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the kept price that `price_data` describes; such prices can't be used again."""
    value = PRICES.build(call, given)
    _prepare(call, value, given)
    value["active"] = False
    PRICES.keep(call, value, given)
    return value


PRICES: Final = Resource(
    object_type="price",
    path="/v1/prices",
    prefix="price",
    fields={
        "active": param(boolean, default=True),
        "billing_scheme": fixed("per_unit", kind="enum"),
        "created": NOW,
        "currency": param(currency, required=True, updates=False),
        "custom_unit_amount": param(opaque, updates=False),
        "livemode": fixed(value=False),
        "lookup_key": param(text(most=200)),
        "metadata": METADATA,
        "nickname": param(text()),
        "product": param(text(unset=False), updates=False, link="product"),
        "recurring": param(_RECURRING, updates=False),
        "tax_behavior": param(_TAX, "unspecified", kind="enum"),
        "tiers_mode": fixed(),
        "transform_quantity": param(opaque, updates=False),
        "type": fixed("one_time", kind="enum"),
        "unit_amount": param(integer(least=0), updates=False, kind="money"),
        "unit_amount_decimal": param(text(unset=False), updates=False),
    },
    filters={
        "active": boolean, "currency": currency, "product": text(unset=False),
        "type": one_of("one_time", "recurring"),
    },
    list_too={"lookup_keys": array(text(unset=False))},
    create_too={"product_data": _PRODUCT, "transfer_lookup_key": boolean},
    update_too={"transfer_lookup_key": boolean},
    events={"create": "price.created", "update": "price.updated"},
    prepare=_prepare,
    among=lambda given: {Term(("lookup_key",)): given["lookup_keys"]} if "lookup_keys" in given else {},
)  # fmt: skip
OPERATIONS: Final = PRICES.operations()
