"""Payouts, through stripe-python: what a bank gets of the balance, by hand or each day, and how that goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from stripe_sellers import BANK, seller

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def fund(client: stripe.StripeClient, amount: int = 100_000) -> int:
    """Take money that is available at once, and return what is left of it."""
    paid = client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "payment_method": "pm_card_bypassPending",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "capture_method": "automatic",
            "expand": ["latest_charge.balance_transaction"],
        }
    )
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert isinstance(paid.latest_charge.balance_transaction, stripe.BalanceTransaction)
    return paid.latest_charge.balance_transaction.net


def available(client: stripe.StripeClient, **options: Any) -> int:
    """Return the available dollars, in cents."""
    return client.v1.balance.retrieve(options=options or None).available[0].amount


def types(client: stripe.StripeClient, kind: str) -> list[str]:
    """Return the types of the events of one kind so far, oldest first."""
    return [one.type for one in reversed(client.v1.events.list({"limit": 100, "type": f"{kind}.*"}).data)]


def bank(client: stripe.StripeClient, number: str, **more: Any) -> str:
    """Give the account another bank account, with this number, and return its id."""
    own = client.v1.accounts.retrieve_current()
    given: Any = {"external_account": {**BANK, "account_number": number, **more}}
    return str(client.v1.accounts.external_accounts.create(own.id, given).id)


def test_a_payout_is_pending_then_in_transit_then_paid(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The money leaves the balance at once, the bank has it two days later, and each step is told."""
    held = fund(client)

    payout = client.v1.payouts.create({"amount": 30_000, "currency": "usd", "metadata": {"batch": "7"}})

    assert (payout.status, payout.automatic) == ("pending", False)
    assert (payout.type, payout.method) == ("bank_account", "standard")
    assert payout.arrival_date > payout.created
    assert available(client) == held - 30_000
    row = client.v1.balance_transactions.retrieve(str(payout.balance_transaction), {"expand": ["source"]})
    assert (row.type, row.amount, row.fee, row.reporting_category) == ("payout", -30_000, 0, "payout")
    assert isinstance(row.source, stripe.Payout)
    brownout.clock.advance("1d")
    assert client.v1.payouts.retrieve(payout.id).status == "in_transit"
    brownout.clock.advance("1d")
    paid = client.v1.payouts.retrieve(payout.id)
    assert (paid.status, paid.failure_code) == ("paid", None)
    assert paid.trace_id is not None
    assert paid.trace_id.status == "supported"
    brownout.clock.advance("10d")
    assert types(client, "payout") == ["payout.created", "payout.updated", "payout.paid"]
    assert [(one.kind, one.amount_minor) for one in brownout.ledger().entries if one.payment == payout.id] == [
        ("payout", 30_000)
    ]
    assert brownout.ledger().violations == []


def test_more_than_the_balance_is_refused(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What is only pending can't be paid out, nor more than there is; the refusal changes nothing."""
    client.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )
    brownout.clock.advance("1s")

    with pytest.raises(
        stripe.InvalidRequestError, match="You have insufficient funds in your Stripe account"
    ) as refused:
        client.v1.payouts.create({"amount": 1, "currency": "usd"})

    assert refused.value.code == "balance_insufficient"
    assert client.v1.payouts.list().data == []


def test_a_currency_without_a_bank_is_refused(client: stripe.StripeClient) -> None:
    """There must be an external account that takes the currency."""
    fund(client)

    with pytest.raises(stripe.InvalidRequestError, match=r"any external accounts in that currency \(cad\)"):
        client.v1.payouts.create({"amount": 1000, "currency": "cad"})
    with pytest.raises(stripe.InvalidRequestError, match="No such external account: 'ba_none'") as refused:
        client.v1.payouts.create({"amount": 1000, "currency": "usd", "destination": "ba_none"})
    assert refused.value.param == "destination"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("000111111116", "no_account"),
        ("000111111113", "account_closed"),
        ("000222222227", "insufficient_funds"),
        ("000333333335", "debit_not_authorized"),
        ("000444444440", "invalid_currency"),
    ],
)
def test_a_bank_that_refuses_is_paid_first_then_failed(
    brownout: Sandbox, client: stripe.StripeClient, number: str, code: str
) -> None:
    """By its test number: paid, then failed with its reason, and the money is back in the balance."""
    held = fund(client)
    destination = bank(client, number)

    payout = client.v1.payouts.create({"amount": 1000, "currency": "usd", "destination": destination})
    brownout.clock.advance("2d")
    first = client.v1.payouts.retrieve(payout.id)
    brownout.clock.advance("1d")
    after = client.v1.payouts.retrieve(payout.id, {"expand": ["failure_balance_transaction"]})

    assert first.status == "paid"
    assert (after.status, after.failure_code) == ("failed", code)
    assert after.failure_message
    assert isinstance(after.failure_balance_transaction, stripe.BalanceTransaction)
    row = after.failure_balance_transaction
    assert (row.type, row.amount) == ("payout_failure", 1000)
    assert available(client) == held
    assert types(client, "payout") == ["payout.created", "payout.updated", "payout.paid", "payout.failed"]
    assert brownout.ledger().violations == []


def test_only_a_pending_payout_is_cancelled(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Cancelling brings the money back at once; afterwards, or once it is on its way, it is refused."""
    held = fund(client)
    payout = client.v1.payouts.create({"amount": 1000, "currency": "usd"})

    cancelled = client.v1.payouts.cancel(payout.id)

    assert cancelled.status == "canceled"
    assert available(client) == held
    row = client.v1.balance_transactions.retrieve(str(cancelled.failure_balance_transaction))
    assert (row.type, row.amount) == ("payout_cancel", 1000)
    late = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    brownout.clock.advance("1d")
    for one in (payout.id, late.id):
        with pytest.raises(stripe.InvalidRequestError, match="can only be canceled while they are pending"):
            client.v1.payouts.cancel(one)
    brownout.clock.advance("10d")
    assert client.v1.payouts.retrieve(payout.id).status == "canceled"
    assert types(client, "payout").count("payout.canceled") == 1


def test_a_payout_is_reversed_once(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A reversal is a payout the other way, and its money can be used five days later."""
    held = fund(client)
    payout = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="still pending"):
        client.v1.payouts.reverse(payout.id)
    brownout.clock.advance("3d")

    back = client.v1.payouts.reverse(payout.id, {"metadata": {"why": "wrong bank"}})

    assert (back.amount, back.original_payout, back.status) == (-1000, payout.id, "pending")
    assert client.v1.payouts.retrieve(payout.id).reversed_by == back.id
    with pytest.raises(stripe.InvalidRequestError, match="already been reversed"):
        client.v1.payouts.reverse(payout.id)
    assert available(client) == held - 1000
    brownout.clock.advance("6d")
    assert available(client) == held
    assert client.v1.payouts.retrieve(back.id).status == "paid"
    assert brownout.ledger().violations == []


def test_an_instant_payout_takes_half_an_hour_and_a_fee(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Money that is still pending can go to a debit card at once, for one per cent; a bank account can't take it."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payouts.create({"amount": 1000, "currency": "usd", "method": "instant"})
    assert refused.value.code == "instant_payouts_unsupported"
    own = client.v1.accounts.retrieve_current()
    card = client.v1.accounts.external_accounts.create(own.id, {"external_account": "tok_visa_debit"})
    held = fund(client)
    balance = client.v1.balance.retrieve()
    assert balance.instant_available is not None
    assert balance.instant_available[0].amount == held

    payout = client.v1.payouts.create(
        {"amount": 10_000, "currency": "usd", "method": "instant", "destination": card.id}
    )

    assert (payout.type, payout.arrival_date - payout.created) == ("card", 1800)
    assert available(client) == held - 10_000 - 100
    brownout.clock.advance("30m")
    assert client.v1.payouts.retrieve(payout.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="Instant Payouts cannot be reversed"):
        client.v1.payouts.reverse(payout.id)
    assert brownout.ledger().violations == []


def test_payouts_are_listed_by_what_they_are(client: stripe.StripeClient) -> None:
    """By status, by where they go and by when they arrive; metadata can be changed."""
    fund(client)
    first = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    other = client.v1.payouts.create({"amount": 2000, "currency": "usd", "destination": bank(client, "000123456789")})
    client.v1.payouts.cancel(first.id)

    def found(**filters: Any) -> list[str]:
        return [one.id for one in client.v1.payouts.list(filters).data]  # type: ignore[arg-type]

    assert found() == [other.id, first.id]
    assert found(status="canceled") == [first.id]
    assert found(destination=other.destination) == [other.id]
    assert found(arrival_date={"gte": other.arrival_date}) == [other.id, first.id]
    assert found(arrival_date={"gt": other.arrival_date}) == []
    assert found(arrival_date=other.arrival_date) == [other.id, first.id]
    changed = client.v1.payouts.update(other.id, {"metadata": {"seen": "yes"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"seen": "yes"}


def test_a_manual_payout_has_no_transactions_to_list(client: stripe.StripeClient) -> None:
    """Only of an automatic payout does Stripe know what went into it."""
    fund(client)
    payout = client.v1.payouts.create({"amount": 1000, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic transfers, not manual"):
        client.v1.balance_transactions.list({"payout": payout.id})


def test_each_day_pays_out_what_is_available(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """At midnight all of it goes, and the transactions that it is made of are known; nothing goes where nothing is."""
    brownout.use(Plan(seed=7, providers={"stripe": StripeOptions(payout_schedule="daily", payout_days=1)}))
    held = fund(client) + fund(client, 2000)
    brownout.clock.advance("1d")

    [payout] = client.v1.payouts.list().data

    assert (payout.amount, payout.automatic, payout.reconciliation_status) == (held, True, "in_progress")
    assert available(client) == 0
    rows = client.v1.balance_transactions.list({"payout": payout.id}).data
    assert sorted(row.type for row in rows) == ["charge", "charge", "payout"]
    assert sum(row.net for row in rows) == 0
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.cancel(payout.id)
    brownout.clock.advance("1d")
    assert client.v1.payouts.retrieve(payout.id).reconciliation_status == "completed"
    assert types(client, "payout")[-2:] == ["payout.paid", "payout.reconciliation_completed"]
    brownout.clock.advance("5d")
    assert len(client.v1.payouts.list().data) == 1


def test_a_connected_account_is_paid_out_on_its_own(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With `Stripe-Account`, the payout is that account's, from its balance to its bank."""
    account = seller(client, "000111111116")
    fund(client)
    client.v1.transfers.create({"amount": 5000, "currency": "usd", "destination": account})
    acting: Any = {"stripe_account": account}

    payout = client.v1.payouts.create({"amount": 5000, "currency": "usd"}, acting)
    brownout.clock.advance("3d")

    assert client.v1.payouts.list().data == []
    failed = client.v1.payouts.retrieve(payout.id, options=acting)
    assert (failed.status, failed.failure_code) == ("failed", "no_account")
    assert available(client, stripe_account=account) == 5000
    external: Any = client.v1.accounts.external_accounts.retrieve(account, str(payout.destination))
    assert external.status == "errored"
