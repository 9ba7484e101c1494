"""Subscriptions, their payments and the sales that webhooks tell of.

(PayPal REST API specifications, Subscriptions v1, version 1.9; paypal-server-sdk 2.4; deliveries of
PAYMENT.SALE.COMPLETED of 2016 to 2023 published with clients, still in the form of Payments v1; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import Money, spell
from brownout.providers.paypal.links import link
from brownout.providers.paypal.orders.buyers import payer
from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

PATH: Final = "/v1/billing/subscriptions"
APPROVE_PATH: Final = "/webapps/billing/subscriptions"


def links_of(call: Call, subscription: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what can be done with a subscription now."""
    path = f"{PATH}/{subscription['id']}"
    itself, edit = link(call, path, "self"), link(call, path, "edit", "PATCH")
    verbs: tuple[str, ...] = ()
    match subscription["status"]:
        case "APPROVAL_PENDING":
            return [link(call, f"{APPROVE_PATH}?ba_token={subscription['ba_token']}", "approve"), edit, itself]
        case "ACTIVE":
            verbs = ("cancel", "suspend", "capture")
        case "SUSPENDED":
            verbs = ("cancel", "activate", "capture")
    tail = [edit] if verbs else []
    return [*(link(call, f"{path}/{verb}", verb, "POST") for verb in verbs), *tail, itself]


def brief(call: Call, subscription: Mapping[str, Any]) -> dict[str, Any]:
    """Return what creating a subscription answers by default."""
    out = {"status": subscription["status"], "id": subscription["id"], "create_time": stamp(subscription["created"])}
    return out | {"links": links_of(call, subscription)}


def shown_subscription(call: Call, subscription: Mapping[str, Any]) -> dict[str, Any]:
    """Return a subscription in full."""
    out = {
        "status": subscription["status"],
        "status_update_time": stamp(subscription["status_at"]),
        "id": subscription["id"],
        "plan_id": subscription["plan_id"],
        "start_time": stamp(subscription["start"]),
        "quantity": subscription["quantity"],
        "shipping_amount": subscription["shipping_amount"],
        "subscriber": _subscriber(call, subscription),
        "billing_info": _billing(subscription) if subscription["status"] != "APPROVAL_PENDING" else None,
        "create_time": stamp(subscription["created"]),
        "update_time": stamp(subscription["updated"]),
        "custom_id": subscription["custom_id"],
        "plan_overridden": False,
        "status_change_note": subscription["note"],
        "links": links_of(call, subscription),
    }
    return {name: value for name, value in out.items() if value is not None}


def _subscriber(call: Call, subscription: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(subscription["subscriber"])
    if subscription["status"] != "APPROVAL_PENDING" and subscription["card"] is None:
        buyer = payer(call.account)
        out |= {name: buyer[name] for name in ("email_address", "payer_id", "name")}
    if subscription["card"] is not None:
        card = {name: value for name, value in subscription["card"].items() if name in ("name", "expiry")}
        out["payment_source"] = {"card": card}
    return out


def _billing(subscription: Mapping[str, Any]) -> dict[str, Any]:
    currency = subscription["plan"]["currency"]
    out: dict[str, Any] = {
        "outstanding_balance": Money(subscription["outstanding_minor"], currency).shown(),
        "cycle_executions": [_execution(subscription, cycle) for cycle in subscription["plan"]["cycles"]],
        "failed_payments_count": subscription["failed"],
    }
    if subscription["last_paid"] is not None:
        out["last_payment"] = _payment(subscription["last_paid"], currency)
    if subscription["last_failed"] is not None:
        out["last_failed_payment"] = _payment(subscription["last_failed"], currency)
    if subscription["status"] == "ACTIVE" and subscription["next"] is not None:
        out["next_billing_time"] = stamp(subscription["next"])
    return out


def _payment(made: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {"amount": Money(made["minor"], currency).shown(), "time": stamp(made["at"])}


def _execution(subscription: Mapping[str, Any], cycle: Mapping[str, Any]) -> dict[str, Any]:
    done = subscription["completed"].get(cycle["sequence"], 0)
    out = {"tenure_type": cycle["tenure_type"], "sequence": cycle["sequence"], "cycles_completed": done}
    if cycle["total"]:
        out["cycles_remaining"] = cycle["total"] - done
    return out | {"current_pricing_scheme_version": cycle["version"], "total_cycles": cycle["total"]}


def shown_transaction(call: Call, sale: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payment as a subscription lists it."""
    buyer, currency = payer(call.account), sale["currency"]
    gross, kept = Money(sale["amount_minor"], currency), Money(sale["fee_minor"], currency)
    return {
        "status": sale["status"],
        "id": sale["id"],
        "amount_with_breakdown": {
            "gross_amount": gross.shown(),
            "fee_amount": kept.shown(),
            "net_amount": Money(gross.minor - kept.minor, currency).shown(),
        },
        "payer_name": buyer["name"],
        "payer_email": buyer["email_address"],
        "time": stamp(sale["created"]),
    }


def shown_sale(call: Call, sale: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payment as webhooks tell of it."""
    currency, total = sale["currency"], spell(sale["amount_minor"], sale["currency"])
    path = f"/v1/payments/sale/{sale['id']}"
    out = {
        "id": sale["id"],
        "state": "completed",
        "amount": {"total": total, "currency": currency, "details": {"subtotal": total}},
        "payment_mode": "INSTANT_TRANSFER",
        "protection_eligibility": "ELIGIBLE",
        "transaction_fee": {"value": spell(sale["fee_minor"], currency), "currency": currency},
        "billing_agreement_id": sale["subscription"],
        "custom": sale["custom_id"],
        "create_time": stamp(sale["created"]),
        "update_time": stamp(sale["updated"]),
        "links": [link(call, path, "self"), link(call, f"{path}/refund", "refund", "POST")],
    }
    return {name: value for name, value in out.items() if value is not None}
