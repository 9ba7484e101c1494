"""Platforms and their connected accounts, through stripe-python and the browser of an account's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from stripe_sellers import SELLER, seller

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BACK, AGAIN = "https://platform.example/back", "https://platform.example/again"


def _express(client: stripe.StripeClient) -> str:
    wanted: Any = {"transfers": {"requested": True}, "card_payments": {"requested": True}}
    return client.v1.accounts.create({"type": "express", "capabilities": wanted, "email": "a@example.com"}).id


def _onboard(client: stripe.StripeClient, account: str, result: str) -> requests.Response:
    """Open the hosted page as an account's owner, and answer it."""
    link = client.v1.account_links.create(
        {"account": account, "type": "account_onboarding", "refresh_url": AGAIN, "return_url": BACK}
    )
    return requests.post(link.url, {"result": result}, allow_redirects=False, timeout=5)


def _told(client: stripe.StripeClient, account: str) -> list[str]:
    return [one.type for one in client.v1.events.list({"limit": 100}, {"stripe_account": account}).data][::-1]


def test_a_connected_account_is_a_world_of_its_own(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What a platform makes for it is there alone, with its own ids, balance, events and idempotency keys."""
    account = seller(client)
    theirs: Any = {"stripe_account": account}
    key: Any = {"idempotency_key": "k-1"}
    made = client.v1.customers.create({"name": "Ada"}, {**theirs, **key})
    own = client.v1.customers.create({"name": "Bob"}, key)
    client.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": "pm_card_bypassPending", "confirm": True,
         "allowed_payment_method_types": ["card"]}, theirs,
    )  # fmt: skip
    brownout.clock.advance(1)

    assert [one.id for one in client.v1.customers.list().data] == [own.id]
    assert [one.id for one in client.v1.customers.list({}, theirs).data] == [made.id]
    assert client.v1.balance.retrieve().available[0].amount == 0
    assert client.v1.balance.retrieve({}, theirs).available[0].amount == 2000 - 88
    assert "payment_intent.succeeded" in _told(client, account)
    assert [one.type for one in client.v1.events.list().data] == ["customer.created"]
    charge = client.v1.charges.list({}, theirs).data[0]
    assert charge.id[9:19] == account[-10:] != own.id[9:19]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.retrieve(made.id)
    journal = {one.account for one in brownout.exchanges() if one.operation == "stripe.balance.retrieve"}
    assert len(journal) == 2
    assert account in journal


def test_stripe_context_names_an_account_too(client: stripe.StripeClient) -> None:
    """Alone, or at the end of the way to it."""
    account = seller(client)

    for context in (account, f"{client.v1.accounts.retrieve_current().id}/{account}"):
        assert client.v1.accounts.retrieve_current({}, {"stripe_context": context}).id == account


def test_an_account_of_somebody_else_is_closed(make_client: Callable[..., stripe.StripeClient]) -> None:
    """By header, by path or as the destination of a link: 403 in Stripe's words, and nothing is told of it."""
    client, stranger = make_client(), make_client("sk_test_stranger")
    account = seller(client)
    words = f"does not have access to account '{account}'"

    for call in (
        lambda: stranger.v1.balance.retrieve({}, {"stripe_account": account}),
        lambda: stranger.v1.accounts.retrieve(account),
        lambda: stranger.v1.account_links.create(
            {"account": account, "type": "account_onboarding", "refresh_url": AGAIN, "return_url": BACK}
        ),
    ):
        with pytest.raises(stripe.PermissionError, match=words) as caught:
            call()
        assert caught.value.error.code == "account_invalid"  # type: ignore[union-attr]
    assert stranger.v1.accounts.list().data == []


def test_onboarding_lets_an_account_in(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What is due is told on the page; a verification follows, and then the account may take and pay out money."""
    account = _express(client)
    before = client.v1.accounts.retrieve(account)

    answer = _onboard(client, account, "complete")
    told = client.v1.accounts.retrieve(account)
    brownout.clock.advance(6)
    after = client.v1.accounts.retrieve(account)

    assert not before.details_submitted
    assert {"external_account", "tos_acceptance.date"} <= set(before.requirements.currently_due)  # type: ignore[union-attr,arg-type]
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    assert (told.details_submitted, told.charges_enabled) == (True, False)
    assert told.requirements.disabled_reason == "requirements.pending_verification"  # type: ignore[union-attr]
    assert (after.charges_enabled, after.payouts_enabled) == (True, True)
    assert after.capabilities.to_dict() == {"transfers": "active", "card_payments": "active"}  # type: ignore[union-attr]
    assert after.requirements.currently_due == []  # type: ignore[union-attr]
    assert _told(client, account).count("account.updated") == 2
    assert _told(client, account).count("capability.updated") == 4


def test_a_verification_that_fails_asks_for_a_document(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The account stays closed until a document settles it."""
    account = client.v1.accounts.create({**SELLER, "external_account": "btok_us"})  # type: ignore[typeddict-item]
    client.v1.accounts.update(account.id, {"individual": {"dob": {"day": 1, "month": 1, "year": 1950}}})
    fresh = _express(client)
    _onboard(client, fresh, "fail")
    brownout.clock.advance(6)
    failed = client.v1.accounts.retrieve(fresh)
    _onboard(client, fresh, "complete")
    brownout.clock.advance(6)

    assert client.v1.accounts.retrieve(account.id).charges_enabled  # who is verified stays so
    assert not failed.charges_enabled
    assert failed.requirements.currently_due == ["individual.verification.document"]  # type: ignore[union-attr]
    assert [one.code for one in failed.requirements.errors] == ["verification_failed_keyed_identity"]  # type: ignore[union-attr]
    assert client.v1.accounts.retrieve(fresh).charges_enabled


def test_a_link_works_once_and_not_for_long(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Whoever comes again, or late, is sent to where there are new ones."""
    account = _express(client)
    given: Any = {"account": account, "type": "account_onboarding", "refresh_url": AGAIN, "return_url": BACK}
    first, second = (client.v1.account_links.create(given) for _ in range(2))
    shown = requests.get(first.url, timeout=5).text

    left = requests.post(first.url, {"result": "leave"}, allow_redirects=False, timeout=5)
    used = requests.get(first.url, allow_redirects=False, timeout=5)
    wrong = requests.post(second.url, {"result": "perhaps"}, allow_redirects=False, timeout=5)
    brownout.clock.advance(301)
    late = requests.get(second.url, allow_redirects=False, timeout=5)

    assert "<li>external_account</li>" in shown
    assert [one.headers["Location"] for one in (left, used, late)] == [BACK, AGAIN, AGAIN]
    assert (wrong.status_code, "complete, fail, leave" in wrong.text) == (400, True)
    assert requests.get(f"{second.url}x", timeout=5).status_code == 404
    assert not client.v1.accounts.retrieve(account).details_submitted


def test_a_company_has_a_representative(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A person with that relationship answers for a company; without one the account lacks something."""
    given: Any = {name: one for name, one in SELLER.items() if name != "individual"} | {
        "business_type": "company",
        "company": {"name": "Rides", "phone": "+15555550100", "tax_id": "000000000",
                    "address": SELLER["individual"]["address"]},
        "external_account": "btok_us",
    }  # fmt: skip
    account = client.v1.accounts.create(given)
    lacking = list(account.requirements.currently_due)  # type: ignore[union-attr,arg-type]

    person = client.v1.accounts.persons.create(
        account.id, {**SELLER["individual"], "relationship": {"representative": True, "title": "CEO"}}
    )
    client.v1.accounts.persons.create(account.id, {"first_name": "Bob", "relationship": {"owner": True}})

    assert {one.partition(".")[0] for one in lacking} == {"representative"}
    assert client.v1.accounts.retrieve(account.id).charges_enabled
    found = client.v1.accounts.persons.list(account.id, {"relationship": {"representative": True}}).data
    assert [(one.id, one.ssn_last_4_provided) for one in found] == [(person.id, True)]
    assert [one for one in _told(client, account.id) if one.startswith("person")] == ["person.created"] * 2
    client.v1.accounts.persons.delete(account.id, person.id)
    assert not client.v1.accounts.retrieve(account.id).charges_enabled


def test_external_accounts_have_one_default(client: stripe.StripeClient) -> None:
    """The first of a currency is it; a newer one may become it, and it can't be deleted."""
    account = seller(client)
    payees = client.v1.accounts.external_accounts
    first = payees.list(account).data[0]
    closed = payees.create(account, {"external_account": "btok_us_accountClosed", "metadata": {"a": "1"}})
    card = payees.create(account, {"external_account": "tok_visa_debit", "default_for_currency": True})

    with pytest.raises(stripe.InvalidRequestError, match="You cannot delete the default external account"):
        payees.delete(account, card.id)
    with pytest.raises(stripe.InvalidRequestError, match="Only debit cards"):
        payees.create(account, {"external_account": "tok_visa"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        payees.create(
            account,
            {"external_account": {"object": "bank_account", "country": "US", "currency": "usd",
                                  "account_number": "000123456789", "routing_number": "12"}},
        )  # fmt: skip
    payees.update(account, closed.id, {"default_for_currency": True})
    payees.delete(account, card.id)

    assert isinstance(card, stripe.Card)
    assert caught.value.code == "routing_number_invalid"
    left = {one.id: one.default_for_currency for one in payees.list(account).data}
    assert left == {first.id: False, closed.id: True}
    shown = client.v1.accounts.retrieve(account).external_accounts
    assert {one.id for one in shown.data} == set(left)  # type: ignore[union-attr]
    assert payees.list(account, {"object": "card"}).data == []


def test_a_platform_says_only_what_it_may(client: stripe.StripeClient) -> None:
    """It accepts terms for accounts that it collects requirements for, and rejects and deletes those it made."""
    express = _express(client)
    own = client.v1.accounts.retrieve_current().id

    with pytest.raises(stripe.InvalidRequestError, match="You cannot accept the Terms of Service on behalf of"):
        client.v1.accounts.update(express, {"tos_acceptance": {"date": 1_767_225_600, "ip": "127.0.0.1"}})
    with pytest.raises(stripe.InvalidRequestError, match="not an Express account"):
        client.v1.accounts.login_links.create(seller(client))
    with pytest.raises(stripe.InvalidRequestError, match="has not completed onboarding"):
        client.v1.accounts.login_links.create(express)
    with pytest.raises(stripe.InvalidRequestError, match="choose one of them"):
        client.v1.accounts.create({"type": "custom", "controller": {"requirement_collection": "application"}})
    for call in (
        lambda: client.v1.accounts.delete(own),
        lambda: client.v1.accounts.reject(own, {"reason": "other"}),
        lambda: client.v1.accounts.update(own, {"email": "a@example.com"}),
    ):
        with pytest.raises(stripe.PermissionError):
            call()


def test_rejected_and_deleted_accounts_are_closed(client: stripe.StripeClient) -> None:
    """A rejection can be taken back; a deletion can't."""
    account = seller(client)

    rejected = client.v1.accounts.reject(account, {"reason": "terms_of_service"})
    back = client.v1.accounts.unreject(account)
    gone = client.v1.accounts.delete(account)

    assert (rejected.charges_enabled, back.charges_enabled, gone.deleted) == (False, True, True)
    assert rejected.requirements.disabled_reason == "rejected.platform_terms_of_service"  # type: ignore[union-attr]
    with pytest.raises(stripe.PermissionError):
        client.v1.balance.retrieve({}, {"stripe_account": account})
    assert client.v1.accounts.list().data == []


def test_ones_own_account_is_there_from_the_start(
    brownout: Sandbox, make_client: Callable[..., stripe.StripeClient]
) -> None:
    """It is let in, in the US, with a bank account; a reset forgets those that were connected, not what it is."""
    client = make_client()
    own = client.v1.accounts.retrieve_current()
    account = seller(client)

    brownout.reset()

    assert (own.country, own.default_currency, own.payouts_enabled) == ("US", "usd", True)
    assert [one.last4 for one in own.external_accounts.data] == ["6789"]  # type: ignore[union-attr]
    again = client.v1.accounts.retrieve(own.id)
    assert again.to_dict() | {"created": own.created} == own.to_dict()  # a reset world begins later
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve(account)


def test_events_of_connected_accounts_go_to_connect_endpoints(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Any
) -> None:
    """They say whose they are; a platform's other endpoints hear of its own account alone."""
    account = seller(client)
    connect = client.v1.webhook_endpoints.create(
        {"url": f"{receiver.url}/connect", "enabled_events": ["customer.created"], "connect": True}
    )
    own = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})
    theirs = client.v1.customers.create({"name": "Theirs"}, {"stripe_account": account})
    ours = client.v1.customers.create({"name": "Ours"})
    brownout.clock.advance(1)

    def heard(secret: str | None) -> list[tuple[str, Any]]:
        found = []
        for delivery in receiver.got:
            try:
                event = delivery.event(secret or "")
            except stripe.SignatureVerificationError:
                continue
            found.append((event.data.object["id"], event.to_dict().get("account")))
        return found

    assert heard(connect.secret) == [(theirs.id, account)]
    assert heard(own.secret) == [(ours.id, None)]
