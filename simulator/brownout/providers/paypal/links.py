"""Links between resources: they lead back here, to wherever the client reached PayPal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call


def link(call: Call, path: str, rel: str, method: str = "GET") -> dict[str, str]:
    """Return one link; `path` begins with a slash."""
    return {"href": f"{call.base_url}{path}", "rel": rel, "method": method}


def order_links(call: Call, order: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what can be done with an order now."""
    order_id = order["id"]
    path = f"/v2/checkout/orders/{order_id}"
    itself = link(call, path, "self")
    visit = f"/checkoutnow?token={order_id}"
    match order["status"]:
        case "CREATED":
            return [itself, link(call, visit, "approve"), *_next(call, order, path)]
        case "APPROVED":
            return [itself, *_next(call, order, path)]
        case "PAYER_ACTION_REQUIRED":
            return [itself, link(call, visit, "payer-action")]
        case _:
            return [itself]


def _next(call: Call, order: Mapping[str, Any], path: str) -> list[dict[str, str]]:
    verb = "capture" if order["intent"] == "CAPTURE" else "authorize"
    return [link(call, path, "update", "PATCH"), link(call, f"{path}/{verb}", verb, "POST")]


def payment_links(call: Call, kind: str, payment: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the links of a capture, an authorization or a refund; `up` is what it came from."""
    path = f"/v2/payments/{kind}s/{payment['id']}"
    verbs = {"capture": ("refund",), "authorization": ("capture", "void")}.get(kind, ())
    if payment["status"] in ("DECLINED", "DENIED", "VOIDED"):
        verbs = ()
    return [
        link(call, path, "self"),
        *(link(call, f"{path}/{verb}", verb, "POST") for verb in verbs),
        link(call, payment["up"], "up"),
    ]
