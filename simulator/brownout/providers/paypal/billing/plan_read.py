"""Reads a plan: its billing cycles, prices and preferences.

(PayPal REST API specifications, Subscriptions v1, version 1.9; read 2026-11-23. Tiered prices aren't modelled.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.providers.paypal.amounts import Money
    from brownout.providers.paypal.reader import Reader

_UNITS: Final = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}
"""Unit to the most of them in one interval."""
_MOST_CYCLES: Final = 999
_MOST_SEQUENCES: Final = 12
_MOST_PRICE_MINOR: Final = 10**11
"""A billion: with the largest quantity and tax a charge is still a number that JSON has everywhere."""
_PERCENTAGE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")


def read_cycles(reader: Reader, params: Mapping[str, Any], now: int) -> list[dict[str, Any]]:
    """Return the billing cycles in order: trials, and one regular cycle at the end.

    Raises:
        Refused: if they can't be that, or don't all have one currency.
    """
    given = reader.array(params, "billing_cycles", Place(), most=_MOST_SEQUENCES)
    if not given:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/billing_cycles")
    cycles = [_cycle(reader, one, Place(f"/billing_cycles/{number}"), now) for number, one in enumerate(given)]
    cycles.sort(key=lambda one: one["sequence"])
    kinds = [one["tenure_type"] for one in cycles]
    in_order = [one["sequence"] for one in cycles] == list(range(1, len(cycles) + 1))
    if not in_order or kinds != ["TRIAL"] * (len(kinds) - 1) + ["REGULAR"]:
        raise reader.refused("INVALID_BILLING_CYCLE_SEQUENCE", "/billing_cycles")
    if len({one["currency"] for one in cycles if one["currency"]}) != 1:
        raise reader.refused("CURRENCY_MISMATCH", "/billing_cycles")
    return cycles


def _cycle(reader: Reader, given: dict[str, Any], place: Place, now: int) -> dict[str, Any]:
    frequency = reader.mapping(given, "frequency", place) or {}
    unit, count = frequency.get("interval_unit"), frequency.get("interval_count", 1)
    if not isinstance(unit, str) or unit not in _UNITS:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/frequency/interval_unit", unit)
    if not _whole(count, 1, _UNITS[unit]):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/frequency/interval_count", count)
    kind, sequence = given.get("tenure_type"), given.get("sequence")
    if kind not in ("TRIAL", "REGULAR"):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/tenure_type", kind)
    if not _whole(sequence, 1, 99):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/sequence", sequence)
    total = given.get("total_cycles", 1)
    if not _whole(total, 1 if kind == "TRIAL" else 0, _MOST_CYCLES):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/total_cycles", total)
    price = read_price(reader, given, place, free=kind == "TRIAL")
    return {
        "unit": unit, "count": count, "tenure_type": kind, "sequence": sequence, "total": total,
        "price_minor": price.minor if price else 0, "currency": price.currency if price else None, "version": 1,
        "priced_at": now,
    }  # fmt: skip


def read_price(reader: Reader, given: Mapping[str, Any], place: Place, *, free: bool) -> Money | None:
    """Return the fixed price of a cycle; a trial may be free.

    Raises:
        Refused: if there is none and there must be, or it is no amount.
    """
    scheme = reader.mapping(given, "pricing_scheme", place) or {}
    at = place.at("pricing_scheme/fixed_price")
    if scheme.get("fixed_price") is None:
        if free:
            return None
        raise reader.refused("MISSING_REQUIRED_PARAMETER", at.pointer)
    price = reader.money(scheme["fixed_price"], Place(at.pointer, at.pointer), least=0 if free else 1)
    if price.minor > _MOST_PRICE_MINOR:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{at.pointer}/value", price.shown()["value"])
    return price


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def read_preferences(reader: Reader, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a plan deals with setup fees and failed payments; the fee is minor units, 0 for none."""
    place = Place("/payment_preferences")
    given = reader.mapping(params, "payment_preferences", Place()) or {}
    fee = given.get("setup_fee")
    threshold = given.get("payment_failure_threshold", 0)
    if not _whole(threshold, 0, _MOST_CYCLES):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/payment_failure_threshold", threshold)
    bill = given.get("auto_bill_outstanding", True)
    if not isinstance(bill, bool):
        raise reader.refused("INVALID_PARAMETER_SYNTAX", f"{place.pointer}/auto_bill_outstanding", bill)
    action = given.get("setup_fee_failure_action", "CANCEL")
    if action not in ("CANCEL", "CONTINUE"):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/setup_fee_failure_action", action)
    money = None if fee is None else reader.money(fee, Place(f"{place.pointer}/setup_fee"), least=0)
    return {
        "auto_bill_outstanding": bill, "setup_fee_failure_action": action, "payment_failure_threshold": threshold,
        "setup_fee_minor": money.minor if money else 0, "setup_fee_currency": money.currency if money else None,
    }  # fmt: skip


def read_taxes(reader: Reader, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a plan's tax, None without one."""
    given = reader.mapping(params, "taxes", Place())
    if given is None:
        return None
    rate = reader.text(given, "percentage", Place("/taxes"), most=8, pattern=_PERCENTAGE, needed=True)
    return {"percentage": rate, "inclusive": bool(given.get("inclusive", True))}
