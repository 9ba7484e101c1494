"""`paypal.subscriptions.suspend`, `.activate`, `.cancel`, `.capture` and `.transactions`.

(PayPal REST API specifications, Subscriptions v1, version 1.9; the wording of a refused status from clients' tests;
read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.billing.billing import resume, sell, stop
from brownout.providers.paypal.billing.billing_words import ON
from brownout.providers.paypal.billing.catalog import SCOPES, TTL_SECONDS, again, find
from brownout.providers.paypal.billing.subscription_shape import PATH, shown_subscription, shown_transaction
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.reporting.report_query import moment_of
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call

_MOST_LETTERS: Final = 128
_FROM: Final = {"suspend": ("ACTIVE",), "cancel": ("ACTIVE", "SUSPENDED"), "activate": ("SUSPENDED",)}
_BECOMES: Final = {"suspend": "SUSPENDED", "cancel": "CANCELLED"}


def _change(verb: str) -> Callable[[Call], Answer]:
    """Return the handler that changes a subscription's status; the reason is needed but for `activate`."""
    was = _FROM[verb]
    states = " or ".join(was).lower()
    said = f"Invalid subscription status for {verb} action; subscription status should be {states}."

    def handler(call: Call) -> Answer:
        subscription = find(call, "subscription", call.path["id"])
        needed = verb != "activate"
        reason = Reader(call, ON).text(call.params, "reason", Place(), most=_MOST_LETTERS, needed=needed)
        if subscription["status"] not in was:
            raise refusal(call, ON, "SUBSCRIPTION_STATUS_INVALID", description=said)
        subscription.update(note=reason, updated=call.now)
        if verb == "activate":
            resume(call, subscription)
            emit(call, "BILLING.SUBSCRIPTION.ACTIVATED", shown_subscription(call, subscription))
        else:
            stop(call, subscription, _BECOMES[verb])
        return Answer(204, b"")

    return handler


def _capture(call: Call) -> Answer:
    """Take what is outstanding, or some of it."""
    subscription, reader = find(call, "subscription", call.path["id"]), Reader(call, ON)
    reader.text(call.params, "note", Place(), most=_MOST_LETTERS, needed=True)
    kind = call.params.get("capture_type")
    if kind != "OUTSTANDING_BALANCE":
        raise reader.refused("INVALID_PARAMETER_VALUE", "/capture_type", kind)
    asked = reader.money(call.params.get("amount"), Place("/amount", "/amount"))
    if subscription["status"] not in ("ACTIVE", "SUSPENDED"):
        raise refusal(call, ON, "SUBSCRIPTION_STATUS_INVALID")
    if asked.currency != subscription["plan"]["currency"]:
        raise reader.refused("CURRENCY_MISMATCH", "/amount/currency_code", asked.currency)
    if not subscription["outstanding_minor"]:
        raise refusal(call, ON, "ZERO_OUTSTANDING_BALANCE")
    if asked.minor > subscription["outstanding_minor"]:
        raise reader.refused("AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE", "/amount/value", asked.shown()["value"])
    subscription["outstanding_minor"] -= asked.minor
    subscription["charges"] += 1
    sale = sell(call, subscription, asked.minor, str(subscription["charges"]))
    return Answer(200, shown_transaction(call, sale))


def _transactions(call: Call) -> Answer:
    subscription = find(call, "subscription", call.path["id"])
    begins, ends = moment_of(call, "start_time"), moment_of(call, "end_time")
    for name, value in (("start_time", begins), ("end_time", ends)):
        if value is None:
            raise refusal(call, ON, "MISSING_REQUIRED_PARAMETER", field=name, location="query")
    table = call.table("sale")
    sales = [sale for one in subscription["sales"] if (sale := table.get(one)) is not None]
    found = [one for one in sales if (begins or 0) <= one["created"] <= (ends or 0)]
    return Answer(200, {
        "transactions": [shown_transaction(call, one) for one in found],
        "links": [link(call, f"{PATH}/{subscription['id']}/transactions", "self")],
    })  # fmt: skip


def _write(name: str, run: Callable[[Call], Answer], **more: Any) -> Operation:
    return Operation(
        name=f"paypal.subscriptions.{name}", method="POST", path=f"{PATH}/{{id}}/{name}", run=run, effect="write",
        object_type="subscription", id_param="id", scopes=SCOPES, **more,
    )  # fmt: skip


OPERATIONS: Final = (
    *(_write(verb, _change(verb)) for verb in _FROM),
    _write("capture", _capture, idempotent=True, again=again, idempotency_ttl_seconds=TTL_SECONDS),
    Operation(
        name="paypal.subscriptions.transactions", method="GET", path=f"{PATH}/{{id}}/transactions", run=_transactions,
        object_type="subscription", id_param="id", scopes=SCOPES,
        money=("transactions.amount_with_breakdown.gross_amount.value",), dates=("transactions.time",),
        enums=("transactions.status",), listing=Listing(items="transactions", cursor="", more=""),
    ),
)  # fmt: skip
