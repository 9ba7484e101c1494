"""Stripe's search, through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


@pytest.fixture
def people(client: stripe.StripeClient) -> dict[str, str]:
    """Return customers by name."""
    given: dict[str, dict[str, Any]] = {
        "ada": {"email": "ada@example.com", "phone": "+44 1", "metadata": {"plan": "gold"}},
        "alan": {"email": "alan@example.org", "metadata": {"plan": "tin", "old's": "y"}},
        "Grace": {"metadata": {"plan": "GOLD"}},
    }
    return {name: client.v1.customers.create({"name": name, **more}).id for name, more in given.items()}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('email:"ada@example.com"', ["ada"]),
        ("email:'ADA@example.com'", ["ada"]),
        ('-email:"ada@example.com"', ["Grace", "alan"]),
        ("email:null", ["Grace"]),
        ("-email:null", ["alan", "ada"]),
        ('email~"example"', ["alan", "ada"]),
        ('metadata["plan"]:"gold"', ["Grace", "ada"]),
        ("""metadata["old's"]:"y\"""", ["alan"]),
        ('metadata["plan"]:"gold" AND name:"ada"', ["ada"]),
        ('metadata["plan"]:"gold" name:"ada"', ["ada"]),
        ('name:"alan" or name:"grace"', ["Grace", "alan"]),
        ("created>0", ["Grace", "alan", "ada"]),
        ("created<1", []),
    ],
)
def test_a_query_finds_what_it_says(
    client: stripe.StripeClient, people: dict[str, str], query: str, names: list[str]
) -> None:
    """Newest first, whatever the case."""
    found = client.v1.customers.search({"query": query})

    assert [one.name for one in found.data] == names
    assert found.has_more is False


@pytest.mark.parametrize(
    "query",
    [
        "", "name", 'name:"a" AND name:"b" OR name:"c"', 'shoe:"9"', 'email>"a"', 'email~"ab"', 'metadata["x"]~"abc"',
        'created:"soon"', 'metadata:"x"', " AND ".join(['name:"a"'] * 11), 'name:"a" AND', '"a"',
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused(client: stripe.StripeClient, query: str) -> None:
    """A clear 400 that names the parameter."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.search({"query": query})

    assert (caught.value.http_status, caught.value.param) == (400, "query")


def test_pages_hold_together(client: stripe.StripeClient) -> None:
    """Page by page, every object comes once; a page that nobody was given is refused."""
    made = [client.v1.products.create({"name": f"Tea {number}"}).id for number in range(7)]

    found = [one.id for one in client.v1.products.search({"query": 'name~"tea"', "limit": 3}).auto_paging_iter()]

    assert found == made[::-1]
    with pytest.raises(stripe.InvalidRequestError, match="Invalid page"):
        client.v1.products.search({"query": 'name~"tea"', "page": "x"})


def test_payments_are_found_by_state_and_card(client: stripe.StripeClient) -> None:
    """Payment intents and charges by amount, status and card; what is expanded comes along."""
    for amount, card in ((1000, "pm_card_visa"), (2500, "pm_card_mastercard")):
        client.v1.payment_intents.create(
            {"amount": amount, "currency": "usd", "confirm": True, "payment_method": card,
             "allowed_payment_method_types": ["card"]}
        )  # fmt: skip

    big = client.v1.payment_intents.search(
        {"query": 'status:"succeeded" amount>=2000', "expand": ["data.latest_charge"]}
    )
    master = client.v1.charges.search({"query": 'payment_method_details.card.brand:"mastercard" refunded:"false"'})

    assert [one.amount for one in big.data] == [2500]
    assert isinstance(big.data[0].latest_charge, stripe.Charge)
    assert [one.id for one in master.data] == [big.data[0].latest_charge.id]


def test_what_is_new_is_found_later(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """Under `search_delay` a list shows at once what a search shows only once that has passed."""
    brownout.use("brownout: 1\ntitle: Slow index\nproviders: {stripe: {search_delay: 30s}}\n")
    client.v1.customers.create({"name": "Ada"})

    before = client.v1.customers.search({"query": 'name:"Ada"'}).data
    brownout.clock.advance(31)

    assert (before, len(client.v1.customers.list().data)) == ([], 1)
    assert len(client.v1.customers.search({"query": 'name:"Ada"'}).data) == 1
