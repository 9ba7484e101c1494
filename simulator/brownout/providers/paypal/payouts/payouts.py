"""`paypal.payouts.create`, and how a batch is worked off: pending, processing, done; each item ends on its own.

A `PayPal-Request-Id` doesn't keep a batch from being paid twice: only `sender_batch_id` does, for 30 days, and a batch
without one is a new one each time. An item in the ledger is a payment that the account makes: held while nobody has
claimed it, taken once it has arrived, let go if it comes back. (Sandbox answers of 2014, 2015 and 2026, the latter for
request ids; fees of 2 % and at most 14.00 from answers of 2015 and 2026; PayPal REST API specifications, Payouts v1;
read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.money import decimals
from brownout.core.operation import Operation
from brownout.providers.paypal.amounts import places
from brownout.providers.paypal.errors_v1 import detail
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.payments.movements import FEE
from brownout.providers.paypal.payouts.payout_read import read_header, read_items, refusal
from brownout.providers.paypal.payouts.payout_shape import BATCHES, coded, shown_header, shown_item, shown_sender
from brownout.providers.paypal.payouts.payout_words import CREATE_NOTES, ITEM_ERRORS, ends
from brownout.providers.paypal.tokens import PAYOUTS_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

KEY_PREFIX: Final = "payout:"
"""Before an item's `sender_item_id` in the ledger: the same text on a payment means another thing."""
_ID_LETTERS: Final = 13
_REMEMBERED_SECONDS: Final = 30 * 86_400
CLAIMABLE_SECONDS: Final = 30 * 86_400
_FEE_RATE: Final = 200  # of 10,000
_MOST_FEE_MINOR: Final = 1400
_EVENTS: Final = {
    "SUCCESS": "SUCCEEDED", "FAILED": "FAILED", "UNCLAIMED": "UNCLAIMED", "ONHOLD": "HELD", "BLOCKED": "BLOCKED",
    "RETURNED": "RETURNED",
}  # fmt: skip
_HOLDING: Final = ("UNCLAIMED", "ONHOLD")


def _create(call: Call) -> Answer:
    header, items = read_header(call), read_items(call)
    error = CREATE_NOTES.get(items[0]["note"] or "")
    if error is not None:
        raise refusal(call, error)
    _check_sender(call, header["sender_batch_id"])
    batch = call.create("payout", {
        "id": free_id(call, "payout", _ID_LETTERS),
        "status": "PENDING",
        "header": header,
        "currency": items[0]["currency"],
        "items": [],
        "created": call.now,
        "completed": None,
    })  # fmt: skip
    for item in items:
        batch["items"].append(_add(call, batch, item)["id"])
    if header["sender_batch_id"]:
        call.table("payout_sender").put({"id": header["sender_batch_id"], "batch": batch["id"], "at": call.now})
    delay = call.world.options(call.provider).payout_delay
    call.later(delay / 2, f"payout {batch['id']} begins", lambda later: _begin(later, batch))
    call.later(delay, f"payout {batch['id']} ends", lambda later: _end(later, batch))
    shown = {"payout_batch_id": batch["id"], "batch_status": "PENDING", "sender_batch_header": shown_sender(batch)}
    return Answer(201, {"batch_header": shown, "links": [coded(call, f"{BATCHES}/{batch['id']}", "self")]})


def _check_sender(call: Call, sender_batch_id: str | None) -> None:
    """Refuse a batch that was sent before."""
    known = call.table("payout_sender").get(sender_batch_id or "")
    if known is None or call.now >= known["at"] + _REMEMBERED_SECONDS:
        return
    said = "Batch with given sender_batch_id already exists"
    original = coded(call, f"{BATCHES}/{known['batch']}", "self")
    raise refusal(call, "USER_BUSINESS_ERROR", detail("SENDER_BATCH_ID", said, sender_batch_id), links=[original])


def _add(call: Call, batch: Mapping[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    return call.create("payout_item", {
        **item,
        "id": free_id(call, "payout_item", _ID_LETTERS),
        "transaction_id": call.draw_text("transaction", 17).upper(),
        "activity_id": call.draw_text("activity", 17).upper(),
        "status": "PENDING",
        "error": ITEM_ERRORS.get(item["note"] or ""),
        "batch": batch["id"],
        "sender_batch_id": batch["header"]["sender_batch_id"],
        "fee_minor": _fee(item["amount_minor"], item["currency"]),
        "processed": None,
        "key": f"{KEY_PREFIX}{item['sender_item_id']}" if item["sender_item_id"] else None,
    })  # fmt: skip


def _fee(minor: int, currency: str) -> int:
    """Return what one payout costs: 2 %, rounded half up to the currency's smallest step at PayPal.

    >>> _fee(99, "USD"), _fee(15, "USD"), _fee(2_000_001, "USD"), _fee(12_345, "HUF")
    (2, 0, 1400, 200)
    """
    step: int = 10 ** (decimals(currency) - places(currency))
    exact = minor * _FEE_RATE + 5_000 * step
    return min(exact // (10_000 * step) * step, _MOST_FEE_MINOR)


def _begin(call: Call, batch: dict[str, Any]) -> None:
    batch["status"] = "PROCESSING"
    tell_batch(call, batch)


def _end(call: Call, batch: dict[str, Any]) -> None:
    table = call.table("payout_item")
    for item_id in batch["items"]:
        item = table.get(item_id)
        if item is not None:
            _process(call, item)
    batch.update(status="SUCCESS", completed=call.now)
    tell_batch(call, batch)


def _process(call: Call, item: dict[str, Any]) -> None:
    """Pay one item, or let it fail: nothing moves then, and there is no fee."""
    item.update(status=ends(item["error"]), processed=call.now)
    if item["status"] == "SUCCESS":
        _post(call, "authorize", item)
        _post(call, "capture", item)
        _post_fee(call, item)
    elif item["status"] in _HOLDING:
        _post(call, "authorize", item)
        call.later(CLAIMABLE_SECONDS, f"payout item {item['id']} returns", lambda later: give_back(later, item))
    else:
        item["fee_minor"] = 0
    tell_item(call, item)


def give_back(call: Call, item: dict[str, Any]) -> None:
    """Return an item's money to the sender, if it is still held."""
    if item["status"] not in _HOLDING:
        return
    item.update(status="RETURNED", processed=call.now)
    _post(call, "release", item)
    tell_item(call, item)


def _post(call: Call, kind: Any, item: Mapping[str, Any]) -> None:
    call.post(
        kind, payment=item["id"], object_id=item["id"], amount_minor=item["amount_minor"],
        currency=item["currency"].lower(), key=item["key"],
    )  # fmt: skip


def _post_fee(call: Call, item: Mapping[str, Any]) -> None:
    """Write the fee into the ledger: the sender pays it on top, so it is a payment to PayPal itself, without a key."""
    fee = item["fee_minor"]
    if not fee:
        return
    name = f"{item['id']}{FEE}"
    for kind in ("authorize", "capture"):
        call.post(
            kind, payment=name, object_id=name, amount_minor=fee, currency=item["currency"].lower(), fee_minor=fee
        )


def tell_item(call: Call, item: Mapping[str, Any]) -> None:
    """Tell webhooks how an item stands."""
    emit(call, f"PAYMENT.PAYOUTS-ITEM.{_EVENTS[item['status']]}", shown_item(call, item, alone=True))


def tell_batch(call: Call, batch: Mapping[str, Any]) -> None:
    """Tell webhooks how a batch stands."""
    table = call.table("payout_item")
    items = [item for item_id in batch["items"] if (item := table.get(item_id)) is not None]
    shown = shown_header(batch, items) | {"payments": len(items)}
    links = [coded(call, f"{BATCHES}/{batch['id']}", "self")]
    emit(call, f"PAYMENT.PAYOUTSBATCH.{batch['status']}", {"batch_header": shown, "links": links})


OPERATIONS: Final = (
    Operation(
        name="paypal.payouts.create", method="POST", path=BATCHES, run=_create, effect="write", object_type="payout",
        key=("body.sender_batch_header.sender_batch_id",), scopes=frozenset({PAYOUTS_SCOPE}),
        enums=("batch_header.batch_status",),
    ),
)  # fmt: skip
