"""Batches of payouts and their items for an answer.

(PayPal REST API specifications, Payouts v1, version 1.9; answers and deliveries recorded with PayPal-node-SDK in 2015
and published in 2018 and 2024; developer.paypal.com, Track payout item status; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import spell
from brownout.providers.paypal.links import link
from brownout.providers.paypal.payouts.payout_words import LINK, said
from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.operation import Call

BATCHES: Final = "/v1/payments/payouts"
ITEMS: Final = "/v1/payments/payouts-item"
_KEPT: Final = ("note", "receiver", "sender_item_id", "recipient_wallet", "purpose")


def coded(call: Call, path: str, rel: str) -> dict[str, str]:
    """Return a link as payouts write it."""
    return link(call, path, rel) | {"encType": "application/json"}


def amount(minor: int, currency: str) -> dict[str, str]:
    """Return money as version 1 writes it."""
    return {"currency": currency, "value": spell(minor, currency)}


def shown_header(batch: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the header of a batch in full."""
    items = list(items)
    out = {"payout_batch_id": batch["id"], "batch_status": batch["status"], "time_created": stamp(batch["created"])}
    if batch["completed"] is not None:
        out["time_completed"] = stamp(batch["completed"])
    total = sum(item["amount_minor"] for item in items)
    return {
        **out,
        "sender_batch_header": shown_sender(batch),
        "amount": amount(total, batch["currency"]),
        "fees": amount(sum(item["fee_minor"] for item in items), batch["currency"]),
    }


def shown_sender(batch: Mapping[str, Any]) -> dict[str, str]:
    """Return what the sender said of a batch."""
    return {name: value for name, value in batch["header"].items() if value is not None}


def shown_item(call: Call, item: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
    """Return one item; `alone` it names its batch in more ways."""
    out: dict[str, Any] = {"payout_item_id": item["id"]}
    if item["status"] != "PENDING":
        out |= {"transaction_id": item["transaction_id"], "activity_id": item["activity_id"]}
    if item["status"] in ("FAILED", "BLOCKED"):
        del out["transaction_id"], out["activity_id"]
    out["transaction_status"] = item["status"]
    out["payout_item_fee"] = amount(item["fee_minor"], item["currency"])
    out["payout_batch_id"] = item["batch"]
    if alone and item["sender_batch_id"] is not None:
        out["sender_batch_id"] = item["sender_batch_id"]
    wanted = {"recipient_type": item["recipient_type"], "amount": amount(item["amount_minor"], item["currency"])}
    out["payout_item"] = wanted | {name: item[name] for name in _KEPT if item[name] is not None}
    if item["processed"] is not None:
        out["time_processed"] = stamp(item["processed"])
    if item["error"] is not None and item["status"] != "PENDING":
        words = {"name": item["error"], "message": said(item["error"]), "information_link": LINK, "details": []}
        out["errors"] = words
    itself = coded(call, f"{ITEMS}/{item['id']}", "self" if alone else "item")
    out["links"] = [itself, coded(call, f"{BATCHES}/{item['batch']}", "batch")] if alone else [itself]
    return out
