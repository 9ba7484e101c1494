"""`paypal.payouts.retrieve`, `paypal.payout_items.retrieve` and `.cancel`.

An id may be one of PayPal's test values: then the answer is made up, about a batch or an item that isn't there.
(PayPal REST API specifications, Payouts v1, version 1.9; developer.paypal.com, Payouts, Test and go live; cancellations
recorded with PayPal-node-SDK in 2015; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.errors_v1 import detail
from brownout.providers.paypal.payouts.payout_read import refusal
from brownout.providers.paypal.payouts.payout_shape import BATCHES, ITEMS, coded, shown_header, shown_item
from brownout.providers.paypal.payouts.payout_words import BATCH_IDS, CANCEL_IDS, ITEM_ERRORS, ITEM_IDS, ends
from brownout.providers.paypal.payouts.payouts import give_back
from brownout.providers.paypal.tokens import PAYOUTS_SCOPE

if TYPE_CHECKING:
    from brownout.core.operation import Call

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_MOST_PER_PAGE: Final = 1000


def _retrieve_batch(call: Call) -> Answer:
    batch_id = call.path["id"]
    if batch_id in ITEM_ERRORS or batch_id in BATCH_IDS:
        return Answer(200, _batch(call, *_made_up_batch(batch_id)))
    batch = call.table("payout").get(batch_id)
    if batch is None:
        raise refusal(call, "INVALID_RESOURCE_ID")
    page, size = _number(call, "page", 1), _number(call, "page_size", _MOST_PER_PAGE)
    table = call.table("payout_item")
    items = [item for item_id in batch["items"] if (item := table.get(item_id)) is not None]
    size = min(size, _MOST_PER_PAGE) or _MOST_PER_PAGE
    first = (max(page, 1) - 1) * size
    out = _batch(call, batch, items, items[first : first + size])
    if call.params.get("total_required") == "true":
        out = {"total_items": len(items), "total_pages": -(-len(items) // size)} | out
    return Answer(200, out)


def _batch(
    call: Call, batch: dict[str, Any], items: list[dict[str, Any]], page: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    shown = items if page is None else page
    return {
        "batch_header": shown_header(batch, items),
        "items": [shown_item(call, item, alone=False) for item in shown],
        "links": [coded(call, f"{BATCHES}/{batch['id']}", "self")],
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if _NUMBER.fullmatch(text) is None:
        issue = "Must be a number that is not negative"
        raise refusal(call, "VALIDATION_ERROR", detail(name, issue, text, location="query"))
    return int(text)


def _made_up_item(batch_id: str, item_id: str, error: str | None) -> dict[str, Any]:
    """Return the item of PayPal's example: 190.00 that ended in 2017."""
    return {
        "id": item_id, "transaction_id": "0C413693MN970190K", "activity_id": "0E158638XS0329106", "status": ends(error),
        "error": error, "batch": batch_id, "sender_batch_id": None, "recipient_type": "EMAIL", "amount_minor": 19_000,
        "currency": "USD", "note": "payout to receiver", "receiver": "receiver@example.com", "recipient_wallet": None,
        "sender_item_id": "MSI-2727", "purpose": None, "fee_minor": 0, "processed": 1_503_314_564,
    }  # fmt: skip


def _made_up_batch(test_value: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    batch: dict[str, Any] = {
        "id": "DQCP2UAJCBMNY", "status": BATCH_IDS.get(test_value, "SUCCESS"), "currency": "USD",
        "header": {"email_subject": "user test case"}, "created": 1_503_314_553, "completed": 1_503_314_574,
    }  # fmt: skip
    return batch, [_made_up_item(batch["id"], "RWD4Y3H9VV8BA", ITEM_ERRORS.get(test_value))]


def _item(call: Call) -> dict[str, Any]:
    item = call.table("payout_item").get(call.path["id"])
    if item is None:
        raise refusal(call, "INVALID_RESOURCE_ID")
    return item


def _retrieve_item(call: Call) -> Answer:
    item_id = call.path["id"]
    if item_id in ITEM_IDS:
        return Answer(200, shown_item(call, _made_up_item("DQCP2UAJCBMNY", item_id, ITEM_IDS[item_id]), alone=True))
    return Answer(200, shown_item(call, _item(call), alone=True))


def _cancel(call: Call) -> Answer:
    error = CANCEL_IDS.get(call.path["id"])
    if error is not None:
        raise refusal(call, error)
    item = _item(call)
    if item["status"] == "RETURNED":
        raise refusal(call, "ITEM_ALREADY_CANCELLED")
    if item["status"] == "PENDING":
        raise refusal(call, "BATCH_NOT_COMPLETED")
    if item["status"] != "UNCLAIMED":
        raise refusal(call, "ITEM_INCORRECT_STATUS")
    give_back(call, item)
    return Answer(200, shown_item(call, item, alone=True))


_SCOPES: Final = frozenset({PAYOUTS_SCOPE})
_MONEY: Final = ("payout_item_fee.value", "payout_item.amount.value")
OPERATIONS: Final = (
    Operation(
        name="paypal.payouts.retrieve", method="GET", path=f"{BATCHES}/{{id}}", run=_retrieve_batch,
        object_type="payout", id_param="id", scopes=_SCOPES, money=("batch_header.amount.value", *(
            f"items.{one}" for one in _MONEY)),
        dates=("batch_header.time_created", "batch_header.time_completed", "items.time_processed"),
        enums=("batch_header.batch_status", "items.transaction_status"),
    ),
    Operation(
        name="paypal.payout_items.retrieve", method="GET", path=f"{ITEMS}/{{id}}", run=_retrieve_item,
        object_type="payout_item", id_param="id", scopes=_SCOPES, money=_MONEY, dates=("time_processed",),
        enums=("transaction_status",),
    ),
    Operation(
        name="paypal.payout_items.cancel", method="POST", path=f"{ITEMS}/{{id}}/cancel", run=_cancel, effect="write",
        object_type="payout_item", id_param="id", scopes=_SCOPES, money=_MONEY, dates=("time_processed",),
        enums=("transaction_status",),
    ),
)  # fmt: skip
