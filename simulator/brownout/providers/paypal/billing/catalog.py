"""`paypal.products.*`, and how billing reads lists, patches and its objects.

(PayPal REST API specifications, Catalog Products v1; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.billing.billing_words import ON
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.tokens import SUBSCRIPTIONS_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit
from brownout.providers.paypal.wire import PATCHES, wants_all

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

TTL_SECONDS: Final = 72 * 3600.0
SCOPES: Final = frozenset({SUBSCRIPTIONS_SCOPE})
PATH: Final = "/v1/catalogs/products"
_TYPES: Final = ("PHYSICAL", "DIGITAL", "SERVICE")
_TEXTS: Final = {"description": 256, "category": 256, "image_url": 2000, "home_url": 2000}
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_PAGE_SIZE: Final = 10
_MOST_PAGE_SIZE: Final = 20


def find(call: Call, object_type: str, object_id: str, *, field: str = "id", location: str = "path") -> dict[str, Any]:
    """Return an object of the account.

    Raises:
        Refused: if there is none of that id.
    """
    found = call.table(object_type).get(object_id)
    if found is None:
        raise refusal(call, ON, "INVALID_RESOURCE_ID", field=field, value=object_id, location=location)
    return found


def page_of(call: Call, found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return the part of a list that is asked for, and the totals if they are."""
    page, size = _number(call, "page", 1), min(_number(call, "page_size", _PAGE_SIZE), _MOST_PAGE_SIZE)
    totals = {"total_items": len(found), "total_pages": max(1, -(-len(found) // size))}
    return found[(page - 1) * size : page * size], totals if call.params.get("total_required") == "true" else {}


def _number(call: Call, name: str, default: int) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if _NUMBER.fullmatch(text) is None:
        raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field=name, value=text, location="query")
    return int(text)


def patches(call: Call, allowed: Container[str]) -> list[tuple[str, Any]]:
    """Return the paths that a PATCH replaces, with their values.

    Raises:
        Refused: if any of it isn't one of `allowed`, or is no replacement.
    """
    out = []
    for number, one in enumerate(call.params.get(PATCHES, [])):
        if not isinstance(one, dict) or one.get("op") not in ("add", "replace") or "value" not in one:
            raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field=f"/{number}/op")
        path = one.get("path")
        if not isinstance(path, str) or path not in allowed:
            raise refusal(call, ON, "UNSUPPORTED_PATCH_OPERATION", field=f"/{number}/path", value=path)
        out.append((path, one["value"]))
    return out


def shown_product(call: Call, product: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product for an answer."""
    path = f"{PATH}/{product['id']}"
    names = ("id", "name", "description", "type", "category", "image_url", "home_url")
    out = {name: product[name] for name in names if product[name] is not None}
    out |= {"create_time": stamp(product["created"]), "update_time": stamp(product["updated"])}
    return out | {"links": [link(call, path, "self"), link(call, path, "edit", "PATCH")]}


def _read(call: Call) -> dict[str, Any]:
    reader, params = Reader(call, ON), call.params
    kind = params.get("type", "PHYSICAL")
    if kind not in _TYPES:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/type", kind)
    name = reader.text(params, "name", Place(), most=127, needed=True)
    return {"name": name, "type": kind} | {
        one: reader.text(params, one, Place(), most=most) for one, most in _TEXTS.items()
    }


def _create(call: Call) -> Answer:
    given = _read(call)
    wanted = Reader(call, ON).text(call.params, "id", Place(), most=50, least=6)
    if wanted is not None and call.table("product").get(wanted) is not None:
        raise refusal(call, ON, "DUPLICATE_RESOURCE_IDENTIFIER", field="/id", value=wanted)
    made = wanted or f"PROD-{call.draw_text('product', 17).upper()}"
    product = call.create("product", {**given, "id": made, "created": call.now, "updated": call.now})
    shown = shown_product(call, product)
    emit(call, "CATALOG.PRODUCT.CREATED", shown)
    brief = {name: shown[name] for name in ("id", "name", "description", "create_time", "links") if name in shown}
    return Answer(201, shown if wants_all(call) else brief)


def again(call: Call, stored: Stored) -> Answer:
    """Answer a repeated request id with 200 and what was answered first."""
    return Answer(200, stored.body)


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_product(call, find(call, "product", call.path["id"])))


def _list(call: Call) -> Answer:
    shown, totals = page_of(call, list(call.table("product").newest_first()))
    return Answer(200, totals | {
        "products": [shown_product(call, one) for one in shown], "links": [link(call, PATH, "self")],
    })  # fmt: skip


def _update(call: Call) -> Answer:
    product = find(call, "product", call.path["id"])
    changes = {path[1:]: value for path, value in patches(call, [f"/{name}" for name in _TEXTS])}
    reader = Reader(call, ON)
    for name in changes:
        reader.text(changes, name, Place(), most=_TEXTS[name], needed=True)
    product |= changes | {"updated": call.now}
    emit(call, "CATALOG.PRODUCT.UPDATED", shown_product(call, product))
    return Answer(204, b"")


OPERATIONS: Final = (
    Operation(
        name="paypal.products.create", method="POST", path=PATH, run=_create, effect="write", object_type="product",
        scopes=SCOPES, idempotent=True, again=again, idempotency_ttl_seconds=TTL_SECONDS,
    ),
    Operation(
        name="paypal.products.list", method="GET", path=PATH, run=_list, scopes=SCOPES,
        listing=Listing(items="products", cursor="page", more="links"), dates=("products.create_time",),
    ),
    Operation(
        name="paypal.products.retrieve", method="GET", path=f"{PATH}/{{id}}", run=_retrieve, object_type="product",
        id_param="id", scopes=SCOPES,
    ),
    Operation(
        name="paypal.products.update", method="PATCH", path=f"{PATH}/{{id}}", run=_update, effect="write",
        object_type="product", id_param="id", scopes=SCOPES,
    ),
)  # fmt: skip
