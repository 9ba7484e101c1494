"""Tokens through stripe-python: made once, used once, shown without what they hold."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

pytestmark = pytest.mark.sdk

CARD: Any = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123", "name": "Ada"}
BANK: Any = {
    "country": "US", "currency": "usd", "account_number": "000123456789", "routing_number": "110000000",
    "account_holder_name": "Ada", "account_holder_type": "individual",
}  # fmt: skip
PREFIXES: dict[str, tuple[str, Any]] = {
    "card": ("tok_1", CARD),
    "bank_account": ("btok_1", BANK),
    "pii": ("pii_1", {"id_number": "000000000"}),
    "cvc_update": ("cvctok_1", {"cvc": "123"}),
    "account": ("ct_1", {"business_type": "individual", "tos_shown_and_accepted": True}),
    "person": ("cpt_1", {"first_name": "Ada"}),
}


@pytest.mark.parametrize("kind", PREFIXES)
def test_every_kind_of_token(client: stripe.StripeClient, kind: str) -> None:
    """Each says its type, shows a card or a bank account if it is one, and never a number or a code."""
    prefix, holds = PREFIXES[kind]
    made = client.v1.tokens.create({kind: holds})  # type: ignore[misc]

    seen = client.v1.tokens.retrieve(made.id)

    assert made.id.startswith(prefix)
    assert (seen.type, seen.used, seen.livemode) == (kind, False, False)
    assert ("card" in seen.to_dict(), "bank_account" in seen.to_dict()) == (kind == "card", kind == "bank_account")
    shown = str(seen)
    assert not any(secret in shown for secret in ("4242424242424242", "000123456789", "000000000"))


def test_a_card_token_makes_a_payment_method_once(client: stripe.StripeClient) -> None:
    """The second use is refused by name, and the token says that it was used."""
    token = client.v1.tokens.create({"card": CARD}).id
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    assert method.card is not None
    assert (method.card.last4, method.card.exp_year) == ("4242", 2034)
    assert client.v1.tokens.retrieve(token).used

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_methods.create({"type": "card", "card": {"token": token}})

    assert (caught.value.code, str(caught.value.user_message)) == (
        "token_already_used", f"You cannot use a Stripe token more than once: {token}."
    )  # fmt: skip


def test_a_refused_use_leaves_a_token_good(client: stripe.StripeClient) -> None:
    """What is refused for another reason uses nothing up."""
    token = client.v1.tokens.create({"card": CARD}).id
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(
            {"amount": 2000, "currency": "usd", "confirm": True, "customer": "cus_nobody",
             "payment_method_data": {"type": "card", "card": {"token": token}}}  # type: ignore[typeddict-unknown-key]
        )  # fmt: skip

    assert not client.v1.tokens.retrieve(token).used
    assert client.v1.customers.create({"source": token}).default_source


def test_a_cards_id_stays_with_it(client: stripe.StripeClient) -> None:
    """The card that a token showed is the one that the customer has."""
    made = client.v1.tokens.create({"card": CARD})

    assert made.card is not None
    assert client.v1.customers.create({"source": made.id}).default_source == made.card.id


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("tok_nothing_here", "There is a part of the token that is not valid: 'nothing'."),
        ("tok_card_visa", "There is a part of the token that is not valid: 'card'."),
        ("tok_1QXJXXwWZfFU2RHzp9gwe0Dt", "No such token: 'tok_1QXJXXwWZfFU2RHzp9gwe0Dt'"),
    ],
)
def test_a_token_that_nobody_made(client: stripe.StripeClient, token: str, told: str) -> None:
    """It is named; of a test token's name, the part that is wrong."""
    with pytest.raises(stripe.InvalidRequestError, match="No such token") as caught:
        client.v1.customers.create({"source": token})

    assert told in str(caught.value.user_message)
    assert (caught.value.code, caught.value.param) == ("resource_missing", "source")


@pytest.mark.parametrize(
    ("params", "error", "code", "param"),
    [
        ({}, stripe.InvalidRequestError, None, None),
        ({"card": CARD, "pii": {"id_number": "1"}}, stripe.InvalidRequestError, None, "pii"),
        ({"card": {**CARD, "number": "4242424242424241"}}, stripe.CardError, "incorrect_number", "number"),
        ({"card": {**CARD, "cvc": "12"}}, stripe.CardError, "invalid_cvc", "cvc"),
        ({"card": {"number": CARD["number"]}}, stripe.InvalidRequestError, "parameter_missing", "card[exp_month]"),
        ({"cvc_update": {"cvc": "1"}}, stripe.CardError, "invalid_cvc", "cvc"),
        ({"bank_account": {**BANK, "account_number": "123456789"}}, stripe.InvalidRequestError,
         "account_number_invalid", "bank_account[account_number]"),
        ({"bank_account": {**BANK, "routing_number": "11"}}, stripe.InvalidRequestError,
         "routing_number_invalid", "bank_account[routing_number]"),
    ],
)  # fmt: skip
def test_what_cant_be_a_token(
    client: stripe.StripeClient, params: Any, error: type[stripe.StripeError], code: str | None, param: str | None
) -> None:
    """Nothing, two things at once, wrong digits, dates, codes and account numbers."""
    with pytest.raises(error) as caught:
        client.v1.tokens.create(params)

    assert (caught.value.code, getattr(caught.value, "param", None)) == (code, param)


def test_a_publishable_key_makes_tokens(make_client: Any, client: stripe.StripeClient) -> None:
    """A browser makes them, a server uses them."""
    token = make_client("pk_test_shop").v1.tokens.create({"card": CARD}).id

    assert client.v1.customers.create({"source": token}).default_source


def test_a_bank_token_is_no_card(client: stripe.StripeClient) -> None:
    """Each kind is good for its own thing."""
    token = client.v1.tokens.create({"bank_account": BANK}).id

    with pytest.raises(stripe.InvalidRequestError, match="bank_account token"):
        client.v1.payment_methods.create({"type": "card", "card": {"token": token}})


def test_a_bank_token_makes_an_external_account_once(client: stripe.StripeClient) -> None:
    """A connected account can be paid out to it; a second account can't have it."""
    token = client.v1.tokens.create({"bank_account": BANK}).id
    made = client.v1.accounts.create({"type": "custom", "country": "US", "external_account": token})

    assert made.external_accounts is not None
    assert made.external_accounts.data[0].last4 == "6789"
    assert client.v1.tokens.retrieve(token).used
    with pytest.raises(stripe.InvalidRequestError, match="more than once"):
        client.v1.accounts.create({"type": "custom", "country": "US", "external_account": token})
