"""Products: what prices are prices of.

(Stripe docs, API reference: Products; stripe-python 16.1's types; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.params import Shape, array, boolean, group, opaque, text
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Resource, fixed, made, param

if TYPE_CHECKING:
    from brownout.core.operation import Call

_OPTIONAL: Final = text()
_FEATURES: Final = array(group(Shape(("name",), name=text(unset=False, most=80)), unset=False))


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    """Note when it was changed, and refuse a default price that is another product's."""
    if given.get("default_price") is not None:
        price = find(call, "price", given["default_price"], param="default_price")
        if price["product"] != changed["id"]:
            message = f"The price specified (`{price['id']}`) does not belong to this product (`{changed['id']}`)."
            raise refusal(call, message, param="default_price")
    changed["updated"] = call.now


PRODUCTS: Final = Resource(
    object_type="product",
    path="/v1/products",
    prefix="prod",
    letters=14,
    fields={
        "active": param(boolean, default=True),
        "created": NOW,
        "default_price": param(_OPTIONAL, creates=False, link="price"),
        "description": param(_OPTIONAL),
        "images": made(lambda _call: [], array(text(unset=False))),
        "livemode": fixed(value=False),
        "marketing_features": made(lambda _call: [], _FEATURES),
        "metadata": METADATA,
        "name": param(text(unset=False), required=True),
        "package_dimensions": param(opaque),
        "shippable": param(boolean),
        "statement_descriptor": param(text(most=22)),
        "tax_code": NEVER,
        "type": fixed("service", kind="enum"),
        "unit_label": param(_OPTIONAL),
        "updated": NOW,
        "url": param(_OPTIONAL),
    },
    verbs=("create", "retrieve", "update", "delete", "list"),
    filters={"active": boolean, "shippable": boolean, "url": text(unset=False)},
    events={"create": "product.created", "update": "product.updated", "delete": "product.deleted"},
    change=_change,
)
OPERATIONS: Final = PRODUCTS.operations()
