"""PayPal-Request-Id: what a repeat is answered, for how long, and what it meets on the way."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import CARD, FULL, World, basic, order, usd

from brownout.core.effects import Delay
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency

HOUR = 3600
ORDERS = "/v2/checkout/orders"
KEY = {"PayPal_Request_Id": "k-1"}


def test_a_repeated_create_returns_the_same_order_with_200(world: World) -> None:
    """201 first; nothing is made twice."""
    first, again = (world.post(ORDERS, order(), **KEY) for _ in range(2))

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body


def test_a_repeat_tells_the_orders_present_state(world: World) -> None:
    """Not a copy of the first answer: the order was captured and refunded meanwhile."""
    first = world.post(ORDERS, order(), **KEY).body
    capture = world.capture(first["id"], **KEY).capture["id"]
    world.refund(capture, "40.00")
    created = world.post(ORDERS, order(), **KEY).body
    captured = world.capture(first["id"], **KEY)

    assert created["status"] == "COMPLETED"
    assert captured.status == 200
    assert captured.capture["status"] == "PARTIALLY_REFUNDED"
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture", "refund"]


def test_a_repeat_may_want_more_or_less_of_it(world: World) -> None:
    """`Prefer` is the repeat's own."""
    brief = world.post(ORDERS, order(), **KEY).body
    full = world.post(ORDERS, order(), **KEY, **FULL).body

    assert "intent" not in brief
    assert full["intent"] == "CAPTURE"


def test_one_id_can_be_used_on_several_calls(world: World) -> None:
    """PayPal keeps request ids apart by call."""
    made = world.post(ORDERS, order(), **KEY).body["id"]
    capture = world.capture(made, **KEY)
    refund = world.refund(capture.capture["id"], "10.00", **KEY)

    assert (capture.status, refund.status) == (201, 201)


def test_every_payment_call_repeats(world: World) -> None:
    """Authorize, capture of an authorization, void, refund: 201 (or 204), then 200 (or 204) with the same object."""
    made = world.create(intent="AUTHORIZE").body["id"]
    held = [world.post(f"{ORDERS}/{made}/authorize", **KEY, **FULL) for _ in range(2)]
    path = f"/v2/payments/authorizations/{held[0].authorization['id']}"
    taken = [world.post(f"{path}/capture", {"amount": usd("10.00")}, **KEY) for _ in range(2)]
    voided = [world.post(f"{path}/void", **KEY) for _ in range(2)]
    given = [world.refund(taken[0].body["id"], "5.00", **KEY) for _ in range(2)]

    assert [one.status for one in held + taken + voided + given] == [201, 200, 201, 200, 204, 204, 201, 200]
    assert taken[0].body == taken[1].body
    assert given[0].body == given[1].body
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture", "release", "refund"]


def test_the_same_id_with_another_body_is_a_repeat(world: World) -> None:
    """As in PayPal's sandbox: the first order is answered, whatever the body says, and nothing is made."""
    first = world.post(ORDERS, order(), **KEY).body
    other = world.post(ORDERS, order("5.00"), **KEY, **FULL)

    assert (other.status, other.body["id"]) == (200, first["id"])
    assert other.body["purchase_units"][0]["amount"] == usd("100.00")


def test_another_body_moves_no_more_money(world: World) -> None:
    """Nor does it on payments, while the first is under way included."""
    capture = world.paid()["id"]
    path, first = f"/v2/payments/captures/{capture}/refund", {"amount": usd("10.00")}
    flying = world.open("POST", path, first, **KEY)
    flying.step()
    meanwhile = world.refund(capture, "20.00", **KEY)
    made = flying.finish()
    other = world.refund(capture, "20.00", **KEY)

    assert (meanwhile.status, meanwhile.issue) == (409, "PREVIOUS_REQUEST_IN_PROGRESS")
    assert (made.status, other.status, other.body["amount"]) == (201, 200, usd("10.00"))
    assert [one.amount_minor for one in world.box.ledger if one.kind == "refund"] == [1000]


def test_the_same_id_with_another_body_is_refused_elsewhere(world: World) -> None:
    """Of the vault and of subscriptions nothing is known: this is the legacy API's answer."""
    path, card = "/v3/vault/setup-tokens", {"payment_source": {"card": CARD}}
    first = world.post(path, card, **KEY)
    other = world.post(path, {"payment_source": {"card": {**CARD, "name": "Else"}}}, **KEY)

    assert (first.status, other.status, other.issue) == (201, 422, "DUPLICATE_REQUEST_ID")


def test_two_clients_may_use_the_same_id(world: World) -> None:
    """Ids belong to an account."""
    other = "Bearer " + world.token(headers=basic("another")).body["access_token"]

    assert world.post(ORDERS, order(), **KEY).status == 201
    assert world.post(ORDERS, order(), Authorization=other, **KEY).status == 201


@pytest.mark.parametrize(("seconds", "status"), [(6 * HOUR - 1, 200), (6 * HOUR, 201)])
def test_ids_of_orders_are_kept_for_six_hours(world: World, seconds: int, status: int) -> None:
    """A repeat after that is a new order."""
    world.post(ORDERS, order(), **KEY)
    world.advance(seconds)

    assert world.post(ORDERS, order(), **KEY).status == status


@pytest.mark.parametrize(("days", "status"), [(44, 200), (45, 201)])
def test_ids_of_payments_are_kept_for_45_days(world: World, days: int, status: int) -> None:
    """A repeat after that is a second refund."""
    capture = world.paid()["id"]
    world.refund(capture, "10.00", **KEY)
    world.advance(days * 24 * HOUR)
    bearer = "Bearer " + world.token().body["access_token"]

    assert world.refund(capture, "10.00", Authorization=bearer, **KEY).status == status


def test_a_duplicate_of_a_request_under_way_meets_a_conflict() -> None:
    """409 while the first answer is still on its way; afterwards the repeat finds its order."""
    slow = Rule(name="slow", fault=Latency(delay=2.0), target="response")
    world = World(plan=Plan(rules=(slow,)))
    _ = world.bearer
    first = world.open("POST", ORDERS, order(), **KEY)
    assert isinstance(first.step(), Delay)
    during = world.post(ORDERS, order(), **KEY)
    made = first.finish()
    after = world.post(ORDERS, order(), **KEY)

    assert (during.status, during.body["name"], during.issue) == (
        409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS",
    )  # fmt: skip
    assert (made.status, after.status) == (201, 200)


def test_a_refused_call_doesnt_use_its_id_up(world: World) -> None:
    """The corrected request runs under the same one."""
    refused = world.post(ORDERS, order("0.00"), **KEY)
    made = world.post(ORDERS, order(), **KEY)

    assert (refused.status, made.status) == (422, 201)


@pytest.mark.parametrize("target", ["edge", "request", "response"])
@pytest.mark.parametrize("ending", [{"connection": "reset"}, {"status": 503}, {"status": 502, "body": "html"}])
def test_a_lost_capture_is_repeated_safely_with_its_id(target: Any, ending: dict[str, Any]) -> None:
    """Whatever the first try met, the money moves once; without an id the repeat is refused, not charged."""
    plan = Plan(rules=())
    world = World(plan=plan)
    made = world.create(unit={"invoice_id": "o-1"}).body["id"]
    world.box.put_rule(Rule(name="lost", fault=Abort(**ending), target=target))
    try:
        lost = world.capture(made, **KEY).status
    except ConnectionResetError:
        lost = None
    moved = len(world.box.ledger)
    world.box.drop_rule("lost")
    again = world.capture(made, **KEY)

    assert lost in (None, 502, 503)
    assert moved == (2 if target == "response" else 0)
    assert again.status == (200 if target == "response" else 201)
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture"]
    assert world.capture(made).issue == "ORDER_ALREADY_CAPTURED"


def test_a_card_charged_twice_without_care(world: World) -> None:
    """A new id for the same purchase charges it again: that is what the ledger is there to find."""
    for key in ("a", "b"):
        world.create(key=key, payment_source={"card": CARD}, unit={"invoice_id": "o-1"})

    assert sum(one.amount_minor for one in world.box.ledger if one.kind == "capture" and one.key == "o-1") == 20_000


def test_the_journal_calls_a_repeat_a_replay(world: World) -> None:
    """And so does whoever judges a run."""
    made = world.create().body["id"]
    world.capture(made, **KEY)
    world.capture(made, **KEY)

    first, again = list(world.box.journal)[-2:]
    assert (first.idempotency, again.idempotency) == ("first", "replay")
    assert again.effects == ()
