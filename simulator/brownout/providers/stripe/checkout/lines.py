"""Line items: what a session or a link sells, how many of it, and what that adds up to.

Each is an object of its own, listed in the order it was given in; its price stands inside it. (Stripe docs, API
reference: Line items of Checkout Sessions and Payment Links; messages as issues on GitHub quote them; read 2026-11-24.)
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.providers.stripe import expand, prices
from brownout.providers.stripe.checkout.options import not_modelled, nothing
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import Shape, array, boolean, group, integer, metadata, opaque, shaped, text

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

MOST: Final = 100
"""How many a session in payment mode may have (Stripe docs, API reference: Create a Checkout Session, line_items)."""
MOST_OF_LINK: Final = 20
_SHOWN: Final = 10
_QUANTITY_MOST: Final = 99
_RECURRING: Final = (
    "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only "
    "one-time prices."
)
_ADJUSTABLE: Final = shaped(
    Shape(("enabled",), enabled=boolean, maximum=integer(least=1), minimum=integer(least=0)),
    lambda found: {"maximum": _QUANTITY_MOST, "minimum": 0, **found} if found["enabled"] else None,
    unset=False,
)
_PRODUCT: Final = group(
    Shape(
        ("name",), description=text(unset=False), images=array(text(unset=False)), metadata=metadata,
        name=text(unset=False), tax_code=opaque, tax_details=opaque, unit_label=text(),
    ),
    unset=False,
)  # fmt: skip
_PRICE_DATA: Final = group(Shape(("currency",), **{**prices.PRICE_DATA.fields, "product_data": _PRODUCT}), unset=False)
LINE_FIELDS: Final[dict[str, Reader]] = {
    "adjustable_quantity": _ADJUSTABLE,
    "id": text(unset=False),
    "metadata": metadata,
    "price": text(unset=False),
    "price_data": _PRICE_DATA,
    "quantity": integer(least=1),
    "tax_rates": nothing("tax rates"),
}
LINES: Final = array(group(Shape(**LINE_FIELDS), unset=False))
"""Reads `line_items`."""


def refuse(call: Call, given: list[dict[str, Any]], *, most: int = MOST, currency: str | None = None) -> str:
    """Refuse line items that can't be sold together; return their currency. Changes nothing."""
    if len(given) > most:
        raise refusal(call, f"You may only specify up to {most} line items.", param="line_items")
    found = currency
    for place, line in enumerate(given):
        param = f"line_items[{place}]"
        if "id" in line:
            raise refusal(call, f"Received unknown parameter: {param}[id]", code="parameter_unknown", param=param)
        own = _refuse_price(call, line, param)
        if "quantity" not in line:
            raise refusal(call, f"Quantity is required. Add `quantity` to `{param}`", param=param)
        if own != (found := found or own):
            message = f"All prices must have the same currency: `{param}` has {own}, those before it {found}."
            raise refusal(call, message, param=param)
    return found or "usd"


def _refuse_price(call: Call, line: dict[str, Any], param: str) -> str:
    data = line.get("price_data")
    if (data is None) == ("price" not in line):
        raise refusal(call, "You must provide either price or price_data for each line item when using prices.")
    if data is None:
        price = find(call, "price", line["price"], param=f"{param}[price]")
        if not price["active"]:
            message = "The price specified is inactive. This field only accepts active prices."
            raise refusal(call, message, param=f"{param}[price]")
        if price["recurring"] is not None:
            raise refusal(call, _RECURRING, param=param)
        if price["unit_amount_decimal"] is None:
            raise not_modelled(call, f"{param}[price]", "prices that the payer chooses (`custom_unit_amount`)")
        return str(price["currency"])
    if "recurring" in data:
        raise refusal(call, _RECURRING, param=param)
    if "product" in data:
        find(call, "product", data["product"], param=f"{param}[price_data][product]")
    elif "product_data" not in data:
        message = "You must specify either `product` or `product_data` when creating a price."
        raise refusal(call, message, code="parameter_missing", param=f"{param}[price_data]")
    if "unit_amount" not in data and "unit_amount_decimal" not in data:
        message = "You must specify either `unit_amount` or `unit_amount_decimal` when creating a price."
        raise refusal(call, message, code="parameter_missing", param=f"{param}[price_data]")
    return str(data["currency"])


def total(given: list[dict[str, Any]], call: Call) -> int:
    """Return what line items that `refuse` let through add up to."""
    priced = (line.get("price_data") or find(call, "price", line["price"]) for line in given)
    return sum(_amount(price, line["quantity"]) for price, line in zip(priced, given, strict=True))


def _amount(price: dict[str, Any], quantity: int) -> int:
    each = price.get("unit_amount")
    if each is not None:
        return int(each) * quantity
    exact = Decimal(price["unit_amount_decimal"]) * quantity
    return int(exact.to_integral_value(ROUND_HALF_UP))


def make(call: Call, given: list[dict[str, Any]]) -> list[str]:
    """Keep the line items that `refuse` let through, with the prices made for them; return their ids."""
    return [_keep(call, line) for line in given]


def _keep(call: Call, line: dict[str, Any]) -> str:
    data = line.get("price_data")
    price = prices.inline(call, data) if data is not None else call.table("price").get(line["price"])
    product = call.table("product").get(price["product"]) if price is not None else None
    table = call.table("item")
    value = {
        "id": alone(call, "li", table),
        "object": "item",
        "adjustable_quantity": line.get("adjustable_quantity"),
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": price["currency"] if price is not None else "usd",
        "description": product["name"] if product is not None else None,
        "metadata": line.get("metadata") or {},
        "price": dict(price or {}),
        "quantity": 0,
    }
    table.put(value)
    count(value, line["quantity"])
    return str(value["id"])


def count(item: dict[str, Any], quantity: int) -> None:
    """Say how many of an item are bought."""
    amount = _amount(item["price"], quantity)
    item.update(quantity=quantity, amount_subtotal=amount, amount_total=amount)


def copied(call: Call, ids: list[str]) -> list[str]:
    """Keep copies of line items, as a session of a link has; return their ids."""
    table = call.table("item")
    made = []
    for item in of(call, ids):
        value = {**item, "id": alone(call, "li", table)}
        table.put(value)
        made.append(str(value["id"]))
    return made


def of(call: Call, ids: list[str]) -> list[dict[str, Any]]:
    """Return line items by their ids."""
    table = call.table("item")
    return [item for one in ids if (item := table.get(one)) is not None]


def ids_of(call: Call, owner: dict[str, Any]) -> list[str]:
    """Return the ids of a session's or a link's line items."""
    beside = call.table("checkout").get(owner["id"])
    return list(beside["lines"]) if beside is not None else []


def listed(call: Call, owner: dict[str, Any], inner: expand.Tree) -> dict[str, Any]:
    """Return the list that stands under `line_items` where it is expanded."""
    ids = ids_of(call, owner)
    data = of(call, ids[:_SHOWN])
    below = inner.get("data")
    return {
        "object": "list",
        "data": [expand.expanded(call, item, below, "item") for item in data] if below else data,
        "has_more": len(ids) > _SHOWN,
        "url": f"{_PATHS[owner['object']]}/{owner['id']}/line_items",
    }


_PATHS: Final = {"checkout.session": "/v1/checkout/sessions", "payment_link": "/v1/payment_links"}
expand.LINKS["item"] = {"price": "{}"}
expand.LINKS["item.price"] = {"product": "product"}
expand.LISTS.update({f"{owner}.line_items": expand.Listed("item", listed) for owner in _PATHS})
_SHAPE: Final = list_shape()


def listing(owner_type: str, id_param: str) -> Operation:
    """Return the operation that lists the line items of a session or a link."""
    path = _PATHS[owner_type]
    return Operation(
        name=f"stripe.{path.removeprefix('/v1/').replace('/', '.')}.line_items.list",
        method="GET",
        path=f"{path}/{{{id_param}}}/line_items",
        run=partial(_list, owner_type, id_param),
        object_type="item",
        id_param=id_param,
        listing=LISTING,
        money=("data.amount_discount", "data.amount_subtotal", "data.amount_tax", "data.amount_total"),
    )


def _list(owner_type: str, id_param: str, call: Call) -> Answer:
    owner = find(call, owner_type, call.path[id_param])
    url = f"{_PATHS[owner_type]}/{owner['id']}/line_items"
    return page(call, _SHAPE, "item", url, known=lambda call, _given: ids_of(call, owner)[::-1])
