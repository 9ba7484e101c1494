"""Disputes: opened by a buyer, answered by the seller, decided by PayPal or by time; money goes back at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paypal_world import World, usd

from brownout.core.invariants import money_conserved, payments
from brownout.providers.paypal.disputes import dispute_actions, disputes
from brownout.providers.paypal.disputes.dispute_words import ALLOWED, LIST_ERRORS

if TYPE_CHECKING:
    from paypal_world import Answered

PATH = "/v1/customer/disputes"
DAY = 86_400
REASON = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
EVIDENCE = {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT", "notes": "Sent"}]}
BODIES: dict[str, dict[str, Any]] = {
    "send-message": {"message": "Where did it go?"},
    "make-offer": {"note": "Half of it?", "offer_type": "REFUND", "offer_amount": usd("5.00")},
    "accept-claim": {"note": "Sorry"},
    "escalate": {"note": "We don't agree"},
    "provide-evidence": EVIDENCE,
    "appeal": EVIDENCE,
    "adjudicate": {"adjudication_outcome": "SELLER_FAVOR"},
    "require-evidence": {"action": "SELLER_EVIDENCE"},
}


def opened(world: World, capture: str | None = None, **more: Any) -> str:
    """Open a dispute about a payment of 10.00, and return its id."""
    about = [{"seller_transaction_id": capture or world.paid("10.00")["id"]}]
    answered = world.post(PATH, {"disputed_transactions": about, "reason": REASON, **more})
    assert answered.status == 201, answered.raw
    return answered.links["self"].rpartition("/")[2]


def act(world: World, dispute: str, action: str, body: Any = None, **headers: str) -> Answered:
    """Do something about a dispute."""
    return world.post(f"{PATH}/{dispute}/{action}", BODIES[action] if body is None else body, **headers)


def show(world: World, dispute: str, **headers: str) -> dict[str, Any]:
    """Return a dispute."""
    shown: dict[str, Any] = world.get(f"{PATH}/{dispute}", **headers).body
    return shown


def fresh(world: World) -> dict[str, str]:
    """Return a header with a token that is new."""
    return {"Authorization": "Bearer " + world.token().body["access_token"]}


def test_a_new_dispute_waits_for_the_seller(world: World) -> None:
    """It names the transaction, says what the buyer said, and offers what can be done."""
    capture = world.paid("10.00", unit={"invoice_id": "i-1"})["id"]
    shown = show(world, opened(world, capture, note="Nothing came"))

    assert (shown["status"], shown["dispute_state"]) == ("WAITING_FOR_SELLER_RESPONSE", "REQUIRED_ACTION")
    assert shown["create_time"] == "2026-01-01T00:00:00.000Z"
    assert shown["seller_response_due_date"] == "2026-01-21T00:00:00.000Z"
    assert shown["dispute_amount"] == usd("10.00")
    assert shown["disputed_transactions"][0]["seller_transaction_id"] == capture
    assert shown["disputed_transactions"][0]["invoice_number"] == "i-1"
    assert shown["messages"][0]["content"] == "Nothing came"
    assert [one["rel"] for one in shown["links"]] == ["self", "send_message", "make_offer", "accept_claim", "escalate"]


def test_accepting_the_claim_gives_the_money_back(world: World) -> None:
    """In the ledger, on the capture and in the reports."""
    capture = world.paid("10.00")["id"]
    made = opened(world, capture)
    done = act(world, made, "accept-claim")
    shown = show(world, made)
    query = "start_date=2026-01-01T00:00:00Z&end_date=2026-01-02T00:00:00Z"
    found = world.get(f"/v1/reporting/transactions?{query}").body["transaction_details"]

    assert (done.status, done.links) == (200, {"self": f"{PATH}/{made}"})
    assert shown["dispute_outcome"] == {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": usd("10.00")}
    assert world.get(f"/v2/payments/captures/{capture}").body["status"] == "REFUNDED"
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture", "refund"]
    assert [one["transaction_info"]["transaction_event_code"] for one in found] == ["T0006", "T1106"]
    assert found[1]["transaction_info"]["paypal_reference_id"] == capture


def test_evidence_wins(world: World) -> None:
    """Escalated, evidence asked for and given, adjudicated for the seller: no money moves."""
    made = opened(world)
    states = []
    for action in ("send-message", "escalate", "require-evidence", "provide-evidence", "adjudicate"):
        assert act(world, made, action).status == 200, action
        shown = show(world, made)
        states.append((shown["dispute_life_cycle_stage"], shown["status"]))

    assert states == [
        ("INQUIRY", "WAITING_FOR_SELLER_RESPONSE"),
        ("CHARGEBACK", "UNDER_REVIEW"),
        ("CHARGEBACK", "WAITING_FOR_SELLER_RESPONSE"),
        ("CHARGEBACK", "UNDER_REVIEW"),
        ("CHARGEBACK", "RESOLVED"),
    ]
    assert shown["dispute_outcome"] == {"outcome_code": "RESOLVED_SELLER_FAVOUR"}
    assert shown["evidences"] == [{"evidence_type": "PROOF_OF_FULFILLMENT", "source": "SUBMITTED_BY_SELLER"}]
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture"]


def test_evidence_may_come_as_a_form(world: World) -> None:
    """JSON in the part `input`, files beside it; a form without it, or that breaks off, is refused."""
    made = opened(world)
    act(world, made, "escalate")
    act(world, made, "require-evidence")
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: application/json\r\n\r\n'
    said = b'{"evidences": [{"evidence_type": "OTHER"}]}'
    tail = b'\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x.pdf"\r\n\r\n%%PDF\r\n--b--\r\n'
    form = b"".join((head, said, tail))
    kind = {"Content_Type": "multipart/form-data; boundary=b"}
    wrong = act(world, made, "provide-evidence", form % b"other", **kind)
    nameless = act(world, made, "provide-evidence", form % b"input", Content_Type="multipart/form-data")
    broken = act(world, made, "provide-evidence", form.replace(b"}]}", b"") % b"input", **kind)
    cut = act(world, made, "provide-evidence", (form % b"input").removesuffix(b"--\r\n"), **kind)
    right = act(world, made, "provide-evidence", form % b"input", **kind)

    assert [one.issue for one in (wrong, nameless, broken, cut)] == ["MALFORMED_REQUEST_JSON"] * 4
    assert right.status == 200
    assert show(world, made)["evidences"][0]["evidence_type"] == "OTHER"


def test_silence_is_decided_for_the_buyer(world: World) -> None:
    """After 20 days; an answer in time stops the clock."""
    silent, answered = opened(world), opened(world)
    act(world, answered, "make-offer")
    world.advance(20 * DAY)
    bearer = fresh(world)

    assert show(world, silent, **bearer)["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
    assert show(world, answered, **bearer)["status"] == "WAITING_FOR_BUYER_RESPONSE"


def test_a_lost_dispute_can_be_appealed_once(world: World) -> None:
    """One that the seller gave up can't."""
    lost, given_up = opened(world), opened(world)
    act(world, lost, "escalate")
    act(world, lost, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
    act(world, given_up, "accept-claim")

    assert act(world, given_up, "appeal").status == 422
    assert act(world, lost, "appeal").status == 200
    assert act(world, lost, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"}).status == 200
    assert act(world, lost, "appeal").status == 422
    assert [one.kind for one in world.box.ledger].count("refund") == 2


def test_an_appeal_that_is_lost_too_takes_no_more(world: World) -> None:
    """What was disputed is given back once."""
    made = opened(world, world.paid("10.00")["id"], dispute_amount=usd("4.00"))
    for action in ("escalate", "adjudicate", "appeal", "adjudicate"):
        body = {"adjudication_outcome": "BUYER_FAVOR"} if action == "adjudicate" else None
        assert act(world, made, action, body).status == 200

    assert show(world, made)["dispute_outcome"]["amount_refunded"] == usd("4.00")
    assert [one.amount_minor for one in world.box.ledger if one.kind == "refund"] == [400]


def test_ids_are_not_a_matter_of_order() -> None:
    """Two shops' workers open disputes at once: whichever comes first, each has the id that a seed gives it."""
    found = []
    for turned in (False, True):
        world = World()
        captures = [world.paid("10.00", unit={"invoice_id": one})["id"] for one in ("i-1", "i-2")]
        order = reversed(captures) if turned else captures
        found.append({one: opened(world, one) for one in order})

    assert found[0] == found[1]


def test_a_repeated_request_id_is_run_again(world: World) -> None:
    """It meets the new state, as the sandbox was seen to do."""
    made = opened(world)

    assert act(world, made, "escalate", PayPal_Request_Id="k-1").status == 200
    assert act(world, made, "escalate", PayPal_Request_Id="k-1").issue == "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"


def test_no_more_is_given_back_than_is_left(world: World) -> None:
    """A refund came first."""
    capture = world.paid("10.00")["id"]
    made = opened(world, capture)
    world.refund(capture, "7.00")
    act(world, made, "accept-claim")

    assert show(world, made)["dispute_outcome"]["amount_refunded"] == usd("3.00")
    assert money_conserved(world.box.ledger) == []


@pytest.mark.parametrize(
    ("body", "status", "issue"),
    [
        ({}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"disputed_transactions": [{}], "reason": REASON}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"disputed_transactions": [{"seller_transaction_id": "x"}]}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"disputed_transactions": [{"seller_transaction_id": "x"}], "reason": "BORED"}, 400,
         "INVALID_PARAMETER_VALUE"),
        ({"disputed_transactions": [{"seller_transaction_id": "x"}], "reason": REASON}, 422,
         "INVALID_DISPUTED_TRANSACTION"),
    ],
)  # fmt: skip
def test_what_cant_be_disputed(world: World, body: dict[str, Any], status: int, issue: str) -> None:
    """Refused, and nothing is opened."""
    refused = world.post(PATH, body)

    assert (refused.status, refused.issue) == (status, issue)
    assert world.get(PATH).body["items"] == []


def test_one_dispute_at_a_time_and_no_more_than_was_paid(world: World) -> None:
    """Once it is resolved there may be another, about what is left."""
    capture = world.paid("10.00")["id"]
    made = opened(world, capture, dispute_amount=usd("4.00"))
    about = {"disputed_transactions": [{"seller_transaction_id": capture}], "reason": REASON}

    assert world.post(PATH, about).issue == "DISPUTE_ALREADY_OPEN"
    act(world, made, "accept-claim")
    assert world.post(PATH, about | {"dispute_amount": usd("6.01")}).issue == "INVALID_DISPUTE_AMOUNT"
    assert world.post(PATH, about | {"dispute_amount": usd("6.00")}).status == 201


def test_lists(world: World) -> None:
    """The newest first, in pages, by transaction, state and time."""
    captures = [world.paid("10.00")["id"] for _ in range(3)]
    made = [opened(world, one) for one in captures]
    act(world, made[0], "accept-claim")
    first = world.get(f"{PATH}?page_size=2")
    second = world.get(first.links["next"])

    assert [one["dispute_id"] for one in first.body["items"] + second.body["items"]] == made[::-1]
    assert "next" not in second.links
    for query, count in (
        (f"disputed_transaction_id={captures[1]}", 1), ("dispute_state=RESOLVED", 1),
        ("dispute_state=REQUIRED_ACTION,RESOLVED", 3), ("start_time=2026-01-02T00:00:00Z", 0),
        ("update_time_before=2025-01-01T00:00:00Z", 0), ("update_time_after=2026-01-01T00:00:00Z", 3),
    ):  # fmt: skip
        assert len(world.get(f"{PATH}?{query}").body["items"]) == count, query
    assert world.get(f"{PATH}?page_size=51").issue == "INVALID_PARAMETER_VALUE"
    assert world.get(f"{PATH}?next_page_token=x").issue == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(("test_value", "expected"), LIST_ERRORS.items())
def test_values_that_let_a_list_fail(world: World, test_value: str, expected: tuple[int, str, str]) -> None:
    """PayPal's own."""
    refused = world.get(f"{PATH}?disputed_transaction_id={test_value}")

    assert (refused.status, refused.body["name"], refused.body["message"]) == expected


@pytest.mark.parametrize(
    ("action", "body", "issue"),
    [
        ("send-message", {}, "MISSING_REQUIRED_PARAMETER"),
        ("make-offer", {"note": "x", "offer_type": "CAKE"}, "INVALID_OFFER_TYPE"),
        ("make-offer", {"note": "x", "offer_type": "REFUND", "offer_amount": usd("0")}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("escalate", {}, "MISSING_REQUIRED_PARAMETER"),
        ("provide-evidence", EVIDENCE, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"),
        ("appeal", EVIDENCE, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"),
    ],
)
def test_refused_actions_change_nothing(world: World, action: str, body: Any, issue: str) -> None:
    """Wrong bodies and wrong moments alike."""
    made = opened(world)
    before = world.state()

    assert act(world, made, action, body).issue == issue
    assert act(world, "NOBODY", action, body).status == 404
    assert world.state() == before


def test_sandbox_actions_want_to_know_more(world: World) -> None:
    """Whose favour, whose evidence; and evidence wants a type."""
    made = opened(world)
    act(world, made, "escalate")

    assert act(world, made, "adjudicate", {}).issue == "INVALID_PARAMETER_VALUE"
    assert act(world, made, "require-evidence", {"action": "X"}).issue == "INVALID_PARAMETER_VALUE"
    assert act(world, made, "require-evidence", {"action": "SELLER_EVIDENCE"}).status == 200
    assert act(world, made, "provide-evidence", {}).issue == "MISSING_REQUIRED_PARAMETER"
    act(world, made, "provide-evidence")
    act(world, made, "require-evidence", {"action": "BUYER_EVIDENCE"})
    assert show(world, made)["status"] == "WAITING_FOR_BUYER_RESPONSE"


def test_webhooks_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Created, updated, resolved."""
    told: list[str] = []
    for module in (disputes, dispute_actions):
        monkeypatch.setattr(module, "emit", lambda _call, kind, _resource: told.append(kind.rpartition(".")[2]))
    made = opened(world)
    act(world, made, "send-message")
    act(world, made, "accept-claim")
    opened(world)
    world.advance(20 * DAY)

    assert told == ["CREATED", "UPDATED", "RESOLVED", "CREATED", "RESOLVED"]


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([*BODIES, "adjudicate buyer", "refund", "wait"]), max_size=12))
def test_any_calls_in_any_order(steps: list[str]) -> None:
    """What the links show is what works; anything else is a 422 that changes nothing; refunds never exceed captures."""
    world = World()
    capture = world.paid("10.00")["id"]
    made = opened(world, capture)
    known = {"INQUIRY": set(), "CHARGEBACK": set()}  # type: dict[str, set[str]]
    for stage, status in ALLOWED:
        known[stage].add(status)
    for step in steps:
        bearer = fresh(world)
        if step == "wait":
            world.advance(21 * DAY)
        elif step == "refund":
            world.refund(capture, "3.00", **bearer)
        else:
            name = step.partition(" ")[0]
            body = {"adjudication_outcome": "BUYER_FAVOR"} if " " in step else BODIES[name]
            shown = show(world, made, **bearer)
            offered = [one["rel"].replace("_", "-") for one in shown["links"]]
            assert shown["status"] == "RESOLVED" or shown["status"] in known[shown["dispute_life_cycle_stage"]]
            before = world.state()
            answered = act(world, made, name, body, **bearer)
            assert answered.status == (200 if name in offered else 422)
            if answered.status == 422:
                assert world.state() == before
        assert money_conserved(world.box.ledger) == []
    for payment in payments(world.box.ledger).values():
        assert payment.refunded <= payment.captured
