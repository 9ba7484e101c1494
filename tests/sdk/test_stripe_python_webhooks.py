"""Webhooks as a shop gets them: every delivery is verified by stripe-python's own verifier, in every kind of time."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
import stripe
from world_times import TIMES

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.stripe import StripeOptions, WebhookOptions, webhook_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sdk.conftest import MakeClient, Receiver

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

PAID: Final = "payment_intent.succeeded"
PAY: Final[dict[str, Any]] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
    "metadata": {"order_id": "o-1"},
}
TEN_MINUTES: Final = 600


def listen(client: stripe.StripeClient, receiver: Receiver, *events: str) -> str:
    """Make a webhook endpoint and return its secret."""
    made = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": list(events) or [PAID]})
    assert made.secret is not None
    return made.secret


def signed_at(header: str) -> int:
    """Return the time in a signature's header."""
    return int(header.partition(",")[0].removeprefix("t="))


# ---------------------------------------------------------------- times
@pytest.mark.parametrize("set_time", TIMES, ids=lambda one: one.__name__.strip("_"))
def test_a_delivery_and_its_retry_verify_at_any_time(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver, set_time: Callable[[Sandbox], None]
) -> None:
    """World time may race, jump or stand still: signatures carry the wall's time, so the SDK accepts each delivery."""
    secret = listen(client, receiver)
    set_time(brownout)
    receiver.answers = [500, 503]

    paid = client.v1.payment_intents.create(PAY)
    brownout.clock.advance("5m")

    assert len(receiver.got) == 3
    events = [one.event(secret) for one in receiver.got]
    assert {one.id for one in events} == {events[0].id}
    assert [one.type for one in events] == [PAID] * 3
    assert events[0].data.object["id"] == paid.id
    assert len({one.body for one in receiver.got}) == 1
    for one in receiver.got:
        assert abs(signed_at(one.signature) - time.time()) < 60
    delivery = brownout.webhooks()[0]
    assert (delivery["state"], [one["status"] for one in delivery["attempts"]]) == ("delivered", [500, 503, 200])


def test_the_retries_of_a_jump_come_in_order_and_verify(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """Thirty days play every rung of the ladder, each signed anew; after the last the event is given up."""
    secret = listen(client, receiver)
    receiver.answers = [500] * 50
    client.v1.payment_intents.create(PAY)

    brownout.clock.advance("30d")

    delivery = brownout.webhooks()[0]
    assert delivery["state"] == "failed"
    assert len(receiver.got) == len(delivery["attempts"]) > 5
    assert {one.event(secret).type for one in receiver.got} == {PAID}
    at = [one["at"] for one in delivery["attempts"]]
    assert at == sorted(at)
    assert at[-1] - at[0] < 3 * 86_400
    brownout.clock.advance("30d")
    assert len(receiver.got) == len(delivery["attempts"])


@pytest.fixture
def long_frozen(brownout: Sandbox) -> Iterator[Sandbox]:
    """A world whose clock has stood still for ten minutes."""
    start = time.time() - TEN_MINUTES
    plan = Plan(clock=ClockOptions(start=start, frozen=True))
    box = brownout.sandbox(f"{brownout.name}-frozen", scenario=plan)
    yield box
    box.drop()


def test_after_ten_frozen_minutes_deliveries_still_verify(
    long_frozen: Sandbox, make_client: MakeClient, receiver: Receiver
) -> None:
    """The event is ten minutes old, its signature is not: a verifier with a tolerance of a minute takes it."""
    client = make_client(base_addresses=long_frozen.stripe_bases)
    secret = listen(client, receiver)
    receiver.answers = [500]

    client.v1.payment_intents.create(PAY)
    long_frozen.settle()
    long_frozen.clock.advance("1m")

    events = [one.event(secret, tolerance=60) for one in receiver.got]
    assert len(events) == 2
    for event, delivery in zip(events, receiver.got, strict=True):
        assert signed_at(delivery.signature) - event.created >= TEN_MINUTES - 60


def test_a_frozen_world_makes_no_retry_by_itself(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """A rung falls due only when the clock is moved to it, and not a second before."""
    secret = listen(client, receiver)
    brownout.clock.freeze()
    receiver.answers = [500]
    client.v1.payment_intents.create(PAY)
    brownout.settle()
    brownout.clock.advance("59s")
    before = len(receiver.got)

    brownout.clock.advance("1s")

    assert (before, len(receiver.got)) == (1, 2)
    assert receiver.got[1].event(secret).type == PAID


def test_a_fast_world_makes_its_retries_by_itself(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """At a minute in ten milliseconds the next rung comes without a jump, and verifies too."""
    secret = listen(client, receiver)
    brownout.clock.speed(6000)
    receiver.answers = [500]
    client.v1.payment_intents.create(PAY)

    deadline = time.monotonic() + 5
    while not (found := brownout.webhooks()) or found[0]["state"] == "pending":
        assert time.monotonic() < deadline, found

    assert found[0]["state"] == "delivered"
    assert [one.event(secret).type for one in receiver.got] == [PAID] * 2


# ---------------------------------------------------------------- whom and what
def test_the_verified_event_is_the_one_in_the_api(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """What is delivered is what `/v1/events` shows, in the order in which it happened."""
    secret = listen(client, receiver, "*")
    brownout.clock.freeze()
    ada = client.v1.customers.create({"name": "Ada"})
    client.v1.customers.update(ada.id, {"name": "Bob"})
    paid = client.v1.payment_intents.create({**PAY, "customer": ada.id, "capture_method": "automatic"})
    client.v1.refunds.create({"payment_intent": paid.id})

    brownout.settle()

    events = [client.construct_event(one.body, one.signature, secret) for one in receiver.got]
    assert [one.type for one in events] == [
        "customer.created",
        "customer.updated",
        "payment_intent.created",
        "charge.succeeded",
        PAID,
        "refund.created",
        "charge.refunded",
    ]
    for event in events:
        shown = client.v1.events.retrieve(event.id).to_dict()
        sent = event.to_dict()
        assert {**shown, "pending_webhooks": None} == {**sent, "pending_webhooks": None}
        assert sent["pending_webhooks"] == 1
    assert events[1].to_dict()["data"]["previous_attributes"] == {"name": "Ada"}


def test_the_sdk_signs_the_same(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    """The header is letter for letter what stripe-python itself generates for this body, secret and time."""
    secret = listen(client, receiver)
    client.v1.payment_intents.create(PAY)
    brownout.settle()

    delivery = receiver.got[0]

    oracle = stripe.WebhookSignature.generate_signature_header(
        delivery.body.decode(), secret, signed_at(delivery.signature)
    )
    assert delivery.signature == oracle
    assert delivery.headers["Content-Type"] == "application/json; charset=utf-8"
    assert delivery.headers["User-Agent"].startswith("Stripe/1.0")


def test_each_endpoint_has_its_own_secret(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    """A delivery verifies with its own endpoint's secret and with no other's."""
    secrets = {listen(client, receiver), listen(client, receiver)}
    client.v1.payment_intents.create(PAY)
    brownout.settle()

    opened_by = []
    for delivery in receiver.got:
        for secret in sorted(secrets):
            try:
                delivery.event(secret)
            except stripe.SignatureVerificationError:
                continue
            opened_by.append(secret)

    assert len(secrets) == 2
    assert sorted(opened_by) == sorted(secrets)


@pytest.mark.parametrize("own", ["whsec_of_the_scenario", None], ids=["named", "drawn"])
def test_a_configured_endpoint_signs_with_its_secret(
    brownout: Sandbox, make_client: MakeClient, receiver: Receiver, own: str | None
) -> None:
    """The scenario's own secret, or else the sandbox's, which its seed fixes; accounts need not make an endpoint."""
    hook = WebhookOptions(url=receiver.url, events=(PAID,), secret=own)
    plan = Plan(seed=7, providers={"stripe": StripeOptions(webhooks=(hook,))})
    brownout.use(plan)
    receiver.answers = [500]

    for key in ("sk_test_one", "sk_test_two"):
        make_client(key).v1.payment_intents.create(PAY)
    brownout.clock.advance("1m")

    secret = own or webhook_secret(plan)
    assert [one.event(secret).type for one in receiver.got] == [PAID] * 3
    assert len({one.event(secret).id for one in receiver.got}) == 2
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.got[0].event("whsec_of_somebody_else")


def test_a_stale_delivery_is_refused(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real delivery replayed after the verifier's five minutes is refused, and up to then accepted."""
    secret = listen(client, receiver)
    client.v1.payment_intents.create(PAY)
    brownout.settle()
    delivery = receiver.got[0]
    at = signed_at(delivery.signature)

    monkeypatch.setattr("stripe._webhook.time", SimpleNamespace(time=lambda: at + 300.0))
    assert delivery.event(secret).type == PAID
    monkeypatch.setattr("stripe._webhook.time", SimpleNamespace(time=lambda: at + 301.0))

    with pytest.raises(stripe.SignatureVerificationError, match="outside the tolerance zone"):
        delivery.event(secret)


def test_an_endpoint_gets_only_what_it_asked_for(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """And nothing more once it is switched off or deleted, also not what was still to be retried."""
    listen(client, receiver, "customer.created")
    made = client.v1.webhook_endpoints.list().data[0]
    receiver.answers = [500]
    client.v1.payment_intents.create(PAY)
    client.v1.customers.create()
    brownout.settle()
    asked = [json.loads(one.body)["type"] for one in receiver.got]
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})

    client.v1.customers.create()
    brownout.clock.advance("1h")

    assert asked == ["customer.created"]
    assert len(receiver.got) == 1
    assert brownout.webhooks()[0]["state"] == "cancelled"


def test_a_charge_whose_answer_was_lost_is_told_by_webhook(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """The client saw a failure; the event, verified, names the order that was paid."""
    secret = listen(client, receiver)

    with (
        brownout.fault("abort", operation="stripe.payment_intents.create", target="response", connection="reset"),
        pytest.raises(stripe.APIConnectionError),
    ):
        client.v1.payment_intents.create(PAY)
    brownout.settle()

    event = receiver.got[0].event(secret)
    assert event.data.object["metadata"]["order_id"] == "o-1"
    assert brownout.ledger().captured("o-1") == 2000
