"""Events: which are told, what they say, how they are listed, sent again and made up."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from paypal_hooks import EVENTS, HOOKS, URL, attempts, listen, told, verified
from paypal_world import CARD, FULL, START, World, order, usd

from brownout.core.operation import Call
from brownout.core.plan import Plan
from brownout.providers.paypal import PAYPAL, PayPalOptions
from brownout.providers.paypal.webhooks.signing import CERT_ID
from brownout.providers.paypal.webhooks.webhook_events import EVENTS_KEPT, emit
from brownout.providers.paypal.webhooks.webhook_types import TYPES, resource_id, summary

SIMULATE = "/v1/notifications/simulate-event"
CAPTURED = "PAYMENT.CAPTURE.COMPLETED"
PAID = ["CHECKOUT.ORDER.APPROVED", CAPTURED, "CHECKOUT.ORDER.COMPLETED"]


def names(world: World) -> list[str]:
    """Return the types of the events that are due by now."""
    return [one["event_type"] for one in told(world)]


# ---------------------------------------------------------------- what is told
def test_an_event_has_exactly_these_fields(world: World) -> None:
    """In PayPal's order; the resource is as the API shows it, but for what only webhooks say."""
    listen(world, CAPTURED)
    capture = world.paid("30.00")

    (event,) = told(world)

    first, second = event["id"].removeprefix("WH-").split("-")
    here = f"{event['links'][0]['href'].partition('/v1/')[0]}{EVENTS}/{event['id']}"
    assert (len(first), len(second), (first + second).isalnum()) == (17, 17, True)
    assert list(event.items()) == list(
        {
            "id": event["id"],
            "event_version": "1.0",
            "create_time": "2026-01-01T00:00:00.000Z",
            "resource_type": "capture",
            "resource_version": "2.0",
            "event_type": CAPTURED,
            "summary": "Payment completed for $ 30.0 USD",
            "resource": event["resource"],
            "links": [
                {"href": here, "rel": "self", "method": "GET"},
                {"href": f"{here}/resend", "rel": "resend", "method": "POST"},
            ],
        }.items()
    )
    shown = world.get(f"/v2/payments/captures/{capture['id']}").body
    assert event["resource"] == shown | {"disbursement_mode": "INSTANT"}
    assert world.get(f"{EVENTS}/{event['id']}").body == event


def test_paying_and_refunding_is_told(world: World) -> None:
    """The buyer's approval, the capture, the order's end, each refund."""
    listen(world)
    capture = world.paid("10.00")
    paid = names(world)

    world.refund(capture["id"], "4.00")
    (refund,) = told(world)

    assert paid == PAID
    assert (refund["event_type"], refund["resource_type"]) == ("PAYMENT.CAPTURE.REFUNDED", "refund")
    assert refund["summary"] == "A $ 4.0 USD capture payment was refunded"
    assert refund["resource"]["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "4.00"


def test_authorizations_are_told(world: World) -> None:
    """Made, voided by hand, and voided by time."""
    listen(world)
    ids = []
    for _ in range(2):
        made = world.create(intent="AUTHORIZE").body["id"]
        held = world.post(f"/v2/checkout/orders/{made}/authorize", **FULL)
        ids.append(held.authorization["id"])
    created = names(world)
    world.post(f"/v2/payments/authorizations/{ids[0]}/void")
    (voided,) = told(world)

    world.advance(30 * 86_400.0)

    assert created == ["CHECKOUT.ORDER.APPROVED", "PAYMENT.AUTHORIZATION.CREATED", "CHECKOUT.ORDER.COMPLETED"] * 2
    assert (voided["event_type"], voided["resource"]["id"]) == ("PAYMENT.AUTHORIZATION.VOIDED", ids[0])
    assert voided["resource"]["status"] == "VOIDED"
    expired = [one for one in told(world) if one["event_type"] == "PAYMENT.AUTHORIZATION.VOIDED"]
    assert [one["resource"]["id"] for one in expired] == [ids[1]]
    assert expired[0]["create_time"].startswith("2026-01-30T00:00:00")


@pytest.mark.parametrize("name", ["PAYMENT.CAPTURE.DECLINED", "PAYMENT.CAPTURE.DENIED"])
def test_a_declined_card_is_told_by_the_name_that_is_configured(name: Any) -> None:
    """PayPal's own pages use both."""
    world = World(PayPalOptions(declined_event=name))
    listen(world)

    world.create(payment_source={"card": {**CARD, "name": "CCREJECT-IF"}}, key="k")

    (declined,) = [one for one in told(world) if one["event_type"] == name]
    assert declined["resource"]["status"] == "DECLINED"


def test_a_buyers_visit_is_told_to_the_seller() -> None:
    """Although the page belongs to nobody's account."""
    world = World(PayPalOptions(approve="manual"))
    listen(world, "CHECKOUT.ORDER.APPROVED")
    made = world.create(unit={"invoice_id": "i-1"}).body

    body = urlencode({"token": made["id"], "decision": "approve"}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    world.transport.send("POST", "/paypal/checkoutnow", headers=form, body=body)

    (event,) = told(world)
    assert (event["resource"]["id"], event["resource"]["status"]) == (made["id"], "APPROVED")
    assert event["resource"] == world.get(f"/v2/checkout/orders/{made['id']}").body
    assert world.get(EVENTS).body["count"] == 1


def test_an_order_that_a_visit_completes_is_the_sellers() -> None:
    """Its capture can be read with the seller's token, and is told to the seller's webhook."""
    world = World()
    listen(world)
    bank = {"ideal": {"name": "Jane Roe", "country_code": "NL"}}
    complete = {"processing_instruction": "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"}
    made = world.create("10.00", currency="EUR", payment_source=bank, **complete)

    world.get(made.links["payer-action"], Authorization="")

    approved, captured, completed = told(world)
    assert [one["event_type"] for one in (approved, captured, completed)] == PAID
    capture_id = captured["resource"]["id"]
    assert world.get(f"/v2/payments/captures/{capture_id}").status == 200
    assert completed["resource"] == world.get(f"/v2/checkout/orders/{made.body['id']}").body
    assert {one.account for one in world.box.ledger} == {one.account for one in world.box.hooks}


@pytest.mark.parametrize(("ends", "event"), [("COMPLETED", CAPTURED), ("DECLINED", "PAYMENT.CAPTURE.DECLINED")])
def test_money_that_takes_its_time_is_told_twice(ends: Any, event: str) -> None:
    """Pending first, and how it ended."""
    world = World(PayPalOptions(pending="ECHECK", pending_for=60.0, pending_ends=ends))
    listen(world)
    capture = world.paid()
    first = told(world)

    world.advance(60.0)

    (last,) = told(world)
    assert [one["event_type"] for one in first] == [PAID[0], "PAYMENT.CAPTURE.PENDING", PAID[2]]
    assert first[1]["summary"] == "Payment pending for $ 100.0 USD"
    assert (last["event_type"], last["resource"]["id"], last["resource"]["status"]) == (event, capture["id"], ends)


def test_a_reauthorization_is_told(world: World) -> None:
    """It is an authorization with an id of its own."""
    listen(world, "PAYMENT.AUTHORIZATION.CREATED")
    made = world.create(intent="AUTHORIZE").body["id"]
    held = world.post(f"/v2/checkout/orders/{made}/authorize", **FULL).authorization["id"]
    world.advance(4 * 86_400.0)
    token = world.token().body["access_token"]

    again = world.post(f"/v2/payments/authorizations/{held}/reauthorize", {}, Authorization=f"Bearer {token}")

    assert [one["resource"]["id"] for one in told(world)] == [held, again.body["id"]]


def test_refused_calls_tell_nothing(world: World) -> None:
    """Nor do repeats under one request id."""
    listen(world)
    capture = world.paid("10.00")
    for _ in range(2):
        world.refund(capture["id"], "1.00", PayPal_Request_Id="r")
    told(world)

    world.refund(capture["id"], "100.00")
    world.refund(capture["id"], "1.00", PayPal_Request_Id="r")

    assert told(world) == []
    assert world.get(EVENTS).body["count"] == len(PAID) + 1


def test_who_listens_changes_no_id() -> None:
    """Everything else is the same with and without a webhook."""
    first, second = World(), World()
    listen(second)
    orders = [one.post("/v2/checkout/orders", order(), **FULL, Baggage="brownout-key=a") for one in (first, second)]

    paid = [one.capture(made.body["id"]).body for one, made in zip((first, second), orders, strict=True)]

    assert [made.body["id"] for made in orders] == [orders[0].body["id"]] * 2
    assert paid[0] == paid[1]


def test_an_unknown_type_is_our_mistake(world: World) -> None:
    """Also where nobody listens: no test may miss it. Nothing is asked for a resource that nobody wants."""
    box = world.box
    call = Call(box, provider="paypal", account="X", packed=b"x", moment=box.moment)

    with pytest.raises(LookupError, match=r"charge\.refunded"):
        emit(call, "charge.refunded", {})
    emit(call, CAPTURED, lambda: pytest.fail("nobody listens"))

    assert list(box.hooks) == []


SUMMARIES: list[tuple[str, dict[str, Any], str, str]] = [
    (CAPTURED, {"id": "A", "amount": usd("10.50")}, "A", "Payment completed for $ 10.5 USD"),
    (CAPTURED, {"id": "A", "amount": usd("500", "JPY")}, "A", "Payment completed for 500 JPY"),
    ("PAYMENT.SALE.COMPLETED", {"id": "S", "amount": {"currency": "EUR", "total": "3.00"}}, "S",
     "Payment completed for 3.0 EUR"),
    ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-1"}, "PP-D-1", "A new dispute opened with Case # PP-D-1"),
    ("PAYMENT.PAYOUTSBATCH.SUCCESS", {"batch_header": {"payout_batch_id": "B"}}, "B",
     "Payouts batch completed successfully."),
    ("PAYMENT.PAYOUTS-ITEM.FAILED", {"payout_item_id": "I"}, "I", "A payout item has failed"),
    ("CATALOG.PRODUCT.CREATED", {}, "", "A product was created"),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "resource", "found", "said"), SUMMARIES)
def test_a_summary_says_what_it_is_about(event_type: str, resource: dict[str, Any], found: str, said: str) -> None:
    """APIs differ in where they keep the id and how they write amounts."""
    assert (resource_id(resource), summary(TYPES[event_type], resource)) == (found, said)


def test_without_a_webhook_there_are_no_events(world: World) -> None:
    """Nothing is kept for nobody."""
    world.paid()

    assert world.get(EVENTS).body["events"] == []


def test_an_event_stays_as_it_was(world: World) -> None:
    """A later refund doesn't reach into what was told of the capture."""
    listen(world, CAPTURED)
    capture = world.paid()
    (before,) = told(world)

    world.refund(capture["id"])

    assert world.get(f"{EVENTS}/{before['id']}").body == before
    assert before["resource"]["status"] == "COMPLETED"


def test_events_are_kept_up_to_a_bound() -> None:
    """The oldest goes first, and is counted."""
    world = World()
    listen(world, CAPTURED)
    world.paid()
    (first,) = told(world)
    table = world.box.store.table(next(account for _, account, _ in world.box.tables), "paypal.event_order")
    order_of = table.get("order")
    assert order_of is not None
    order_of["ids"].extend(["gone"] * (EVENTS_KEPT - 1))

    world.paid()

    assert world.get(f"{EVENTS}/{first['id']}").status == 404
    assert (order_of["evicted"], len(order_of["ids"])) == (1, EVENTS_KEPT)


# ---------------------------------------------------------------- lists
def shown(world: World, query: str = "") -> list[str]:
    """Return the ids on a page of events."""
    answer = world.get(f"{EVENTS}{query}")
    assert answer.status == 200, answer.body
    assert answer.body["count"] == len(answer.body["events"])
    return [one["id"] for one in answer.body["events"]]


def test_pages_lead_forth_and_back(world: World) -> None:
    """Newest first, ten on a page unless it says how many."""
    listen(world)
    for _ in range(5):
        world.paid()
    everything = shown(world, "?page_size=300")

    first = world.get(f"{EVENTS}?page_size=6")
    second = world.get(first.links["next"])
    back = world.get(second.links["previous"])
    third = world.get(second.links["next"])

    assert len(everything) == 15
    assert shown(world) == everything[:10]
    pages = [[one["id"] for one in page.body["events"]] for page in (first, second, third)]
    assert [one for page in pages for one in page] == everything
    assert [one["id"] for one in back.body["events"]] == pages[0]
    assert [sorted(page.links) for page in (first, second, third)] == [
        ["next", "self"],
        ["next", "previous", "self"],
        ["previous", "self"],
    ]


def test_lists_are_filtered(world: World) -> None:
    """By type, transaction and time."""
    listen(world)
    capture = world.paid()
    world.advance(3_600.0)
    later = world.paid()

    by_type = world.get(f"{EVENTS}?event_type={CAPTURED}").body["events"]

    assert [one["resource"]["id"] for one in by_type] == [later["id"], capture["id"]]
    assert shown(world, f"?transaction_id={capture['id']}") == [by_type[1]["id"]]
    assert len(shown(world, "?start_time=2026-01-01T00:30:00Z")) == len(PAID)
    assert len(shown(world, "?end_time=2026-01-01T01:30:00%2B01:00")) == len(PAID)
    assert shown(world, "?start_time=2026-01-01T02:00:00&end_time=2026-01-01T03:00:00") == []


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=301", "page_size=x", "page_size=%C2%B2", "start_time=x", "end_time=20260101T99",
     "index_id=WH-1"],
)  # fmt: skip
def test_a_list_that_cant_be_is_refused(world: World, query: str) -> None:
    """The field is named."""
    refused = world.get(f"{EVENTS}?{query}")

    assert (refused.status, refused.body["details"][0]["field"]) == (400, query.partition("=")[0])


# ---------------------------------------------------------------- resend
def settle(world: World, status: int) -> list[Any]:
    """Post what is due, each answered with `status`, and return the deliveries."""
    tried = attempts(world)
    for one in tried:
        world.box.hooks.settle(one.delivery, status, None, world.box.moment)
    return [one.delivery for one in tried]


def test_an_event_can_be_sent_again(world: World) -> None:
    """To all that want it, or to those that are named; a younger one gets it for the first time."""
    old, other = listen(world, CAPTURED), listen(world, "CHECKOUT.ORDER.SAVED", url=f"{URL}/2")
    world.paid()
    settle(world, 200)
    young = listen(world, url=f"{URL}/3")
    (event,) = shown(world)

    again = world.post(f"{EVENTS}/{event}/resend")
    to = [one.endpoint.id for one in settle(world, 200)]
    world.post(f"{EVENTS}/{event}/resend", {"webhook_ids": [young]})
    named = [one.endpoint.id for one in settle(world, 200)]

    assert (again.status, again.body["id"]) == (202, event)
    assert (to, named) == ([old, young], [young])
    assert other not in to


def test_what_is_under_way_isnt_sent_again(world: World) -> None:
    """Its own next try will do."""
    listen(world, CAPTURED)
    world.paid()
    (delivery,) = settle(world, 500)

    world.post(f"{EVENTS}/{delivery.event['id']}/resend")

    assert attempts(world) == []
    assert len(list(world.box.hooks)) == 1


@pytest.mark.parametrize(
    ("body", "status"), [({"webhook_ids": "x"}, 400), ({"webhook_ids": [7]}, 400), ({"webhook_ids": ["x"]}, 404)]
)
def test_a_resend_to_nobody_is_refused(world: World, body: Any, status: int) -> None:
    """And sends nothing; nor does one of an event that isn't there."""
    listen(world, CAPTURED)
    world.paid()
    settle(world, 200)
    (event,) = shown(world)

    assert world.post(f"{EVENTS}/{event}/resend", body).status == status
    assert world.post(f"{EVENTS}/WH-1/resend").status == 404
    assert world.get(f"{EVENTS}/WH-1").status == 404
    assert attempts(world) == []


def test_retries_double_and_end_within_three_days(world: World) -> None:
    """Twenty-five more tries, then the delivery has failed."""
    listen(world, CAPTURED)
    world.paid()
    at = []
    while world.box.timers.next_due is not None:
        world.advance(world.box.timers.next_due - world.box.moment.world)
        at += [world.box.moment.world - START] * len(settle(world, 500))

    (delivery,) = world.box.hooks
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert (delivery.state, len(waits)) == ("failed", 25)
    assert (waits[:8], set(waits[8:])) == ([60, 120, 240, 480, 960, 1_920, 3_840, 7_680], {14_340})
    assert at[-1] <= 3 * 86_400


# ---------------------------------------------------------------- the simulator
def certificate(world: World) -> bytes:
    """Return what the certificate endpoint says; it needs no token."""
    sent = world.transport.send("GET", f"/paypal/v1/notifications/certs/{CERT_ID}", headers={}, body=b"")
    return sent.body


@pytest.mark.parametrize("by_id", [True, False])
def test_a_mock_event_goes_to_its_target_alone(world: World, by_id: bool) -> None:  # noqa: FBT001
    """It is signed as WEBHOOK_ID, and the API knows nothing of it."""
    webhook = listen(world)
    target = {"webhook_id": webhook} if by_id else {"url": "https://tried.test/hook"}

    answer = world.post(SIMULATE, {**target, "event_type": "PAYMENT.CAPTURE.DENIED", "resource_version": "2.0"})

    (sent,) = attempts(world)
    assert (answer.status, orjson.loads(sent.body)) == (202, answer.body)
    assert answer.body["summary"] == "Payment denied for $ 30.0 USD"
    assert sent.url == (URL if by_id else "https://tried.test/hook")
    assert verified(sent.body, sent.headers, "WEBHOOK_ID", certificate(world))
    assert not verified(sent.body, sent.headers, webhook, certificate(world))
    assert world.get(EVENTS).body["events"] == []
    assert len(world.get(HOOKS).body["webhooks"]) == 1


def test_a_mock_listener_hears_of_nothing_real(world: World) -> None:
    """And a listener isn't made twice; those of many URLs are bounded."""
    for _ in range(2):
        world.post(SIMULATE, {"url": URL, "event_type": CAPTURED})
    world.paid()
    mocks = names(world)

    for number in range(20):
        world.post(SIMULATE, {"url": f"{URL}/{number}", "event_type": CAPTURED})

    account = next(account for _, account, _ in world.box.tables)
    assert mocks == [CAPTURED] * 2
    assert len(list(PAYPAL.endpoints(world.box, account))) == 16


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"url": URL}, 400, "event_type"),
        ({"url": URL, "event_type": "X"}, 400, "event_type"),
        ({"url": URL, "event_type": 7}, 400, "event_type"),
        ({"url": URL, "event_type": CAPTURED, "resource_version": "9.0"}, 400, "resource_version"),
        ({"event_type": CAPTURED}, 400, "url"),
        ({"url": "x", "event_type": CAPTURED}, 400, "url"),
        ({"webhook_id": "X", "event_type": CAPTURED}, 404, None),
    ],
)
def test_a_mock_event_that_cant_be_is_refused(world: World, body: Any, status: int, field: str | None) -> None:
    """And nothing changes."""
    world.token()
    before = world.state()

    refused = world.post(SIMULATE, body)

    assert (refused.status, [one["field"] for one in refused.body["details"]]) == (status, [field] if field else [])
    assert world.state() == before


def test_equal_worlds_tell_equal_things() -> None:
    """Ids, times and signatures."""
    said = []
    for _ in range(2):
        world = World(plan=Plan(seed=3))
        listen(world)
        world.paid()
        said.append([(one.body, one.headers) for one in attempts(world)])

    assert said[0] == said[1] != []
