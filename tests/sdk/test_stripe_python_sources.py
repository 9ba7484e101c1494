"""A customer's sources through stripe-python: cards and bank accounts from before payment methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BANK: Any = {
    "object": "bank_account", "country": "US", "account_number": "000123456789", "routing_number": "110000000",
}  # fmt: skip


def customer(client: stripe.StripeClient, **more: Any) -> str:
    """Return the id of a customer."""
    return client.v1.customers.create({**more}).id  # type: ignore[typeddict-item]


def default_of(client: stripe.StripeClient, customer_id: str) -> Any:
    """Return what the customer's default source is."""
    return client.v1.customers.retrieve(customer_id).default_source


def events(client: stripe.StripeClient) -> list[str]:
    """Return the types of all events, oldest first."""
    return [one.type for one in reversed(client.v1.events.list({"limit": 100}).data)]


def test_the_first_source_is_the_default(client: stripe.StripeClient) -> None:
    """The next one isn't; what replaces the default takes its place and it goes."""
    one = customer(client, source="tok_visa")
    card = default_of(client, one)
    bank = client.v1.customers.payment_sources.create(one, {"source": "btok_us"}).id
    assert default_of(client, one) == card

    client.v1.customers.update(one, {"default_source": bank})
    assert default_of(client, one) == bank
    client.v1.customers.update(one, {"source": "tok_mastercard"})

    listed = client.v1.customers.payment_sources.list(one)
    assert [each.object for each in listed.data] == ["card", "card"]
    assert default_of(client, one) == listed.data[0].id
    assert "customer.source.deleted" in events(client)


def test_sources_are_shown_where_they_are_asked_for(make_client: Any, client: stripe.StripeClient) -> None:
    """Expanded, by kind, and unasked in versions before 2020-08-27."""
    one = customer(client, source="tok_visa")
    client.v1.customers.payment_sources.create(one, {"source": "btok_us"})

    expanded: Any = client.v1.customers.retrieve(one, {"expand": ["sources", "default_source"]})
    old = make_client(stripe_version="2019-12-03").v1.customers.retrieve(one)

    assert (expanded.sources.total_count, expanded.default_source.brand) == (2, "Visa")
    assert old.sources.total_count == 2
    cards = client.v1.customers.payment_sources.list(one, {"object": "card"})
    assert [each.object for each in cards.data] == ["card"]


def test_a_card_is_changed_and_taken_away(client: stripe.StripeClient) -> None:
    """A new date and address; the newest of those left becomes the default."""
    one = customer(client, source="tok_visa")
    first = default_of(client, one)
    other = client.v1.customers.payment_sources.create(one, {"source": "tok_amex", "metadata": {"a": "1"}}).id
    sources = client.v1.customers.payment_sources

    changed: Any = sources.update(one, first, {"exp_year": "2039", "name": "Ada", "address_city": "Ulm"})
    gone: Any = sources.delete(one, first)

    assert (changed.exp_year, changed.name, changed.address_city) == (2039, "Ada", "Ulm")
    assert (gone.deleted, gone.object) == (True, "card")
    assert default_of(client, one) == other
    with pytest.raises(stripe.InvalidRequestError, match="No such source") as caught:
        sources.retrieve(one, first)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    kinds = ("customer.source.created", "customer.source.updated", "customer.source.deleted", "customer.updated")
    assert {kind for kind in events(client) if kind in kinds} == set(kinds)


def test_a_bank_account_is_verified_by_microdeposits(client: stripe.StripeClient) -> None:
    """32 and 45 in either order; anything else is a 402, and the tenth time the end of it."""
    one = customer(client)
    sources = client.v1.customers.payment_sources
    bank = sources.create(one, {"source": BANK}).id

    with pytest.raises(stripe.CardError) as caught:
        sources.verify(one, bank, {"amounts": [1, 2]})
    verified: Any = sources.verify(one, bank, {"amounts": [45, 32]})

    assert (caught.value.code, caught.value.http_status) == ("bank_account_verification_failed", 402)
    assert verified.status == "verified"
    with pytest.raises(stripe.InvalidRequestError, match="already been verified"):
        sources.verify(one, bank, {"amounts": [32, 45]})
    other = sources.create(one, {"source": "btok_us"}).id
    for _ in range(10):
        with pytest.raises(stripe.CardError):
            sources.verify(one, other, {"amounts": [1, 1]})
    assert getattr(sources.retrieve(one, other), "status", None) == "verification_failed"


def test_a_customers_card_pays(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """It may stand wherever a payment method may, for its own customer."""
    one = customer(client, source="tok_visa")
    paid = client.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "customer": one, "payment_method": default_of(client, one),
         "allowed_payment_method_types": ["card"], "confirm": True}
    )  # fmt: skip

    assert (paid.status, paid.payment_method) == ("succeeded", default_of(client, one))
    assert [entry.kind for entry in brownout.ledger().entries] == ["authorize", "capture"]


@pytest.mark.parametrize("token", ["tok_chargeDeclined", "tok_chargeDeclinedDoNotHonor"])
def test_a_card_that_declines_isnt_saved(client: stripe.StripeClient, token: str) -> None:
    """The customer isn't made either."""
    with pytest.raises(stripe.CardError):
        client.v1.customers.create({"source": token})

    assert client.v1.customers.list().data == []


@pytest.mark.parametrize(
    ("source", "param"),
    [
        ("tok_nobody", "source"),
        ({"number": "4242424242424242"}, "source[object]"),
        ({"object": "cheque"}, "source[object]"),
        ({"object": "card", "number": "4242424242424242"}, "source[exp_month]"),
        ({**BANK, "account_number": "123456"}, "source[account_number]"),
    ],
)
def test_what_cant_be_a_source(client: stripe.StripeClient, source: Any, param: str) -> None:
    """It is refused under the name of what is wrong, and nothing changes."""
    one = customer(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.payment_sources.create(one, {"source": source})

    assert caught.value.param == param
    assert client.v1.customers.payment_sources.list(one).data == []


def test_a_deleted_customer_has_no_sources(client: stripe.StripeClient) -> None:
    """They go with it."""
    one = customer(client, source="tok_visa")
    card = default_of(client, one)
    client.v1.customers.delete(one)

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.payment_sources.retrieve(one, card)
