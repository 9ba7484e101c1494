"""`paypal.orders.track` and `paypal.trackers.update`: parcels of what was paid for.

A tracker belongs to a completed capture of an order with one unit, and is cancelled rather than deleted. (PayPal REST
API specifications, Orders v2, `orders.track.create` and `orders.trackers.patch`; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place
from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.reader import Reader

_CARRIER: Final = re.compile(r"[0-9A-Z_]+")
_QUANTITY: Final = re.compile(r"[1-9][0-9]{0,9}")
_MOST_ITEMS: Final = 100
_TEXTS: Final = {"name": 127, "sku": 127, "url": 2048, "image_url": 2048}


def read_tracker(reader: Reader, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a merchant says of a parcel: the capture it is of, its number, and its items."""
    capture = reader.text(params, "capture_id", Place(), most=50, needed=True)
    number = reader.text(params, "tracking_number", Place(), most=64)
    carrier = reader.text(params, "carrier", Place(), most=64, pattern=_CARRIER, needed=number is not None)
    reader.text(params, "carrier_name_other", Place(), most=64, needed=carrier == "OTHER")
    return {
        "capture": capture,
        "id": f"{capture}-{number or 'NOTRACKER'}",
        "notify_payer": read_notify(reader, params.get("notify_payer"), "/notify_payer"),
        "items": read_items(reader, params),
    }


def read_notify(reader: Reader, value: Any, field: str) -> bool:
    """Return whether the buyer is to be told; nobody is unless it is asked for."""
    if value is not None and not isinstance(value, bool):
        raise reader.refused("INVALID_PARAMETER_VALUE", field, value)
    return bool(value)


def read_items(reader: Reader, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a parcel."""
    items = reader.array(params, "items", Place(), most=_MOST_ITEMS)
    for number, item in enumerate(items):
        place = Place(f"/items/{number}")
        for name, most in _TEXTS.items():
            reader.text(item, name, place, most=most)
        reader.text(item, "quantity", place, most=10, pattern=_QUANTITY)
        reader.mapping(item, "upc", place)
    return items


def check_skus(reader: Reader, items: list[dict[str, Any]], unit: Mapping[str, Any]) -> None:
    """Refuse items that weren't ordered, where the order says what they are.

    Raises:
        Refused: if one of them has a sku that the order hasn't.
    """
    known = {sku for item in unit["items"] if isinstance(sku := item.get("sku"), str)}
    for number, item in enumerate(items):
        if known and item.get("sku") is not None and item["sku"] not in known:
            raise reader.refused("ITEM_SKU_MISMATCH", f"/items/{number}/sku", item["sku"])


def shown_trackers(call: Call, unit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a unit's trackers for an answer."""
    if not unit["trackers"]:
        return []
    table = call.table("tracker")
    return [_shown(call, one) for one_id in unit["trackers"] if (one := table.get(one_id)) is not None]


def _shown(call: Call, tracker: Mapping[str, Any]) -> dict[str, Any]:
    order = f"/v2/checkout/orders/{tracker['order']}"
    out: dict[str, Any] = {"id": tracker["id"], "status": tracker["status"]}
    if tracker["items"]:
        out["items"] = tracker["items"]
    out["links"] = [link(call, order, "up"), link(call, f"{order}/trackers/{tracker['id']}", "update", "PATCH")]
    out["create_time"], out["update_time"] = stamp(tracker["created"]), stamp(tracker["updated"])
    return out
