"""What a buyer buys: `purchase_units` of an order, checked when it is created and shown as they were sent.

(PayPal REST API specifications, Orders v2, `purchase_unit_request`; recorded sandbox answers of 2025; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.orders.shipping import check_categories, check_together, read_instruction, read_shipping
from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.providers.paypal.amounts import Money
    from brownout.providers.paypal.reader import Reader

_MOST_UNITS: Final = 10
_MOST_ITEMS: Final = 1000
_QUANTITY: Final = re.compile(r"[1-9][0-9]{0,9}")
_TEXTS: Final = {"description": 3000, "custom_id": 255, "invoice_id": 127, "soft_descriptor": 22}
_PLUS: Final = ("item_total", "tax_total", "shipping", "handling", "insurance")
_MINUS: Final = ("shipping_discount", "discount")
_SHOWN: Final = (*_TEXTS, "items", "shipping", "payment_instruction", "supplementary_data")


def read_units(reader: Reader, params: Mapping[str, Any], intent: str) -> list[dict[str, Any]]:
    """Return the units of a new order.

    Raises:
        Refused: if there are none, or one breaks a rule.
    """
    given = reader.array(params, "purchase_units", Place(), most=_MOST_UNITS)
    if not given:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/purchase_units")
    units = [read_unit(reader, one, number, len(given)) for number, one in enumerate(given)]
    check_units(reader, units, intent)
    return units


def check_units(reader: Reader, units: list[dict[str, Any]], intent: str) -> None:
    """Refuse units that don't go together in one order."""
    if len(units) > _MOST_UNITS:
        raise reader.refused("INVALID_ARRAY_MAX_ITEMS", "/purchase_units")
    if len({unit["reference_id"] for unit in units}) < len(units):
        raise reader.refused("DUPLICATE_REFERENCE_ID", "/purchase_units")
    if len({unit["currency"] for unit in units}) > 1:
        raise reader.refused("MULTI_CURRENCY_ORDER", "/purchase_units")
    if intent == "AUTHORIZE" and len(units) > 1:
        raise reader.refused("UNSUPPORTED_INTENT", "/intent", intent)
    check_together(reader, units)


def read_unit(reader: Reader, given: dict[str, Any], number: int, of: int) -> dict[str, Any]:
    """Return one unit, the `number`th of as many as `of`."""
    pointer = f"/purchase_units/{number}"
    reference = reader.text(given, "reference_id", Place(pointer), most=256)
    if reference is None and of > 1:
        raise reader.refused("REFERENCE_ID_REQUIRED", f"{pointer}/reference_id")
    reference = reference or "default"
    place = Place(pointer, f"/purchase_units/@reference_id=='{reference}'")
    if given.get("amount") is None:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", f"{pointer}/amount")
    amount = reader.money(given["amount"], place.at("amount"))
    breakdown = _breakdown(reader, given["amount"], amount, place.at("amount"))
    items = _items(reader, given, amount, breakdown, place)
    check_categories(reader, items, place)
    unit: dict[str, Any] = {
        "reference_id": reference,
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "amount": amount.shown() | ({"breakdown": breakdown} if breakdown else {}),
        "payee": reader.mapping(given, "payee", place),
        "items": items,
        "shipping": read_shipping(reader, given, breakdown, place),
        "payment_instruction": read_instruction(reader, given, amount, place),
        "supplementary_data": reader.mapping(given, "supplementary_data", place),
    }
    for name, most in _TEXTS.items():
        unit[name] = reader.text(given, name, place, most=most, least=0)
    return unit | {"authorizations": [], "captures": [], "refunds": [], "trackers": []}


def _breakdown(reader: Reader, given: dict[str, Any], amount: Money, place: Place) -> dict[str, Any] | None:
    """Return the parts of an amount as they were sent, once they add up to it."""
    parts = reader.mapping(given, "breakdown", place)
    if not parts:
        return None
    total, shown = 0, {}
    for name in (*_PLUS, *_MINUS):
        if parts.get(name) is None:
            continue
        part = reader.money(parts[name], place.at(f"breakdown/{name}"), least=0)
        if part.currency != amount.currency:
            raise reader.refused("MULTI_CURRENCY_ORDER", f"{place.named}/breakdown/{name}/currency_code", part.currency)
        total += -part.minor if name in _MINUS else part.minor
        shown[name] = {"currency_code": part.currency, "value": parts[name]["value"]}
    if total != amount.minor:
        raise reader.refused("AMOUNT_MISMATCH", f"{place.named}/value", given["value"])
    return shown


def _items(
    reader: Reader, given: dict[str, Any], amount: Money, breakdown: dict[str, Any] | None, place: Place
) -> list[dict[str, Any]]:
    """Return what is bought, once prices and taxes add up to the breakdown."""
    items = reader.array(given, "items", place, most=_MOST_ITEMS)
    prices = taxes = 0
    taxed = False
    for number, item in enumerate(items):
        at = place.at(f"items/{number}")
        reader.text(item, "name", at, most=127, needed=True)
        quantity = int(reader.text(item, "quantity", at, most=10, pattern=_QUANTITY, needed=True) or 0)
        if item.get("unit_amount") is None:
            raise reader.refused("MISSING_REQUIRED_PARAMETER", f"{at.pointer}/unit_amount")
        prices += quantity * _part(reader, item["unit_amount"], amount, at.at("unit_amount"))
        if item.get("tax") is not None:
            taxed = True
            taxes += quantity * _part(reader, item["tax"], amount, at.at("tax"))
    if items:
        _check_total(reader, "item", prices, breakdown, amount, place)
    if taxed:
        _check_total(reader, "tax", taxes, breakdown, amount, place)
    return items


def _part(reader: Reader, given: Any, amount: Money, place: Place) -> int:
    part = reader.money(given, place, least=0)
    if part.currency != amount.currency:
        raise reader.refused("MULTI_CURRENCY_ORDER", f"{place.named}/currency_code", part.currency)
    return part.minor


def _check_total(
    reader: Reader, kind: str, total: int, breakdown: dict[str, Any] | None, amount: Money, place: Place
) -> None:
    name = f"{kind}_total"
    named = f"{place.named}/amount/breakdown/{name}"
    said = (breakdown or {}).get(name)
    if said is None:
        raise reader.refused(f"{kind.upper()}_TOTAL_REQUIRED", named)
    if _part(reader, said, amount, place.at(f"amount/breakdown/{name}")) != total:
        raise reader.refused(f"{kind.upper()}_TOTAL_MISMATCH", f"{named}/value", said["value"])


def business_key(unit: dict[str, Any]) -> str | None:
    """Return what the client calls this purchase, None if it gave it no name of its own."""
    named = unit["invoice_id"] or unit["custom_id"]
    if named:
        return str(named)
    return unit["reference_id"] if unit["reference_id"] != "default" else None


def as_sent(unit: dict[str, Any]) -> dict[str, Any]:
    """Return a unit as a request would spell it."""
    return {name: unit[name] for name in ("reference_id", "amount", "payee", *_SHOWN) if unit[name]}


def shown_unit(
    unit: dict[str, Any], payee: dict[str, Any], payments: dict[str, Any], trackers: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a unit for an answer in full."""
    out = {"reference_id": unit["reference_id"], "amount": unit["amount"], "payee": payee | (unit["payee"] or {})}
    out |= {name: unit[name] for name in _SHOWN if unit[name]}
    if trackers:
        out["shipping"] = (unit["shipping"] or {}) | {"trackers": trackers}
    if payments:
        out["payments"] = payments
    return out


def minimal_unit(
    unit: dict[str, Any], payments: dict[str, Any], trackers: list[dict[str, Any]]
) -> dict[str, Any]:  # fmt: skip
    """Return a unit as the answer to a capture shows it by default: without amount, payee and items."""
    out = {"reference_id": unit["reference_id"]}
    if unit["shipping"] or trackers:
        out["shipping"] = (unit["shipping"] or {}) | ({"trackers": trackers} if trackers else {})
    if payments:
        out["payments"] = payments
    return out
