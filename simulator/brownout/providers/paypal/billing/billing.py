"""What a subscription costs over time: setup fee, cycles on world time, failed payments, the end.

Every payment is a sale of its own. A card whose name lets it decline makes each payment fail: what is owed then stands
as the outstanding balance, is asked for again with the next cycle where the plan says so, and suspends the subscription
once the plan's threshold is reached. (developer.paypal.com, Subscriptions, Payment failure retry, from which days of
retries between two cycles are left out; PayPal REST API specifications, Subscriptions v1; read 2026-11-23.)
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import Money, fee
from brownout.providers.paypal.billing.subscription_shape import shown_sale, shown_subscription
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_DAYS: Final = {"DAY": 1, "WEEK": 7}
_MOST_SALES: Final = 1_000
"""How many payments a subscription remembers for its list; the ledger keeps all."""


def after(at: int, unit: str, count: int) -> int:
    """Return the moment `count` units later; a day that a month doesn't have is its last one.

    >>> datetime.fromtimestamp(after(1_706_659_200, "MONTH", 1), UTC).date().isoformat()  # from 2024-01-31
    '2024-02-29'
    """
    begun = datetime.fromtimestamp(at, UTC)
    if unit in _DAYS:
        return int((begun + timedelta(days=_DAYS[unit] * count)).timestamp())
    months = begun.month - 1 + count * (12 if unit == "YEAR" else 1)
    year, month = begun.year + months // 12, months % 12 + 1
    return int(begun.replace(year=year, month=month, day=min(begun.day, monthrange(year, month)[1])).timestamp())


def begin(call: Call, subscription: dict[str, Any]) -> None:
    """Make a subscription active: the setup fee is due now, the first cycle at its start.

    Where the setup fee fails and the plan says CANCEL, it ends at once.
    """
    subscription.update(status="ACTIVE", status_at=call.now, updated=call.now)
    emit(call, "BILLING.SUBSCRIPTION.ACTIVATED", shown_subscription(call, subscription))
    subscription["anchor"] = subscription["next"] = max(subscription["start"], call.now)
    preferences = subscription["plan"]["preferences"]
    if preferences["setup_fee_minor"]:
        paid = _charge(call, subscription, preferences["setup_fee_minor"], "setup")
        if not paid and preferences["setup_fee_failure_action"] == "CANCEL":
            stop(call, subscription, "CANCELLED")
            return
    if subscription["status"] == "ACTIVE":  # a failed fee may have suspended it
        _schedule(call, subscription)


def resume(call: Call, subscription: dict[str, Any]) -> None:
    """Make a suspended subscription active again: cycles missed meanwhile aren't charged for."""
    subscription.update(status="ACTIVE", status_at=call.now, failed=0)
    while subscription["next"] is not None and subscription["next"] < call.now:
        subscription["next"] = _step(subscription, _current(subscription))
    if subscription["next"] is not None:
        _schedule(call, subscription)


def stop(call: Call, subscription: dict[str, Any], status: str) -> None:
    """Suspend, cancel or end a subscription: nothing more is charged."""
    subscription.update(status=status, status_at=call.now, updated=call.now)
    subscription["timer"] += 1
    emit(call, f"BILLING.SUBSCRIPTION.{status}", shown_subscription(call, subscription))


def _schedule(call: Call, subscription: dict[str, Any]) -> None:
    subscription["timer"] += 1
    number = subscription["timer"]

    def due(later: Call) -> None:
        if subscription["timer"] == number and subscription["status"] == "ACTIVE":
            _cycle(later, subscription)

    if subscription["next"] <= call.now:
        _cycle(call, subscription)
    else:
        call.later(subscription["next"] - call.moment.world, "cycle", due)


def _cycle(call: Call, subscription: dict[str, Any]) -> None:
    """Charge for the cycle that begins now, and set the next."""
    cycle = _current(subscription)
    subscription["completed"][cycle["sequence"]] = subscription["completed"].get(cycle["sequence"], 0) + 1
    subscription["charges"] += 1
    owed = cycle["price_minor"] * int(subscription["quantity"]) + _tax(subscription, cycle)
    if subscription["plan"]["preferences"]["auto_bill_outstanding"]:
        owed += subscription["outstanding_minor"]
        subscription["outstanding_minor"] = 0
    if owed:
        _charge(call, subscription, owed, str(subscription["charges"]))
    if subscription["status"] != "ACTIVE":
        return
    subscription["next"] = _step(subscription, cycle)
    if _finished(subscription):
        subscription["next"] = None
        stop(call, subscription, "EXPIRED")
    else:
        _schedule(call, subscription)


def _current(subscription: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cycle that the next payment is for: the first that isn't through."""
    cycles: list[dict[str, Any]] = subscription["plan"]["cycles"]
    for cycle in cycles:
        if not cycle["total"] or subscription["completed"].get(cycle["sequence"], 0) < cycle["total"]:
            return cycle
    return cycles[-1]


def _finished(subscription: Mapping[str, Any]) -> bool:
    last = subscription["plan"]["cycles"][-1]
    return bool(last["total"]) and subscription["completed"].get(last["sequence"], 0) >= last["total"]


def _step(subscription: dict[str, Any], cycle: Mapping[str, Any]) -> int:
    """Return when the payment after `cycle`'s is due, counted from the first so that short months don't add up."""
    if (cycle["unit"], cycle["count"]) != subscription["beat"]:
        subscription.update(beat=(cycle["unit"], cycle["count"]), anchor=subscription["next"], beats=0)
    subscription["beats"] += 1
    anchor: int = subscription["anchor"]
    return after(anchor, cycle["unit"], cycle["count"] * subscription["beats"])


def _tax(subscription: Mapping[str, Any], cycle: Mapping[str, Any]) -> int:
    """Return what comes on top of a price, rounded half up."""
    taxes = subscription["plan"]["taxes"]
    if taxes is None or taxes["inclusive"]:
        return 0
    whole, _, part = taxes["percentage"].partition(".")
    rate = int(whole + part.ljust(4, "0"))  # of 1,000,000
    total: int = cycle["price_minor"] * int(subscription["quantity"])
    return (total * rate + 500_000) // 1_000_000


def _charge(call: Call, subscription: dict[str, Any], minor: int, label: str) -> bool:
    """Take a payment, if the subscriber's card lets it; return whether it was taken."""
    if subscription["declines"]:
        subscription["failed"] += 1
        subscription["outstanding_minor"] += minor
        subscription["last_failed"] = {"minor": minor, "at": call.now}
        emit(call, "BILLING.SUBSCRIPTION.PAYMENT.FAILED", shown_subscription(call, subscription))
        threshold = subscription["plan"]["preferences"]["payment_failure_threshold"]
        if threshold and subscription["failed"] >= threshold:
            stop(call, subscription, "SUSPENDED")
        return False
    sell(call, subscription, minor, label)
    subscription["failed"] = 0
    return True


def sell(call: Call, subscription: dict[str, Any], minor: int, label: str) -> dict[str, Any]:
    """Return a new payment of a subscription, its money in the ledger; `label` tells it from the others."""
    amount = Money(minor, subscription["plan"]["currency"])
    custom = subscription["custom_id"]
    sale = call.create("sale", {
        "id": free_id(call, "sale"), "subscription": subscription["id"], "status": "COMPLETED",
        "amount_minor": minor, "currency": amount.currency, "fee_minor": fee(amount), "custom_id": custom,
        "key": f"{custom}/{label}" if custom else None, "created": call.now, "updated": call.now,
    })  # fmt: skip
    posted = {"payment": sale["id"], "object_id": sale["id"], "amount_minor": minor, "key": sale["key"]}
    call.post("authorize", currency=amount.currency.lower(), **posted)
    call.post("capture", currency=amount.currency.lower(), fee_minor=sale["fee_minor"], **posted)
    subscription["sales"] = [*subscription["sales"], sale["id"]][-_MOST_SALES:]
    subscription["last_paid"] = {"minor": minor, "at": call.now}
    emit(call, "PAYMENT.SALE.COMPLETED", shown_sale(call, sale))
    return sale
