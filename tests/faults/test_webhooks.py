"""Faults of webhook deliveries, over the wire: what a receiver sees, and what delivery and journal say of it."""

from __future__ import annotations

import asyncio
import hmac
import time
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
import stripe
import yaml
from catalogue import CATALOGUE
from traffic import STRIPE, round_of_calls
from webhook_receiver import Receiver

from brownout.core.explain import explain
from brownout.faults import FAULTS
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

SECRET: Final = "whsec_of_the_test"
EVENTS: Final = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
"""What a payment causes, in its order."""
PAYMENT: Final = {
    "amount": "1250",
    "currency": "usd",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types[]": "card",
}
ONE: Final = {"event": "payment_intent.succeeded"}
EXAMPLES: Final = [
    pytest.param(entry, id=f"{kind}-{entry['name']}")
    for kind in sorted(FAULTS)
    if getattr(FAULTS[kind], "deliveries", False)
    for entry in yaml.safe_load(CATALOGUE.entry_of(FAULTS[kind]).example)
]
ROUNDS_MOST: Final = 30


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks."""
    async with Receiver() as running:
        yield running


def simulator(receiver: Receiver, *faults: dict[str, Any], **more: Any) -> Simulator:
    """Return a server that tells the receiver of payments at Stripe; its clock stands still."""
    hook = {"url": receiver.url, "secret": SECRET, "events": EVENTS, **more.pop("hook", {})}
    return Simulator(
        yaml.safe_dump(
            {
                "brownout": 1,
                "clock": {"frozen": True},
                "providers": {"stripe": {"webhooks": [hook]}},
                "faults": [{"name": "adversary", **fault} for fault in faults],
                **more,
            }
        )
    )


async def pay(box: AsyncSandbox, **more: str) -> tuple[int, dict[str, Any]]:
    """Take a payment; return the status and the body of the answer."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{box.url_of('stripe')}/v1/payment_intents", data={**PAYMENT, **more}, headers=STRIPE) as answer,
    ):
        return answer.status, await answer.json()


def states(box: AsyncSandbox) -> dict[str, str]:
    """Return how the newest delivery of each type stands."""
    return {one["type"]: one["state"] for one in box.webhooks()}


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
async def test_every_example_does_what_it_is_there_for(example: dict[str, Any], receiver: Receiver) -> None:
    """Plain traffic of every provider meets it, and a delivery says that it was applied; so does the journal."""
    hooks = {"webhooks": [{"url": receiver.url}]}
    own = {"clients": {"shop": "secret"}}
    scenario = {
        "brownout": 1,
        "providers": {"stripe": hooks, "paypal": hooks, "onfido": hooks, "oauth": own},
        "faults": [example],
    }

    async with Simulator(yaml.safe_dump(scenario)) as box:
        for number in count(1):
            await round_of_calls(box, number)
            await box.clock.advance(3600)
            applied = [one for each in box.webhooks() for one in each["faults"] if one["state"] == "applied"]
            if applied or number == ROUNDS_MOST:
                break
        fired = {one["name"]: one["fired"] for one in box.faults()}

    assert applied
    assert fired[example["name"]] >= 1
    seen = {one["rule"] for record in box.exchanges() for one in record.decided["fired"] if one["state"] == "applied"}
    assert example["name"] in seen


async def test_a_dropped_webhook_is_never_sent_and_never_tried_again(receiver: Receiver) -> None:
    """The API lists its event all the same: who looks, finds it."""
    async with simulator(receiver, {"kind": "webhook_drop", "match": ONE}) as box:
        await pay(box)
        await box.clock.advance(4 * 86_400)
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{box.url_of('stripe')}/v1/events", headers=STRIPE) as answer,
        ):
            listed = [one["type"] for one in (await answer.json())["data"]]

    assert receiver.types == EVENTS[:2]
    assert states(box)["payment_intent.succeeded"] == "dropped"
    assert set(EVENTS) <= set(listed)


async def test_lost_tries_take_rungs_of_the_ladder(receiver: Receiver) -> None:
    """The third try arrives, when Stripe's ladder has it; the delivery says what became of the two before it."""
    async with simulator(receiver, {"kind": "webhook_drop", "tries": 2, "match": ONE}) as box:
        await pay(box)
        await box.clock.advance(239)
        before = receiver.types.count("payment_intent.succeeded")
        await box.clock.advance(2)

    delivery = next(one for one in box.webhooks() if one["type"] == "payment_intent.succeeded")
    assert before == 0
    assert receiver.types.count("payment_intent.succeeded") == 1
    assert [(one["at"], one["status"]) for one in delivery["attempts"]] == [(0.0, None), (60.0, None), (240.0, 200)]
    assert "lost on the way" in delivery["attempts"][0]["error"]


async def test_a_delayed_webhook_is_signed_when_it_goes_out(receiver: Receiver) -> None:
    """It is late, not stale; what isn't matched isn't late."""
    async with simulator(receiver, {"kind": "webhook_delay", "delay": "15m", "match": ONE}) as box:
        await pay(box)
        await box.clock.advance(899)
        before = list(receiver.types)
        await box.clock.advance(2)

    assert before == EVENTS[:2]
    assert receiver.types == EVENTS
    stripe.Webhook.construct_event(receiver.got[-1].body, receiver.got[-1].headers["Stripe-Signature"], SECRET)


@pytest.mark.parametrize(("by", "deliveries"), [("fresh", 3), ("again", 1)])
async def test_a_duplicate_keeps_the_events_id(by: str, deliveries: int, receiver: Receiver) -> None:
    """It comes three times, an hour apart: as deliveries of their own, or as the same one again."""
    fault = {"kind": "webhook_duplicate", "by": by, "copies": 2, "apart": "1h", "match": ONE}
    async with simulator(receiver, fault) as box:
        await pay(box)
        await box.settle()
        first = len(receiver.got)
        await box.clock.advance(7201)

    same = [one.event["id"] for one in receiver.got if one.event["type"] == "payment_intent.succeeded"]
    assert first == 3
    assert len(same) == 3
    assert len(set(same)) == 1
    of_it = [one for one in box.webhooks() if one["type"] == "payment_intent.succeeded"]
    assert len(of_it) == deliveries
    assert all(one["state"] == "delivered" for one in of_it)


async def test_copies_without_distance_come_at_the_same_time(receiver: Receiver) -> None:
    """So that looking first whether an event is known, and noting it after, isn't enough."""
    receiver.gate = asyncio.Event()
    async with simulator(receiver, {"kind": "webhook_duplicate", "match": {"event": EVENTS[0]}}) as box:
        await pay(box)
        await receiver.crowd(2)
        receiver.gate.set()
        await box.settle()

    assert receiver.types.count(EVENTS[0]) == 2


async def test_two_change_places(receiver: Receiver) -> None:
    """The one that is struck goes after the next to its endpoint, whatever that is."""
    async with simulator(receiver, {"kind": "webhook_reorder", "match": {"event": EVENTS[0]}}) as box:
        await pay(box)
        await box.settle()

    assert receiver.types == [EVENTS[1], EVENTS[0], EVENTS[2]]


async def test_a_batch_goes_backwards_when_it_is_full_or_its_time_is_over(receiver: Receiver) -> None:
    """Three are a batch; what is left of the fourth waits for ten seconds in vain, and goes by itself."""
    async with simulator(receiver, {"kind": "webhook_reorder", "batch": 4, "within": "10s"}) as box:
        await pay(box)
        await box.settle()
        early = list(receiver.types)
        await box.clock.advance(11)

    assert early == []
    assert receiver.types == EVENTS[::-1]


async def test_a_burst_comes_when_the_window_ends_and_all_at_once(receiver: Receiver) -> None:
    """Nothing before it is over; then several at the same time. What happens later is sent as always."""
    receiver.gate = asyncio.Event()
    async with simulator(receiver, {"kind": "webhook_burst", "at": "10s", "for": "1m"}) as box:
        receiver.gate.set()
        await pay(box)
        await box.clock.advance(30)
        before = len(receiver.got)
        await pay(box)
        await pay(box)
        await box.clock.advance(39)
        during = len(receiver.got)
        receiver.gate.clear()
        over = asyncio.ensure_future(box.clock.advance(2))
        await receiver.crowd(6)
        receiver.gate.set()
        await over

    assert (before, during, len(receiver.got)) == (3, 3, 9)


async def test_a_webhook_before_the_answer(receiver: Receiver) -> None:
    """The receiver knows the payment while its own client still waits for the answer."""
    receiver.gate = asyncio.Event()
    async with simulator(receiver, {"kind": "webhook_early", "match": ONE}, hook={"events": [ONE["event"]]}) as box:
        paying = asyncio.ensure_future(pay(box))
        await receiver.crowd(1)
        answered = paying.done()
        receiver.gate.set()
        status, intent = await paying

    assert (answered, status) == (False, 200)
    assert receiver.got[0].event["data"]["object"]["id"] == intent["id"]


async def test_the_answer_waits_for_an_early_webhook_only_so_long(receiver: Receiver) -> None:
    """A receiver that doesn't answer holds nobody up for longer than the rule's patience."""
    receiver.gate = asyncio.Event()
    async with simulator(receiver, {"kind": "webhook_early", "patience": "50ms", "match": ONE}) as box:
        status, _ = await pay(box)
        receiver.gate.set()

    assert status == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("stale", "outside the tolerance zone"),
        ("wrong_secret", "No signatures found"),
        ("missing", "No Stripe-Signature header"),
    ],
)
async def test_stripes_own_library_refuses_a_bad_signature(change: str, says: str, receiver: Receiver) -> None:
    """In its own words; the second try is as it should be."""
    receiver.answers = [400]
    fault = {"kind": "webhook_signature", "change": change, "tries": 1}
    async with simulator(receiver, fault, hook={"events": [ONE["event"]]}) as box:
        await pay(box)
        await box.clock.advance(61)

    first, second = receiver.got
    with pytest.raises(stripe.SignatureVerificationError, match=says):
        stripe.Webhook.construct_event(first.body, first.headers.get("Stripe-Signature", ""), SECRET)
    stripe.Webhook.construct_event(second.body, second.headers["Stripe-Signature"], SECRET)


async def test_another_version_than_the_endpoints(receiver: Receiver) -> None:
    """A payment of 2020 has a list of charges; the signature is good, whatever the version."""
    fault = {"kind": "webhook_version", "to": "2020-08-27", "match": ONE}
    async with simulator(receiver, fault) as box:
        await pay(box)
        await box.settle()

    created, _, paid = (one.event for one in receiver.got)
    assert created["api_version"] != "2020-08-27"
    assert "charges" not in created["data"]["object"]
    assert paid["api_version"] == "2020-08-27"
    assert paid["data"]["object"]["charges"]["data"][0]["paid"] is True
    stripe.Webhook.construct_event(receiver.got[-1].body, receiver.got[-1].headers["Stripe-Signature"], SECRET)


async def test_a_broken_body(receiver: Receiver) -> None:
    """Cut off, it is a part of what was signed; another content type leaves it as it was."""
    faults = [
        {"kind": "webhook_body", "change": "truncated", "share": 25, "match": {"event": EVENTS[0]}},
        {"kind": "webhook_body", "change": "garbled", "name": "noise", "match": {"event": EVENTS[1]}},
        {"kind": "webhook_body", "change": "content_type", "name": "text", "match": ONE},
    ]
    async with simulator(receiver, *faults) as box:
        await pay(box)
        await box.settle()

    cut, garbled, text = receiver.got
    with pytest.raises(ValueError, match=r".+"):
        _ = cut.event
    with pytest.raises(UnicodeDecodeError):
        garbled.body.decode()
    assert text.headers["Content-Type"] == "text/plain"
    stripe.Webhook.construct_event(text.body, text.headers["Stripe-Signature"], SECRET)


async def test_an_answer_that_comes_too_late_counts_as_none(receiver: Receiver) -> None:
    """The receiver has taken it, and is told again."""
    receiver.gate = asyncio.Event()
    fault = {"kind": "webhook_timeout", "timeout": "20ms", "tries": 1}
    async with simulator(receiver, fault, hook={"events": [ONE["event"]]}) as box:
        await pay(box)
        await box.settle()
        receiver.gate.set()
        await box.clock.advance(61)

    (delivery,) = box.webhooks()
    assert [one["status"] for one in delivery["attempts"]] == [None, 200]
    assert delivery["attempts"][0]["error"] == "no answer within 0.02s"
    assert len({one.event["id"] for one in receiver.got}) == 1
    assert len(receiver.got) == 2


async def test_a_delivery_says_which_rule_did_what(receiver: Receiver) -> None:
    """And so does the journal: a sentence for each, with the draw; whom no rule strikes isn't written down."""
    fault = {"kind": "webhook_drop", "tries": 1, "percentage": 100, "match": ONE}
    async with simulator(receiver, fault) as box:
        await pay(box)
        await box.settle()

    told = {one["type"]: one["faults"] for one in box.webhooks()}
    record = next(one for one in box.exchanges() if one.decided["operation"] == "stripe.webhook.delivery")
    assert told[EVENTS[0]] == []
    assert [(one["rule"], one["state"], one["effects"]) for one in told["payment_intent.succeeded"]] == [
        ("adversary", "applied", ("lose the first try",))
    ]
    said = explain({"decided": record.decided, "observed": {}})
    assert record.decided["key"] in said
    assert "Rule 'adversary' (webhook_drop at edge) fired" in said
    assert sum(one.decided["operation"] == "stripe.webhook.delivery" for one in box.exchanges()) == 1


async def test_what_can_make_no_difference_is_passed_over(receiver: Receiver) -> None:
    """An own version, a longer patience, a window without an end: applied by none of them."""
    faults = [
        {"kind": "webhook_timeout", "timeout": "1h", "name": "patient"},
        {"kind": "webhook_burst", "name": "endless"},
    ]
    async with simulator(receiver, *faults) as box:
        await pay(box)
        await box.settle()

    assert {one["state"] for each in box.webhooks() for one in each["faults"]} == {"passed"}
    assert [one["fired"] for one in box.faults()] == [0, 0]


async def test_after_a_drop_nothing_else_is_done(receiver: Receiver) -> None:
    """The rules that come after it are shadowed."""
    faults = [{"kind": "webhook_drop", "name": "gone"}, {"kind": "webhook_duplicate", "name": "twice"}]
    async with simulator(receiver, *faults) as box:
        await pay(box)
        await box.settle()

    assert receiver.got == []
    assert [one["state"] for one in box.webhooks()[0]["faults"]] == ["applied", "shadowed"]


@pytest.mark.parametrize("match", [{"endpoint": "*/hook"}, {"account": "*"}, {"provider": "stripe"}])
async def test_whom_a_rule_is_about(match: dict[str, Any], receiver: Receiver) -> None:
    """An endpoint by its URL, an account, a provider; and never a call of the API."""
    async with simulator(receiver, {"kind": "webhook_drop", "match": match, "max": 2}) as box:
        status, _ = await pay(box)
        await box.settle()

    assert status == 200
    assert receiver.types == [ONE["event"]]


@pytest.mark.slow
async def test_victims_hang_on_the_event_and_the_endpoint_alone(receiver: Receiver) -> None:
    """One after another or all at once, beside other faults or not: the same events are dropped."""
    fault = {"kind": "webhook_drop", "percentage": 40}
    other = {"kind": "abort", "status": 500, "percentage": 30, "name": "unwell"}
    orders = [f"order-{number}" for number in range(12)]
    runs = []
    for faults, together in (((fault,), False), ((fault,), True), ((other, fault), True)):
        identity = {"stripe.payment_intents.create": "body.metadata.order_id"}
        async with simulator(receiver, *faults, identity=identity) as box:
            calls = [pay(box, **{"metadata[order_id]": order}) for order in orders]
            answers = await asyncio.gather(*calls) if together else [await one for one in calls]
            await box.settle()
        dropped = {one["event"] for one in box.webhooks() if one["state"] == "dropped"}
        runs.append((dropped, [status for status, _ in answers]))

    assert runs[0][0] == runs[1][0]
    assert 0 < len(runs[0][0]) < 3 * len(orders)
    lost = {order for order, status in zip(orders, runs[2][1], strict=True) if status == 500}
    assert lost
    assert runs[2][0] < runs[0][0]


async def test_onfido_and_paypal_meet_them_too(receiver: Receiver) -> None:
    """Onfido's signature is another one, and can't be stale; PayPal's says that it is an hour old."""
    hooks = {"webhooks": [{"url": receiver.url}]}
    faults = [
        {"kind": "webhook_signature", "change": "stale", "age": "1h", "name": "old"},
        {"kind": "webhook_signature", "change": "wrong_secret", "name": "other", "match": {"provider": "onfido"}},
    ]
    scenario = {"brownout": 1, "providers": {"paypal": hooks, "onfido": hooks}, "faults": faults}
    async with Simulator(yaml.safe_dump(scenario)) as box:
        secret = box.webhook_secret("onfido")
        await round_of_calls(box, 1)
        await box.clock.advance(3600)

    onfido = [one for one in receiver.got if "X-SHA2-Signature" in one.headers]
    paypal = [one for one in receiver.got if "PAYPAL-TRANSMISSION-TIME" in one.headers]
    assert onfido
    assert paypal
    assert all(one.headers["X-SHA2-Signature"] != _sha2(secret, one.body) for one in onfido)
    ages = [time.time() - datetime.fromisoformat(one.headers["PAYPAL-TRANSMISSION-TIME"]).timestamp() for one in paypal]
    assert all(3595 < age < 3660 for age in ages)
    told = {(one["provider"], each["rule"]): each["state"] for one in box.webhooks() for each in one["faults"]}
    assert told == {("onfido", "old"): "passed", ("onfido", "other"): "applied", ("paypal", "old"): "applied"}


def _sha2(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


async def test_a_live_fault_strikes_webhooks(receiver: Receiver) -> None:
    """Put over the admin API while the world runs, and taken out again."""
    async with simulator(receiver) as box, aiohttp.ClientSession() as http:
        admin = f"{box.url_of('stripe').rpartition('/')[0]}/_brownout/faults/live"
        body = {"kind": "webhook_drop", "match": {"provider": "stripe", **ONE}}
        async with http.put(admin, json=body) as answer:
            put = answer.status
        await pay(box)
        async with http.delete(admin) as answer:
            taken = answer.status
        await pay(box)
        await box.settle()

    assert (put, taken) == (200, 200)
    assert receiver.types == [*EVENTS[:2], *EVENTS]


async def test_a_reset_forgets_who_waited(receiver: Receiver) -> None:
    """What is held back belongs to a world that is gone."""
    async with simulator(receiver, {"kind": "webhook_reorder", "batch": 10}) as box:
        await pay(box)
        box.reset()
        await box.clock.advance(60)

    assert receiver.got == []
