"""Every documented decline through stripe-python: what the SDK raises, and what is left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions
from brownout.providers.stripe.cards import BY_PAYMENT_METHOD, DECLINES, Decline

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

DOCUMENTED = frozenset(
    re.findall(
        r"\w+",
        """
        approve_with_id authentication_not_handled authentication_required call_issuer card_not_supported
        card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again duplicate_transaction
        expired_card fraudulent generic_decline incorrect_address incorrect_cvc incorrect_number incorrect_pin
        incorrect_zip insufficient_funds invalid_account invalid_amount invalid_cvc invalid_expiry_month
        invalid_expiry_year invalid_number invalid_pin issuer_not_available lost_card merchant_blacklist
        mobile_device_authentication_required new_account_information_available no_action_taken not_permitted
        offline_pin_required online_or_offline_pin_required pickup_card pin_try_exceeded processing_error
        reenter_transaction restricted_card revocation_of_all_authorizations revocation_of_authorization
        security_violation service_not_allowed stolen_card stop_payment_order testmode_decline
        transaction_not_allowed try_again_later withdrawal_count_limit_exceeded
        """,
    )
)
"""docs.stripe.com/declines/codes, card decline codes, read 2026-11-24."""
BY_CARD = {
    card.decline.reason: name
    for name, card in reversed(BY_PAYMENT_METHOD.items())
    if card.decline is not None and card.challenge == "never"
}
WITHOUT_CARD = {"authentication_required", "merchant_blacklist", "test_mode_live_card"}


def pay(client: stripe.StripeClient, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    """Pay 20 dollars."""
    return client.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": method, "allowed_payment_method_types": ["card"],
         "confirm": True, **more}
    )  # fmt: skip


def declined(call: Callable[[], Any]) -> Any:
    """Return the error of a decline."""
    with pytest.raises(stripe.CardError) as caught:
        call()
    assert caught.value.http_status == 402
    return caught.value.error


def as_told(error: Any) -> tuple[Any, ...]:
    """Return what tells declines apart."""
    told = error.to_dict()
    return tuple(told.get(name) for name in ("code", "decline_code", "message", "advice_code", "param"))


def expected(decline: Decline) -> tuple[Any, ...]:
    """Return the same of the table's."""
    return decline.code, decline.decline_code, decline.message, decline.advice, decline.param


def test_the_table_is_stripes() -> None:
    """All that is documented, and the one that a real card's number gets."""
    assert set(DECLINES) == DOCUMENTED | {"test_mode_live_card"}
    assert set(BY_CARD) == set(DECLINES) - WITHOUT_CARD


@pytest.mark.parametrize("reason", sorted(BY_CARD))
def test_every_decline_has_a_card(brownout: Sandbox, client: stripe.StripeClient, reason: str) -> None:
    """The error, the payment's last error and the failed charge say the same, and no money moved."""
    error = declined(lambda: pay(client, BY_CARD[reason]))
    charge: Any = client.v1.charges.retrieve(error.charge)

    decline = DECLINES[reason]
    assert as_told(error) == expected(decline)
    assert error.to_dict().get("network_decline_code") == (None if decline.blocked else decline.network_code)
    assert as_told(error.payment_intent.last_payment_error) == expected(decline)
    assert (charge.failure_code, charge.outcome.type) == (
        decline.code, "blocked" if decline.blocked else "issuer_declined"
    )  # fmt: skip
    assert error.payment_intent.status == "requires_payment_method"
    assert not brownout.ledger().entries


@pytest.mark.parametrize("reason", sorted(DECLINES))
def test_every_decline_can_be_a_faults(brownout: Sandbox, client: stripe.StripeClient, reason: str) -> None:
    """`abort` with 402 and a code says the same words, and the payment was never tried."""
    with brownout.fault("abort", status=402, code=reason):
        error = declined(lambda: pay(client))

    assert as_told(error) == expected(DECLINES[reason])
    assert client.v1.payment_intents.list().data == []


def declining(brownout: Sandbox, **shares: float) -> None:
    """Have banks decline shares of what good cards pay, from a fresh start."""
    brownout.use(Plan(seed=7, providers={"stripe": StripeOptions(declines=shares)}))
    brownout.reset()


def test_a_share_of_good_cards_is_declined(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """By the bank, as often as the scenario says, differently at each attempt and alike in each run."""
    shares = {"insufficient_funds": 0.25, "do_not_honor": 0.25}

    def outcomes() -> list[str]:
        declining(brownout, **shares)
        found = []
        for _ in range(40):
            try:
                found.append(pay(client).status)
            except stripe.CardError as caught:
                error: Any = caught.error
                found.append(str(error.decline_code))
                assert client.v1.charges.retrieve(error.charge).status == "failed"
        return found

    first = outcomes()
    assert first == outcomes()
    assert set(first) == {"succeeded", *shares}
    assert 10 <= first.count("succeeded") <= 30


def test_a_declined_share_may_pay_at_the_next_attempt(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Each attempt at one payment is drawn anew."""
    declining(brownout, try_again_later=0.5)
    tries = []
    for _ in range(10):
        one = client.v1.payment_intents.create(
            {"amount": 2000, "currency": "usd", "allowed_payment_method_types": ["card"]}
        )
        for attempt in range(20):
            try:
                client.v1.payment_intents.confirm(one.id, {"payment_method": "pm_card_visa"})
            except stripe.CardError:
                continue
            tries.append(attempt)
            break

    assert len(tries) == 10
    assert {0, 1} <= set(tries)


def test_a_card_without_authentication_off_session(client: stripe.StripeClient) -> None:
    """The bank wants the payer, who isn't there."""
    error = declined(lambda: pay(client, "pm_card_authenticationRequired", off_session=True))

    assert as_told(error) == expected(DECLINES["authentication_required"])


def test_a_real_card_is_never_taken(client: stripe.StripeClient) -> None:
    """Its number is declined before anything is made of it."""
    card: Any = {"number": "4111111111111111", "exp_month": 12, "exp_year": 2034}
    error = declined(lambda: client.v1.payment_methods.create({"type": "card", "card": card}))

    assert as_told(error) == expected(DECLINES["test_mode_live_card"])


@pytest.mark.parametrize(
    ("declines", "told"),
    [
        ({"insufficient_fund": 0.1}, "did you mean 'insufficient_funds'"),
        ({"do_not_honor": 1.5}, "from 0 to 1"),
        ({"do_not_honor": -0.1}, "from 0 to 1"),
        ({"do_not_honor": 0.6, "lost_card": 0.6}, "all of them together"),
    ],
)
def test_shares_that_cant_be(declines: dict[str, float], told: str) -> None:
    """Refused when the scenario is read."""
    with pytest.raises(ValueError, match=told):
        StripeOptions(declines=declines)
