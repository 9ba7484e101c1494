"""Every operation that the Stripe provider has, called through stripe-python."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from stripe_sellers import seller

from brownout.providers.stripe import STRIPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CARD = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}}
TOKENIZED: Any = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
HOOK = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}


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
    return client.v1.setup_intents.create({"payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"]})


def session(client: stripe.StripeClient) -> stripe.checkout.Session:
    """Begin to sell something."""
    bought = {"price": price(client).id, "quantity": 1}
    return client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "https://shop.example", "line_items": [bought]}  # type: ignore[list-item]
    )


def link(client: stripe.StripeClient) -> stripe.PaymentLink:
    """Share what to buy."""
    return client.v1.payment_links.create({"line_items": [{"price": price(client).id, "quantity": 1}]})


def rate(client: stripe.StripeClient) -> stripe.ShippingRate:
    """Say what the delivery costs."""
    return client.v1.shipping_rates.create(
        {"display_name": "Post", "type": "fixed_amount", "fixed_amount": {"amount": 100, "currency": "usd"}}
    )


def upload(client: stripe.StripeClient) -> stripe.File:
    """Upload a piece of evidence."""
    return client.v1.files.create({"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.4")})


def linked(client: stripe.StripeClient) -> stripe.FileLink:
    """Share it."""
    return client.v1.file_links.create({"file": upload(client).id})


def token(client: stripe.StripeClient) -> stripe.Token:
    """Put a card into a token."""
    return client.v1.tokens.create({"card": TOKENIZED})


def banked(client: stripe.StripeClient) -> tuple[str, str]:
    """Return the ids of a customer and of their bank account."""
    one = client.v1.customers.create({"source": "btok_us"})
    return one.id, str(one.default_source)


def reviewed(client: stripe.StripeClient) -> str:
    """Return the id of a payment's review."""
    return str(pay(client, payment_method="pm_card_riskLevelElevated").review)


def values(client: stripe.StripeClient) -> str:
    """Return the id of a list of values."""
    return client.v1.radar.value_lists.create({"alias": "vips", "name": "VIPs"}).id


def valued(client: stripe.StripeClient) -> stripe.radar.ValueListItem:
    """Put something on it."""
    return client.v1.radar.value_list_items.create({"value_list": values(client), "value": "Ada"})


def verifying(client: stripe.StripeClient) -> str:
    """Return the id of a session that verifies somebody."""
    return client.v1.identity.verification_sessions.create({"type": "document"}).id


def raw(client: stripe.StripeClient, path: str) -> stripe.StripeObject:
    """Return what a path shows that only the SDK's module-level classes call by name."""
    return client.deserialize(client.raw_request("get", path), api_mode="V1")


def rich(client: stripe.StripeClient) -> stripe.StripeClient:
    """Have money that can be used at once."""
    pay(client, payment_method="pm_card_bypassPending", amount=50_000, capture_method="automatic")
    return client


def payout(client: stripe.StripeClient) -> str:
    """Send some of it to the bank."""
    return rich(client).v1.payouts.create({"amount": 1000, "currency": "usd"}).id


def transfer(client: stripe.StripeClient) -> stripe.Transfer:
    """Hand some of it to a connected account."""
    given: Any = {"amount": 1000, "currency": "usd", "destination": seller(client)}
    return rich(client).v1.transfers.create(given)


def reversal(client: stripe.StripeClient) -> stripe.TransferReversal:
    """Take a part of that back."""
    return client.v1.transfers.reversals.create(transfer(client).id, {"amount": 100})


def fee(client: stripe.StripeClient) -> str:
    """Take a fee of a connected account's payment."""
    pay(client, application_fee_amount=100, transfer_data={"destination": seller(client)}, capture_method="automatic")
    return client.v1.application_fees.list().data[0].id


def fee_refund(client: stripe.StripeClient) -> stripe.ApplicationFeeRefund:
    """Give a part of that back."""
    return client.v1.application_fees.refunds.create(fee(client), {"amount": 10})


def topup(client: stripe.StripeClient) -> str:
    """Fetch money from the bank."""
    return client.v1.topups.create({"amount": 1000, "currency": "usd"}).id


def credit(client: stripe.StripeClient) -> stripe.CustomerBalanceTransaction:
    """Give a customer credit."""
    given: Any = {"amount": -100, "currency": "usd"}
    return client.v1.customers.balance_transactions.create(customer(client), given)


def express(client: stripe.StripeClient) -> str:
    """Return the id of a new Express account that nobody has said anything of."""
    return client.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}}).id


def onboarded(client: stripe.StripeClient) -> str:
    """Return the id of an Express account whose owner has told everything."""
    account = express(client)
    page = client.v1.account_links.create({"account": account, **LINK}).url
    requests.post(page, {"result": "complete"}, allow_redirects=False, timeout=5)
    return account


def person(client: stripe.StripeClient) -> Any:
    """Say who stands behind an account."""
    return client.v1.accounts.persons.create(express(client), {"first_name": "Ada"})


def bank(client: stripe.StripeClient) -> Any:
    """Say where an account's money goes, beside where it went before."""
    return client.v1.accounts.external_accounts.create(seller(client), {"external_account": "btok_us"})


def let_in(client: stripe.StripeClient) -> dict[str, str]:
    """Have the owner of an account approve of a platform, and return where that leads."""
    url = client.oauth.authorize_url({"client_id": "ca_shop"})
    code = requests.post(url, {"result": "approve"}, timeout=5).text.partition("code=")[2].partition("<")[0]
    return {"grant_type": "authorization_code", "code": code}


def connected(client: stripe.StripeClient) -> str:
    """Return the id of an account that OAuth connected."""
    return str(client.oauth.token(let_in(client)).stripe_user_id)  # type: ignore[arg-type]


LINK: Any = {"type": "account_onboarding", "refresh_url": "https://s.example/r", "return_url": "https://s.example/b"}

CALLS: dict[str, tuple[type, Callable[[stripe.StripeClient], Any]]] = {
    "accounts.create": (stripe.Account, lambda c: c.v1.accounts.create({"type": "custom"})),
    "accounts.retrieve": (stripe.Account, lambda c: c.v1.accounts.retrieve(express(c))),
    "accounts.retrieve_current": (stripe.Account, lambda c: c.v1.accounts.retrieve_current()),
    "accounts.update": (stripe.Account, lambda c: c.v1.accounts.update(express(c), {"email": "a@example.com"})),
    "accounts.delete": (stripe.Account, lambda c: c.v1.accounts.delete(express(c))),
    "accounts.reject": (stripe.Account, lambda c: c.v1.accounts.reject(express(c), {"reason": "other"})),
    "accounts.unreject": (stripe.Account, lambda c: c.v1.accounts.unreject(express(c))),
    "accounts.list": (stripe.ListObject, lambda c: c.v1.accounts.list()),
    "accounts.capabilities.retrieve": (
        stripe.Capability,
        lambda c: c.v1.accounts.capabilities.retrieve(express(c), "transfers"),
    ),
    "accounts.capabilities.update": (
        stripe.Capability,
        lambda c: c.v1.accounts.capabilities.update(express(c), "card_payments", {"requested": True}),
    ),
    "accounts.capabilities.list": (stripe.ListObject, lambda c: c.v1.accounts.capabilities.list(express(c))),
    "accounts.persons.create": (stripe.Person, person),
    "accounts.persons.retrieve": (
        stripe.Person,
        lambda c: c.v1.accounts.persons.retrieve((one := person(c)).account, one.id),
    ),
    "accounts.persons.update": (
        stripe.Person,
        lambda c: c.v1.accounts.persons.update((one := person(c)).account, one.id, {"last_name": "L"}),
    ),
    "accounts.persons.delete": (
        stripe.Person,
        lambda c: c.v1.accounts.persons.delete((one := person(c)).account, one.id),
    ),
    "accounts.persons.list": (stripe.ListObject, lambda c: c.v1.accounts.persons.list(express(c))),
    "accounts.external_accounts.create": (stripe.BankAccount, bank),
    "accounts.external_accounts.retrieve": (
        stripe.BankAccount,
        lambda c: c.v1.accounts.external_accounts.retrieve((one := bank(c)).account, one.id),
    ),
    "accounts.external_accounts.update": (
        stripe.BankAccount,
        lambda c: c.v1.accounts.external_accounts.update((one := bank(c)).account, one.id, {"metadata": {"a": "1"}}),
    ),
    "accounts.external_accounts.delete": (
        stripe.BankAccount,
        lambda c: c.v1.accounts.external_accounts.delete((one := bank(c)).account, one.id),
    ),
    "accounts.external_accounts.list": (
        stripe.ListObject,
        lambda c: c.v1.accounts.external_accounts.list(express(c)),
    ),
    "accounts.login_links.create": (stripe.LoginLink, lambda c: c.v1.accounts.login_links.create(onboarded(c))),
    "account_links.create": (
        stripe.AccountLink,
        lambda c: c.v1.account_links.create({"account": express(c), **LINK}),
    ),
    "account_sessions.create": (
        stripe.AccountSession,
        lambda c: c.v1.account_sessions.create({"account": express(c), "components": {"payouts": {"enabled": True}}}),
    ),
    "oauth.token": (stripe.StripeObject, lambda c: c.oauth.token(let_in(c))),  # type: ignore[arg-type]
    "oauth.deauthorize": (
        stripe.StripeObject,
        lambda c: c.oauth.deauthorize({"client_id": "ca_shop", "stripe_user_id": connected(c)}),
    ),
    "files.create": (stripe.File, upload),
    "files.retrieve": (stripe.File, lambda c: c.v1.files.retrieve(upload(c).id)),
    "files.list": (stripe.ListObject, lambda c: c.v1.files.list()),
    "file_links.create": (stripe.FileLink, linked),
    "file_links.retrieve": (stripe.FileLink, lambda c: c.v1.file_links.retrieve(linked(c).id)),
    "file_links.update": (stripe.FileLink, lambda c: c.v1.file_links.update(linked(c).id, {"metadata": {"a": "1"}})),
    "file_links.list": (stripe.ListObject, lambda c: c.v1.file_links.list()),
    "tokens.create": (stripe.Token, token),
    "tokens.retrieve": (stripe.Token, lambda c: c.v1.tokens.retrieve(token(c).id)),
    "customers.payment_sources.create": (
        stripe.Card,
        lambda c: c.v1.customers.payment_sources.create(customer(c), {"source": "tok_visa"}),
    ),
    "customers.payment_sources.retrieve": (
        stripe.BankAccount,
        lambda c: c.v1.customers.payment_sources.retrieve(*banked(c)),
    ),
    "customers.payment_sources.update": (
        stripe.BankAccount,
        lambda c: c.v1.customers.payment_sources.update(*banked(c), {"metadata": {"a": "1"}}),
    ),
    "customers.payment_sources.delete": (
        stripe.BankAccount,
        lambda c: c.v1.customers.payment_sources.delete(*banked(c)),
    ),
    "customers.payment_sources.verify": (
        stripe.BankAccount,
        lambda c: c.v1.customers.payment_sources.verify(*banked(c), {"amounts": [32, 45]}),
    ),
    "customers.payment_sources.list": (
        stripe.ListObject,
        lambda c: c.v1.customers.payment_sources.list(banked(c)[0]),
    ),
    "reviews.retrieve": (stripe.Review, lambda c: c.v1.reviews.retrieve(reviewed(c))),
    "reviews.approve": (stripe.Review, lambda c: c.v1.reviews.approve(reviewed(c))),
    "reviews.list": (stripe.ListObject, lambda c: c.v1.reviews.list()),
    "radar.value_lists.create": (
        stripe.radar.ValueList,
        lambda c: c.v1.radar.value_lists.create({"alias": "vips", "name": "VIPs"}),
    ),
    "radar.value_lists.retrieve": (stripe.radar.ValueList, lambda c: c.v1.radar.value_lists.retrieve(values(c))),
    "radar.value_lists.update": (
        stripe.radar.ValueList,
        lambda c: c.v1.radar.value_lists.update(values(c), {"name": "Very"}),
    ),
    "radar.value_lists.delete": (stripe.radar.ValueList, lambda c: c.v1.radar.value_lists.delete(values(c))),
    "radar.value_lists.list": (stripe.ListObject, lambda c: c.v1.radar.value_lists.list()),
    "radar.value_list_items.create": (stripe.radar.ValueListItem, valued),
    "radar.value_list_items.retrieve": (
        stripe.radar.ValueListItem,
        lambda c: c.v1.radar.value_list_items.retrieve(valued(c).id),
    ),
    "radar.value_list_items.delete": (
        stripe.radar.ValueListItem,
        lambda c: c.v1.radar.value_list_items.delete(valued(c).id),
    ),
    "radar.value_list_items.list": (
        stripe.ListObject,
        lambda c: c.v1.radar.value_list_items.list({"value_list": values(c)}),
    ),
    "identity.verification_sessions.create": (
        stripe.identity.VerificationSession,
        lambda c: c.v1.identity.verification_sessions.create({"type": "document"}),
    ),
    "identity.verification_sessions.retrieve": (
        stripe.identity.VerificationSession,
        lambda c: c.v1.identity.verification_sessions.retrieve(verifying(c)),
    ),
    "identity.verification_sessions.update": (
        stripe.identity.VerificationSession,
        lambda c: c.v1.identity.verification_sessions.update(verifying(c), {"metadata": {"a": "1"}}),
    ),
    "identity.verification_sessions.cancel": (
        stripe.identity.VerificationSession,
        lambda c: c.v1.identity.verification_sessions.cancel(verifying(c)),
    ),
    "identity.verification_sessions.redact": (
        stripe.identity.VerificationSession,
        lambda c: c.v1.identity.verification_sessions.redact(verifying(c)),
    ),
    "identity.verification_sessions.list": (
        stripe.ListObject,
        lambda c: c.v1.identity.verification_sessions.list(),
    ),
    "identity.verification_reports.list": (
        stripe.ListObject,
        lambda c: c.v1.identity.verification_reports.list(),
    ),
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
    "checkout.sessions.create": (stripe.checkout.Session, session),
    "checkout.sessions.retrieve": (
        stripe.checkout.Session,
        lambda c: c.v1.checkout.sessions.retrieve(session(c).id),
    ),
    "checkout.sessions.update": (
        stripe.checkout.Session,
        lambda c: c.v1.checkout.sessions.update(session(c).id, {"metadata": {"a": "1"}}),
    ),
    "checkout.sessions.expire": (stripe.checkout.Session, lambda c: c.v1.checkout.sessions.expire(session(c).id)),
    "checkout.sessions.list": (stripe.ListObject, lambda c: c.v1.checkout.sessions.list()),
    "checkout.sessions.line_items.list": (
        stripe.ListObject,
        lambda c: c.v1.checkout.sessions.line_items.list(session(c).id),
    ),
    "payment_links.create": (stripe.PaymentLink, link),
    "payment_links.retrieve": (stripe.PaymentLink, lambda c: c.v1.payment_links.retrieve(link(c).id)),
    "payment_links.update": (stripe.PaymentLink, lambda c: c.v1.payment_links.update(link(c).id, {"active": False})),
    "payment_links.list": (stripe.ListObject, lambda c: c.v1.payment_links.list()),
    "payment_links.line_items.list": (
        stripe.ListObject,
        lambda c: c.v1.payment_links.line_items.list(link(c).id),
    ),
    "shipping_rates.create": (stripe.ShippingRate, rate),
    "shipping_rates.retrieve": (stripe.ShippingRate, lambda c: c.v1.shipping_rates.retrieve(rate(c).id)),
    "shipping_rates.update": (
        stripe.ShippingRate,
        lambda c: c.v1.shipping_rates.update(rate(c).id, {"active": False}),
    ),
    "shipping_rates.list": (stripe.ListObject, lambda c: c.v1.shipping_rates.list()),
    "payouts.create": (stripe.Payout, lambda c: rich(c).v1.payouts.create({"amount": 1000, "currency": "usd"})),
    "payouts.retrieve": (stripe.Payout, lambda c: c.v1.payouts.retrieve(payout(c))),
    "payouts.update": (stripe.Payout, lambda c: c.v1.payouts.update(payout(c), {"metadata": {"a": "1"}})),
    "payouts.cancel": (stripe.Payout, lambda c: c.v1.payouts.cancel(payout(c))),
    "payouts.list": (stripe.ListObject, lambda c: c.v1.payouts.list()),
    "transfers.create": (stripe.Transfer, transfer),
    "transfers.retrieve": (stripe.Transfer, lambda c: c.v1.transfers.retrieve(transfer(c).id)),
    "transfers.update": (stripe.Transfer, lambda c: c.v1.transfers.update(transfer(c).id, {"description": "d"})),
    "transfers.list": (stripe.ListObject, lambda c: c.v1.transfers.list()),
    "transfers.reversals.create": (stripe.TransferReversal, reversal),
    "transfers.reversals.retrieve": (
        stripe.TransferReversal,
        lambda c: c.v1.transfers.reversals.retrieve(str((one := reversal(c)).transfer), one.id),
    ),
    "transfers.reversals.update": (
        stripe.TransferReversal,
        lambda c: c.v1.transfers.reversals.update(str((one := reversal(c)).transfer), one.id, {"metadata": {"a": "1"}}),
    ),
    "transfers.reversals.list": (stripe.ListObject, lambda c: c.v1.transfers.reversals.list(transfer(c).id)),
    "application_fees.retrieve": (stripe.ApplicationFee, lambda c: c.v1.application_fees.retrieve(fee(c))),
    "application_fees.list": (stripe.ListObject, lambda c: c.v1.application_fees.list()),
    "application_fees.refund": (
        stripe.ApplicationFee,
        lambda c: c.deserialize(c.raw_request("post", f"/v1/application_fees/{fee(c)}/refund"), api_mode="V1"),
    ),
    "application_fees.refunds.create": (stripe.ApplicationFeeRefund, fee_refund),
    "application_fees.refunds.retrieve": (
        stripe.ApplicationFeeRefund,
        lambda c: c.v1.application_fees.refunds.retrieve(str((one := fee_refund(c)).fee), one.id),
    ),
    "application_fees.refunds.update": (
        stripe.ApplicationFeeRefund,
        lambda c: c.v1.application_fees.refunds.update(
            str((one := fee_refund(c)).fee), one.id, {"metadata": {"a": "1"}}
        ),
    ),
    "application_fees.refunds.list": (stripe.ListObject, lambda c: c.v1.application_fees.refunds.list(fee(c))),
    "topups.create": (stripe.Topup, lambda c: c.v1.topups.create({"amount": 1000, "currency": "usd"})),
    "topups.retrieve": (stripe.Topup, lambda c: c.v1.topups.retrieve(topup(c))),
    "topups.update": (stripe.Topup, lambda c: c.v1.topups.update(topup(c), {"description": "d"})),
    "topups.cancel": (stripe.Topup, lambda c: c.v1.topups.cancel(topup(c))),
    "topups.list": (stripe.ListObject, lambda c: c.v1.topups.list()),
    "customers.balance_transactions.create": (stripe.CustomerBalanceTransaction, credit),
    "customers.balance_transactions.retrieve": (
        stripe.CustomerBalanceTransaction,
        lambda c: c.v1.customers.balance_transactions.retrieve(str((one := credit(c)).customer), one.id),
    ),
    "customers.balance_transactions.update": (
        stripe.CustomerBalanceTransaction,
        lambda c: c.v1.customers.balance_transactions.update(
            str((one := credit(c)).customer), one.id, {"description": "d"}
        ),
    ),
    "customers.balance_transactions.list": (
        stripe.ListObject,
        lambda c: c.v1.customers.balance_transactions.list(str(credit(c).customer)),
    ),
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

LATER = {
    "disputes.retrieve", "disputes.update", "disputes.close", "payouts.reverse", "radar.early_fraud_warnings.retrieve",
    "identity.verification_reports.retrieve",
}  # fmt: skip
"""What there is to call only once time has passed: test_stripe_python_disputes.py and _payouts.py do."""
OF_BROWSERS = {
    "challenges.show", "challenges.answer", "checkout.pages.show", "checkout.pages.pay", "checkout.pages.recover",
    "payment_links.visit",
    "file_links.follow", "files.contents", "identity.pages.show", "identity.pages.submit",
    "onboarding.show", "onboarding.answer", "express_dashboard.show", "oauth.authorize", "oauth.answer",
    "oauth_express.authorize", "oauth_express.answer",
}  # fmt: skip
"""Pages, which no SDK calls: test_stripe_python_setup.py and test_stripe_python_checkout.py do."""


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
