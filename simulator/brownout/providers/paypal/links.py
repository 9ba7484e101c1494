"""Links between resources: they lead back here, to wherever the client reached PayPal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.providers.paypal.orders.source_kinds import BANKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call


def link(call: Call, path: str, rel: str, method: str = "GET") -> dict[str, str]:
    """Return one link; `path` begins with a slash."""
    return {"href": f"{call.base_url}{path}", "rel": rel, "method": method}


def led_to(url: str, query: Mapping[str, str]) -> str:
    """Return where a browser is sent on to: `url` with more in its query, before any fragment.

    >>> led_to("https://shop.example/#/paid", {"token": "5O1"}), led_to("https://shop.example/?a=1", {"token": "5O1"})
    ('https://shop.example/?token=5O1#/paid', 'https://shop.example/?a=1&token=5O1')
    """
    where, mark, fragment = url.partition("#")
    return f"{where}{'&' if '?' in where else '?'}{urlencode(query)}{mark}{fragment}"


def order_links(call: Call, order: Mapping[str, Any], status: str) -> list[dict[str, str]]:
    """Return what can be done now with an order that shows `status`."""
    order_id = order["id"]
    path = f"/v2/checkout/orders/{order_id}"
    itself = link(call, path, "self")
    match status:
        case "CREATED":
            return [itself, link(call, f"/checkoutnow?token={order_id}", "approve"), *_next(call, order, path)]
        case "APPROVED":
            return [itself, *_next(call, order, path)]
        case "PAYER_ACTION_REQUIRED":
            return [itself, link(call, _page(order), "payer-action")]
        case _:
            return [itself]


def _page(order: Mapping[str, Any]) -> str:
    """Return the page to which a buyer is sent: PayPal's own, the bank's, or the one that asks for 3D Secure."""
    if order["asks"] is not None:
        return f"/webapps/helios?action=verify&flow=3ds&cart_id={order['id']}"
    if order["kind"] in BANKS:
        return f"/payment/{order['kind']}?token={order['id']}"
    return f"/checkoutnow?token={order['id']}"


def _next(call: Call, order: Mapping[str, Any], path: str) -> list[dict[str, str]]:
    verb = "capture" if order["intent"] == "CAPTURE" else "authorize"
    return [link(call, path, "update", "PATCH"), link(call, f"{path}/{verb}", verb, "POST")]


_VERBS: Final = {"capture": ("refund",), "authorization": ("capture", "void", "reauthorize")}
_OVER: Final = ("DECLINED", "DENIED", "VOIDED")


def payment_links(call: Call, kind: str, payment: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the links of a capture, an authorization or a refund; `up` is what it came from."""
    path = f"/v2/payments/{kind}s/{payment['id']}"
    verbs = () if payment["status"] in _OVER else _VERBS.get(kind, ())
    if payment.get("root") is not None:  # a reauthorization is only ever taken
        verbs = verbs[:1]
    return [
        link(call, path, "self"),
        *(link(call, f"{path}/{verb}", verb, "POST") for verb in verbs),
        link(call, payment["up"], "up"),
    ]
