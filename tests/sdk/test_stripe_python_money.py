"""Refunds, balance transactions, the balance and events, through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def pay(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    """Take 20 dollars at once, or whatever `more` says."""
    return client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "capture_method": "automatic",
            "metadata": {"order_id": "o-1"},
            **more,
        }
    )


def types(client: stripe.StripeClient, **filters: Any) -> list[str]:
    """Return the types of the events so far, oldest first."""
    return [one.type for one in reversed(client.v1.events.list({"limit": 100, **filters}).data)]


# ---------------------------------------------------------------- refunds
@pytest.mark.parametrize("way", ["payment_intent", "charge"])
def test_a_payment_is_refunded_in_full(brownout: Sandbox, client: stripe.StripeClient, way: str) -> None:
    """By its payment or by its charge; the charge is then refunded, and a second refund is refused."""
    paid = pay(client)
    target = {"payment_intent": paid.id} if way == "payment_intent" else {"charge": str(paid.latest_charge)}

    given = client.v1.refunds.create({**target, "reason": "requested_by_customer", "metadata": {"a": "1"}})

    assert (given.status, given.amount, given.reason) == ("succeeded", 2000, "requested_by_customer")
    assert (given.payment_intent, given.charge) == (paid.id, paid.latest_charge)
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.refunded, charge.amount_refunded) == (True, 2000)
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as refused:
        client.v1.refunds.create(target)
    assert refused.value.code == "charge_already_refunded"
    assert brownout.ledger().refunded("o-1") == 2000
    assert brownout.ledger().violations == []


def test_a_payment_is_refunded_in_parts(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Parts add up, more than the rest is refused, and lists show them newest first."""
    paid = pay(client)
    one = client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    two = client.v1.refunds.create({"payment_intent": paid.id, "amount": 700})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 801})

    assert refused.value.param == "amount"
    charge = client.v1.charges.retrieve(str(paid.latest_charge), {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (False, 1200)
    assert charge.refunds is not None
    assert [found.id for found in charge.refunds.data] == [two.id, one.id]
    for filters in ({}, {"payment_intent": paid.id}, {"charge": str(paid.latest_charge)}):
        assert [found.id for found in client.v1.refunds.list(filters).data] == [two.id, one.id]
    assert brownout.ledger().refunded() == 1200
    assert client.v1.refunds.update(one.id, {"metadata": {"b": "2"}}).to_dict()["metadata"] == {"b": "2"}


def test_a_refund_that_waits_first(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With the documented card it is pending, and succeeds in world time."""
    paid = pay(client, payment_method="pm_card_pendingRefund")

    given = client.v1.refunds.create({"payment_intent": paid.id})
    before = brownout.ledger().refunded()
    brownout.clock.advance("1m")

    assert (given.status, before) == ("pending", 0)
    assert client.v1.refunds.retrieve(given.id).status == "succeeded"
    assert brownout.ledger().refunded() == 2000


def test_a_refund_that_fails_afterwards(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With the documented card it succeeds first and fails later: the payer never got the money."""
    paid = pay(client, payment_method="pm_card_refundFail")

    given = client.v1.refunds.create({"payment_intent": paid.id})
    brownout.clock.advance("1m")

    after = client.v1.refunds.retrieve(given.id)
    assert (given.status, after.status, after.failure_reason) == ("succeeded", "failed", "expired_or_canceled_card")
    assert brownout.ledger().refunded() == 0
    assert client.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 0


# ---------------------------------------------------------------- balance
def test_each_movement_has_a_balance_transaction(client: stripe.StripeClient) -> None:
    """A charge less its fee, a refund without it; both are found by type and by what caused them."""
    paid = pay(client)
    given = client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})

    rows = client.v1.balance_transactions.list().data

    assert [(row.type, row.amount, row.fee, row.net) for row in rows] == [
        ("refund", -500, 0, -500),
        ("charge", 2000, 88, 1912),
    ]
    assert [row.source for row in rows] == [given.id, paid.latest_charge]
    assert [row.id for row in client.v1.balance_transactions.list({"type": "charge"}).data] == [rows[1].id]
    assert [row.id for row in client.v1.balance_transactions.list({"source": given.id}).data] == [rows[0].id]
    assert client.v1.balance_transactions.list({"currency": "eur"}).data == []
    whole = client.v1.balance_transactions.retrieve(rows[1].id, {"expand": ["source"]})
    assert isinstance(whole.source, stripe.Charge)
    assert [one.amount for one in whole.fee_details] == [88]


def test_money_becomes_available_in_world_time(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """It is pending for the settlement days and available then, except with the card that skips them."""
    empty = client.v1.balance.retrieve()
    paid = pay(client, expand=["latest_charge.balance_transaction"])
    pay(client, amount=1000, payment_method="pm_card_bypassPending")
    before = client.v1.balance.retrieve()
    brownout.clock.advance("8d")
    after = client.v1.balance.retrieve()

    def sums(balance: stripe.Balance) -> tuple[int, int]:
        return balance.available[0].amount, balance.pending[0].amount

    assert (sums(empty), sums(before), sums(after)) == ((0, 0), (941, 1912), (2853, 0))
    assert isinstance(paid.latest_charge, stripe.Charge)
    row = paid.latest_charge.balance_transaction
    assert isinstance(row, stripe.BalanceTransaction)
    assert row.status == "pending"
    assert client.v1.balance_transactions.retrieve(row.id).status == "available"


def test_an_asynchronous_capture_is_booked_a_moment_later(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """By default the answer has no balance transaction yet; an event tells when it has."""
    brownout.clock.freeze()
    paid = client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "expand": ["latest_charge"],
        }
    )
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.balance_transaction is None

    brownout.clock.advance("1s")

    assert client.v1.charges.retrieve(paid.latest_charge.id).balance_transaction is not None
    assert types(client)[-1] == "charge.updated"


# ---------------------------------------------------------------- events
def test_the_events_of_a_payment(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Each step leaves its events, in Stripe's order, with the object as it was then."""
    brownout.clock.freeze()
    waiting = pay(client, confirm=False, payment_method="pm_card_chargeDeclined")
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(waiting.id)
    client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"})
    client.v1.refunds.create({"payment_intent": waiting.id})

    assert types(client) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    newest = client.v1.events.list({"type": "payment_intent.created"}).data[0]
    assert newest.data.object["status"] == "requires_confirmation"
    assert client.v1.events.retrieve(newest.id).to_dict() == newest.to_dict()
    assert newest.request is not None
    assert (newest.request.id or "").startswith("req_")


def test_events_of_a_held_payment(client: stripe.StripeClient) -> None:
    """Holding, capturing and cancelling have events of their own."""
    held = pay(client, capture_method="manual")
    client.v1.payment_intents.capture(held.id)
    client.v1.payment_intents.cancel(pay(client, capture_method="manual").id)

    held_events = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
    assert types(client) == [
        *held_events,
        "charge.captured",
        "payment_intent.succeeded",
        *held_events,
        "payment_intent.canceled",
    ]


def test_events_are_filtered_by_type(client: stripe.StripeClient) -> None:
    """One type, a group with a star, or several; a customer's event holds what an update replaced."""
    ada = client.v1.customers.create({"name": "Ada"})
    client.v1.customers.update(ada.id, {"name": "Bob"})
    pay(client)

    assert types(client, type="customer.updated") == ["customer.updated"]
    assert types(client, type="charge.*") == ["charge.succeeded"]
    assert types(client, types=["customer.created", "charge.succeeded"]) == ["customer.created", "charge.succeeded"]
    updated = client.v1.events.list({"type": "customer.updated"}).data[0]
    assert updated.to_dict()["data"]["previous_attributes"] == {"name": "Ada"}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        client.v1.events.list({"type": "charge.succeeded", "types": ["charge.succeeded"]})


def test_events_are_readable_for_thirty_days(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Of world time."""
    client.v1.customers.create()
    event = client.v1.events.list().data[0]
    brownout.clock.advance("29d")
    still = types(client)

    brownout.clock.advance("2d")

    assert still == ["customer.created"]
    assert types(client) == []
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        client.v1.events.retrieve(event.id)


# ---------------------------------------------------------------- webhook endpoints
def test_a_webhook_endpoint_is_made_changed_and_deleted(client: stripe.StripeClient) -> None:
    """Its secret is shown when it is made and never again."""
    made = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"], "description": "shop"}
    )
    assert (made.secret or "").startswith("whsec_")

    changed = client.v1.webhook_endpoints.update(
        made.id, {"enabled_events": ["*"], "disabled": True, "metadata": {"a": "1"}}
    )

    found = client.v1.webhook_endpoints.retrieve(made.id)
    assert (made.status, changed.status, found.enabled_events) == ("enabled", "disabled", ["*"])
    assert (found.description, found.url) == ("shop", "http://127.0.0.1:9/hook")
    assert "secret" not in found.to_dict()
    assert [one.id for one in client.v1.webhook_endpoints.list().data] == [made.id]
    assert client.v1.webhook_endpoints.delete(made.id).deleted
    assert client.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
        client.v1.webhook_endpoints.retrieve(made.id)
