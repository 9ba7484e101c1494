"""The events that PayPal tells of: what each is about, and how its summary reads.

Resource types and the words of summaries are those of sandbox deliveries published with clients of the API; for a type
that nobody published, the words are PayPal's description of the event. (developer.paypal.com, Webhook event names;
read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class EventType(NamedTuple):
    """One type of event: `resource` is its `resource_type`, `summary` may want the resource's `{amount}`."""

    resource: str
    version: str
    summary: str


def _about(resource: str, version: str, prefix: str, summaries: Mapping[str, str]) -> dict[str, EventType]:
    return {f"{prefix}.{name}": EventType(resource, version, summary) for name, summary in summaries.items()}


TYPES: Final[Mapping[str, EventType]] = {
    **_about("checkout-order", "2.0", "CHECKOUT", {
        "ORDER.APPROVED": "An order has been approved by buyer",
        "ORDER.COMPLETED": "Checkout Order Completed",
        "ORDER.PROCESSED": "Checkout Order Processed",
        "ORDER.DECLINED": "Checkout Order Declined",
        "ORDER.SAVED": "Checkout Order Saved",
        "ORDER.VOIDED": "Checkout Order Voided",
        "PAYMENT-APPROVAL.REVERSED": "A payment approval was reversed",
    }),
    **_about("authorization", "2.0", "PAYMENT.AUTHORIZATION", {
        "CREATED": "A payment authorization was created",
        "VOIDED": "A payment authorization was voided",
    }),
    **_about("capture", "2.0", "PAYMENT.CAPTURE", {
        "COMPLETED": "Payment completed for {amount}",
        "DECLINED": "Payment declined for {amount}",
        "DENIED": "Payment denied for {amount}",
        "PENDING": "Payment pending for {amount}",
    }),
    **_about("refund", "2.0", "PAYMENT.CAPTURE", {
        "REFUNDED": "A {amount} capture payment was refunded",
        "REVERSED": "A {amount} capture payment was reversed",
    }),
    **_about("refund", "2.0", "PAYMENT.REFUND", {
        "PENDING": "A {amount} refund is pending",
        "FAILED": "A {amount} refund failed",
    }),
    **_about("payouts", "1.0", "PAYMENT.PAYOUTSBATCH", {
        "SUCCESS": "Payouts batch completed successfully.",
        "DENIED": "Payouts batch got denied.",
        "PROCESSING": "Payouts batch is being processed.",
    }),
    **_about("payouts_item", "1.0", "PAYMENT.PAYOUTS-ITEM", {
        "SUCCEEDED": "A payout item has succeeded",
        "UNCLAIMED": "A payout item is unclaimed",
        "RETURNED": "A payout item has been returned",
        "CANCELED": "A payout item was canceled",
        "BLOCKED": "A payout item is blocked",
        "DENIED": "A payout item is denied",
        "FAILED": "A payout item has failed",
        "HELD": "A payout item is held",
        "REFUNDED": "A payout item was refunded",
    }),
    **_about("product", "1.0", "CATALOG.PRODUCT", {
        "CREATED": "A product was created",
        "UPDATED": "A product was updated",
    }),
    **_about("plan", "2.0", "BILLING.PLAN", {
        "CREATED": "A billing plan was created",
        "UPDATED": "A billing plan was updated",
        "ACTIVATED": "A billing plan was activated",
        "DEACTIVATED": "A billing plan was deactivated",
        "PRICING-CHANGE.ACTIVATED": "A price change for a billing plan was activated",
        "PRICING-CHANGE.INPROGRESS": "A price change for a billing plan is in progress",
    }),
    **_about("subscription", "2.0", "BILLING.SUBSCRIPTION", {
        "CREATED": "Subscription created",
        "ACTIVATED": "Subscription activated",
        "UPDATED": "Subscription updated",
        "RE-ACTIVATED": "Subscription reactivated",
        "EXPIRED": "Subscription expired",
        "CANCELLED": "Subscription cancelled",
        "SUSPENDED": "Subscription suspended",
        "PAYMENT.FAILED": "Subscription payment failed",
    }),
    **_about("sale", "1.0", "PAYMENT.SALE", {
        "COMPLETED": "Payment completed for {amount}",
        "DENIED": "Payment denied for {amount}",
        "PENDING": "Payment pending for {amount}",
        "REFUNDED": "A {amount} sale payment was refunded",
        "REVERSED": "A {amount} sale payment was reversed",
    }),
    **_about("dispute", "1.0", "CUSTOMER.DISPUTE", {
        "CREATED": "A new dispute opened with Case # {id}",
        "UPDATED": "Updates have been made on a dispute with Case # {id}",
        "RESOLVED": "A dispute was resolved with Case # {id}",
    }),
    **_about("payment_token", "3.0", "VAULT.PAYMENT-TOKEN", {
        "CREATED": "A payment token has been created.",
        "DELETED": "A payment token has been deleted.",
        "DELETION-INITIATED": "The deletion of a payment token has been initiated.",
    }),
}  # fmt: skip
"""Every event type that can be subscribed to here."""


def summary(type: EventType, resource: Mapping[str, Any]) -> str:
    """Return an event's summary.

    >>> paid = {"amount": {"currency_code": "USD", "value": "100.00"}}
    >>> summary(TYPES["PAYMENT.CAPTURE.COMPLETED"], paid)
    'Payment completed for $ 100.0 USD'
    """
    if "{" not in type.summary:
        return type.summary
    return type.summary.format(amount=_amount(resource.get("amount") or {}), id=resource_id(resource))


def _amount(money: Mapping[str, Any]) -> str:
    """Return an amount as summaries write it: a tenth at least, no zeros beyond. v1 resources have other keys."""
    value = str(money.get("value") or money.get("total") or "0")
    currency = money.get("currency_code") or money.get("currency") or ""
    if "." in value:
        value = value.rstrip("0")
        value += "0" * value.endswith(".")
    sign = "$ " if currency == "USD" else ""  # of other currencies no delivery was published
    return f"{sign}{value} {currency}".rstrip()


def resource_id(resource: Mapping[str, Any]) -> str:
    """Return the id of what an event is about: APIs differ in where they put it."""
    for name in ("id", "dispute_id", "payout_item_id"):
        if name in resource:
            return str(resource[name])
    header = resource.get("batch_header") or {}
    return str(header.get("payout_batch_id") or "")
