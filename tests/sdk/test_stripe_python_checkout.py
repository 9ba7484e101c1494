"""Checkout through stripe-python: sessions, links and shipping rates, and a payer without a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

if TYPE_CHECKING:
    from conftest import Receiver

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

SUCCESS = "https://shop.example/ok?session={CHECKOUT_SESSION_ID}"
VISA = "4242424242424242"


def _selling(**more: Any) -> Any:
    item = {"price_data": {"currency": "usd", "unit_amount": 2000, "product_data": {"name": "Tea"}}, "quantity": 2}
    return {"mode": "payment", "success_url": SUCCESS, "line_items": [item], **more}


def _pay(session: stripe.checkout.Session, **form: str) -> requests.Response:
    """Post the page's form, as a browser that doesn't follow on."""
    return requests.post(str(session.url), {"card": VISA, **form}, allow_redirects=False, timeout=5)


def test_the_guide_accept_a_payment(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    """Create, redirect, pay, fulfil on the webhook: the line items and who paid are the shop's to read."""
    hook = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["checkout.session.completed"]})
    session = client.v1.checkout.sessions.create(_selling(client_reference_id="order-7"))

    answer = _pay(session, email="ada@example.com", name="Ada")
    brownout.clock.advance(1)
    event = receiver.got[0].event(str(hook.secret))
    done = event.data.object
    items = client.v1.checkout.sessions.line_items.list(done.id, {"expand": ["data.price.product"]}).data

    assert (answer.status_code, answer.headers["Location"]) == (303, f"https://shop.example/ok?session={session.id}")
    assert isinstance(done, stripe.checkout.Session)
    assert (done.payment_status, done.client_reference_id, done.amount_total) == ("paid", "order-7", 4000)
    assert done.customer_details is not None
    assert done.customer_details.email == "ada@example.com"
    assert [(one.description, one.quantity, one.amount_total) for one in items] == [("Tea", 2, 4000)]
    assert items[0].price is not None
    assert isinstance(items[0].price.product, stripe.Product)
    assert [(one.kind, one.key) for one in brownout.ledger().entries] == [
        ("authorize", "order-7"), ("capture", "order-7"),
    ]  # fmt: skip


def test_the_guide_save_a_card(client: stripe.StripeClient) -> None:
    """A session in setup mode leaves a customer with a card that can be charged without its payer."""
    customer = client.v1.customers.create({"email": "ada@example.com"})
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "success_url": SUCCESS, "currency": "usd", "customer": customer.id,
         "setup_intent_data": {"metadata": {"plan": "gold"}}}
    )  # fmt: skip

    _pay(session)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert isinstance(done.setup_intent, stripe.SetupIntent)
    paid = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "customer": customer.id, "off_session": True, "confirm": True,
         "payment_method": str(done.setup_intent.payment_method),
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip

    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert done.setup_intent.metadata is not None
    assert (done.setup_intent.status, done.setup_intent.metadata.to_dict()) == ("succeeded", {"plan": "gold"})
    assert paid.status == "succeeded"


def test_the_guide_place_a_hold(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With manual capture the payer's bank holds the money until the shop takes a part of it."""
    session = client.v1.checkout.sessions.create(_selling(payment_intent_data={"capture_method": "manual"}))
    _pay(session)
    held = client.v1.checkout.sessions.retrieve(session.id)
    taken = client.v1.payment_intents.capture(str(held.payment_intent), {"amount_to_capture": 1500})

    assert (held.payment_status, taken.amount_received) == ("unpaid", 1500)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert brownout.ledger().captured() == 1500


def test_a_session_is_updated_listed_and_expired(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The lifecycle by API, an expiry on world time, and what can't be done any more."""
    first = client.v1.checkout.sessions.create(_selling())
    client.v1.checkout.sessions.update(first.id, {"metadata": {"a": "1"}})
    gone = client.v1.checkout.sessions.expire(first.id)
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status in"):
        client.v1.checkout.sessions.expire(first.id)
    client.v1.checkout.sessions.create(_selling())
    brownout.clock.advance(86_401)

    assert gone.metadata is not None
    assert (gone.status, gone.url, gone.metadata.to_dict()) == ("expired", None, {"a": "1"})
    assert {one.status for one in client.v1.checkout.sessions.list().auto_paging_iter()} == {"expired"}
    assert [one.type for one in client.v1.events.list({"type": "checkout.session.*"}).data] == [
        "checkout.session.expired"
    ] * 2
    assert _pay(first).status_code == 410


def test_a_link_is_shared(client: stripe.StripeClient) -> None:
    """Visits of one link are sessions of their own, found by the link."""
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Milk"}})
    rate = client.v1.shipping_rates.create(
        {"display_name": "Post", "type": "fixed_amount", "fixed_amount": {"amount": 100, "currency": "usd"}}
    )
    link = client.v1.payment_links.create(
        {"line_items": [{"price": price.id, "quantity": 1}], "shipping_options": [{"shipping_rate": rate.id}],
         "restrictions": {"completed_sessions": {"limit": 1}}}
    )  # fmt: skip
    page = requests.get(link.url, allow_redirects=False, timeout=5).headers["Location"]
    requests.get(link.url, timeout=5)
    paid = requests.post(page, {"card": VISA}, timeout=5)
    over = requests.get(link.url, timeout=5)
    sessions = client.v1.checkout.sessions.list({"payment_link": link.id}).data
    counted = client.v1.payment_links.retrieve(link.id)

    assert (paid.status_code, "Thanks for your payment" in paid.text, over.status_code) == (200, True, 410)
    assert [(one.status, one.amount_total) for one in sessions] == [("open", 1000), ("complete", 1000)]
    assert counted.restrictions is not None
    assert counted.restrictions.completed_sessions.count == 1


@pytest.mark.parametrize(("given", "param"), [({}, "line_items"), ({"line_items": []}, "line_items")])
def test_a_link_sells_something(client: stripe.StripeClient, given: Any, param: str) -> None:
    """Without line items there is no link, left out or empty."""
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_links.create(given)

    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, "parameter_missing", param)


def test_a_session_belongs_to_its_account(brownout: Sandbox, client: stripe.StripeClient, make_client: Any) -> None:
    """The page needs no key and pays into the session's own account; another account sees none of it."""
    other = make_client("sk_test_other")
    session = client.v1.checkout.sessions.create(_selling())
    _pay(session)
    brownout.clock.advance(1)

    assert client.v1.balance.retrieve().pending[0].amount > 0
    assert [one.amount for one in other.v1.balance.retrieve().pending] in ([], [0])
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session"):
        other.v1.checkout.sessions.retrieve(session.id)


def test_the_examples_of_the_page_run(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What docs/providers/stripe-checkout.md shows can be copied, with a price of one's own."""
    page = Path(__file__).resolve().parents[2] / "docs" / "providers" / "stripe-checkout.md"
    examples = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Milk"}})
    names: dict[str, Any] = {"client": client, "requests": requests}

    for one in examples:
        exec(one.replace("price_…", price.id), names)  # noqa: S102 - our own page

    assert len(examples) == 3
    assert brownout.ledger().captured() == 1800
    assert requests.post(names["page"], {"card": VISA}, timeout=5).status_code == 200


def test_subscriptions_are_refused_in_plain_words(client: stripe.StripeClient) -> None:
    """What isn't modelled says so, and doesn't pretend."""
    with pytest.raises(stripe.InvalidRequestError, match="doesn't model subscriptions yet") as refused:
        client.v1.checkout.sessions.create(_selling(mode="subscription"))

    assert refused.value.param == "mode"
