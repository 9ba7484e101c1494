"""stripe-python itself drives every operation."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

NO_REDIRECT = {"enabled": True, "allow_redirects": "never"}


def pay(client: Any, **more: Any) -> Any:
    """Create and confirm a payment."""
    given = {
        "amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": NO_REDIRECT,
    }  # fmt: skip
    return client.v1.payment_intents.create(given | more)


def test_a_customer_lives_and_dies(client: Any) -> None:
    """Create, retrieve, update, list, delete; a deleted customer is a stub and can't be updated."""
    customers = client.v1.customers
    made = customers.create({"name": "Ada", "metadata": {"a": "1", "b": "2"}, "address": {"city": "Ulm"}})

    updated = customers.update(made.id, {"email": "a@example.com", "metadata": {"a": "", "c": "3"}})
    listed = customers.list({"email": "a@example.com"})
    gone = customers.delete(made.id)

    assert made.id.startswith("cus_")
    assert made.address.city == "Ulm"
    assert updated.metadata.to_dict() == {"b": "2", "c": "3"}
    assert [one.id for one in listed.data] == [made.id]
    assert gone.deleted is True
    assert customers.retrieve(made.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        customers.update(made.id, {"name": "Eve"})


def test_payment_methods_are_attached_listed_and_detached(client: Any) -> None:
    """A card is attached once, found through its customer, and unusable after it is detached."""
    customer = client.v1.customers.create()
    other = client.v1.customers.create()
    card = {"number": "5555555555554444", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    made = client.v1.payment_methods.create({"type": "card", "card": card})

    attached = client.v1.payment_methods.attach(made.id, {"customer": customer.id})
    updated = client.v1.payment_methods.update(made.id, {"billing_details": {"name": "Ada"}, "metadata": {"a": "b"}})
    by_customer = client.v1.customers.payment_methods.list(customer.id, {"type": "card"})
    one = client.v1.customers.payment_methods.retrieve(customer.id, made.id)
    listed = client.v1.payment_methods.list({"customer": customer.id})
    nobodys = client.v1.payment_methods.list()
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(made.id, {"customer": other.id})
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        client.v1.customers.payment_methods.retrieve(other.id, made.id)
    detached = client.v1.payment_methods.detach(made.id)

    assert (made.card.brand, made.card.last4, attached.customer) == ("mastercard", "4444", customer.id)
    assert (updated.billing_details.name, one.id) == ("Ada", made.id)
    assert [page.data[0].id for page in (by_customer, listed)] == [made.id, made.id]
    assert nobodys.data == []
    assert detached.customer is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(made.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, payment_method=made.id)


def test_a_payment_is_made_booked_and_refunded(world: Any, client: Any) -> None:
    """The charge is booked a moment after an `automatic_async` payment; refunds follow."""
    intent = pay(client, metadata={"order_id": "o-1"}, expand=["latest_charge"])
    before = intent.latest_charge.balance_transaction
    world.advance(1)
    charge = client.v1.charges.retrieve(intent.latest_charge.id, {"expand": ["balance_transaction"]})
    part = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500, "reason": "duplicate"})
    rest = client.v1.refunds.create({"charge": charge.id})
    updated = client.v1.refunds.update(part.id, {"metadata": {"a": "b"}})

    assert (intent.status, intent.amount_received, before) == ("succeeded", 2000, None)
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (88, 1912)
    assert (part.status, rest.amount, updated.metadata["a"]) == ("succeeded", 1500, "b")
    assert client.v1.charges.retrieve(charge.id).refunded is True
    assert [one.id for one in client.v1.refunds.list({"charge": charge.id}).data] == [rest.id, part.id]
    assert client.v1.balance_transactions.retrieve(part.balance_transaction).type == "refund"
    assert client.v1.balance.retrieve().pending[0].amount == 1912 - 2000


def test_objects_of_one_payment_share_their_stem(world: Any, client: Any) -> None:
    """Payment intent, charge, refund, transaction and events share sixteen characters; others begin with 1."""
    intent = pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    event = client.v1.events.list({"type": "charge.succeeded"}).data[0]
    stems = {
        one.split("_")[1][:16]
        for one in (intent.id, intent.latest_charge, refund.id, refund.balance_transaction, event.id)
    }

    assert len(stems) == 1
    assert stems.pop()[0] == "3"
    assert intent.payment_method.startswith("pm_1")
    assert len(intent.id) == len("pi_") + 24
    assert intent.client_secret.startswith(f"{intent.id}_secret_")


def test_a_manual_payment_is_captured_in_part(client: Any) -> None:
    """A partial capture takes its part and lets the rest go; the hold can't be captured again."""
    intent = pay(client, capture_method="manual")
    charge = client.v1.charges.retrieve(intent.latest_charge)

    captured = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700})

    assert (intent.status, intent.amount_capturable, charge.captured, charge.paid) == (
        "requires_capture",
        2000,
        False,
        True,
    )
    assert charge.payment_method_details.card.capture_before == charge.created + 7 * 86_400
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 700, 0)
    with pytest.raises(stripe.InvalidRequestError, match="remainder of the authorized amount has been released"):
        client.v1.payment_intents.capture(intent.id)


def test_payments_are_updated_confirmed_cancelled_and_listed(client: Any) -> None:
    """The steps may be taken one by one."""
    customer = client.v1.customers.create()
    intent = client.v1.payment_intents.create(
        {"amount": 900, "currency": "EUR", "customer": customer.id, "automatic_payment_methods": NO_REDIRECT}
    )
    updated = client.v1.payment_intents.update(
        intent.id, {"amount": 950, "payment_method": "pm_card_visa", "metadata": {"x": "y"}}
    )
    confirmed = client.v1.payment_intents.confirm(intent.id, {"setup_future_usage": "off_session"})
    other = client.v1.payment_intents.create({"amount": 900, "currency": "eur", "customer": customer.id})
    cancelled = client.v1.payment_intents.cancel(other.id, {"cancellation_reason": "abandoned"})
    listed = client.v1.payment_intents.list({"customer": customer.id, "limit": 1})

    assert (intent.status, intent.currency) == ("requires_payment_method", "eur")
    assert (updated.amount, updated.status, updated.metadata["x"]) == (950, "requires_confirmation", "y")
    assert confirmed.status == "succeeded"
    assert client.v1.payment_methods.retrieve(confirmed.payment_method).customer == customer.id
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert [one.id for one in listed.auto_paging_iter()] == [other.id, intent.id]


def test_a_decline_is_a_card_error_with_the_whole_story(client: Any) -> None:
    """The 402 holds the payment intent, the payment method, the failed charge and the codes."""
    with pytest.raises(stripe.CardError) as caught:
        pay(client, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")
    error: Any = caught.value.error
    charge = client.v1.charges.retrieve(error.charge)

    assert (caught.value.code, error.decline_code, error.network_decline_code) == (
        "card_declined",
        "insufficient_funds",
        "51",
    )
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.payment_method is None
    assert error.payment_intent.last_payment_error.payment_method_type == "card"
    assert error.payment_intent.latest_charge == charge.id
    assert (charge.status, charge.paid, charge.outcome.reason) == ("failed", False, "insufficient_funds")
    again = client.v1.payment_intents.confirm(error.payment_intent.id, {"payment_method": "pm_card_visa"})
    assert again.status == "succeeded"


def test_charges_are_updated_and_listed(client: Any) -> None:
    """A charge's description and metadata change; listing by payment finds its attempts."""
    intent = pay(client)
    updated = client.v1.charges.update(
        intent.latest_charge, {"description": "Tea", "metadata": {"a": "b"}, "fraud_details": {"user_report": "safe"}}
    )

    assert (updated.description, updated.metadata["a"], updated.fraud_details.user_report) == ("Tea", "b", "safe")
    assert [one.id for one in client.v1.charges.list({"payment_intent": intent.id}).data] == [intent.latest_charge]


def test_webhook_endpoints_are_kept(client: Any) -> None:
    """The secret is in the create answer alone; endpoints can be disabled and deleted."""
    endpoints = client.v1.webhook_endpoints
    made = endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["charge.succeeded"]})
    updated = endpoints.update(made.id, {"disabled": True, "description": "off", "url": "https://shop.example/2"})

    assert made.secret.startswith("whsec_")
    assert getattr(endpoints.retrieve(made.id), "secret", None) is None
    assert (updated.status, updated.url) == ("disabled", "https://shop.example/2")
    assert [one.id for one in endpoints.list().data] == [made.id]
    assert endpoints.delete(made.id).deleted is True
    assert endpoints.list().data == []


def test_three_d_secure_asks_for_action(client: Any) -> None:
    """A challenged card gives a next action: for the SDK, or a redirect where a return URL is named."""
    plain = pay(client, payment_method="pm_card_authenticationRequired")
    redirected = pay(client, payment_method="pm_card_authenticationRequired", return_url="https://shop.example/back")
    with pytest.raises(stripe.CardError) as caught:
        pay(client, payment_method="pm_card_authenticationRequired", off_session=True)
    saved = pay(client, payment_method="pm_card_authenticationRequiredSetupForOffSession", off_session=True)

    assert (plain.status, plain.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert redirected.next_action.redirect_to_url.return_url == "https://shop.example/back"
    assert caught.value.code == "authentication_required"
    error: Any = caught.value.error
    assert error.payment_intent.latest_charge is None
    assert saved.status == "succeeded"
