"""`paypal.orders.track` and `paypal.trackers.update`: the calls; what a tracker is, is in `trackers`.

(PayPal REST API specifications, Orders v2, `orders.track.create` and `orders.trackers.patch`; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.orders.order_shape import answer_order
from brownout.providers.paypal.orders.orders import REPEATABLE, SHAPE
from brownout.providers.paypal.orders.trackers import check_skus, read_items, read_notify, read_tracker
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import PATCHES

if TYPE_CHECKING:
    from brownout.core.operation import Call

_TRACK: Final = ON["paypal.orders.track"]
_UPDATE: Final = ON["paypal.trackers.update"]
_OPS: Final = {"/items": ("replace",), "/notify_payer": ("replace", "add"), "/status": ("replace",)}
_MOST_PATCHES: Final = 100


def _track(call: Call) -> Answer:
    order = find(call, _TRACK, "order")
    reader = Reader(call, _TRACK)
    given = read_tracker(reader, call.params)
    if len(order["units"]) > 1:
        raise refusal(call, _TRACK, "MSP_NOT_SUPPORTED")
    (unit,) = order["units"]
    capture = call.table("capture").get(given["capture"]) if given["capture"] in unit["captures"] else None
    if capture is None:
        raise reader.refused("CAPTURE_ID_NOT_FOUND", "/capture_id", given["capture"])
    if capture["status"] != "COMPLETED":
        raise reader.refused("CAPTURE_STATUS_NOT_VALID", "/capture_id", given["capture"])
    check_skus(reader, given["items"], unit)
    tracker = {**given, "order": order["id"], "status": "SHIPPED", "created": call.now, "updated": call.now}
    call.create("tracker", tracker)
    if tracker["id"] not in unit["trackers"]:
        unit["trackers"].append(tracker["id"])
    order["updated"] = call.now
    return answer_order(call, order, 201)


def _update(call: Call) -> Answer:
    order = find(call, _UPDATE, "order")
    tracker = call.table("tracker").get(call.path["tracker_id"])
    if tracker is None or tracker["order"] != order["id"]:
        raise refusal(call, _UPDATE, "TRACKER_ID_NOT_FOUND", field="tracker_id", value=call.path["tracker_id"],
                      location="path")  # fmt: skip
    reader = Reader(call, _UPDATE)
    changes: dict[str, Any] = {}
    for number, patch in enumerate(reader.array(call.params, PATCHES, Place(), most=_MOST_PATCHES)):
        changes |= _change(reader, patch, f"/{number}")
    check_skus(reader, changes.get("items", []), order["units"][0])
    tracker.update(changes, updated=call.now)
    return Answer(204, b"")


def _change(reader: Reader, patch: dict[str, Any], field: str) -> dict[str, Any]:
    """Return one change of a tracker."""
    path, op, value = patch.get("path"), patch.get("op"), patch.get("value")
    if not isinstance(path, str) or not path:
        raise reader.refused("PATCH_PATH_REQUIRED", f"{field}/path")
    if not path.startswith("/"):
        raise reader.refused("INVALID_JSON_POINTER_FORMAT", path)
    if path not in _OPS:
        raise reader.refused("NOT_PATCHABLE", path)
    if op not in ("add", "replace", "remove"):
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/op", op)
    if op not in _OPS[path]:
        raise reader.refused("INVALID_PATCH_OPERATION", path)
    if value is None:
        raise reader.refused("PATCH_VALUE_REQUIRED", f"{field}/value")
    if path == "/status":
        if value != "CANCELLED":
            raise reader.refused("INVALID_PARAMETER_VALUE", f"{field}/value", value)
        return {"status": value}
    if path == "/items":
        return {"items": read_items(reader, {"items": value})}
    return {"notify_payer": read_notify(reader, value, f"{field}/value")}


_PATH: Final = "/v2/checkout/orders/{id}"
_SCOPES: Final = frozenset({PAY_SCOPE})
OPERATIONS: Final = (
    operation(
        "paypal.orders.track", _track, method="POST", path=f"{_PATH}/track", effect="write", object_type="order",
        id_param="id", scopes=_SCOPES, **REPEATABLE, **SHAPE,
    ),
    operation(
        "paypal.trackers.update", _update, method="PATCH", path=f"{_PATH}/trackers/{{tracker_id}}", effect="write",
        object_type="tracker", id_param="id", scopes=_SCOPES,
    ),
)  # fmt: skip
