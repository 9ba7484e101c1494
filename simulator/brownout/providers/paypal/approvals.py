"""`paypal.orders.approve`: the page that a buyer visits to agree to an order.

The real one is a web application behind a login. This one agrees at once: an order's approve link leads here, and a
visit sends the browser on to the order's `return_url`, as PayPal does.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.orders import approve

if TYPE_CHECKING:
    from brownout.core.operation import Call

_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{said}</p></body></html>
"""
_SHOWN_LETTERS: Final = 64


def _approve(call: Call) -> Answer:
    token = call.params.get("token", "")
    order = _order(call, token)
    if order is None:
        said = f"No order has the id {token[:_SHOWN_LETTERS]!r} here. Take the link from the order itself."
        return _page("No such order", said, status=404, error="INVALID_RESOURCE_ID")
    if order["status"] != "COMPLETED":
        approve(call, order)
    if order["return_url"] is not None and order["payer"] is not None:
        joint = "&" if "?" in order["return_url"] else "?"
        back = urlencode({"token": order["id"], "PayerID": order["payer"]["payer_id"]})
        return Answer(302, b"", headers={**_HTML, "Location": f"{order['return_url']}{joint}{back}"})
    return _page("Order approved", f"Order {order['id']} is {order['status'].lower()}. You can close this window.")


def _order(call: Call, order_id: str) -> dict[str, Any] | None:
    """Return an order of any account: who approves isn't who sells."""
    for (provider, _, object_type), table in call.world.tables.items():
        if provider == call.provider and object_type == "order" and (found := table.get(order_id)) is not None:
            return found
    return None


def _page(title: str, said: str, *, status: int = 200, error: str | None = None) -> Answer:
    body = _PAGE.format(title=escape(title), said=escape(said)).encode("utf-8", "replace")
    return Answer(status, body, headers=_HTML, error=error, stored=False)


OPERATIONS: Final = (
    Operation(
        name="paypal.orders.approve",
        method="GET",
        path="/checkoutnow",
        run=_approve,
        effect="write",
        object_type="order",
        key_objects=("body.token",),
        public=True,
    ),
)
