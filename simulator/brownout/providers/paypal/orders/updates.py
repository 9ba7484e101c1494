"""`paypal.orders.update`: a JSON Patch of an order that nobody has paid yet.

A unit is named by its `reference_id`: `/purchase_units/@reference_id=='default'/amount`. All changes are made, or none.
(PayPal REST API specifications, Orders v2, `orders.patch`, with its table of what can be changed how; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.orders.paying import check_open
from brownout.providers.paypal.orders.purchase_units import as_sent, business_key, check_units, read_unit
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import PATCHES

if TYPE_CHECKING:
    from brownout.core.operation import Call

_ON: Final = ON["paypal.orders.update"]
_UNIT: Final = re.compile(r"/purchase_units/@reference_id=='(.{1,256}?)'(/.+)?", re.DOTALL)
_CHANGE, _ADD, _ALL = ("replace",), ("replace", "add"), ("replace", "add", "remove")
_ORDER_FIELDS: Final = {
    "/intent": _CHANGE,
    "/payer": _ADD,
    "/application_context/client_configuration": _ADD,
}
"""What can be changed of an order, and how."""
_UNIT_FIELDS: Final = {
    "/amount": _CHANGE,
    "/custom_id": _ALL,
    "/description": _ALL,
    "/invoice_id": _ALL,
    "/items": _ALL,
    "/payee/email": _CHANGE,
    "/payee/email_address": _CHANGE,
    "/payment_instruction": _CHANGE,
    "/payment_instruction/disbursement_mode": _CHANGE,
    "/payment_instruction/platform_fees": _ALL,
    "/shipping/address": _ADD,
    "/shipping/name": _ADD,
    "/shipping/options": _ADD,
    "/shipping/type": _ADD,
    "/soft_descriptor": ("replace", "remove"),
    "/supplementary_data/airline": _ALL,
    "/supplementary_data/card": _ALL,
}
"""What can be changed of a purchase unit, and how; a unit itself can be replaced or added."""
_OPEN: Final = ("CREATED", "APPROVED")
_MOST_PATCHES: Final = 100
_HELD: Final = ("authorizations", "captures", "refunds", "trackers")


def _update(call: Call) -> Answer:
    order = find(call, _ON, "order")
    if order["status"] not in _OPEN:
        raise refusal(call, _ON, "ORDER_ALREADY_COMPLETED")
    check_open(call, _ON, order)
    reader = Reader(call, _ON)
    draft = _Draft(order)
    for number, patch in enumerate(reader.array(call.params, PATCHES, Place(), most=_MOST_PATCHES)):
        draft.change(reader, patch, f"/{number}")
    units = [read_unit(reader, one, number, len(draft.units)) for number, one in enumerate(draft.units)]
    check_units(reader, units, draft.intent)
    if order["status"] == "APPROVED" and _exceeds(units, order["units"]):
        raise refusal(call, _ON, "AMOUNT_CHANGE_NOT_ALLOWED")
    kept = {unit["reference_id"]: {name: unit[name] for name in _HELD} for unit in order["units"]}
    order.update(
        intent=draft.intent,
        units=[unit | kept.get(unit["reference_id"], {}) for unit in units],
        updated=call.now,
        key=order["key"] or business_key(units[0]),
    )
    return Answer(204, b"")


def _exceeds(units: list[dict[str, Any]], approved: list[dict[str, Any]]) -> bool:
    """Return whether units ask for more than a buyer agreed to; in another currency that can't be said."""
    return units[0]["currency"] != approved[0]["currency"] or _total(units) > _total(approved)


def _total(units: list[dict[str, Any]]) -> int:
    return sum(unit["amount_minor"] for unit in units)


class _Draft:
    """An order's intent and units as a request would spell them, changed one patch at a time."""

    __slots__ = ("intent", "units")

    def __init__(self, order: dict[str, Any]) -> None:
        self.intent: str = order["intent"]
        self.units = [as_sent(unit) for unit in order["units"]]

    def change(self, reader: Reader, patch: dict[str, Any], field: str) -> None:
        """Make one change.

        Raises:
            Refused: if it can't be made.
        """
        path, op, value = patch.get("path"), patch.get("op"), patch.get("value")
        if not isinstance(path, str) or not path:
            raise reader.refused("PATCH_PATH_REQUIRED", f"{field}/path")
        if op not in _ALL:
            raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/op", op)
        if value is None and op != "remove":
            raise reader.refused("PATCH_VALUE_REQUIRED", f"{field}/value")
        named = _UNIT.fullmatch(path)
        if named is not None:
            self._change_unit(reader, named, op, value)
            return
        if op not in _ORDER_FIELDS.get(path, ()):
            raise reader.refused("NOT_PATCHABLE" if path.startswith("/") else "INVALID_JSON_POINTER_FORMAT", path)
        if path == "/intent":
            if value not in ("CAPTURE", "AUTHORIZE"):
                raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/value", value)
            self.intent = value
        elif not isinstance(value, dict):
            raise reader.refused("MALFORMED_REQUEST_JSON", f"{field}/value")

    def _change_unit(self, reader: Reader, named: re.Match[str], op: str, value: Any) -> None:
        path, reference, rest = named[0], named[1], named[2]
        place = next((place for place, unit in enumerate(self.units) if unit["reference_id"] == reference), None)
        if rest is None:
            if op == "remove" or not isinstance(value, dict):
                raise reader.refused("NOT_PATCHABLE", path)
            self._put_unit(reader, place, op, {**value, "reference_id": reference}, path)
            return
        if place is None:
            raise reader.refused("REFERENCE_ID_NOT_FOUND", path, reference)
        if op not in _UNIT_FIELDS.get(rest, ()):
            raise reader.refused("NOT_PATCHABLE", path)
        name, _, inner = rest[1:].partition("/")
        if not inner:
            self.units[place] = _with(reader, self.units[place], name, op, value, path)
            return
        inner = "email_address" if inner == "email" else inner
        part = _with(reader, self.units[place].get(name, {}), inner, op, value, path)
        self.units[place] = self.units[place] | {name: part}

    def _put_unit(self, reader: Reader, place: int | None, op: str, unit: dict[str, Any], path: str) -> None:
        """Put a whole unit in the place of the one of its reference, or add one that is new."""
        if place is not None and op == "replace":
            self.units[place] = unit
        elif place is None and op == "add":
            self.units.append(unit)
        else:
            issue = "REFERENCE_ID_NOT_FOUND" if place is None else "INVALID_PATCH_OPERATION"
            raise reader.refused(issue, path, unit["reference_id"])


def _with(reader: Reader, given: Any, name: str, op: str, value: Any, path: str) -> dict[str, Any]:
    """Return an object with one part changed: what isn't there is added, what is there replaced or removed."""
    if not isinstance(given, dict):
        raise reader.refused("MALFORMED_REQUEST_JSON", path)
    if (name in given) == (op == "add"):
        raise reader.refused("INVALID_PATCH_OPERATION", path)
    without = {key: old for key, old in given.items() if key != name}
    return without if op == "remove" else without | {name: value}


OPERATIONS: Final = (
    operation(
        "paypal.orders.update", _update, method="PATCH", path="/v2/checkout/orders/{id}", effect="write",
        object_type="order", id_param="id", scopes=frozenset({PAY_SCOPE}),
    ),
)  # fmt: skip
