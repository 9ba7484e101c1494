"""Several faults on one webhook, and faults beside what else happens: windows, timers, resets, sending by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import orjson
import pytest
import yaml
from traffic import STRIPE
from webhook_receiver import Receiver

from brownout.assembly import registries
from brownout.core.rules import Rule
from brownout.faults.webhook_burst import WebhookBurst
from brownout.faults.webhook_early import WebhookEarly
from brownout.scenario import load
from brownout.testing import Simulator
from brownout.testing.transport import EngineTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.core.hooks import Delivery

FORM: Final = {**STRIPE, "Content-Type": "application/x-www-form-urlencoded"}
PAYMENT: Final = (
    b"amount=1250&currency=usd&confirm=true&payment_method=pm_card_visa&allowed_payment_method_types[]=card"
)
SUCCEEDED: Final = "payment_intent.succeeded"


def played(*faults: dict[str, Any], **more: Any) -> EngineTransport:
    """Return a world without sockets, whose one endpoint hears of payments that succeeded."""
    hook = {"url": "http://127.0.0.1:9/hook", "events": [SUCCEEDED]}
    named = [{"name": f"fault-{number}", **one} for number, one in enumerate(faults)]
    scenario = {"brownout": 1, "providers": {"stripe": {"webhooks": [hook]}}, "faults": named, **more}
    return EngineTransport(load(yaml.safe_dump(scenario), registries()))


def paid(transport: EngineTransport) -> Delivery:
    """Take a payment; return the first delivery about it."""
    seen = len(list(transport.world.hooks))
    assert transport.send("POST", "/stripe/v1/payment_intents", headers=FORM, body=PAYMENT).status == 200
    return list(transport.world.hooks)[seen]


def due(transport: EngineTransport, delivery: Delivery) -> float | None:
    """Return how many seconds after the world began a delivery is due."""
    return delivery.as_dict(transport.world.clock.started_at)["next_at"]


def told(delivery: Delivery) -> list[str]:
    """Return what became of each rule that fired."""
    struck = delivery.struck
    return [] if struck is None else [one.state for one in struck.exchange.fired or ()]


def tried(transport: EngineTransport, status: int) -> None:
    """Post what is due now, and have it answered so."""
    world = transport.world
    world.arrive(transport.wall)
    while (delivery := world.hooks.take()) is not None:
        attempt = world.hooks.prepare(delivery, world.moment)
        if attempt is not None:
            world.hooks.settle(delivery, status, None, world.moment)
            world.hooks.log(delivery, attempt, 0.01, b"")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks."""
    async with Receiver() as running:
        yield running


def test_two_rules_that_duplicate_both_hold() -> None:
    """One sends two more at once, the other one more after a minute: four in all."""
    transport = played(
        {"kind": "webhook_duplicate", "copies": 2}, {"kind": "webhook_duplicate", "copies": 1, "apart": "1m"}
    )

    first = paid(transport)

    assert told(first) == ["applied", "applied"]
    assert [due(transport, one) for one in transport.world.hooks] == [0, 0, 0, 60]


def test_two_rules_that_send_it_again_both_hold() -> None:
    """Each after its own wait, one after the other, each time that it was acknowledged."""
    transport = played(
        {"kind": "webhook_duplicate", "by": "again", "copies": 2, "apart": "10s"},
        {"kind": "webhook_duplicate", "by": "again", "apart": "1h"},
    )
    first, seen = paid(transport), []

    while first.next_at is not None:
        tried(transport, 200)
        seen.append(due(transport, first))
        transport.wall += 0 if first.next_at is None else first.next_at - transport.world.moment.world

    assert seen == [10, 20, 3620, None]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_held_back_changes_places_with_nobody_and_no_answer_waits_for_it(order: int) -> None:
    """Whichever comes first in the scenario; and of two rules that reorder, the second has nothing to do."""
    faults = [
        {"kind": "webhook_delay", "delay": "5m"},
        {"kind": "webhook_early"},
        {"kind": "webhook_reorder"},
    ][::order]

    delayed = paid(transport := played(*faults))
    swapped = paid(played({"kind": "webhook_reorder"}, {"kind": "webhook_reorder", "batch": 3}))

    assert told(delayed) == ["applied", "shadowed", "shadowed"][::order]
    assert due(transport, delayed) == 300
    assert told(swapped) == ["applied", "shadowed"]


def test_a_burst_is_over_when_its_phase_is() -> None:
    """Even if its window would go on; all that it held back goes out at one time, so in its order."""
    storm = {"name": "storm", "duration": "30s", "faults": [{"name": "quiet", "kind": "webhook_burst", "for": "1h"}]}
    transport = played(phases=[storm, {"name": "calm", "duration": "10m"}])
    found = []

    for wait in (0.1, 7.3, 11.7):
        transport.wall += wait
        found.append(paid(transport))

    assert {one.next_at for one in found} == {transport.world.clock.started_at + 30}


def test_a_live_burst_is_over_when_its_time_to_live_is() -> None:
    """A rule without a window, put for a while, ends all the same."""
    transport = played()
    rule = Rule(name="live", fault=WebhookBurst(), target="edge", origin="live", ttl_seconds=45.0)
    transport.world.put_rule(rule, transport.wall)
    transport.wall += 5

    delivery = paid(transport)

    assert told(delivery) == ["applied"]
    assert due(transport, delivery) == 45


def test_no_answer_waits_for_what_a_timer_causes() -> None:
    """The rule is passed over then, and nothing is kept for a call that never comes."""
    transport = played()
    known = paid(transport)
    rule = Rule(name="first", fault=WebhookEarly(), target="edge")
    transport.world.put_rule(rule, transport.wall)
    event = {**known.event, "id": "evt_of_a_timer"}

    transport.world.hooks.emit("stripe", known.account, event, transport.world.moment)

    late = list(transport.world.hooks)[-1]
    assert late.event["id"] == "evt_of_a_timer"
    assert told(late) == ["passed"]
    assert transport.world.hooks.early == []
    assert told(paid(transport)) == ["applied"]


def test_the_ladder_goes_on_however_often_one_is_sent_by_hand() -> None:
    """Tries that it doesn't remember any more still count: the rung after sixty others is the one that was due."""
    transport = played()
    delivery = paid(transport)
    tried(transport, 500)
    rung = due(transport, delivery)

    for _ in range(60):
        transport.world.hooks.redeliver(delivery, transport.world.moment)
        tried(transport, 500)
    by_hand = due(transport, delivery)
    transport.wall += 60
    tried(transport, 500)

    assert (rung, by_hand, due(transport, delivery)) == (60, 60, 240)
    assert len(delivery.tried) < delivery.made == 62


def test_how_long_an_endpoint_fails_is_forgotten_with_it() -> None:
    """One that is gone is asked for no more, and leaves nothing."""
    transport = played()
    body = b"url=http%3A%2F%2F127.0.0.1%3A9%2Fother&enabled_events[]=payment_intent.succeeded"
    made = transport.send("POST", "/stripe/v1/webhook_endpoints", headers=FORM, body=body)
    endpoint = orjson.loads(made.body)["id"]
    paid(transport)
    tried(transport, 500)
    failing = ("stripe", endpoint) in transport.world.hooks.failing_since

    transport.send("DELETE", f"/stripe/v1/webhook_endpoints/{endpoint}", headers=STRIPE)
    transport.wall += 60
    tried(transport, 500)

    assert failing
    assert ("stripe", endpoint) not in transport.world.hooks.failing_since


async def test_nobody_waits_for_an_early_webhook_of_a_world_that_began_again(receiver: Receiver) -> None:
    """Its delivery will never end, and the rule's patience is a minute: the client goes at once."""
    receiver.gate = asyncio.Event()
    scenario = {
        "brownout": 1,
        "providers": {"stripe": {"webhooks": [{"url": receiver.url, "events": [SUCCEEDED]}]}},
        "faults": [{"name": "first", "kind": "webhook_early", "patience": "1m"}],
    }
    async with Simulator(yaml.safe_dump(scenario)) as box, aiohttp.ClientSession() as http:
        url = f"{box.url_of('stripe')}/v1/payment_intents"
        paying = asyncio.ensure_future(http.post(url, data=PAYMENT, headers=FORM))
        await receiver.crowd(1)
        box.reset()
        async with asyncio.timeout(5):
            await asyncio.gather(paying, return_exceptions=True)
        receiver.gate.set()

    assert paying.done()


async def test_a_client_that_leaves_and_a_server_that_stops_leave_an_early_webhook_nobody_to_hold_up(
    receiver: Receiver,
) -> None:
    """What the client asked for is done, and told; and the end of the server waits for no patience."""
    receiver.gate = asyncio.Event()
    scenario = {
        "brownout": 1,
        "providers": {"stripe": {"webhooks": [{"url": receiver.url, "events": [SUCCEEDED]}]}},
        "faults": [{"name": "first", "kind": "webhook_early", "patience": "1m"}],
    }
    async with asyncio.timeout(8), aiohttp.ClientSession() as http:
        async with Simulator(yaml.safe_dump(scenario)) as box:
            url = f"{box.url_of('stripe')}/v1/payment_intents"
            leaving = asyncio.ensure_future(http.post(url, data=PAYMENT, headers=FORM))
            await receiver.crowd(1)
            leaving.cancel()
            receiver.gate.set()
            await box.settle()
            states = [one["state"] for one in box.webhooks()]
            receiver.gate.clear()
            receiver.at_once = 0
            waiting = asyncio.ensure_future(http.post(url, data=PAYMENT, headers=FORM))
            await receiver.crowd(1)
        receiver.gate.set()
        (answer,) = await asyncio.gather(waiting, return_exceptions=True)

    assert states == ["delivered"]
    assert isinstance(answer, aiohttp.ClientError)
