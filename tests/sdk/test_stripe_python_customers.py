"""Customers and their payment methods through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def test_what_is_sent_comes_back_nested(client: stripe.StripeClient) -> None:
    """Nested parameters, lists and texts beyond ASCII arrive as they left, and absent ones are null."""
    made = client.v1.customers.create(
        {
            "email": "ada@example.com",
            "name": "Ada Lövelace & Söhne [x]=1+1",
            "address": {"city": "Köln", "country": "DE", "line1": "Dom 1", "postal_code": "50667"},
            "shipping": {"name": "Ada", "address": {"line1": "Dom 2"}, "phone": "+49 221"},
            "preferred_locales": ["de", "en"],
            "metadata": {"user_id": "7", "a[b]": "c=d&e"},
        }
    )

    found = client.v1.customers.retrieve(made.id)

    assert found.to_dict() == made.to_dict()
    assert found.name == "Ada Lövelace & Söhne [x]=1+1"
    assert found.address is not None
    assert (found.address.city, found.address.line2) == ("Köln", None)
    assert found.shipping is not None
    assert found.shipping.address is not None
    assert (found.shipping.name, found.shipping.address.line1) == ("Ada", "Dom 2")
    assert found.preferred_locales == ["de", "en"]
    assert found.to_dict()["metadata"] == {"user_id": "7", "a[b]": "c=d&e"}


def test_metadata_is_merged_and_an_empty_value_removes_its_key(client: stripe.StripeClient) -> None:
    """Keys that an update doesn't name stay, an empty text removes one, and an empty text for all removes all."""
    made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})

    merged = client.v1.customers.update(made.id, {"metadata": {"b": "", "c": "3"}})
    emptied = client.v1.customers.update(made.id, {"metadata": ""})

    assert merged.to_dict()["metadata"] == {"a": "1", "c": "3"}
    assert emptied.to_dict()["metadata"] == {}


def test_an_empty_text_unsets(client: stripe.StripeClient) -> None:
    """What can be unset is null afterwards, and what an update doesn't name stays."""
    made = client.v1.customers.create({"name": "Ada", "email": "ada@example.com", "phone": "1"})

    after = client.v1.customers.update(made.id, {"name": "", "phone": ""})

    assert (after.name, after.phone, after.email) == (None, None, "ada@example.com")


def test_a_deleted_customer_leaves_a_stub(client: stripe.StripeClient) -> None:
    """It is still retrieved, as deleted; it is gone from lists, can't be used, and its cards are detached."""
    made = client.v1.customers.create({"payment_method": "pm_card_visa"})
    card = client.v1.customers.payment_methods.list(made.id).data[0]

    stub = client.v1.customers.delete(made.id)

    assert (stub.id, stub.deleted) == (made.id, True)
    assert client.v1.customers.retrieve(made.id).deleted
    assert client.v1.customers.list().data == []
    assert client.v1.payment_methods.retrieve(card.id).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refused:
        client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": made.id})
    assert (refused.value.http_status, refused.value.param) == (400, "customer")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.delete(made.id)


def test_pages_forwards(client: stripe.StripeClient) -> None:
    """Auto-paging from the newest meets every object once, whatever the size of a page."""
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(7)]

    listed = client.v1.customers.list({"limit": 3})

    assert [one.id for one in listed.data] == made[:-4:-1]
    assert listed.has_more
    assert [one.id for one in listed.auto_paging_iter()] == made[::-1]


def test_pages_backwards(client: stripe.StripeClient) -> None:
    """From a cursor towards the newest, auto-paging meets the rest in the order they were made."""
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(7)]

    listed = client.v1.customers.list({"limit": 2, "ending_before": made[0]})

    assert [one.id for one in listed.data] == [made[2], made[1]]
    assert [one.id for one in listed.auto_paging_iter()] == made[1:]


def test_the_next_and_the_previous_page(client: stripe.StripeClient) -> None:
    """The SDK's own steps lead forth and back, and past either end to an empty page."""
    made = [client.v1.customers.create().id for _ in range(5)]
    first = client.v1.customers.list({"limit": 2})

    second = first.next_page()
    third = second.next_page()

    assert [one.id for one in second.data] == [made[2], made[1]]
    assert first.previous_page().is_empty
    back = client.v1.customers.list({"limit": 2, "ending_before": made[0]}).previous_page()
    assert [one.id for one in back.data] == [made[4], made[3]]
    assert ([one.id for one in third.data], third.has_more) == ([made[0]], False)
    assert third.next_page().is_empty


def test_auto_paging_keeps_its_filters(client: stripe.StripeClient) -> None:
    """Each page is asked with the filters of the first."""
    wanted = [client.v1.customers.create({"email": "a@example.com"}).id for _ in range(5)]
    client.v1.customers.create({"email": "b@example.com"})

    found = client.v1.customers.list({"email": "a@example.com", "limit": 2}).auto_paging_iter()

    assert [one.id for one in found] == wanted[::-1]


@pytest.mark.parametrize(("limit", "shown"), [(0, 1), (1, 1), (101, 12), (None, 10)])
def test_a_limit_is_clamped_rather_than_refused(client: stripe.StripeClient, limit: int | None, shown: int) -> None:
    """0 reads as 1, 101 as 100, none as 10."""
    for _ in range(12):
        client.v1.customers.create()

    assert len(client.v1.customers.list({} if limit is None else {"limit": limit}).data) == shown


def test_created_is_filtered_by_world_time(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Ranges, their ends and an exact second: all on the sandbox's clock."""
    brownout.clock.freeze()
    made = []
    for _ in range(3):
        made.append(client.v1.customers.create())
        brownout.clock.advance("1h")
    early, middle, late = (one.id for one in made)
    at = made[1].created

    def found(created: object) -> list[str]:
        return [one.id for one in client.v1.customers.list({"created": created}).data]  # type: ignore[typeddict-item]

    assert made[1].created - made[0].created == 3600
    assert found({"gte": at}) == [late, middle]
    assert found({"gt": at}) == [late]
    assert found({"lte": at}) == [middle, early]
    assert found({"lt": at}) == [early]
    assert found({"gt": at - 1, "lt": at + 1}) == [middle]
    assert found(at) == [middle]


def test_a_card_is_attached_listed_and_detached(client: stripe.StripeClient) -> None:
    """A card belongs to one customer at a time, and once detached may not be used again."""
    ada, bob = client.v1.customers.create(), client.v1.customers.create()
    card = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "5555555555554444", "exp_month": 3, "exp_year": 2031, "cvc": "123"},
            "billing_details": {"name": "Ada", "address": {"postal_code": "50667"}},
            "metadata": {"a": "1"},
        }
    )

    attached = client.v1.payment_methods.attach(card.id, {"customer": ada.id})

    assert attached.customer == ada.id
    assert attached.card is not None
    assert (attached.card.brand, attached.card.last4, attached.card.exp_year) == ("mastercard", "4444", 2031)
    assert attached.billing_details.name == "Ada"
    assert [one.id for one in client.v1.customers.payment_methods.list(ada.id).data] == [card.id]
    assert client.v1.payment_methods.list({"customer": bob.id}).data == []
    assert client.v1.payment_methods.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(card.id, {"customer": bob.id})

    detached = client.v1.payment_methods.detach(card.id)

    assert detached.customer is None
    assert client.v1.customers.payment_methods.list(ada.id).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(card.id, {"customer": ada.id})


def test_a_saved_card_is_renewed(client: stripe.StripeClient) -> None:
    """Expiry date, billing details and metadata of a customer's card can change; a loose card's can't."""
    ada = client.v1.customers.create({"payment_method": "pm_card_visa"})
    card = client.v1.customers.payment_methods.list(ada.id).data[0]

    renewed = client.v1.payment_methods.update(
        card.id, {"card": {"exp_month": 1, "exp_year": 2040}, "billing_details": {"email": "a@example.com"}}
    )

    assert renewed.card is not None
    assert (renewed.card.exp_month, renewed.card.exp_year) == (1, 2040)
    assert renewed.billing_details.email == "a@example.com"
    loose = client.v1.payment_methods.retrieve("pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError, match="save this PaymentMethod"):
        client.v1.payment_methods.update(loose.id, {"metadata": {"a": "1"}})


def test_the_default_card_pays(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A payment that names no card takes the customer's default one."""
    ada = client.v1.customers.create({"payment_method": "pm_card_visa"})
    card = client.v1.customers.payment_methods.list(ada.id).data[0].id
    client.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": card}})

    paid = client.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": ada.id,
            "confirm": True,
            "allowed_payment_method_types": ["card"],
        }
    )

    assert (paid.status, paid.payment_method) == ("succeeded", card)
    assert brownout.ledger().captured() == 500


@pytest.mark.parametrize(
    ("ask", "param"),
    [
        (lambda v1, bad: v1.customers.create({"email": bad}), "email"),
        (lambda v1, bad: v1.customers.update(v1.customers.create().id, {"email": bad}), "email"),
        (
            lambda v1, bad: v1.payment_intents.create({"amount": 500, "currency": "usd", "receipt_email": bad}),
            "receipt_email",
        ),
        (
            lambda v1, bad: v1.payment_methods.create(
                {"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"email": bad}}
            ),
            "billing_details[email]",
        ),
        (
            lambda v1, bad: v1.checkout.sessions.create(
                {"mode": "setup", "currency": "usd", "success_url": "https://shop.example", "customer_email": bad}
            ),
            "customer_email",
        ),
    ],
    ids=["customer", "update", "receipt", "billing", "checkout"],
)
@pytest.mark.parametrize("bad", ["ada", "ada@", "ada lovelace@example.com"])
def test_an_address_that_is_none_is_refused(client: stripe.StripeClient, ask: Any, param: str, bad: str) -> None:
    """`email_invalid`, in Stripe's words, and the parameter is named."""
    with pytest.raises(stripe.InvalidRequestError, match="Invalid email address: ada") as raised:
        ask(client.v1, bad)

    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, "email_invalid", param)


def test_a_name_that_was_not_there_is_told_of(client: stripe.StripeClient) -> None:
    """`business_name` isn't there until it is set; setting it is a change, from null."""
    made = client.v1.customers.create()
    changed = client.v1.customers.update(made.id, {"business_name": "Söhne"})

    told = client.v1.events.list({"type": "customer.updated"}).data
    assert ("business_name" in made, changed.business_name) == (False, "Söhne")
    assert [one.data.previous_attributes.to_dict() for one in told] == [{"business_name": None}]


def test_nobody_is_in_a_test_clock(client: stripe.StripeClient) -> None:
    """There are no test clocks: one that is named is refused, and a list by one is empty."""
    client.v1.customers.create()

    assert client.v1.customers.list({"test_clock": "clock_1"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such test clock: 'clock_1'") as raised:
        client.v1.customers.create({"test_clock": "clock_1"})
    assert (raised.value.code, raised.value.param) == ("resource_missing", "test_clock")


def test_a_deleted_customer_has_nothing_to_expand(client: stripe.StripeClient) -> None:
    """What is left of one is its id and that it is deleted, whatever `expand` asks for."""
    made = client.v1.customers.create()
    client.v1.customers.delete(made.id)

    left = client.v1.customers.retrieve(made.id, {"expand": ["invoice_settings.default_payment_method", "sources"]})
    assert left.to_dict() == {"id": made.id, "object": "customer", "deleted": True}
