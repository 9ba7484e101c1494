"""Every operation that the Stripe provider has, called through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from brownout.providers.stripe import STRIPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CARD = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}}
HOOK = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}


def pay(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    """Take 20 dollars, or whatever `more` says."""
    return client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "confirm": True,
            **more,
        }
    )


def hold(client: stripe.StripeClient) -> stripe.PaymentIntent:
    """Have the issuer hold 20 dollars."""
    return pay(client, capture_method="manual")


def customer(client: stripe.StripeClient) -> str:
    """Return the id of a customer with a card."""
    return client.v1.customers.create({"payment_method": "pm_card_visa"}).id


def card_of(client: stripe.StripeClient, customer_id: str) -> str:
    """Return the id of a customer's card."""
    return client.v1.customers.payment_methods.list(customer_id).data[0].id


def refund(client: stripe.StripeClient) -> stripe.Refund:
    """Give 20 dollars back."""
    return client.v1.refunds.create({"payment_intent": pay(client).id})


def product(client: stripe.StripeClient) -> stripe.Product:
    """Have something to sell."""
    return client.v1.products.create({"name": "Tea"})


def price(client: stripe.StripeClient) -> stripe.Price:
    """Say what it costs."""
    return client.v1.prices.create({"currency": "usd", "unit_amount": 450, "product_data": {"name": "Tea"}})


def setup(client: stripe.StripeClient) -> stripe.SetupIntent:
    """Begin to save a card."""
    return client.v1.setup_intents.create({"payment_method": "pm_card_visa", "payment_method_types": ["card"]})


def raw(client: stripe.StripeClient, path: str) -> stripe.StripeObject:
    """Return what a path shows that only the SDK's module-level classes call by name."""
    return client.deserialize(client.raw_request("get", path), api_mode="V1")


CALLS: dict[str, tuple[type, Callable[[stripe.StripeClient], Any]]] = {
    "customers.create": (stripe.Customer, lambda c: c.v1.customers.create({"email": "a@example.com"})),
    "customers.retrieve": (stripe.Customer, lambda c: c.v1.customers.retrieve(customer(c))),
    "customers.update": (stripe.Customer, lambda c: c.v1.customers.update(customer(c), {"name": "Ada"})),
    "customers.delete": (stripe.Customer, lambda c: c.v1.customers.delete(customer(c))),
    "customers.list": (stripe.ListObject, lambda c: c.v1.customers.list()),
    "customers.payment_methods.list": (
        stripe.ListObject,
        lambda c: c.v1.customers.payment_methods.list(customer(c)),
    ),
    "customers.payment_methods.retrieve": (
        stripe.PaymentMethod,
        lambda c: c.v1.customers.payment_methods.retrieve(one := customer(c), card_of(c, one)),
    ),
    "payment_methods.create": (stripe.PaymentMethod, lambda c: c.v1.payment_methods.create(CARD)),
    "payment_methods.retrieve": (stripe.PaymentMethod, lambda c: c.v1.payment_methods.retrieve("pm_card_visa")),
    "payment_methods.update": (
        stripe.PaymentMethod,
        lambda c: c.v1.payment_methods.update(card_of(c, customer(c)), {"metadata": {"a": "1"}}),
    ),
    "payment_methods.list": (stripe.ListObject, lambda c: c.v1.payment_methods.list({"customer": customer(c)})),
    "payment_methods.attach": (
        stripe.PaymentMethod,
        lambda c: c.v1.payment_methods.attach("pm_card_visa", {"customer": customer(c)}),
    ),
    "payment_methods.detach": (stripe.PaymentMethod, lambda c: c.v1.payment_methods.detach(card_of(c, customer(c)))),
    "payment_intents.create": (
        stripe.PaymentIntent,
        lambda c: c.v1.payment_intents.create({"amount": 2000, "currency": "usd"}),
    ),
    "payment_intents.retrieve": (stripe.PaymentIntent, lambda c: c.v1.payment_intents.retrieve(pay(c).id)),
    "payment_intents.update": (
        stripe.PaymentIntent,
        lambda c: c.v1.payment_intents.update(pay(c, confirm=False).id, {"amount": 1000}),
    ),
    "payment_intents.list": (stripe.ListObject, lambda c: c.v1.payment_intents.list()),
    "payment_intents.confirm": (
        stripe.PaymentIntent,
        lambda c: c.v1.payment_intents.confirm(pay(c, confirm=False).id),
    ),
    "payment_intents.capture": (stripe.PaymentIntent, lambda c: c.v1.payment_intents.capture(hold(c).id)),
    "payment_intents.cancel": (stripe.PaymentIntent, lambda c: c.v1.payment_intents.cancel(hold(c).id)),
    "charges.retrieve": (stripe.Charge, lambda c: c.v1.charges.retrieve(pay(c).latest_charge)),
    "charges.update": (stripe.Charge, lambda c: c.v1.charges.update(pay(c).latest_charge, {"description": "d"})),
    "charges.list": (stripe.ListObject, lambda c: c.v1.charges.list()),
    "charges.refunds.list": (stripe.ListObject, lambda c: raw(c, f"/v1/charges/{refund(c).charge}/refunds")),
    "charges.refunds.retrieve": (
        stripe.Refund,
        lambda c: raw(c, f"/v1/charges/{(one := refund(c)).charge}/refunds/{one.id}"),
    ),
    "refunds.create": (stripe.Refund, refund),
    "refunds.retrieve": (stripe.Refund, lambda c: c.v1.refunds.retrieve(refund(c).id)),
    "refunds.update": (stripe.Refund, lambda c: c.v1.refunds.update(refund(c).id, {"metadata": {"a": "1"}})),
    "refunds.list": (stripe.ListObject, lambda c: c.v1.refunds.list()),
    "balance.retrieve": (stripe.Balance, lambda c: c.v1.balance.retrieve()),
    "balance_transactions.retrieve": (
        stripe.BalanceTransaction,
        lambda c: c.v1.balance_transactions.retrieve(refund(c).balance_transaction),
    ),
    "balance_transactions.list": (stripe.ListObject, lambda c: c.v1.balance_transactions.list()),
    "events.retrieve": (
        stripe.Event,
        lambda c: c.v1.events.retrieve((customer(c), c.v1.events.list().data[0].id)[1]),
    ),
    "events.list": (stripe.ListObject, lambda c: c.v1.events.list()),
    "webhook_endpoints.create": (stripe.WebhookEndpoint, lambda c: c.v1.webhook_endpoints.create(HOOK)),
    "webhook_endpoints.retrieve": (
        stripe.WebhookEndpoint,
        lambda c: c.v1.webhook_endpoints.retrieve(c.v1.webhook_endpoints.create(HOOK).id),
    ),
    "webhook_endpoints.update": (
        stripe.WebhookEndpoint,
        lambda c: c.v1.webhook_endpoints.update(c.v1.webhook_endpoints.create(HOOK).id, {"disabled": True}),
    ),
    "webhook_endpoints.delete": (
        stripe.WebhookEndpoint,
        lambda c: c.v1.webhook_endpoints.delete(c.v1.webhook_endpoints.create(HOOK).id),
    ),
    "webhook_endpoints.list": (stripe.ListObject, lambda c: c.v1.webhook_endpoints.list()),
    "products.create": (stripe.Product, product),
    "products.retrieve": (stripe.Product, lambda c: c.v1.products.retrieve(product(c).id)),
    "products.update": (stripe.Product, lambda c: c.v1.products.update(product(c).id, {"name": "Milk"})),
    "products.delete": (stripe.Product, lambda c: c.v1.products.delete(product(c).id)),
    "products.list": (stripe.ListObject, lambda c: c.v1.products.list()),
    "prices.create": (stripe.Price, price),
    "prices.retrieve": (stripe.Price, lambda c: c.v1.prices.retrieve(price(c).id)),
    "prices.update": (stripe.Price, lambda c: c.v1.prices.update(price(c).id, {"nickname": "n"})),
    "prices.list": (stripe.ListObject, lambda c: c.v1.prices.list()),
    "setup_intents.create": (stripe.SetupIntent, setup),
    "setup_intents.retrieve": (stripe.SetupIntent, lambda c: c.v1.setup_intents.retrieve(setup(c).id)),
    "setup_intents.update": (
        stripe.SetupIntent,
        lambda c: c.v1.setup_intents.update(setup(c).id, {"description": "d"}),
    ),
    "setup_intents.confirm": (stripe.SetupIntent, lambda c: c.v1.setup_intents.confirm(setup(c).id)),
    "setup_intents.cancel": (stripe.SetupIntent, lambda c: c.v1.setup_intents.cancel(setup(c).id)),
    "setup_intents.list": (stripe.ListObject, lambda c: c.v1.setup_intents.list()),
    "setup_attempts.list": (stripe.ListObject, lambda c: c.v1.setup_attempts.list({"setup_intent": setup(c).id})),
    "disputes.list": (stripe.ListObject, lambda c: c.v1.disputes.list()),
    "radar.early_fraud_warnings.list": (stripe.ListObject, lambda c: c.v1.radar.early_fraud_warnings.list()),
    "charges.search": (stripe.SearchResultObject, lambda c: c.v1.charges.search({"query": "amount>1"})),
    "customers.search": (stripe.SearchResultObject, lambda c: c.v1.customers.search({"query": 'name:"A"'})),
    "payment_intents.search": (stripe.SearchResultObject, lambda c: c.v1.payment_intents.search({"query": "amount>1"})),
    "prices.search": (stripe.SearchResultObject, lambda c: c.v1.prices.search({"query": 'active:"true"'})),
    "products.search": (stripe.SearchResultObject, lambda c: c.v1.products.search({"query": 'active:"true"'})),
}
"""Each operation with what the SDK makes of its answer, and a call of it."""

REFUSED: dict[str, Callable[[stripe.StripeClient], Any]] = {
    "charges.capture": lambda c: c.v1.charges.capture(hold(c).latest_charge),
    "refunds.cancel": lambda c: c.v1.refunds.cancel(refund(c).id),
}
"""Operations that the payment path always refuses: these charges belong to payment intents, no card's refund waits."""

LATER = {"disputes.retrieve", "disputes.update", "disputes.close", "radar.early_fraud_warnings.retrieve"}
"""What there is to call only once time has passed: test_stripe_python_disputes.py does."""
OF_BROWSERS = {"challenges.show", "challenges.answer"}
"""Pages, which no SDK calls: test_stripe_python_setup.py does."""


def test_every_operation_of_the_provider_is_called_here() -> None:
    """A new operation needs a call through the official SDK."""
    assert {f"stripe.{name}" for name in (*CALLS, *REFUSED, *LATER, *OF_BROWSERS)} == {
        one.name for one in STRIPE.operations
    }


@pytest.mark.parametrize("name", CALLS)
def test_an_operation_answers_with_its_own_type(brownout: Sandbox, client: stripe.StripeClient, name: str) -> None:
    """The SDK's call arrives as the operation of its name, and comes back as the SDK's class for it."""
    kind, call = CALLS[name]

    answer = call(client)

    assert type(answer) is kind
    last = brownout.exchanges()[-1]
    assert (last.operation, last.status, last.error) == (f"stripe.{name}", 200, None)


@pytest.mark.parametrize("name", REFUSED)
def test_an_operation_that_a_card_payment_never_allows(
    brownout: Sandbox, client: stripe.StripeClient, name: str
) -> None:
    """Reached like every other, and refused in Stripe's words without moving money."""
    with pytest.raises(stripe.InvalidRequestError):
        REFUSED[name](client)

    before = [one.kind for one in brownout.ledger().entries]
    assert brownout.exchanges()[-1].operation == f"stripe.{name}"
    assert before in (["authorize"], ["authorize", "capture", "refund"])
