"""Providers' lists, page by page: what a shop compares its books with, and what it copies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout_clients.protocols import Failure, Payment, Statement
from brownout_clients.providers import PAYPAL, STRIPE, Call
from brownout_clients.shapes import Field, body_of, picked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout_clients.protocols import Order
    from brownout_clients.shop import Shop

PAGES_MOST: Final = 50
PAID: Final = "succeeded"
NOT_CHARGED: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "canceled"})
"""The states of a payment that has taken nothing and takes nothing by itself."""
LISTED: Final = (Field("id"), Field("status"), Field("metadata.order_id"))
_ID: Final = (Field("id"),)
_STRIPE_PAGE: Final = (Field("data", list), Field("has_more", bool))
_REFUNDED: Final = (Field("id"), Field("status"), Field("payment_intent"), Field("amount", int))
_REFUND_ENDED: Final = frozenset({"failed", "canceled"})
_PAYPAL_PAGE: Final = (Field("transaction_details", list), Field("total_pages", int))
_WINDOW: Final = timedelta(days=30)
"""Transaction search takes no more than 31 days at a time."""
_REFRESHED: Final = (Field("last_refresh_time"),)
_CAPTURED: Final = "T0006"
_GIVEN_BACK: Final = "T1107"
_ROW: Final = (
    Field("transaction_info.transaction_id"), Field("transaction_info.transaction_event_code"),
    Field("transaction_info.invoice_id"), Field("transaction_info.transaction_amount.value"),
)  # fmt: skip


class Listed(NamedTuple):
    """What a list had, and whether that is all of it."""

    items: Sequence[Any]
    whole: bool


def of_stripe(shop: Shop, path: str) -> Listed:
    """Return what Stripe lists under `path`.

    Raises:
        Failure: if a page can't be had.
    """
    found: list[Any] = []
    after = ""
    for _ in range(PAGES_MOST):
        call = Call(STRIPE, "GET", f"{path}?limit=100{after}")
        page = picked(body_of(shop.send(call).body, call.where), _STRIPE_PAGE)
        found += page["data"] or ()
        if page["data"] is None or page["has_more"] is not True:
            return Listed(found, page["data"] is not None and page["has_more"] is False)
        last = picked(found[-1], _ID)["id"] if page["data"] else None
        if last is None:
            break
        after = f"&starting_after={last}"
    return Listed(found, whole=False)


def of_paypal(shop: Shop) -> Listed:
    """Return the transactions of the last month, by PayPal's own clock.

    Raises:
        Failure: if a page can't be had.
    """
    clock = Call(PAYPAL, "GET", "/v1/reporting/balances")
    until = _moment(picked(body_of(shop.send(clock).body, clock.where), _REFRESHED)["last_refresh_time"], clock)
    window = f"start_date={_spelled(until - _WINDOW)}&end_date={_spelled(until + timedelta(hours=1))}"
    found: list[Any] = []
    for number in range(1, PAGES_MOST + 1):
        call = Call(PAYPAL, "GET", f"/v1/reporting/transactions?{window}&page_size=100&page={number}")
        page = picked(body_of(shop.send(call).body, call.where), _PAYPAL_PAGE)
        found += page["transaction_details"] or ()
        if page["transaction_details"] is None or page["total_pages"] is None:
            break
        if number >= page["total_pages"]:
            return Listed(found, whole=True)
    return Listed(found, whole=False)


def stripe_statements(shop: Shop, wanted: Mapping[str, Order]) -> dict[str, Statement | None]:
    """Return what Stripe's payments and refunds say of orders; what isn't clear is left out.

    Raises:
        Failure: if a page can't be had.
    """
    intents, whole = of_stripe(shop, "/v1/payment_intents")
    refunds, all_refunds = of_stripe(shop, "/v1/refunds")
    if not all_refunds:
        return {}
    back: dict[str, int | None] = {}
    for refund in refunds:
        found = picked(refund, _REFUNDED)
        if found["payment_intent"] is None:
            return {}  # it may be anybody's
        sofar = back.get(found["payment_intent"], 0)
        if found["status"] not in _REFUND_ENDED:
            unread = sofar is None or found["amount"] is None
            back[found["payment_intent"]] = None if unread else sofar + found["amount"]
    stated: dict[str, Statement | None] = {}
    unclear: set[str | None] = set()
    for intent in intents:
        found = picked(intent, LISTED)
        name = found["metadata.order_id"]
        if name in wanted and found["status"] == PAID and found["id"] is not None:
            given = back.get(found["id"], 0)
            if given is None:
                unclear.add(name)
            else:
                stated[name] = Statement(Payment(found["id"], wanted[name].amount_minor, found["id"]), given)
        elif found["status"] not in NOT_CHARGED:
            unclear.add(name)
    return _absent(stated, wanted, unclear, whole=whole)


def paypal_statements(shop: Shop, wanted: Mapping[str, Order]) -> dict[str, Statement | None]:
    """Return what PayPal's transactions say of orders; nothing of those that it hasn't got, for reports come late.

    Raises:
        Failure: if a page can't be had.
    """
    rows, whole = of_paypal(shop)
    if not whole:
        return {}
    captures: dict[str, str] = {}
    back: dict[str, int] = {}
    unclear: set[str | None] = set()
    for row in rows:
        found = {path.rpartition(".")[2]: value for path, value in picked(row, _ROW).items()}
        name, minor = found["invoice_id"], _minor(found["value"])
        if found["transaction_event_code"] == _CAPTURED and name in wanted and found["transaction_id"] is not None:
            captures.setdefault(name, found["transaction_id"])
        elif found["transaction_event_code"] == _GIVEN_BACK and name in wanted and minor is not None:
            back[name] = back.get(name, 0) + minor
        elif name in wanted and found["transaction_event_code"] in (_CAPTURED, _GIVEN_BACK):
            unclear.add(name)
    return {
        name: Statement(Payment(capture, wanted[name].amount_minor, capture), back.get(name, 0))
        for name, capture in captures.items()
        if name not in unclear
    }


def _absent(
    stated: dict[str, Statement | None], wanted: Mapping[str, Order], unclear: set[str | None], *, whole: bool
) -> dict[str, Statement | None]:
    """Return what is clear, with None for orders that a whole list doesn't have."""
    clear = {name: one for name, one in stated.items() if name not in unclear}
    if not whole or None in unclear:
        return clear
    return {name: clear.get(name) for name in wanted if name in clear or name not in unclear}


def _minor(text: str | None) -> int | None:
    """Return an amount in cents without its sign.

    >>> _minor("-19.99"), _minor("19.9"), _minor(None)
    (1999, None, None)
    """
    whole, dot, cents = (text or "").lstrip("-").partition(".")
    if not whole.isdigit() or not (dot and len(cents) == 2 and cents.isdigit()):
        return None
    return int(whole) * 100 + int(cents)


def _moment(text: str | None, call: Call) -> datetime:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        raise Failure("contract", f"no moment in the answer to {call.where}", certain=False) from None


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
