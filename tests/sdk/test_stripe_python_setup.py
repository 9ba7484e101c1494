"""Saving cards, and the challenge of a payer's bank, through stripe-python and a payer's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.sdk

CARDS: Any = {"enabled": True, "allow_redirects": "never"}
BACK = "https://shop.example/back?order=7"


def _visit(action: Any, **form: str) -> requests.Response:
    """Open the bank's page, or answer it with `form`, as a browser that doesn't follow on."""
    url = action.redirect_to_url.url
    return requests.post(url, form, allow_redirects=False, timeout=5) if form else requests.get(url, timeout=5)


def _types(client: stripe.StripeClient) -> list[str]:
    return [one.type for one in client.v1.events.list({"limit": 100}).data][::-1]


def test_a_card_is_saved_and_used_again(client: stripe.StripeClient) -> None:
    """A confirmed setup attaches the card to its customer, and a payment may use it without its payer."""
    customer = client.v1.customers.create({"name": "Ada"})
    setup = client.v1.setup_intents.create(
        {"customer": customer.id, "automatic_payment_methods": CARDS, "payment_method": "pm_card_visa", "confirm": True}
    )
    saved = client.v1.customers.payment_methods.list(customer.id).data

    paid = client.v1.payment_intents.create(
        {
            "amount": 2000, "currency": "usd", "customer": customer.id, "payment_method": saved[0].id,
            "off_session": True, "confirm": True, "automatic_payment_methods": CARDS,
        }
    )  # fmt: skip

    assert (setup.status, setup.usage, setup.payment_method) == ("succeeded", "off_session", saved[0].id)
    assert paid.status == "succeeded"
    assert _types(client)[1:4] == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]


@pytest.mark.parametrize(
    ("result", "status", "redirect", "told"),
    [
        ("complete", "succeeded", "succeeded", "setup_intent.succeeded"),
        ("fail", "requires_payment_method", "failed", "setup_intent.setup_failed"),
    ],
)
def test_the_bank_asks_before_a_card_is_saved(
    client: stripe.StripeClient, result: str, status: str, redirect: str, told: str
) -> None:
    """The payer passes or fails on the bank's page, is sent back to the shop, and the attempt says how it went."""
    customer = client.v1.customers.create({})
    setup = client.v1.setup_intents.create(
        {
            "customer": customer.id, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True,
            "return_url": BACK, "allowed_payment_method_types": ["card"],
        }
    )  # fmt: skip
    assert (setup.status, setup.next_action and setup.next_action.type) == ("requires_action", "redirect_to_url")

    page = _visit(setup.next_action)
    answer = _visit(setup.next_action, result=result)
    after = client.v1.setup_intents.retrieve(setup.id, {"expand": ["latest_attempt"]})

    assert "Complete authentication" in page.text
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{BACK}&setup_intent={setup.id}&setup_intent_client_secret=")
    assert answer.headers["Location"].endswith(f"&redirect_status={redirect}")
    assert (after.status, after.next_action) == (status, None)
    assert isinstance(after.latest_attempt, stripe.SetupAttempt)
    assert after.latest_attempt.status == ("succeeded" if result == "complete" else "failed")
    assert (after.last_setup_error is None) is (result == "complete")
    assert _types(client)[-1] == told
    assert [one.id for one in client.v1.setup_attempts.list({"setup_intent": setup.id}).data] == [
        after.latest_attempt.id
    ]


def test_a_card_that_was_set_up_is_not_challenged_again(client: stripe.StripeClient) -> None:
    """The bank asks for a payment with a new card of that kind, and not once it was saved with its consent."""
    customer = client.v1.customers.create({})
    given: Mapping[str, Any] = {
        "amount": 900, "currency": "usd", "confirm": True, "customer": customer.id, "automatic_payment_methods": CARDS
    }  # fmt: skip
    first = client.v1.payment_intents.create(
        {**given, "payment_method": "pm_card_authenticationRequiredOnSetup"}  # type: ignore[typeddict-item]
    )
    setup = client.v1.setup_intents.create(
        {
            "customer": customer.id, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True,
            "allowed_payment_method_types": ["card"], "return_url": BACK,
        }
    )  # fmt: skip
    _visit(setup.next_action, result="complete")
    again = client.v1.payment_intents.create(
        {**given, "payment_method": setup.payment_method, "off_session": True}  # type: ignore[typeddict-item]
    )

    assert (first.status, again.status) == ("requires_action", "succeeded")


@pytest.mark.parametrize(
    ("card", "result", "status", "code"),
    [
        ("pm_card_threeDSecure2Required", "complete", "succeeded", None),
        ("pm_card_threeDSecure2Required", "fail", "requires_payment_method", "payment_intent_authentication_failure"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "complete", "requires_payment_method", "card_declined"),
    ],
)
def test_a_payment_waits_for_the_bank(
    client: stripe.StripeClient, card: str, result: str, status: str, code: str | None
) -> None:
    """No money moves before the payer passed; then the card is asked as ever, and the charge says that it was 3DS."""
    intent = client.v1.payment_intents.create(
        {
            "amount": 2000, "currency": "usd", "confirm": True, "payment_method": card, "return_url": BACK,
            "allowed_payment_method_types": ["card"],
        }
    )  # fmt: skip
    before = client.v1.charges.list().data

    _visit(intent.next_action, result=result)
    after = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})

    assert (intent.status, before) == ("requires_action", [])
    assert after.status == status
    assert (after.last_payment_error.code if after.last_payment_error else None) == code
    if status == "succeeded":
        assert isinstance(after.latest_charge, stripe.Charge)
        details = after.latest_charge.payment_method_details
        assert details is not None
        assert details.card is not None
        assert details.card.three_d_secure is not None
        assert details.card.three_d_secure.result == "authenticated"
    assert _visit(intent.next_action, result="complete").status_code == 200  # a second visit changes nothing
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_the_banks_page_needs_the_intents_secret(client: stripe.StripeClient) -> None:
    """Nobody passes a challenge by guessing, and each wrong visit says what is wrong."""
    intent = client.v1.payment_intents.create(
        {
            "amount": 2000, "currency": "usd", "confirm": True, "payment_method": "pm_card_authenticationRequired",
            "return_url": BACK, "allowed_payment_method_types": ["card"],
        }
    )  # fmt: skip
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    url = str(intent.next_action.redirect_to_url.url)

    guessed = requests.post(url.replace("_secret_", "_secret_x"), {"result": "complete"}, timeout=5)
    unsaid = requests.post(url, {"result": "maybe"}, timeout=5)
    unnamed = requests.get(url.partition("?")[0], timeout=5)

    assert (guessed.status_code, unsaid.status_code, unnamed.status_code) == (404, 400, 400)
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_action"


def test_what_may_be_saved_can_be_chosen_later(client: stripe.StripeClient) -> None:
    """The Dashboard's methods until an update names others."""
    made = client.v1.setup_intents.create()
    changed = client.v1.setup_intents.update(made.id, {"allowed_payment_method_types": ["card"]})

    assert made.payment_method_types == ["card", "link", "amazon_pay"]
    assert (changed.payment_method_types, changed.automatic_payment_methods) == (["card"], None)


def test_what_a_setup_refuses(client: stripe.StripeClient) -> None:
    """Declines, states that don't fit, and a missing payment method each raise what Stripe's raise."""
    bare = client.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as missing:
        client.v1.setup_intents.confirm(bare.id)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.setup_intents.confirm(bare.id, {"payment_method": "pm_card_chargeDeclined"})
    gone = client.v1.setup_intents.cancel(bare.id, {"cancellation_reason": "abandoned"})
    with pytest.raises(stripe.InvalidRequestError) as late:
        client.v1.setup_intents.cancel(bare.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such setupintent: 'seti_x'") as unknown:
        client.v1.setup_intents.retrieve("seti_x")

    assert missing.value.code == late.value.code == "setup_intent_unexpected_state"
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert (unknown.value.http_status, unknown.value.param) == (404, "intent")
