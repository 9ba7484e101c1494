"""Where a purchase unit goes to, and who else is paid from it: rules for what is otherwise shown as it was sent.

(PayPal REST API specifications, Orders v2, `shipping_detail`, `payment_instruction` and their issues; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from brownout.providers.paypal.amounts import Money
    from brownout.providers.paypal.reader import Place, Reader

_TYPES: Final = ("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON")
_CATEGORIES: Final = ("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION")
_MODES: Final = ("INSTANT", "DELAYED")
_MOST_OPTIONS: Final = 10
_MOST_FEES: Final = 1


def read_shipping(
    reader: Reader, given: dict[str, Any], breakdown: dict[str, Any] | None, place: Place
) -> dict[str, Any] | None:
    """Return a unit's `shipping` as it was sent.

    Raises:
        Refused: if its type is none, or of its options not exactly one is selected, at the breakdown's price.
    """
    shipping = reader.mapping(given, "shipping", place)
    if shipping is None:
        return None
    at = place.at("shipping")
    kind = reader.text(shipping, "type", at, most=255)
    if kind is not None and kind not in _TYPES:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{at.pointer}/type", kind)
    reader.mapping(shipping, "name", at)
    address = reader.mapping(shipping, "address", at)
    if address is not None:
        reader.text(address, "country_code", at.at("address"), most=2, least=2, needed=True)
    elif kind == "PICKUP_IN_PERSON":
        raise reader.refused("MISSING_PICKUP_ADDRESS", f"{at.named}/address")
    _check_options(reader, shipping, breakdown, at)
    return shipping


def _check_options(reader: Reader, shipping: dict[str, Any], breakdown: dict[str, Any] | None, place: Place) -> None:
    options = reader.array(shipping, "options", place, most=_MOST_OPTIONS)
    if not options:
        return
    selected = [option for option in options if option.get("selected") is True]
    if len(selected) != 1:
        issue = "MULTIPLE_SHIPPING_OPTION_SELECTED" if selected else "SHIPPING_OPTION_NOT_SELECTED"
        raise reader.refused(issue, f"{place.named}/options")
    if selected[0].get("amount") is None:
        return
    price = reader.money(selected[0]["amount"], place.at("options/amount"), least=0)
    said = (breakdown or {}).get("shipping")
    if said is not None and reader.money(said, place, least=0) != price:
        raise reader.refused("PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH", f"{place.named}/options")


def read_instruction(reader: Reader, given: dict[str, Any], amount: Money, place: Place) -> dict[str, Any] | None:
    """Return a unit's `payment_instruction` as it was sent, once its fee isn't more than the unit costs."""
    instruction = reader.mapping(given, "payment_instruction", place)
    if instruction is None:
        return None
    at = place.at("payment_instruction")
    mode = reader.text(instruction, "disbursement_mode", at, most=16)
    if mode is not None and mode not in _MODES:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{at.pointer}/disbursement_mode", mode)
    for fee in reader.array(instruction, "platform_fees", at, most=_MOST_FEES):
        if reader.money(fee.get("amount"), at.at("platform_fees/0/amount")).minor > amount.minor:
            raise reader.refused("INVALID_PLATFORM_FEES_AMOUNT", f"{at.named}/platform_fees")
    return instruction


def check_categories(reader: Reader, items: list[dict[str, Any]], place: Place) -> None:
    """Refuse items of no category, or donations among goods."""
    found = {item["category"] for item in items if isinstance(item.get("category"), str)}
    for category in sorted(found - set(_CATEGORIES)):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/items/category", category)
    if "DONATION" in found and len(found) > 1:
        raise reader.refused("MULTIPLE_ITEM_CATEGORIES", f"{place.named}/items")


def check_together(reader: Reader, units: list[dict[str, Any]]) -> None:
    """Refuse units that are sent in different ways, or donations among several units."""
    kinds = {(unit["shipping"] or {}).get("type") for unit in units} - {None}
    if len(kinds) > 1:
        raise reader.refused("MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED", "/purchase_units")
    if len(units) > 1 and any(item.get("category") == "DONATION" for unit in units for item in unit["items"]):
        raise reader.refused("DONATION_ITEMS_NOT_SUPPORTED", "/purchase_units")
