"""Events: which, in what order, with what in them, and how they are delivered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.stripe import StripeOptions, WebhookOptions, events, webhook_secret

NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
CREATE = f"amount=2000&currency=usd&{NO_REDIRECT}"
PAY = f"{CREATE}&confirm=true&payment_method="


def types_after(world: Any, method: str, path: str, form: str = "") -> list[str]:
    """Return the types of the events that one call caused."""
    before = len(world.events())
    world.send(method, path, form)
    return world.events()[before:]  # type: ignore[no-any-return]


def test_each_action_has_its_events_in_order(world: Any) -> None:
    """The recorded sequences, one action after the other."""
    customer = world.post("/v1/customers").body["id"]
    fresh = world.post("/v1/payment_intents", CREATE).body["id"]
    held = world.post("/v1/payment_intents", f"{PAY}pm_card_visa&capture_method=manual").body["id"]
    paid = world.post("/v1/payment_intents", f"{PAY}pm_card_visa").body["id"]
    world.advance(1)

    def after(method: str, path: str, form: str = "") -> list[str]:
        return types_after(world, method, path, form)

    intents = "/v1/payment_intents"
    assert after("POST", "/v1/customers") == ["customer.created"]
    assert after("POST", f"/v1/customers/{customer}", "name=Ada") == ["customer.updated"]
    assert after("POST", f"/v1/customers/{customer}", "name=Ada") == []
    assert after("POST", intents, CREATE) == ["payment_intent.created"]
    assert after("POST", f"{intents}/{fresh}", "amount=900") == []
    assert after("POST", f"{intents}/{fresh}/confirm", "payment_method=pm_card_chargeDeclined") == [
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    assert after("POST", f"{intents}/{fresh}/confirm", "payment_method=pm_card_authenticationRequired") == [
        "payment_intent.requires_action",
    ]
    assert after("POST", f"{intents}/{fresh}/confirm", "payment_method=pm_card_visa") == [
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert after("POST", intents, f"{PAY}pm_card_visa&capture_method=manual") == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
    ]
    assert after("POST", f"{intents}/{held}/capture") == ["charge.captured", "payment_intent.succeeded"]
    assert after("POST", f"{intents}/{world.post(intents, CREATE).body['id']}/cancel")[-1:] == [
        "payment_intent.canceled"
    ]
    assert after("POST", "/v1/refunds", f"payment_intent={paid}&amount=5") == ["refund.created", "charge.refunded"]
    assert after("POST", intents, f"{PAY}pm_card_visa&customer={customer}&setup_future_usage=off_session") == [
        "payment_intent.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert after("DELETE", f"/v1/customers/{customer}") == ["payment_method.detached", "customer.deleted"]
    before = len(world.events())
    world.advance(10)
    assert sorted(world.events()[before:]) == [
        "charge.refund.updated", "charge.updated", "charge.updated", "refund.updated",
    ]  # fmt: skip


def test_an_event_is_a_snapshot(world: Any) -> None:
    """What happens to the object later doesn't change what the event holds."""
    made = world.post("/v1/customers", "name=Ada").body
    world.post(f"/v1/customers/{made['id']}", "name=Eve")
    created, updated = reversed(world.get("/v1/events").body["data"])

    assert created["data"]["object"] == made
    assert updated["data"]["object"]["name"] == "Eve"
    assert updated["data"]["previous_attributes"] == {"name": "Ada"}


def test_an_event_names_the_request_that_caused_it(world: Any) -> None:
    """Id and key of the call; none for what fell due by itself."""
    answered = world.post("/v1/payment_intents", f"{PAY}pm_card_visa", headers={"Idempotency-Key": "k"})
    world.advance(1)
    newest, *_, oldest = world.get("/v1/events").body["data"]

    assert oldest["request"] == {"id": answered.headers["Request-Id"], "idempotency_key": "k"}
    assert newest["type"] == "charge.updated"
    assert newest["request"] == {"id": None, "idempotency_key": None}
    assert newest["data"]["previous_attributes"] == {"balance_transaction": None}


def test_a_deleted_customers_event_holds_it_whole(world: Any) -> None:
    """As it was before, without a `deleted` key."""
    made = world.post("/v1/customers", "name=Ada").body
    world.send("DELETE", f"/v1/customers/{made['id']}")

    assert world.get("/v1/events", "type=customer.deleted").body["data"][0]["data"]["object"] == made


def test_events_are_filtered(world: Any) -> None:
    """By type, group of types, several types, and time; not by both `type` and `types`."""
    world.post("/v1/payment_intents", f"{PAY}pm_card_visa")
    world.advance(100)
    world.post("/v1/customers")

    def found(query: str) -> list[str]:
        return [one["type"] for one in world.get("/v1/events", query).body["data"]]

    assert found("type=charge.succeeded") == ["charge.succeeded"]
    assert found("type=payment_intent.*") == ["payment_intent.succeeded", "payment_intent.created"]
    assert found("types[]=customer.created&types[]=charge.updated") == ["customer.created", "charge.updated"]
    assert found(f"created[gt]={int(world.wall) + 50}") == ["customer.created"]
    assert found("delivery_success=false") == []
    assert world.get("/v1/events", "type=a&types[]=b").status == 400
    assert world.get("/v1/events", "&".join(f"types[]=t{n}" for n in range(21))).status == 400


def test_events_are_shown_for_thirty_days(world: Any) -> None:
    """After that the API doesn't have them any more."""
    world.post("/v1/customers")
    event = world.get("/v1/events").body["data"][0]["id"]
    assert world.get(f"/v1/events/{event}").status == 200
    world.advance(31 * 86_400)

    assert world.get("/v1/events").body["data"] == []
    assert world.get(f"/v1/events/{event}").status == 404


def test_old_events_make_room(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest goes, and is counted."""
    monkeypatch.setattr(events, "EVENTS_KEPT", 3)
    for name in "abcde":
        world.post("/v1/customers", f"name={name}")

    assert [one["data"]["object"]["name"] for one in world.get("/v1/events").body["data"]] == ["e", "d", "c"]
    account = next(key for key, name in world.box.store._tables if name == "stripe.event_order")  # noqa: SLF001
    assert world.box.store.table(account, "stripe.event_order").get("order")["evicted"] == 2


def delivered(world: Any) -> list[Any]:
    """Return the attempts that are due, signed now."""
    hooks, found = world.box.hooks, []
    world.box.arrive(world.wall)
    while (delivery := hooks.take()) is not None:
        attempt = hooks.prepare(delivery, world.box.clock.at(world.wall))
        if attempt is not None:
            found.append(attempt)
    return found


@pytest.mark.parametrize("clock", [ClockOptions(), ClockOptions(speed=60.0), ClockOptions(frozen=True)])
def test_a_delivery_verifies_with_the_official_verifier(
    make_world: Any, monkeypatch: pytest.MonkeyPatch, clock: ClockOptions
) -> None:
    """The signature holds on the wall's clock, whatever the world's does, also for a retry and after a jump."""
    options = StripeOptions(webhooks=(WebhookOptions(url="http://127.0.0.1:1/hook"),))
    world = make_world(plan=Plan(seed=3, clock=clock, providers={"stripe": options}))
    secret = webhook_secret(world.box.plan)
    monkeypatch.setattr("stripe._webhook.time", SimpleNamespace(time=lambda: world.wall))

    def deliver(status: int) -> None:
        (attempt,) = delivered(world)
        signature = attempt.headers["Stripe-Signature"]
        event = stripe.Webhook.construct_event(attempt.body, signature, secret)
        assert (event.type, event.pending_webhooks) == ("customer.created", 1)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(attempt.body, signature, secret + "x")
        assert attempt.headers["Content-Type"] == "application/json; charset=utf-8"
        world.box.hooks.settle(attempt.delivery, status, None, world.box.clock.at(world.wall))

    world.post("/v1/customers", "name=Ada")
    deliver(500)
    world.advance(60)
    deliver(200)
    world.advance(30 * 86_400)
    world.wall += 600
    world.post("/v1/customers", "name=Eve")
    deliver(200)

    assert delivered(world) == []
    assert [one.state for one in world.box.hooks] == ["delivered", "delivered"]


def test_the_signature_is_the_sdks_own(world: Any) -> None:
    """stripe-python's generator and ours agree; a rolled secret signs twice."""
    from brownout.providers.stripe.deliveries import signature  # noqa: PLC0415

    ours = signature(b'{"a": 1}', ("whsec_a", "whsec_b"), 1_700_000_000)

    theirs = stripe.WebhookSignature.generate_signature_header('{"a": 1}', "whsec_a", 1_700_000_000)
    assert ours.startswith(f"{theirs},v1=")


def test_an_endpoint_gets_what_it_asked_for(world: Any) -> None:
    """Only its events, in its version, while it is enabled; a deleted one gets no retry either."""
    made = world.post(
        "/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[0]=customer.created&api_version=2024-06-20"
    ).body
    world.post("/v1/customers")
    world.post("/v1/payment_intents", CREATE)
    first = delivered(world)
    undelivered = world.get("/v1/events", "delivery_success=false").body["data"]
    world.post(f"/v1/webhook_endpoints/{made['id']}", "disabled=true")
    world.post("/v1/customers")
    while_disabled = delivered(world)
    world.post(f"/v1/webhook_endpoints/{made['id']}", "disabled=false")
    world.box.hooks.settle(first[0].delivery, None, "refused", world.box.clock.at(world.wall))
    world.send("DELETE", f"/v1/webhook_endpoints/{made['id']}")
    world.advance(3600)

    assert [one.delivery.event_type for one in first] == ["customer.created"]
    assert b'"api_version":"2024-06-20"' in first[0].body
    assert [one["type"] for one in undelivered] == ["customer.created"]
    assert while_disabled == delivered(world) == []
    assert first[0].delivery.state == "cancelled"


def test_the_ladder_ends_within_three_days(world: Any) -> None:
    """Each wait is at least as long as the one before; after the last try the delivery has failed."""
    ladder = list(world.box.providers["stripe"].webhook_ladder_seconds)
    world.post("/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[]=*")
    world.post("/v1/customers")
    tries = 0
    for wait in (*ladder, 86_400.0):
        for attempt in delivered(world):
            tries += 1
            world.box.hooks.settle(attempt.delivery, 503, None, world.box.clock.at(world.wall))
        world.advance(wait)

    assert ladder == sorted(ladder)
    assert sum(ladder) <= 3 * 86_400
    assert tries == len(ladder) + 1
    assert [one.state for one in world.box.hooks] == ["failed"]


def test_webhook_options_are_checked_when_read() -> None:
    """A URL without scheme or an endpoint without events fails at once."""
    for wrong in ({"url": "shop.example"}, {"url": "http://x", "events": ()}):
        with pytest.raises(ValueError, match=r"url|events"):
            WebhookOptions(**wrong)
    with pytest.raises(ValueError, match="settlement_days"):
        StripeOptions(settlement_days=-1)
    with pytest.raises(ValueError, match="booking_delay"):
        StripeOptions(booking_delay=-0.1)


def test_endpoints_are_limited_and_checked(world: Any) -> None:
    """At most sixteen, with a real URL, at least one event, and no connected accounts."""
    form = "url=http://127.0.0.1:1/&enabled_events[]=*"
    for _ in range(16):
        assert world.post("/v1/webhook_endpoints", form).status == 200

    assert "maximum of 16" in world.post("/v1/webhook_endpoints", form).error["message"]
    assert world.post("/v1/webhook_endpoints", "url=ftp://x&enabled_events[]=*").error["code"] == "url_invalid"
    assert world.post("/v1/webhook_endpoints", "url=http://x&enabled_events[]=nonsense").status == 400
    assert world.post("/v1/webhook_endpoints", "url=http://x&enabled_events=").status == 400
    assert (
        world.post("/v1/webhook_endpoints", "url=http://x").error["message"]
        == "Missing required param: enabled_events."
    )
