"""`paypal.orders.approve` and `paypal.orders.decide`: the pages on which buyers agree to orders, or don't.

The real ones are web applications behind a login. With `approve: auto` a visit agrees at once; with `manual` the page
has buttons, and what they send can be sent by a test as well: `POST /checkoutnow` with `token` and `decision`. Either
way the browser is sent on to the order's `return_url` or `cancel_url`, as PayPal does. Paths are those of real links.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.links import led_to
from brownout.providers.paypal.orders.order_shape import is_over
from brownout.providers.paypal.orders.paying import approve
from brownout.providers.paypal.payments.pending import FUNDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{said}</p>{form}</body></html>
"""
_FORM: Final = """<form method="post" action="{action}"><input type="hidden" name="token" value="{token}">
{buttons}</form>"""
_BUTTON: Final = '<p><button name="decision" value="{value}">{label}</button></p>\n'
_SHOWN_LETTERS: Final = 64
APPROVE: Final = "approve"
CANCEL: Final = "cancel"
_LABELS: Final = {
    APPROVE: "Approve",
    "echeck": "Approve, with an eCheck that clears",
    "echeck_bounces": "Approve, with an eCheck that bounces",
    "review": "Approve, and be reviewed",
    "review_fails": "Approve, and fail the review",
    CANCEL: "Cancel",
}


def _visit(call: Call) -> Answer:
    order, refusal = _find(call)
    if order is None:
        return refusal
    if order["status"] in ("APPROVED", "COMPLETED"):
        return _back(order)
    if call.world.options(call.provider).approve == "auto":
        approve(call, order)
        return _back(order)
    return _ask(call, order)


def _decide(call: Call) -> Answer:
    order, refusal = _find(call)
    if order is None:
        return refusal
    decision = call.params.get("decision")
    if not isinstance(decision, str) or decision not in _LABELS:
        return _page("No such decision", f"Say one of {', '.join(_LABELS)}.", status=400, error="INVALID_DECISION")
    if decision != CANCEL:
        approve(call, order, funding=decision if decision in FUNDING else None)
        return _back(order)
    if order["cancel_url"] is not None:
        return _sent_to(order["cancel_url"], {"token": order["id"]})
    return _page("Order not approved", f"Order {order['id']} is as it was. You can close this window.")


def _find(call: Call) -> tuple[dict[str, Any] | None, Answer]:
    """Return the order of a visit, or else what to answer: nobody made it, or its time ran out."""
    token = call.params.get("token") or call.params.get("cart_id") or ""
    order = _order(call, token) if isinstance(token, str) else None
    if order is None:
        said = f"No order has the id {str(token)[:_SHOWN_LETTERS]!r} here. Take the link from the order itself."
        return None, _page("No such order", said, status=404, error="INVALID_RESOURCE_ID")
    if is_over(call, order):
        return None, _page("Too late", f"Order {order['id']} waited too long.", status=410, error="ORDER_EXPIRED")
    call.account = order["account"]  # a visitor has none: what happens now happens to the seller
    return order, _back(order)


def _order(call: Call, order_id: str) -> dict[str, Any] | None:
    """Return an order of any account: who approves isn't who sells."""
    for (provider, _, object_type), table in call.world.tables.items():
        if provider == call.provider and object_type == "order" and (found := table.get(order_id)) is not None:
            return found
    return None


def _back(order: Mapping[str, Any]) -> Answer:
    """Return what an approved order's buyer sees."""
    if order["return_url"] is not None:
        buyer = {"PayerID": order["payer"]["payer_id"]} if order["payer"] is not None else {}
        return _sent_to(order["return_url"], {"token": order["id"], **buyer})
    return _page("Order approved", f"Order {order['id']} is {order['status'].lower()}. You can close this window.")


def _sent_to(url: str, query: Mapping[str, str]) -> Answer:
    return Answer(302, b"", headers={**_HTML, "Location": led_to(url, query)})


def _ask(call: Call, order: Mapping[str, Any]) -> Answer:
    total = Money(sum(unit["amount_minor"] for unit in order["units"]), order["units"][0]["currency"]).shown()
    secure = order["asks"] is not None or order["card"] is not None
    shown = (APPROVE, CANCEL) if secure else tuple(_LABELS)
    buttons = "".join(_BUTTON.format(value=value, label=_LABELS[value]) for value in shown)
    form = _FORM.format(action=escape(f"{call.base_url}{_PATHS[0]}"), token=order["id"], buttons=buttons)
    title = "Is this your card?" if secure else "Pay with PayPal"
    return _page(title, f"Order {order['id']}: {total['value']} {total['currency_code']}", form=form)


def _page(title: str, said: str, *, form: str = "", status: int = 200, error: str | None = None) -> Answer:
    body = _PAGE.format(title=escape(title), said=escape(said), form=form).encode("utf-8", "replace")
    return Answer(status, body, headers=_HTML, error=error, stored=False)


_PATHS: Final = ("/checkoutnow", "/payment/{kind}", "/webapps/helios")
_NAMES: Final = ("paypal.orders.approve", "paypal.orders.approve_at_bank", "paypal.orders.approve_card")
_SHARED: Final[dict[str, Any]] = {"effect": "write", "object_type": "order", "public": True}
OPERATIONS: Final = (
    *(
        Operation(name=name, method="GET", path=path, run=_visit, key_objects=("body.token", "body.cart_id"), **_SHARED)
        for name, path in zip(_NAMES, _PATHS, strict=True)
    ),
    Operation(
        name="paypal.orders.decide", method="POST", path=_PATHS[0], run=_decide, key_objects=("body.token",), **_SHARED
    ),
)
