"""Each documented test card does what the documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from brownout.providers.stripe.cards import BY_NUMBER, BY_PAYMENT_METHOD, BY_TOKEN, luhn

NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
PAY = f"amount=2000&currency=usd&confirm=true&{NO_REDIRECT}&payment_method="
DECLINED = "Your card was declined."
CARD = "type=card&card[exp_month]=12&card[exp_year]=2030&card[number]="


@pytest.mark.parametrize("name", sorted(BY_PAYMENT_METHOD))
def test_every_test_payment_method_can_be_used(world: Any, name: str) -> None:
    """A `pm_card_…` name pays, declines or asks for action, as its card says, and makes a method of its own."""
    card = BY_PAYMENT_METHOD[name]

    answered = world.post("/v1/payment_intents", PAY + name)

    if card.challenge in ("always", "on_session", "unless_set_up"):
        assert (answered.status, answered.body["status"]) == (200, "requires_action")
    elif card.decline is not None:
        assert (answered.status, answered.error["code"]) == (402, card.decline.code)
    else:
        assert (answered.status, answered.body["status"]) == (200, "succeeded")
        assert answered.body["payment_method"].startswith("pm_1")


def test_numbers_are_right_and_names_match() -> None:
    """Numbers pass the check digit; each `pm_card_` name has its `tok_` twin."""
    assert all(luhn(number) for number in BY_NUMBER)
    assert {name.removeprefix("pm_card_") for name in BY_PAYMENT_METHOD} == {
        name.removeprefix("tok_") for name in BY_TOKEN
    }


@pytest.mark.parametrize(
    ("name", "code", "decline_code", "message", "param"),
    [
        ("chargeDeclined", "card_declined", "generic_decline", DECLINED, None),
        ("visa_chargeDeclined", "card_declined", "generic_decline", DECLINED, None),
        ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds",
         "Your card has insufficient funds.", None),
        ("visa_chargeDeclinedLostCard", "card_declined", "lost_card", DECLINED, None),
        ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", DECLINED, None),
        ("visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded",
         "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.", None),
        ("chargeDeclinedExpiredCard", "expired_card", None, "Your card has expired.", "exp_month"),
        ("chargeDeclinedIncorrectCvc", "incorrect_cvc", None, "Your card's security code is incorrect.", "cvc"),
        ("chargeDeclinedProcessingError", "processing_error", None,
         "An error occurred while processing your card. Try again in a little bit.", None),
        ("chargeCustomerFail", "card_declined", "generic_decline", DECLINED, None),
        ("radarBlock", "card_declined", "fraudulent", DECLINED, None),
    ],
)  # fmt: skip
def test_a_declining_card_says_why(
    world: Any, name: str, code: str, decline_code: str | None, message: str, param: str | None
) -> None:
    """Code, decline code, message and parameter are the documented ones; the charge failed for that reason."""
    answered = world.post("/v1/payment_intents", f"{PAY}pm_card_{name}")
    error = answered.error
    charge = world.get(f"/v1/charges/{error['charge']}").body

    assert answered.status == 402
    assert error["type"] == "card_error"
    assert (error["code"], error.get("decline_code"), error["message"], error.get("param")) == (
        code, decline_code, message, param
    )  # fmt: skip
    assert (charge["failure_code"], charge["failure_message"], charge["status"]) == (code, message, "failed")
    assert list(error) == sorted(error)
    assert len(world.box.ledger) == 0


def test_a_blocked_payment_never_reached_the_network(world: Any) -> None:
    """Radar's block is Stripe's own: no network code, highest risk."""
    error = world.post("/v1/payment_intents", f"{PAY}pm_card_radarBlock").error
    outcome = world.get(f"/v1/charges/{error['charge']}").body["outcome"]

    assert (outcome["type"], outcome["network_status"], outcome["risk_level"]) == (
        "blocked",
        "not_sent_to_network",
        "highest",
    )
    assert outcome["risk_score"] >= 75
    assert "network_decline_code" not in error


def test_a_declining_card_cant_be_attached(world: Any) -> None:
    """It declines with an empty `param` and no charge, and leaves nothing; one card declines only when charged."""
    customer = world.post("/v1/customers").body["id"]
    before = world.state()

    refused = world.post("/v1/payment_methods/pm_card_chargeDeclined/attach", f"customer={customer}")

    assert (refused.status, refused.error["param"], refused.error["decline_code"]) == (402, "", "generic_decline")
    assert "charge" not in refused.error
    assert world.state() == before
    later = world.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", f"customer={customer}").body
    assert later["customer"] == customer
    assert world.post("/v1/payment_intents", f"{PAY}{later['id']}&customer={customer}").status == 402


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("4242424242424241", "incorrect_number", "number"),
        ("notanumber", "incorrect_number", "number"),
        ("4111111111111111", "card_declined", None),
        ("4242424242424242&card[exp_month]=13", "invalid_expiry_month", "exp_month"),
        ("4242424242424242&card[exp_month]=0", "invalid_expiry_month", "exp_month"),
        ("4242424242424242&card[exp_year]=95", "invalid_expiry_year", "exp_year"),
        ("4242424242424242&card[exp_year]=2025", "invalid_expiry_year", "exp_year"),
        ("4242424242424242&card[cvc]=99", "invalid_cvc", "cvc"),
        ("4242424242424242&card[cvc]=1234", "invalid_cvc", "cvc"),
    ],
)
def test_a_wrong_card_is_a_card_error(world: Any, form: str, code: str, param: str | None) -> None:
    """Wrong digits, dates and codes are 402s that name the parameter; an unknown number is taken for a real card."""
    answered = world.post("/v1/payment_methods", CARD + form)

    assert (answered.status, answered.error["code"], answered.error.get("param")) == (402, code, param)


@pytest.mark.parametrize(
    "form", ["4242 4242 4242 4242", "378282246310005&card[cvc]=1234", "4242424242424242&card[exp_year]=30"]
)
def test_a_card_may_be_written_in_several_ways(world: Any, form: str) -> None:
    """Spaces, a four-digit code of Amex, a short year."""
    assert world.post("/v1/payment_methods", CARD + form.replace(" ", "%20")).body["card"]["exp_year"] == 2030


def test_checks_run_on_what_was_sent(world: Any) -> None:
    """An address that wasn't sent isn't checked; one that was fails where the card says so."""
    where = "&billing_details[address][line1]=1&billing_details[address][postal_code]=2"
    plain = world.post("/v1/payment_methods", "type=card&card[token]=tok_avsFail").body
    full = world.post("/v1/payment_methods", f"type=card&card[token]=tok_avsFail{where}").body

    def checks(method: dict[str, Any]) -> dict[str, Any]:
        intent = world.post("/v1/payment_intents", f"{PAY}{method['id']}&expand[]=latest_charge").body
        found: dict[str, Any] = intent["latest_charge"]["payment_method_details"]["card"]["checks"]
        return found

    assert checks(plain) == {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    assert checks(full) == {"address_line1_check": "fail", "address_postal_code_check": "fail", "cvc_check": "pass"}


def test_optional_three_d_secure_is_asked_for(world: Any) -> None:
    """A card that merely supports it is challenged only if the request wants it."""
    method = f"{PAY}pm_card_threeDSecureOptional"

    assert world.post("/v1/payment_intents", method).body["status"] == "succeeded"
    wanted = world.post("/v1/payment_intents", f"{method}&payment_method_options[card][request_three_d_secure]=any")
    assert wanted.body["status"] == "requires_action"


def test_an_action_can_be_made_an_error(world: Any) -> None:
    """`error_on_requires_action` fails the payment instead of asking."""
    answered = world.post("/v1/payment_intents", f"{PAY}pm_card_authenticationRequired&error_on_requires_action=true")

    assert (answered.status, answered.error["code"]) == (402, "authentication_required")
    assert answered.error["payment_intent"]["status"] == "requires_payment_method"


def test_money_of_some_cards_is_available_at_once(world: Any) -> None:
    """The bypass cards skip the pending balance; cards from abroad cost more."""
    world.post("/v1/payment_intents", f"{PAY}pm_card_bypassPending&capture_method=automatic")
    world.post("/v1/payment_intents", f"{PAY}pm_card_de&capture_method=automatic")
    balance = world.get("/v1/balance").body

    assert balance["available"][0]["amount"] == 2000 - 88
    assert balance["pending"][0]["amount"] == 2000 - 118


def test_a_retrieved_test_name_is_a_method_of_its_own(world: Any) -> None:
    """Each retrieval of a `pm_card_…` name gives another payment method."""
    one, two = (world.get("/v1/payment_methods/pm_card_visa").body["id"] for _ in range(2))

    assert one != two
    assert world.get(f"/v1/payment_methods/{one}").body["card"]["last4"] == "4242"
