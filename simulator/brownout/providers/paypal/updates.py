"""`paypal.orders.update`: a JSON Patch of an order that nobody has paid yet.

A unit is named by its `reference_id`: `/purchase_units/@reference_id=='default'/amount`. All changes are made, or none.
(PayPal REST API specifications, Orders v2, `orders.patch`; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.purchase_units import as_sent, business_key, check_units, read_unit
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import PATCHES

if TYPE_CHECKING:
    from brownout.core.operation import Call

_ON: Final = ON["paypal.orders.update"]
_UNIT: Final = re.compile(r"/purchase_units/@reference_id=='(.{1,256}?)'(/.+)?", re.DOTALL)
_FIELDS: Final = frozenset({
    "amount", "custom_id", "description", "invoice_id", "items", "payee", "shipping", "soft_descriptor",
})  # fmt: skip
_OPEN: Final = ("CREATED", "APPROVED")
_MOST_PATCHES: Final = 100
_HELD: Final = ("authorizations", "captures", "refunds")


def _update(call: Call) -> Answer:
    order = find(call, _ON, "order")
    if order["status"] not in _OPEN:
        raise refusal(call, _ON, "ORDER_ALREADY_COMPLETED")
    reader = Reader(call, _ON)
    patches = reader.array(call.params, PATCHES, Place(), most=_MOST_PATCHES)
    intent = order["intent"]
    sent = [as_sent(unit) for unit in order["units"]]
    for number, patch in enumerate(patches):
        intent = _patched(reader, sent, intent, patch, f"/{number}")
    units = [read_unit(reader, one, number, len(sent)) for number, one in enumerate(sent)]
    check_units(reader, units, intent)
    kept = [{name: unit[name] for name in _HELD} for unit in order["units"]]
    order.update(
        intent=intent,
        units=[unit | held for unit, held in zip(units, kept, strict=True)],
        updated=call.now,
        key=order["key"] or business_key(units[0]),
    )
    return Answer(204, b"")


def _patched(reader: Reader, sent: list[dict[str, Any]], intent: str, patch: dict[str, Any], field: str) -> str:
    """Make one change of `sent`, and return the order's intent after it."""
    path = patch.get("path")
    if not isinstance(path, str) or not path:
        raise reader.refused("PATCH_PATH_REQUIRED", f"{field}/path")
    op, value = patch.get("op"), patch.get("value")
    if op not in ("add", "replace", "remove"):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/op", op)
    if value is None and op != "remove":
        raise reader.refused("PATCH_VALUE_REQUIRED", f"{field}/value")
    if path == "/intent":
        if op != "replace" or value not in ("CAPTURE", "AUTHORIZE"):
            raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/value", value)
        return str(value)
    named = _UNIT.fullmatch(path)
    if named is None:
        raise reader.refused("NOT_PATCHABLE" if path.startswith("/") else "INVALID_JSON_POINTER_FORMAT", path)
    place = next((place for place, unit in enumerate(sent) if unit["reference_id"] == named[1]), None)
    if place is None:
        raise reader.refused("REFERENCE_ID_NOT_FOUND", path, named[1])
    if named[2] is None:
        if op == "remove" or not isinstance(value, dict):
            raise reader.refused("NOT_PATCHABLE", path)
        sent[place] = {"reference_id": named[1], **value}
    else:
        sent[place] = _with(reader, sent[place], named[2].split("/")[1:], op, value, path)
    return intent


def _with(
    reader: Reader, given: dict[str, Any], steps: list[str], op: str, value: Any, path: str, *, top: bool = True
) -> dict[str, Any]:
    """Return an object with what stands at `steps` changed; a part that isn't there yet is made."""
    name, *rest = steps
    if (top and name not in _FIELDS) or not name or len(rest) > 1:
        raise reader.refused("NOT_PATCHABLE", path)
    if not rest:
        without = {key: old for key, old in given.items() if key != name}
        return without if op == "remove" else without | {name: value}
    inner = given.get(name, {})
    if not isinstance(inner, dict):
        raise reader.refused("NOT_PATCHABLE", path)
    return given | {name: _with(reader, inner, rest, op, value, path, top=False)}


OPERATIONS: Final = (
    operation(
        "paypal.orders.update", _update, method="PATCH", path="/v2/checkout/orders/{id}", effect="write",
        object_type="order", id_param="id", scopes=frozenset({PAY_SCOPE}),
    ),
)  # fmt: skip
