"""Radar through stripe-python: payments that are blocked or reviewed, and lists of values to block by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def pay(client: stripe.StripeClient, card: str = "pm_card_riskLevelElevated", **more: Any) -> stripe.PaymentIntent:
    """Pay 20 dollars with a card, or whatever `more` says."""
    return client.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": card, "allowed_payment_method_types": ["card"],
         "confirm": True, "expand": ["latest_charge", "review"], **more}
    )  # fmt: skip


def reviews(client: stripe.StripeClient) -> list[str]:
    """Return what was told of reviews, oldest first."""
    told = [one.type for one in reversed(client.v1.events.list({"limit": 100}).data)]
    return [one for one in told if one.startswith("review.")]


def test_a_payment_of_elevated_risk_is_reviewed(client: stripe.StripeClient) -> None:
    """It succeeds, its outcome names the rule, and an approval closes the review."""
    paid: Any = pay(client)
    outcome = paid.latest_charge.outcome

    assert (outcome.type, outcome.reason, outcome.risk_level) == ("manual_review", "elevated_risk_level", "elevated")
    assert (paid.status, paid.review.open, paid.review.reason) == ("succeeded", True, "rule")
    assert paid.latest_charge.review == paid.review.id
    assert [one.id for one in client.v1.reviews.list().data] == [paid.review.id]
    approved = client.v1.reviews.approve(paid.review.id)
    assert (approved.open, approved.closed_reason, approved.reason) == (False, "approved", "approved")
    assert client.v1.reviews.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="already been closed"):
        client.v1.reviews.approve(paid.review.id)
    assert reviews(client) == ["review.opened", "review.closed"]


@pytest.mark.parametrize(
    ("refund", "reason"),
    [({}, "refunded"), ({"reason": "fraudulent"}, "refunded_as_fraud"), ({"amount": 100}, None)],
)
def test_a_refund_closes_a_review(client: stripe.StripeClient, refund: Any, reason: str | None) -> None:
    """In full; one in part leaves it open."""
    paid: Any = pay(client)
    client.v1.refunds.create({"payment_intent": paid.id, **refund})

    assert client.v1.reviews.retrieve(paid.review.id).closed_reason == reason


def test_a_cancelled_payment_closes_its_review(client: stripe.StripeClient) -> None:
    """The hold is released, and nobody has to look at it any more."""
    held: Any = pay(client, capture_method="manual")
    client.v1.payment_intents.cancel(held.id)

    assert client.v1.reviews.retrieve(held.review.id).closed_reason == "canceled"


@pytest.mark.parametrize(("card", "rule"), [("pm_card_radarBlock", "block_if_high_risk__enabled")])
def test_a_blocked_payment_names_the_rule(client: stripe.StripeClient, card: str, rule: str) -> None:
    """The bank never heard of it."""
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card)
    error: Any = caught.value.error
    outcome: Any = client.v1.charges.retrieve(error.charge).outcome

    assert (outcome.type, outcome.reason, outcome.rule) == ("blocked", "highest_risk_level", rule)
    assert (error.decline_code, outcome.network_status) == ("fraudulent", "not_sent_to_network")


@pytest.mark.parametrize(
    ("item_type", "value", "card", "more"),
    [
        ("email", "Bad@example.com", "pm_card_visa", {"receipt_email": "bad@example.com"}),
        ("country", "DE", "pm_card_de", {}),
        ("card_bin", "424242", "pm_card_visa", {}),
    ],
)
def test_a_blocklist_blocks(brownout: Sandbox, client: stripe.StripeClient, item_type: Any, value: str, card: str,
                            more: Any) -> None:  # fmt: skip
    """Whatever is on it, as `merchant_blacklist`, and what isn't pays; taken off the list, it pays again."""
    lists, items = client.v1.radar.value_lists, client.v1.radar.value_list_items
    made = lists.create({"alias": f"{item_type}_blocklist", "name": "Not here", "item_type": item_type})
    item = items.create({"value_list": made.id, "value": value})
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card, **more)
    error: Any = caught.value.error

    outcome: Any = client.v1.charges.retrieve(error.charge).outcome
    assert (error.decline_code, outcome.reason, outcome.rule) == (
        "merchant_blacklist", "rule", f"block_if_in_{item_type}_blocklist"
    )  # fmt: skip
    assert not brownout.ledger().entries
    assert pay(client, "pm_card_mastercard").status == "succeeded"
    items.delete(item.id)
    assert pay(client, card, **more).status == "succeeded"


def test_lists_and_items(client: stripe.StripeClient) -> None:
    """Found by alias and by what they hold; a list goes with its items."""
    lists, items = client.v1.radar.value_lists, client.v1.radar.value_list_items
    made = lists.create({"alias": "vips", "name": "VIPs", "metadata": {"a": "1"}})
    item = items.create({"value_list": made.id, "value": "Ada"})
    lists.update(made.id, {"name": "Very"})

    assert [one.id for one in lists.list({"contains": "ada"}).data] == [made.id]
    assert [one.id for one in lists.list({"alias": "vips"}).data] == [made.id]
    assert lists.list({"contains": "grace"}).data == []
    assert lists.retrieve(made.id).list_items.data[0].id == item.id
    assert [one.id for one in items.list({"value_list": made.id}).data] == [item.id]
    assert items.retrieve(item.id).value == "Ada"
    lists.delete(made.id)
    with pytest.raises(stripe.InvalidRequestError):
        items.retrieve(item.id)


@pytest.mark.parametrize(
    ("params", "told"),
    [({"value": "Ada@b.c"}, "already exists"), ({"value": "nobody"}, "Invalid email"), ({}, "value")],
)
def test_what_cant_be_an_item(client: stripe.StripeClient, params: Any, told: str) -> None:
    """Twice the same, what isn't of the list's kind, nothing."""
    made = client.v1.radar.value_lists.create({"alias": "mails", "name": "Mails", "item_type": "email"})
    client.v1.radar.value_list_items.create({"value_list": made.id, "value": "ada@b.c"})

    with pytest.raises(stripe.InvalidRequestError, match=told):
        client.v1.radar.value_list_items.create({"value_list": made.id, **params})
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.radar.value_lists.create({"alias": "mails", "name": "Again"})
