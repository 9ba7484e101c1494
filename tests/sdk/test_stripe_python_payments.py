"""Payment intents, their charges and every documented test card, through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def pay(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    """Take 20 dollars, or whatever `more` says."""
    return client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            **more,
        }
    )


def test_a_payment_step_by_step(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Created, given a card, changed, confirmed: each step shows in the status, and only the last moves money."""
    intents = client.v1.payment_intents
    made = intents.create({"amount": 1500, "currency": "eur", "metadata": {"order_id": "o-1"}})
    given = intents.update(made.id, {"payment_method": "pm_card_visa", "amount": 1600, "description": "shoes"})
    before = brownout.ledger().captured()
    done = intents.confirm(made.id, {"return_url": "https://example.com/back", "receipt_email": "a@example.com"})

    assert [one.status for one in (made, given, done)] == [
        "requires_payment_method",
        "requires_confirmation",
        "succeeded",
    ]
    assert (done.amount, done.amount_received, done.currency) == (1600, 1600, "eur")
    assert (done.description, done.receipt_email) == ("shoes", "a@example.com")
    assert done.client_secret is not None
    assert done.client_secret.startswith(f"{done.id}_secret_")
    assert before == 0
    assert brownout.ledger().captured("o-1") == 1600


@pytest.mark.parametrize(("asked", "taken"), [(None, 2000), (700, 700), (2000, 2000)])
def test_a_held_payment_is_captured(
    brownout: Sandbox, client: stripe.StripeClient, asked: int | None, taken: int
) -> None:
    """In full or in part; what isn't taken is released."""
    held = pay(client, capture_method="manual", metadata={"order_id": "o-1"})
    assert (held.status, held.amount_capturable, brownout.ledger().captured()) == ("requires_capture", 2000, 0)

    done = client.v1.payment_intents.capture(held.id, {} if asked is None else {"amount_to_capture": asked})

    assert (done.status, done.amount_received, done.amount_capturable) == ("succeeded", taken, 0)
    charge = client.v1.charges.retrieve(str(done.latest_charge))
    assert (charge.captured, charge.amount, charge.amount_captured) == (True, 2000, taken)
    released = [one.amount_minor for one in brownout.ledger().entries if one.kind == "release"]
    assert released == ([2000 - taken] if taken < 2000 else [])
    assert brownout.ledger().captured("o-1") == taken
    assert brownout.ledger().violations == []


def test_more_than_was_held_is_not_captured(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Refused with the payment beside the error, and nothing changes."""
    held = pay(client, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError, match="greater than the amount you can capture") as refused:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 2001})

    assert refused.value.code == "amount_too_large"
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent.id == held.id
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    assert brownout.ledger().captured() == 0


def test_a_hold_expires_after_a_week_of_world_time(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Nobody captured it: it is cancelled by itself and the money is released."""
    held = pay(client, capture_method="manual")

    brownout.clock.advance("7d")

    gone = client.v1.payment_intents.retrieve(held.id)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "expired")
    assert [one.kind for one in brownout.ledger().entries] == ["authorize", "release"]


def test_a_cancelled_payment_stays_cancelled(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The reason is kept, the hold is released, and neither confirming nor capturing works any more."""
    held = pay(client, capture_method="manual")

    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})

    assert (gone.status, gone.cancellation_reason, gone.amount_capturable) == ("canceled", "abandoned", 0)
    assert gone.canceled_at is not None
    for again in (
        client.v1.payment_intents.confirm,
        client.v1.payment_intents.capture,
        client.v1.payment_intents.cancel,
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            again(held.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    assert brownout.ledger().captured() == 0
    assert brownout.ledger().violations == []


def test_a_payment_is_not_confirmed_twice(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A second confirmation with another key is refused, and its amount is taken once."""
    paid = pay(client)

    with pytest.raises(stripe.InvalidRequestError, match="already succeeded") as refused:
        client.v1.payment_intents.confirm(paid.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert brownout.ledger().captured() == 2000


def test_a_declined_payment_is_paid_with_another_card(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A decline leaves the payment waiting; the next card's success clears the error."""
    waiting = pay(client, confirm=False, payment_method="pm_card_chargeDeclined", metadata={"order_id": "o-1"})
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(waiting.id)
    declined = client.v1.payment_intents.retrieve(waiting.id)

    paid = client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"})

    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.decline_code == "generic_decline"
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = client.v1.charges.list({"payment_intent": waiting.id}).data
    assert [one.status for one in charges] == ["succeeded", "failed"]
    assert brownout.ledger().captured("o-1") == 2000


def test_a_charge_tells_of_its_payment(client: stripe.StripeClient) -> None:
    """Card, receipt, amounts and links are those of the payment; its description and metadata can change."""
    paid = pay(client, metadata={"order_id": "o-1"}, description="shoes", statement_descriptor_suffix="SHOES")
    charge = client.v1.charges.retrieve(str(paid.latest_charge))

    changed = client.v1.charges.update(charge.id, {"description": "boots", "metadata": {"b": "2"}})

    assert (charge.amount, charge.paid, charge.captured, charge.refunded) == (2000, True, True, False)
    assert (charge.payment_intent, charge.payment_method) == (paid.id, paid.payment_method)
    assert (charge.metadata.to_dict(), charge.description) == ({"order_id": "o-1"}, "shoes")
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.last4 == "4242"
    assert charge.outcome is not None
    assert charge.outcome.network_status == "approved_by_network"
    assert (changed.description, changed.metadata.to_dict()) == ("boots", {"order_id": "o-1", "b": "2"})


def test_payments_are_listed_by_customer_and_charges_by_payment(client: stripe.StripeClient) -> None:
    """Filters show what belongs to one customer or one payment, newest first."""
    ada = client.v1.customers.create().id
    one, two = pay(client, customer=ada), pay(client, customer=ada)
    other = pay(client)

    assert [found.id for found in client.v1.payment_intents.list({"customer": ada}).data] == [two.id, one.id]
    assert [found.id for found in client.v1.payment_intents.list().data] == [other.id, two.id, one.id]
    assert [found.id for found in client.v1.charges.list({"customer": ada}).data] == [
        two.latest_charge,
        one.latest_charge,
    ]
    assert [found.id for found in client.v1.charges.list({"payment_intent": one.id}).data] == [one.latest_charge]


def test_a_payment_that_saves_its_card(client: stripe.StripeClient) -> None:
    """With `setup_future_usage` the card is the customer's afterwards; without, it may not be used again."""
    ada = client.v1.customers.create().id

    saved = pay(client, customer=ada, setup_future_usage="off_session")
    loose = pay(client)

    again = pay(client, customer=ada, payment_method=saved.payment_method, off_session=True)
    assert again.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, payment_method=loose.payment_method)


# ---------------------------------------------------------------- test cards (docs.stripe.com/testing, read 2026-11-22)
PAYS: Final = {
    "4242424242424242": "visa",
    "4000056655665556": "visa_debit",
    "5555555555554444": "mastercard",
    "5200828282828210": "mastercard_debit",
    "5105105105105100": "mastercard_prepaid",
    "378282246310005": "amex",
    "6011111111111117": "discover",
    "3056930009020004": "diners",
    "3566002020360505": "jcb",
    "6200000000000005": "unionpay",
    "4000002760000016": "de",
    "4000008260000000": "gb",
    "4000001240000000": "ca",
    "4000000000000077": "bypassPending",
    "4000003720000278": "bypassPendingInternational",
    "4000000000009235": "riskLevelElevated",
    "4000000000000101": "cvcCheckFail",
    "4000000000000036": "avsZipFail",
    "4000000000000028": "avsLine1Fail",
    "4000000000000010": "avsFail",
    "4000000000000044": "avsUnchecked",
    "4000000000003055": "threeDSecureOptional",
    "4000000000003097": "threeDSecureOptionalProcessingError",
    "4000000000000259": "createDispute",
    "4000000000002685": "createDisputeProductNotReceived",
    "4000000000001976": "createDisputeInquiry",
    "4000000000005423": "createIssuerFraudRecord",
    "4000000404000079": "createMultipleDisputes",
    "4000000404000038": "createCe3EligibleDispute",
    "4000000000007726": "pendingRefund",
    "4000000000005126": "refundFail",
}
"""Numbers and names of cards that are paid with at once."""
DECLINES: Final = {
    "4000000000000002": ("visa_chargeDeclined", "card_declined", "generic_decline"),
    "4000000000009995": ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    "4000000000009987": ("visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    "4000000000009979": ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    "4000000000006975": ("visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
    "4000000000000069": ("chargeDeclinedExpiredCard", "expired_card", None),
    "4000000000000127": ("chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
    "4000000000000119": ("chargeDeclinedProcessingError", "processing_error", None),
}
"""Cards that the issuer refuses, already when they are attached."""
DECLINES_ONLY_CHARGES: Final = {
    "4000000000000341": ("chargeCustomerFail", "card_declined", "generic_decline"),
    "4100000000000019": ("radarBlock", "card_declined", "fraudulent"),
    "4000000000004954": ("riskLevelHighest", "card_declined", "fraudulent"),
}
"""Cards that can be attached, while every charge of them is refused."""
CHALLENGES: Final = {
    "4000002500003155": "authenticationRequiredOnSetup",
    "4000002760003184": "authenticationRequired",
    "4000003800000446": "authenticationRequiredSetupForOffSession",
    "4000008260003178": "authenticationRequiredChargeDeclinedInsufficientFunds",
    "4000000000003220": "threeDSecure2Required",
    "4000008400001629": "threeDSecureRequiredChargeDeclined",
    "4000008400001280": "threeDSecureRequiredProcessingError",
}
"""Cards whose payer has to authenticate."""


def by_number(number: str) -> dict[str, Any]:
    """Return the parameters of a payment with this card number."""
    cvc = "1234" if number.startswith("37") else "123"
    card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": cvc}
    return {"payment_method_data": {"type": "card", "card": card}, "payment_method": None}


def by_token(name: str) -> dict[str, Any]:
    """Return the parameters of a payment with this card's token."""
    return {"payment_method_data": {"type": "card", "card": {"token": f"tok_{name}"}}, "payment_method": None}


@pytest.mark.parametrize(("number", "name"), PAYS.items(), ids=PAYS.values())
def test_a_card_that_pays(brownout: Sandbox, client: stripe.StripeClient, number: str, name: str) -> None:
    """By number, by token and by name: the same card, and the money is taken each time."""
    for way in (by_number(number), by_token(name), {"payment_method": f"pm_card_{name}"}):
        paid = pay(client, **way, expand=["payment_method"])

        assert paid.status == "succeeded"
        assert isinstance(paid.payment_method, stripe.PaymentMethod)
        assert paid.payment_method.card is not None
        assert paid.payment_method.card.last4 == number[-4:]
    assert brownout.ledger().captured() == 6000


@pytest.mark.parametrize(
    ("number", "name", "code", "decline_code"),
    [(number, *rest) for number, rest in (DECLINES | DECLINES_ONLY_CHARGES).items()],
    ids=[rest[0] for rest in (DECLINES | DECLINES_ONLY_CHARGES).values()],
)
def test_a_card_that_is_declined(
    brownout: Sandbox, client: stripe.StripeClient, number: str, name: str, code: str, decline_code: str | None
) -> None:
    """By number, by token and by name: the documented codes, a failed charge, and no money taken."""
    for way in (by_number(number), by_token(name), {"payment_method": f"pm_card_{name}"}):
        with pytest.raises(stripe.CardError) as declined:
            pay(client, **way)

        assert declined.value.http_status == 402
        assert declined.value.code == code
        error = declined.value.error
        assert error is not None
        assert error.decline_code == decline_code
        assert isinstance(error.payment_intent, stripe.PaymentIntent)
        assert error.payment_intent.status == "requires_payment_method"
        charge = client.v1.charges.retrieve(str(error.charge))
        assert (charge.status, charge.failure_code, charge.paid) == ("failed", code, False)
        assert charge.outcome is not None
        blocked = decline_code == "fraudulent"
        assert charge.outcome.type == ("blocked" if blocked else "issuer_declined")
    assert brownout.ledger().entries == ()


@pytest.mark.parametrize("name", [rest[0] for rest in DECLINES.values()])
def test_a_declined_card_is_not_attached(client: stripe.StripeClient, name: str) -> None:
    """The issuer is asked when a card is attached, and says no there already."""
    ada = client.v1.customers.create().id

    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": ada})

    assert declined.value.error is not None
    assert declined.value.error.payment_intent is None
    assert client.v1.customers.payment_methods.list(ada).data == []


@pytest.mark.parametrize("name", [rest[0] for rest in DECLINES_ONLY_CHARGES.values()])
def test_a_card_that_attaches_and_then_fails(client: stripe.StripeClient, name: str) -> None:
    """Saved without trouble, refused at every charge."""
    ada = client.v1.customers.create().id
    card = client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": ada})

    with pytest.raises(stripe.CardError):
        pay(client, customer=ada, payment_method=card.id)


@pytest.mark.parametrize(("number", "name"), CHALLENGES.items(), ids=CHALLENGES.values())
def test_a_card_whose_payer_has_to_authenticate(
    brownout: Sandbox, client: stripe.StripeClient, number: str, name: str
) -> None:
    """The payment waits with a page to go to; without the payer there it is declined, if the card says so."""
    for way in (by_number(number), by_token(name), {"payment_method": f"pm_card_{name}"}):
        waiting = pay(client, **way, return_url="https://example.com/back")

        assert waiting.status == "requires_action"
        assert waiting.next_action is not None
        assert waiting.next_action.redirect_to_url is not None
        assert waiting.next_action.redirect_to_url.return_url == "https://example.com/back"
    with pytest.raises(stripe.CardError) as declined:
        pay(client, payment_method=f"pm_card_{name}", error_on_requires_action=True)
    assert declined.value.code == "authentication_required"
    assert brownout.ledger().entries == ()


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 1995}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
    ],
    ids=["number", "month", "year", "cvc"],
)
def test_a_card_that_can_not_be(client: stripe.StripeClient, changes: dict[str, Any], code: str, param: str) -> None:
    """A wrong check digit, month, year or security code is refused before any issuer is asked."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", **changes}

    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.create({"type": "card", "card": card})

    assert (refused.value.code, refused.value.param) == (code, param)


COUNTRIES: Final = (
    "br", "ca", "mx", "at", "be", "dk", "fi", "fr", "de", "ie", "it", "lu", "nl", "no", "pl", "pt", "es", "se", "ch",
    "gb", "au", "cn", "hk", "in", "jp", "nz", "sg", "us",
)  # fmt: skip


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_card_of_each_country(client: stripe.StripeClient, country: str) -> None:
    """The card's country is the one in its name."""
    card = client.v1.payment_methods.retrieve(f"pm_card_{country}").card

    assert card is not None
    assert card.country == country.upper()


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("visa", ("pass", "pass", "pass")),
        ("cvcCheckFail", ("fail", "pass", "pass")),
        ("avsZipFail", ("pass", "pass", "fail")),
        ("avsLine1Fail", ("pass", "fail", "pass")),
        ("avsFail", ("pass", "fail", "fail")),
        ("avsUnchecked", ("pass", "unavailable", "unavailable")),
    ],
)
def test_checks_run_on_what_was_sent(client: stripe.StripeClient, name: str, results: tuple[str, str, str]) -> None:
    """Security code, street and postal code have the card's documented results, null where nothing was sent."""
    number = next(number for number, one in PAYS.items() if one == name)
    data = by_number(number)["payment_method_data"]
    where = {"address": {"line1": "Dom 1", "postal_code": "50667"}}

    sent = pay(
        client, payment_method=None, payment_method_data={**data, "billing_details": where}, expand=["latest_charge"]
    )
    unsent = pay(client, payment_method=f"pm_card_{name}", expand=["latest_charge"])

    def checks(paid: stripe.PaymentIntent) -> tuple[str | None, str | None, str | None]:
        assert isinstance(paid.latest_charge, stripe.Charge)
        assert paid.latest_charge.payment_method_details is not None
        card = paid.latest_charge.payment_method_details.card
        assert card is not None
        assert card.checks is not None
        found = card.checks
        return found.cvc_check, found.address_line1_check, found.address_postal_code_check

    assert checks(sent) == results
    assert checks(unsent)[1:] == (None, None)
