"""Stripe's guides, told through stripe-python: what a payments team builds first, each from its beginning to its end.

(Stripe docs: Accept a payment, Save and reuse, Place a hold, Refunds, Disputes, Payouts, Connect; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from stripe_sellers import BANK, seller

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def balance(client: stripe.StripeClient, account: str | None = None) -> int:
    """Return what an account has in all, available or not, in cents."""
    found = client.v1.balance.retrieve(options={"stripe_account": account} if account else None)
    return sum(one.amount for one in (*found.available, *found.pending))


def told(client: stripe.StripeClient, *starts: str) -> list[str]:
    """Return the types of the events that begin so, oldest first."""
    return [one.type for one in reversed(client.v1.events.list({"limit": 100}).data) if one.type.startswith(starts)]


def test_accept_a_payment(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """An order is declined once, then paid with a card whose bank asks for consent; it is charged once."""
    intent = client.v1.payment_intents.create(
        {
            "amount": 4999,
            "currency": "usd",
            "metadata": {"order_id": "o-1"},
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        },
        {"idempotency_key": "o-1"},
    )
    assert intent.status == "requires_payment_method"

    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"})
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "insufficient_funds")  # type: ignore[union-attr]

    asked = client.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_threeDSecure2Required", "return_url": "https://shop.example/thanks"}
    )
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    page = str(asked.next_action.redirect_to_url.url)
    back = requests.post(page, {"result": "complete"}, allow_redirects=False, timeout=10)
    assert back.headers["Location"].startswith("https://shop.example/thanks?payment_intent=")

    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert told(client, "payment_intent.") == [
        "payment_intent.created", "payment_intent.payment_failed", "payment_intent.requires_action",
        "payment_intent.succeeded",
    ]  # fmt: skip
    assert brownout.ledger().captured("o-1") == 4999
    assert brownout.ledger().duplicated == []


def test_save_a_card_and_reuse_it(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A card is set up with its bank's consent while its owner is there, and charged later when nobody is."""
    customer = client.v1.customers.create({"email": "ada@example.com"}).id
    setup = client.v1.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "allowed_payment_method_types": ["card"],
            "usage": "off_session",
            "confirm": True,
            "return_url": "https://shop.example/saved",
        }
    )
    assert setup.status == "requires_action"
    assert setup.next_action is not None
    assert setup.next_action.redirect_to_url is not None
    requests.post(str(setup.next_action.redirect_to_url.url), {"result": "complete"}, allow_redirects=False, timeout=10)
    saved = client.v1.setup_intents.retrieve(setup.id)
    assert saved.status == "succeeded"

    paid = client.v1.payment_intents.create(
        {
            "amount": 1500,
            "currency": "usd",
            "customer": customer,
            "payment_method": str(saved.payment_method),
            "off_session": True,
            "confirm": True,
            "allowed_payment_method_types": ["card"],
        }
    )

    assert paid.status == "succeeded"
    assert [one.id for one in client.v1.customers.payment_methods.list(customer).data] == [saved.payment_method]
    with pytest.raises(stripe.CardError) as refused:  # a card that nobody set up can't be charged so
        client.v1.payment_intents.create(
            {
                "amount": 1500,
                "currency": "usd",
                "payment_method": "pm_card_authenticationRequiredOnSetup",
                "off_session": True,
                "confirm": True,
                "allowed_payment_method_types": ["card"],
            }
        )
    assert refused.value.code == "authentication_required"
    assert brownout.ledger().captured() == 1500


def test_place_a_hold_and_take_a_part(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A hotel holds 300 dollars, takes 180 at the end, and lets go of the rest; a hold that nobody takes expires."""
    hold: Any = {
        "amount": 30_000,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
    }
    stay, no_show = (client.v1.payment_intents.create(hold) for _ in range(2))
    assert (stay.status, stay.amount_capturable, balance(client)) == ("requires_capture", 30_000, 0)

    taken = client.v1.payment_intents.capture(stay.id, {"amount_to_capture": 18_000})

    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 18_000, 0)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(stay.id, {"amount_to_capture": 1})
    brownout.clock.advance("8d")
    assert client.v1.payment_intents.retrieve(no_show.id).status == "canceled"
    assert [(one.kind, one.amount_minor) for one in brownout.ledger().entries] == [
        ("authorize", 30_000), ("authorize", 30_000), ("capture", 18_000), ("release", 12_000), ("release", 30_000),
    ]  # fmt: skip
    assert brownout.ledger().violations == []


def test_refund_a_part(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """One of two things comes back: its price is refunded, later the rest, and then there is nothing left."""
    paid = client.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "metadata": {"order_id": "o-2"},
        }
    )

    part = client.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 2000, "reason": "requested_by_customer"}, {"idempotency_key": "return-1"}
    )
    again = client.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 2000, "reason": "requested_by_customer"}, {"idempotency_key": "return-1"}
    )
    assert again.id == part.id
    brownout.clock.advance("10s")
    after: Any = client.v1.refunds.retrieve(part.id)
    assert (after.status, after.destination_details.card.reference_status) == ("succeeded", "available")
    client.v1.refunds.create({"payment_intent": paid.id})

    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (5000, True)
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        client.v1.refunds.create({"payment_intent": paid.id})
    assert brownout.ledger().refunded("o-2") == 5000
    assert balance(client) == -175  # what the payment cost isn't given back


@pytest.mark.parametrize(("said", "ends"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_a_disputes_life(brownout: Sandbox, client: stripe.StripeClient, said: str, ends: str) -> None:
    """The bank takes the money and a fee; evidence is staged, sent and judged; what was won comes back."""
    paid = client.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "payment_method": "pm_card_createDispute",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )
    brownout.clock.advance("1s")
    [dispute] = client.v1.disputes.list({"payment_intent": paid.id}).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 5000)
    assert balance(client) == 5000 - 175 - 5000 - 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"

    staged = client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    sent = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": said}})
    assert sent.status == "under_review"
    brownout.clock.advance("10s")

    assert client.v1.disputes.retrieve(dispute.id).status == ends
    assert balance(client) == -175 - 1500 + (5000 if ends == "won" else 0)
    closing = ["charge.dispute.funds_reinstated"] if ends == "won" else []
    assert told(client, "charge.dispute.")[-len(closing) - 1 :] == [*closing, "charge.dispute.closed"]
    assert brownout.ledger().violations == []


def test_a_payout_that_fails(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The bank account was closed: the payout was paid, then failed; with another account it arrives."""
    client.v1.payment_intents.create(
        {
            "amount": 100_000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )
    with pytest.raises(stripe.InvalidRequestError) as early:
        client.v1.payouts.create({"amount": 50_000, "currency": "usd"})
    assert early.value.code == "balance_insufficient"
    brownout.clock.advance("8d")
    have = balance(client)
    own = client.v1.accounts.retrieve_current().id
    closed: Any = {"external_account": {**BANK, "account_number": "000111111113"}, "default_for_currency": True}
    bank = client.v1.accounts.external_accounts.create(own, closed)

    first = client.v1.payouts.create({"amount": 50_000, "currency": "usd"})
    assert (first.status, first.destination) == ("pending", bank.id)
    brownout.clock.advance("2d")
    assert client.v1.payouts.retrieve(first.id).status == "paid"
    assert balance(client) == have - 50_000
    brownout.clock.advance("1d")
    failed = client.v1.payouts.retrieve(first.id)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert balance(client) == have

    good: Any = {"external_account": {**BANK, "account_number": "000123456789"}, "default_for_currency": True}
    client.v1.accounts.external_accounts.create(own, good)
    second = client.v1.payouts.create({"amount": 50_000, "currency": "usd"})
    brownout.clock.advance("5d")
    assert client.v1.payouts.retrieve(second.id).status == "paid"
    assert balance(client) == have - 50_000
    assert told(client, "payout.") == [
        "payout.created", "payout.updated", "payout.paid", "payout.failed",
        "payout.created", "payout.updated", "payout.paid",
    ]  # fmt: skip
    assert brownout.ledger().violations == []


def test_pay_a_connected_account(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A marketplace keeps a tenth: by a destination charge, by a separate transfer, and it takes both back."""
    cook, driver = seller(client), seller(client)

    dinner = client.v1.payment_intents.create(
        {
            "amount": 10_000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "capture_method": "automatic",
            "application_fee_amount": 1000,
            "transfer_data": {"destination": cook},
        }
    )
    delivery = client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "transfer_group": "ORDER_7",
        }
    )
    share = client.v1.transfers.create(
        {"amount": 1800, "currency": "usd", "destination": driver, "source_transaction": str(delivery.latest_charge)}
    )
    assert (balance(client, cook), balance(client, driver), share.transfer_group) == (9000, 1800, "ORDER_7")
    assert balance(client) == 1000 - 320 + 200 - 88

    brownout.clock.advance("8d")
    paid_out = client.v1.payouts.create({"amount": 9000, "currency": "usd"}, {"stripe_account": cook})
    assert paid_out.status == "pending"
    client.v1.refunds.create(
        {"payment_intent": dinner.id, "amount": 5000, "reverse_transfer": True, "refund_application_fee": True}
    )
    client.v1.transfers.reversals.create(share.id)
    client.v1.refunds.create({"payment_intent": delivery.id})

    assert (balance(client, cook), balance(client, driver)) == (-4500, 0)
    assert balance(client) == 500 - 320 - 88
    assert brownout.ledger().violations == []
