"""Payouts: batches that are accepted as a whole and end item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from brownout.core.invariants import duplicated, money_conserved
from brownout.providers.paypal.payouts import payouts
from brownout.providers.paypal.payouts.payout_words import (
    BATCH_IDS,
    CANCEL_IDS,
    CREATE_NOTES,
    ITEM_ERRORS,
    ITEM_IDS,
    REFUSALS,
)
from brownout.records.redaction import redact

if TYPE_CHECKING:
    from paypal_world import Answered, World

PATH = "/v1/payments/payouts"
ITEM = "/v1/payments/payouts-item"
DAY = 86_400


def item(value: Any = "10.00", currency: str = "USD", **more: Any) -> dict[str, Any]:
    """Return one item as it is sent."""
    amount = {"currency": currency, "value": value}
    return {"recipient_type": "EMAIL", "receiver": "ann@example.com", "amount": amount, **more}


def batch(*items: Any, **header: Any) -> dict[str, Any]:
    """Return a batch as it is sent."""
    return {"sender_batch_header": {"email_subject": "Money", **header}, "items": list(items) or [item()]}


def sent(world: World, *items: Any, **header: Any) -> str:
    """Send a batch, and return its id."""
    answered = world.post(PATH, batch(*items, **header))
    assert answered.status == 201, answered.raw
    made: str = answered.body["batch_header"]["payout_batch_id"]
    return made


def done(world: World, *items: Any, **header: Any) -> Answered:
    """Send a batch, wait for its end and show it."""
    made = sent(world, *items, **header)
    world.advance(5)
    return world.get(f"{PATH}/{made}")


def untouched(world: World) -> bytes:
    """Return the state before a call, once there is a token for it."""
    assert world.bearer
    return world.state()


def entries(world: World) -> list[tuple[str, str, int]]:
    """Return what the ledger holds, ids of items as numbers in order of appearance."""
    seen: dict[str, int] = {}
    return [
        (one.kind, f"{seen.setdefault(one.payment[:13], len(seen))}{one.payment[13:]}", one.amount_minor)
        for one in world.box.ledger
    ]  # fmt: skip


def test_a_batch_is_pending_then_processing_then_done(world: World) -> None:
    """201 at once; money moves at the end."""
    created = world.post(PATH, batch(item("9.87", sender_item_id="s-1", note="Thanks"), sender_batch_id="b-1"))
    path = f"{PATH}/{created.body['batch_header']['payout_batch_id']}"
    states = []
    for seconds in (0, 3, 2):
        world.advance(seconds)
        shown = world.get(path).body
        states.append((shown["batch_header"]["batch_status"], shown["items"][0]["transaction_status"]))

    assert created.status == 201
    assert created.body == {
        "batch_header": {
            "payout_batch_id": shown["batch_header"]["payout_batch_id"],
            "batch_status": "PENDING",
            "sender_batch_header": {"sender_batch_id": "b-1", "email_subject": "Money"},
        },
        "links": [{"href": path, "rel": "self", "method": "GET", "encType": "application/json"}],
    }
    assert states == [("PENDING", "PENDING"), ("PROCESSING", "PENDING"), ("SUCCESS", "SUCCESS")]
    assert shown["batch_header"]["fees"] == {"currency": "USD", "value": "0.20"}
    assert shown["batch_header"]["time_completed"] == "2026-01-01T00:00:05Z"
    assert shown["items"][0]["payout_item"] == {
        "recipient_type": "EMAIL",
        "amount": {"currency": "USD", "value": "9.87"},
        "note": "Thanks",
        "receiver": "ann@example.com",
        "sender_item_id": "s-1",
    }
    assert entries(world) == [
        ("authorize", "0", 987), ("capture", "0", 987), ("authorize", "0/fee", 20), ("capture", "0/fee", 20),
    ]  # fmt: skip
    assert money_conserved(world.box.ledger) == []


def test_items_fail_inside_a_success(world: World) -> None:
    """The batch says SUCCESS; only the items say which were paid."""
    shown = done(world, item(), item(note="ERRPYO019"), item(note="ERRPYO022"), item(note="ERRPYO025"),
                 item(note="ERRPYO026")).body  # fmt: skip
    told = [(one["transaction_status"], one.get("errors", {}).get("name")) for one in shown["items"]]

    assert shown["batch_header"]["batch_status"] == "SUCCESS"
    assert told == [
        ("SUCCESS", None),
        ("FAILED", "RECEIVER_ACCOUNT_LOCKED"),
        ("UNCLAIMED", "RECEIVER_UNREGISTERED"),
        ("BLOCKED", "REGULATORY_BLOCKED"),
        ("ONHOLD", "REGULATORY_PENDING"),
    ]
    assert ["transaction_id" in one for one in shown["items"]] == [True, False, True, False, True]
    assert [kind for kind, _, amount in entries(world) if amount == 1000] == [
        "authorize", "capture", "authorize", "authorize",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "currency", "fee"),
    [("0.99", "USD", "0.02"), ("0.15", "USD", "0.00"), ("20000.01", "USD", "14.00"), (0.9, "USD", "0.02"),
     ("1000", "JPY", "20"), ("149", "HUF", "3")],
)  # fmt: skip
def test_fees(world: World, value: Any, currency: str, fee: str) -> None:
    """2 % and at most 14.00, as the sandbox was seen to take them; a number is taken for a string."""
    shown = done(world, item(value, currency)).body["items"][0]

    assert shown["payout_item_fee"] == {"currency": currency, "value": fee}
    assert money_conserved(world.box.ledger) == []


def test_only_the_sender_batch_id_keeps_a_batch_from_being_paid_twice(world: World) -> None:
    """400 with a link to the first for 30 days, whatever the request id; then it is free again."""
    first = sent(world, sender_batch_id="b-1")
    before = untouched(world)
    again = world.post(PATH, batch(sender_batch_id="b-1"), PayPal_Request_Id="new")

    assert (again.status, again.body["name"]) == (400, "USER_BUSINESS_ERROR")
    assert again.body["details"][0]["issue"] == "Batch with given sender_batch_id already exists"
    assert again.links["self"] == f"{PATH}/{first}"
    assert world.state() == before
    world.advance(30 * DAY)
    bearer = {"Authorization": "Bearer " + world.token().body["access_token"]}
    assert world.post(PATH, batch(sender_batch_id="b-1"), **bearer).status == 201


def test_a_request_id_does_not(world: World) -> None:
    """Two batches, two payments: the verdict sees the item paid twice."""
    for _ in range(2):
        assert world.post(PATH, batch(item(sender_item_id="s-1")), PayPal_Request_Id="k-1").status == 201
    world.advance(5)
    found = duplicated(world.box.ledger)

    assert [(one.key, one.extra_minor) for one in found] == [("payout:s-1", 1000)]


def test_an_unclaimed_item_can_be_cancelled_once(world: World) -> None:
    """Its money comes back."""
    made = done(world, item(note="ERRPYO022"), sender_batch_id="b-1").body["items"][0]["payout_item_id"]
    cancelled = world.post(f"{ITEM}/{made}/cancel")
    again = world.post(f"{ITEM}/{made}/cancel")

    assert (cancelled.status, cancelled.body["transaction_status"]) == (200, "RETURNED")
    assert cancelled.body["sender_batch_id"] == "b-1"
    assert sorted(cancelled.links) == ["batch", "self"]
    assert (again.status, again.body["name"]) == (400, "ITEM_ALREADY_CANCELLED")
    assert entries(world) == [("authorize", "0", 1000), ("release", "0", 1000)]


def test_an_item_that_nobody_claims_returns_after_30_days(world: World) -> None:
    """By itself; what was cancelled before isn't returned again."""
    shown = done(world, item(note="ERRPYO022"), item(note="ERRPYO021")).body["items"]
    world.post(f"{ITEM}/{shown[0]['payout_item_id']}/cancel")
    world.advance(30 * DAY)
    bearer = {"Authorization": "Bearer " + world.token().body["access_token"]}
    states = [world.get(f"{ITEM}/{one['payout_item_id']}", **bearer).body["transaction_status"] for one in shown]

    assert states == ["RETURNED", "RETURNED"]
    assert [kind for kind, _, _ in entries(world)].count("release") == 2


def test_what_isnt_unclaimed_cant_be_cancelled(world: World) -> None:
    """And nothing changes."""
    made = sent(world)
    pending = world.get(f"{PATH}/{made}").body["items"][0]["payout_item_id"]
    before = untouched(world)

    assert world.post(f"{ITEM}/{pending}/cancel").body["name"] == "BATCH_NOT_COMPLETED"
    assert world.state() == before
    world.advance(5)
    before = untouched(world)
    assert world.post(f"{ITEM}/{pending}/cancel").body["name"] == "ITEM_INCORRECT_STATUS"
    assert world.post(f"{ITEM}/NOBODY/cancel").status == 404
    assert world.state() == before


def test_pages_of_items(world: World) -> None:
    """A page and its size; totals if asked for."""
    path = f"{PATH}/{sent(world, *[item(sender_item_id=str(number)) for number in range(5)])}"
    second = world.get(f"{path}?page=2&page_size=2&total_required=true").body

    assert [one["payout_item"]["sender_item_id"] for one in second["items"]] == ["2", "3"]
    assert (second["total_items"], second["total_pages"]) == (5, 3)
    assert second["batch_header"]["amount"]["value"] == "50.00"
    assert world.get(f"{path}?page=x").body["details"][0]["field"] == "page"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sender_batch_header"),
        ({"sender_batch_header": {}}, "items"),
        (batch() | {"items": []}, "items"),
        (batch("x"), "items[0]"),
        (batch(item(receiver="nobody")), "items[0].receiver"),
        (batch(item(recipient_type="USER_HANDLE")), "items[0].receiver"),
        (batch(item(recipient_type=None)), "items[0].receiver"),
        (batch(item(recipient_type=["EMAIL"])), "items[0].receiver"),
        (batch(item("10.001")), "items[0].amount.value"),
        (batch(item("-1")), "items[0].amount.value"),
        (batch(item("0")), "items[0].amount.value"),
        (batch(item("ten")), "items[0].amount.value"),
        (batch(item(None)), "items[0].amount.value"),
        (batch(item("10.5", "JPY")), "items[0].amount.value"),
        (batch(item("10", "XXX")), "items[0].amount.currency"),
        (batch(item("10", ["USD"])), "items[0].amount.currency"),
        (batch(item() | {"amount": 5}), "items[0].amount.currency"),
        (batch(item(note="x" * 4001)), "items[0].note"),
        (batch(item(), item("5", "EUR")), "items"),
        (batch(sender_batch_id=7), "sender_batch_header.sender_batch_id"),
    ],
)
def test_a_batch_with_a_mistake_is_refused_whole(world: World, body: dict[str, Any], field: str) -> None:
    """400 VALIDATION_ERROR; nothing is kept."""
    before = untouched(world)
    refused = world.post(PATH, body)

    assert (refused.status, refused.body["name"]) == (400, "VALIDATION_ERROR")
    assert [one["field"] for one in refused.body["details"]] == [field]
    assert world.state() == before


def test_every_mistake_is_told_at_once(world: World) -> None:
    """As PayPal does."""
    refused = world.post(PATH, batch(item(), item(receiver="x"), item(), item(receiver="y")))

    assert [one["field"] for one in refused.body["details"]] == ["items[1].receiver", "items[3].receiver"]
    assert refused.body["details"][0]["issue"] == "Receiver is invalid or does not match with type"


def test_recipients_without_their_own_type_have_the_batchs(world: World) -> None:
    """`recipient_type` in the header is for items that name none."""
    body = batch({"receiver": "+4930123456", "amount": {"currency": "EUR", "value": "1"}}, recipient_type="PHONE")

    assert world.post(PATH, body).status == 201


@pytest.mark.parametrize(("note", "name"), CREATE_NOTES.items())
def test_a_note_of_the_first_item_refuses_the_batch(world: World, note: str, name: str) -> None:
    """PayPal's test values; case-sensitive, and only there."""
    before = untouched(world)
    refused = world.post(PATH, batch(item(note=note), sender_batch_id="b-1"))

    assert (refused.status, refused.body["name"]) == (REFUSALS[name][0], name)
    assert refused.body["information_link"].startswith("https://developer.paypal.com/")
    assert world.state() == before
    assert world.post(PATH, batch(item(), item(note=note), sender_batch_id="b-1")).status == 201
    assert world.post(PATH, batch(item(note=note.lower()))).status == 201


@pytest.mark.parametrize(("test_value", "error"), ITEM_ERRORS.items())
def test_a_test_value_as_a_batchs_id_shows_a_made_up_one(world: World, test_value: str, error: str) -> None:
    """As a note it lets a real item end the same way."""
    made_up = world.get(f"{PATH}/{test_value}").body["items"][0]
    real = done(world, item(note=test_value)).body["items"][0]

    assert made_up["errors"]["name"] == real["errors"]["name"] == error
    assert made_up["transaction_status"] == real["transaction_status"]


@pytest.mark.parametrize(("test_value", "error"), ITEM_IDS.items())
def test_a_test_value_as_an_items_id_shows_a_made_up_one(world: World, test_value: str, error: str | None) -> None:
    """With its error, or without."""
    shown = world.get(f"{ITEM}/{test_value}").body

    assert shown.get("errors", {}).get("name") == error
    assert (shown["transaction_status"] == "SUCCESS") is (error is None)


@pytest.mark.parametrize(("test_value", "status"), BATCH_IDS.items())
def test_a_test_value_shows_a_batch_in_any_status(world: World, test_value: str, status: str) -> None:
    """Even denied."""
    assert world.get(f"{PATH}/{test_value}").body["batch_header"]["batch_status"] == status


@pytest.mark.parametrize(("test_value", "name"), CANCEL_IDS.items())
def test_a_test_value_refuses_a_cancellation(world: World, test_value: str, name: str) -> None:
    """Without an item."""
    refused = world.post(f"{ITEM}/{test_value}/cancel")

    assert (refused.status, refused.body["name"]) == (REFUSALS[name][0], name)


def test_who_gets_money_is_nobodys_business() -> None:
    """A receiver is taken out of what is shown of traffic, and so is whoever pays."""
    shown = redact(b'{"receiver":"ann@example.com","payer_email":"bob@example.com","note":"x"}')

    assert "example.com" not in shown
    assert '"note":"x"' in shown


def test_unknown_ids(world: World) -> None:
    """404 for batches and items."""
    assert world.get(f"{PATH}/NOBODY").body["name"] == "INVALID_RESOURCE_ID"
    assert world.get(f"{ITEM}/NOBODY").status == 404


def test_webhooks_are_told_of_batch_and_items(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which things happen; the batch's event has no items."""
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(payouts, "emit", lambda _call, kind, resource: told.append((kind, resource)))
    done(world, item(), item(note="ERRPYO022"), item(note="ERRPYO027"))
    world.advance(30 * DAY)

    assert [kind.removeprefix("PAYMENT.PAYOUTS") for kind, _ in told] == [
        "BATCH.PROCESSING", "-ITEM.SUCCEEDED", "-ITEM.UNCLAIMED", "-ITEM.FAILED", "BATCH.SUCCESS", "-ITEM.RETURNED",
    ]  # fmt: skip
    assert told[4][1]["batch_header"]["payments"] == 3
    assert "items" not in told[4][1]


def test_transaction_search_shows_what_was_paid_and_what_is_held(world: World) -> None:
    """A payment with its fee; a hold that is released again; the balance is the ledger's."""
    shown = done(world, item("10.00"), item("20.00", note="ERRPYO022")).body["items"]
    world.post(f"{ITEM}/{shown[1]['payout_item_id']}/cancel")
    query = "start_date=2026-01-01T00:00:00Z&end_date=2026-01-02T00:00:00Z"
    found = [
        one["transaction_info"] for one in world.get(f"/v1/reporting/transactions?{query}").body["transaction_details"]
    ]

    assert [(one["transaction_event_code"], one["transaction_amount"]["value"]) for one in found] == [
        ("T0001", "-10.00"), ("T1503", "-20.00"), ("T1105", "20.00"),
    ]  # fmt: skip
    assert found[0]["fee_amount"]["value"] == "-0.20"
    assert found[0]["transaction_id"] == shown[0]["transaction_id"]
    assert found[-1]["ending_balance"]["value"] == "-10.20"
