"""Top-ups, customers' credit and refunds at their edges, through stripe-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def pay(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    """Take 20 dollars, or whatever `more` says."""
    return client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "capture_method": "automatic",
            **more,
        }
    )


def types(client: stripe.StripeClient, *starts: str) -> list[str]:
    """Return the types of the events that begin so, oldest first."""
    return [one.type for one in reversed(client.v1.events.list({"limit": 100}).data) if one.type.startswith(starts)]


# ---------------------------------------------------------------- top-ups
def test_a_top_up_arrives_days_later(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """It is pending until the bank has sent it, and then available."""
    topup = client.v1.topups.create({"amount": 5000, "currency": "usd", "description": "For refunds"})

    assert (topup.status, topup.balance_transaction) == ("pending", None)
    brownout.clock.advance("5d")

    after = client.v1.topups.retrieve(topup.id, {"expand": ["balance_transaction"]})
    assert after.status == "succeeded"
    assert isinstance(after.balance_transaction, stripe.BalanceTransaction)
    assert (after.balance_transaction.type, after.balance_transaction.net) == ("topup", 5000)
    assert client.v1.balance.retrieve().available[0].amount == 5000
    assert types(client, "topup") == ["topup.created", "topup.succeeded"]
    assert brownout.ledger().violations == []


@pytest.mark.parametrize("code", ["noAccount", "accountClosed", "insufficientFunds", "debitNotAuthorized"])
def test_a_top_up_fails_by_its_bank(brownout: Sandbox, client: stripe.StripeClient, code: str) -> None:
    """By the test token of its source; no money comes."""
    topup = client.v1.topups.create({"amount": 5000, "currency": "usd", "source": f"btok_us_verified_{code}"})
    brownout.clock.advance("5d")

    after = client.v1.topups.retrieve(topup.id)

    assert after.status == "failed"
    assert after.failure_code is not None
    assert after.failure_code.replace("_", "") == code.lower()
    assert client.v1.balance.retrieve().available[0].amount == 0
    assert types(client, "topup") == ["topup.created", "topup.failed"]


def test_a_pending_top_up_is_cancelled(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Then it never arrives; one that arrived can't be cancelled."""
    topup = client.v1.topups.create({"amount": 5000, "currency": "usd"})
    assert client.v1.topups.cancel(topup.id).status == "canceled"
    other = client.v1.topups.create({"amount": 1000, "currency": "usd"})
    brownout.clock.advance("6d")

    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.topups.cancel(other.id)

    assert client.v1.balance.retrieve().available[0].amount == 1000
    assert [one.id for one in client.v1.topups.list({"status": "canceled"}).data] == [topup.id]
    assert [one.id for one in client.v1.topups.list({"amount": {"lt": 5000}}).data] == [other.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such source: 'src_none'"):
        client.v1.topups.create({"amount": 1, "currency": "usd", "source": "src_none"})


# ---------------------------------------------------------------- customers' credit
def test_a_balance_that_was_set_has_its_transactions_too(client: stripe.StripeClient) -> None:
    """Made with a balance, set to another, set to the same: the transactions add up to the balance each time."""
    customer = client.v1.customers.create({"balance": -700})
    client.v1.customers.update(customer.id, {"balance": -200})
    client.v1.customers.update(customer.id, {"balance": -200, "description": "Unchanged"})
    client.v1.customers.balance_transactions.create(customer.id, {"amount": 50, "currency": "usd"})

    rows = client.v1.customers.balance_transactions.list(customer.id).data

    assert [(one.type, one.amount, one.ending_balance) for one in rows] == [
        ("adjustment", 50, -150),
        ("adjustment", 500, -200),
        ("initial", -700, -700),
    ]
    assert customer.currency == "usd"
    assert client.v1.customers.retrieve(customer.id).balance == sum(one.amount for one in rows)


def test_a_customers_balance_follows_its_transactions(client: stripe.StripeClient) -> None:
    """Each changes the balance and says what it was afterwards; one currency a customer."""
    customer = client.v1.customers.create({"email": "ada@example.com"})

    credit = client.v1.customers.balance_transactions.create(
        customer.id, {"amount": -500, "currency": "usd", "description": "Sorry"}
    )
    debit = client.v1.customers.balance_transactions.create(customer.id, {"amount": 200, "currency": "usd"})

    assert (credit.ending_balance, debit.ending_balance, credit.type) == (-500, -300, "adjustment")
    shown = client.v1.customers.retrieve(customer.id)
    assert (shown.balance, shown.currency) == (-300, "usd")
    assert [one.id for one in client.v1.customers.balance_transactions.list(customer.id).data] == [debit.id, credit.id]
    assert client.v1.customers.balance_transactions.retrieve(customer.id, credit.id).amount == -500
    changed = client.v1.customers.balance_transactions.update(customer.id, credit.id, {"description": "Very sorry"})
    assert changed.description == "Very sorry"
    with pytest.raises(stripe.InvalidRequestError, match="combine currencies"):
        client.v1.customers.balance_transactions.create(customer.id, {"amount": 1, "currency": "eur"})
    other = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.balance_transactions.retrieve(other.id, credit.id)
    assert refused.value.code == "resource_missing"
    assert types(client, "customer.") == [
        "customer.created", "customer.updated", "customer.updated", "customer.created",
    ]  # fmt: skip


# ---------------------------------------------------------------- refunds at their edges
def test_a_refund_that_fails_gives_its_money_back(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What was refunded of the charge goes back, its balance transaction too, and it can be refunded again."""
    paid = pay(client, payment_method="pm_card_refundFail")
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    given = client.v1.refunds.create({"payment_intent": paid.id, "reason": "duplicate"})
    assert given.amount == 1500
    brownout.clock.advance("1m")

    after = client.v1.refunds.retrieve(given.id, {"expand": ["failure_balance_transaction"]})

    assert (after.status, after.failure_reason, after.reason) == ("failed", "expired_or_canceled_card", "duplicate")
    assert isinstance(after.failure_balance_transaction, stripe.BalanceTransaction)
    row = after.failure_balance_transaction
    assert (row.type, row.amount) == ("refund_failure", 1500)
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert types(client, "refund.failed") == ["refund.failed", "refund.failed"]
    assert client.v1.refunds.create({"payment_intent": paid.id}).status == "succeeded"


def test_a_chargeback_overtakes_a_refund(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A refund that the dispute finds on its way fails; the payer gets the money once, from the bank."""
    paid = pay(client, payment_method="pm_card_createDispute")
    given = client.v1.refunds.create({"payment_intent": paid.id})
    assert given.status == "succeeded"

    brownout.clock.advance("1m")

    after = client.v1.refunds.retrieve(given.id)
    assert (after.status, after.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    assert client.v1.disputes.list().data[0].amount == 2000
    assert brownout.ledger().refunded() == 0
    assert brownout.ledger().violations == []
    assert client.v1.balance.retrieve().pending[0].amount + client.v1.balance.retrieve().available[0].amount == (
        2000 - 88 - 2000 - 1500
    )


def waiting(brownout: Sandbox) -> None:
    """Have refunds wait for money."""
    brownout.use(Plan(seed=7, providers={"stripe": StripeOptions(refunds_wait=True, settlement_days=2)}))


def test_a_refund_waits_for_money(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With `refunds_wait`, it is pending until the available balance covers it."""
    waiting(brownout)
    paid = pay(client)

    given = client.v1.refunds.create({"payment_intent": paid.id, "amount": 1500})

    assert (given.status, given.pending_reason, given.balance_transaction) == ("pending", "insufficient_funds", None)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 501})
    brownout.clock.advance("1d")
    assert client.v1.refunds.retrieve(given.id).status == "pending"
    brownout.clock.advance("2d")
    assert client.v1.refunds.retrieve(given.id).status == "succeeded"
    assert client.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 1500
    assert brownout.ledger().refunded() == 1500
    assert client.v1.refunds.create({"payment_intent": paid.id, "amount": 100}).status == "succeeded"


def test_a_dispute_ends_the_wait_of_a_refund(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A waiting refund whose charge is disputed fails, and moved nothing."""
    waiting(brownout)
    paid = pay(client, payment_method="pm_card_createDispute")
    given = client.v1.refunds.create({"payment_intent": paid.id})

    brownout.clock.advance("1d")

    after = client.v1.refunds.retrieve(given.id)
    assert (after.status, after.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    assert after.balance_transaction is None
    assert [row.type for row in client.v1.balance_transactions.list().data] == ["adjustment", "charge"]
