"""What becomes of an order: it is approved, paid at once, or runs out of time.

A buyer has three hours to come, and the merchant three more to take the money. (PayPal REST API specifications, Orders
v2, of `order_status`; developer.paypal.com, Orders v2; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.errors import find, refusal
from brownout.providers.paypal.orders.buyers import payer
from brownout.providers.paypal.orders.order_shape import is_over, shown_order
from brownout.providers.paypal.orders.sources import Terms, read_source
from brownout.providers.paypal.payments.authorizations import hold
from brownout.providers.paypal.payments.captures import check_invoice, take
from brownout.providers.paypal.reader import Reader
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.errors import Issues
    from brownout.providers.paypal.orders.sources import Source


def terms_of(call: Call, units: list[dict[str, Any]], intent: str) -> Terms:
    """Return what a payment source of such an order has to go with."""
    total = Money(sum(unit["amount_minor"] for unit in units), units[0]["currency"])
    return Terms(call.now, intent, total, call.table("payment_token").get)


def check_open(call: Call, on: Issues, order: Mapping[str, Any]) -> None:
    """Refuse what comes too late.

    Raises:
        Refused: if the order's time ran out.
    """
    if is_over(call, order):
        raise refusal(call, on, "ORDER_EXPIRED")


def attach(order: dict[str, Any], source: Source) -> None:
    """Let an order be paid with `source`, and forget what it was to be paid with before."""
    secure = source.secure
    asks = secure is not None and secure.asks
    order.update(
        kind=source.kind,
        card=source.card,
        shown=source.shown,
        payer=None,
        secure=secure.shown() if secure is not None and not asks else None,
        asks=secure.shown() if secure is not None and asks else None,
        status="PAYER_ACTION_REQUIRED" if asks or not source.at_once else "CREATED",
    )


def approve(call: Call, order: dict[str, Any], *, funding: str | None = None) -> None:
    """Let the sandbox's buyer agree to an order that nobody has agreed to; banks' methods may complete it at once.

    `funding` is a key of `pending.FUNDING`, None for money that comes at once.
    """
    if order["status"] in ("APPROVED", "COMPLETED"):
        return
    by_buyer = order["card"] is None or order["asks"] is not None
    if order["asks"] is not None:
        order.update(secure=order["asks"], asks=None)
    elif order["card"] is None:
        order.update(kind=order["kind"] or "paypal", payer=payer(order["account"], order["shown"]))
    until = call.now + call.world.options(call.provider).order_life
    order.update(status="APPROVED", funding=funding, until=until, updated=call.now)
    if by_buyer:
        _tell(call, order, "APPROVED")
    if order["completes"]:
        complete(call, order)


def complete(call: Call, order: dict[str, Any]) -> None:
    """Take or hold an approved order's money. A declined card completes it too, without money."""
    order.update(status="COMPLETED", updated=call.now)
    for unit in order["units"]:
        if order["intent"] == "CAPTURE":
            take(call, order, unit, Money(unit["amount_minor"], unit["currency"]))
        else:
            hold(call, order, unit)
    _tell(call, order, "COMPLETED")


def _tell(call: Call, order: Mapping[str, Any], event: Literal["APPROVED", "COMPLETED"]) -> None:
    emit(call, f"CHECKOUT.ORDER.{event}", lambda: shown_order(call, order), account=order["account"])


def execute(call: Call, on: Issues, intent: str, done: str) -> dict[str, Any]:
    """Take or hold an order's money, with what the call names, or else what the buyer approved; return the order.

    Raises:
        Refused: if the order isn't one for this, is done or too old, or nobody has approved it.
    """
    order = find(call, on, "order")
    if order["intent"] != intent:
        raise refusal(call, on, "ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise refusal(call, on, done)
    check_open(call, on, order)
    source = read_source(Reader(call, on), call.params, terms_of(call, order["units"], intent))
    now = source if source is not None and source.at_once else None
    if now is not None and now.secure is not None and now.secure.asks:
        raise refusal(call, on, "PAYER_ACTION_REQUIRED")
    if now is None and order["status"] != "APPROVED" and call.world.options(call.provider).approve == "manual":
        raise refusal(call, on, "ORDER_NOT_APPROVED")
    check_invoices(call, on, order)
    pay(call, order, now)
    return order


def check_invoices(call: Call, on: Issues, order: Mapping[str, Any]) -> None:
    """Refuse an order one of whose invoices was paid already, where the account wants that."""
    for unit in order["units"]:
        check_invoice(call, on, order, unit["invoice_id"])


def pay(call: Call, order: dict[str, Any], source: Source | None) -> None:
    """Complete an order with `source`, which needs no approval; None for what the buyer approved, or would."""
    if source is not None:
        attach(order, source)
    approve(call, order)
    if order["status"] != "COMPLETED":
        complete(call, order)
