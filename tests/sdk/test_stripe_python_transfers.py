"""Money between a platform and its connected accounts, through stripe-python: transfers, shared payments, fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from stripe_sellers import seller

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def pay(client: stripe.StripeClient, *, on: str | None = None, **more: Any) -> stripe.PaymentIntent:
    """Take 100 dollars that are available at once, or whatever `more` says; `on` is the account that takes it."""
    given: Any = {
        "amount": 10_000,
        "currency": "usd",
        "payment_method": "pm_card_bypassPending",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "capture_method": "automatic",
        **more,
    }
    return client.v1.payment_intents.create(given, {"stripe_account": on} if on else None)


def held(client: stripe.StripeClient, account: str | None = None) -> int:
    """Return what an account has in all, available or not."""
    balance = client.v1.balance.retrieve(options={"stripe_account": account} if account else None)
    return sum(one.amount for one in (*balance.available, *balance.pending))


def types(client: stripe.StripeClient, *starts: str, account: str | None = None) -> list[str]:
    """Return the types of the events that begin so, oldest first."""
    options: Any = {"stripe_account": account} if account else None
    events = reversed(client.v1.events.list({"limit": 100}, options).data)
    return [one.type for one in events if one.type.startswith(starts)]


def rows(client: stripe.StripeClient, account: str | None = None) -> list[tuple[str, int, int]]:
    """Return type, amount and fee of all balance transactions, oldest first."""
    options: Any = {"stripe_account": account} if account else None
    return [(row.type, row.amount, row.fee) for row in reversed(client.v1.balance_transactions.list({}, options).data)]


# ---------------------------------------------------------------- transfers
def test_a_transfer_arrives_as_a_payment(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """It leaves one balance and is in the other, where it is a charge without a payer; both are told."""
    account = seller(client)
    pay(client)
    before = held(client)

    transfer = client.v1.transfers.create(
        {"amount": 4000, "currency": "usd", "destination": account, "transfer_group": "ORDER_1", "description": "Share"}
    )

    assert (transfer.destination, transfer.reversed, transfer.amount_reversed) == (account, False, 0)
    assert (held(client), held(client, account)) == (before - 4000, 4000)
    payment = client.v1.charges.retrieve(str(transfer.destination_payment), options={"stripe_account": account})
    assert (payment.amount, payment.source_transfer, payment.payment_intent) == (4000, transfer.id, None)
    assert rows(client, account) == [("payment", 4000, 0)]
    assert rows(client)[-1] == ("transfer", -4000, 0)
    assert types(client, "transfer") == ["transfer.created"]
    assert types(client, "charge.", account=account) == ["charge.succeeded"]
    assert [one.id for one in client.v1.transfers.list({"transfer_group": "ORDER_1"}).data] == [transfer.id]
    assert client.v1.transfers.list({"destination": "acct_other"}).data == []
    assert client.v1.transfers.update(transfer.id, {"description": "Half"}).description == "Half"
    assert brownout.ledger().violations == []


def test_what_cannot_be_transferred(client: stripe.StripeClient) -> None:
    """To nobody, to an account that may not have it, or more than is available."""
    account = seller(client)
    fresh = client.v1.accounts.create({"type": "custom", "country": "US"}).id

    def refused(**given: Any) -> stripe.InvalidRequestError:
        with pytest.raises(stripe.InvalidRequestError) as found:
            client.v1.transfers.create({"amount": 1000, "currency": "usd", "destination": account, **given})  # type: ignore[typeddict-item]
        return found.value

    nobody = refused(destination="acct_nobody")
    assert (nobody.code, nobody.param) == ("resource_missing", "destination")
    assert "No such destination: 'acct_nobody'" in str(nobody)
    assert refused(destination=fresh).code == "insufficient_capabilities_for_transfer"
    short = refused()
    assert short.code == "balance_insufficient"
    assert "creating Charges using the 4000000000000077 test card" in str(short)


def test_a_transfer_from_a_charge_need_not_wait(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Money that is still pending can be handed on, is pending there as long, and no more than the charge had."""
    account = seller(client)
    charge = str(pay(client, payment_method="pm_card_visa", transfer_group="ORDER_2").latest_charge)

    part = client.v1.transfers.create(
        {"amount": 7000, "currency": "usd", "destination": account, "source_transaction": charge}
    )

    assert (part.source_transaction, part.transfer_group) == (charge, "ORDER_2")
    balance = client.v1.balance.retrieve(options={"stripe_account": account})
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 7000)
    told = r"must not exceed the source amount of \$100.00. \(There is already a transfer using this source, amounting"
    with pytest.raises(stripe.InvalidRequestError, match=told):
        client.v1.transfers.create(
            {"amount": 3001, "currency": "usd", "destination": account, "source_transaction": charge}
        )
    brownout.clock.advance("8d")
    balance = client.v1.balance.retrieve(options={"stripe_account": account})
    assert balance.available[0].amount == 7000


def test_a_transfer_is_reversed_in_parts(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Parts add up, more than the rest is refused, and the other end shows refunds."""
    account = seller(client)
    pay(client)
    transfer = client.v1.transfers.create({"amount": 4000, "currency": "usd", "destination": account})
    before = held(client)

    first = client.v1.transfers.reversals.create(transfer.id, {"amount": 1500, "metadata": {"why": "late"}})

    assert (first.amount, first.transfer) == (1500, transfer.id)
    assert (held(client), held(client, account)) == (before + 1500, 2500)
    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$25.01\) is greater than unreversed amount on transfer"):
        client.v1.transfers.reversals.create(transfer.id, {"amount": 2501})
    second = client.v1.transfers.reversals.create(transfer.id)
    shown = client.v1.transfers.retrieve(transfer.id)
    assert (second.amount, shown.amount_reversed, shown.reversed) == (2500, 4000, True)
    assert [one.id for one in shown.reversals.data] == [second.id, first.id]
    assert [one.id for one in client.v1.transfers.reversals.list(transfer.id).data] == [second.id, first.id]
    with pytest.raises(stripe.InvalidRequestError, match="is already fully reversed"):
        client.v1.transfers.reversals.create(transfer.id)
    assert client.v1.transfers.reversals.update(transfer.id, first.id, {"metadata": {"a": "b"}}).id == first.id
    payment = client.v1.charges.retrieve(
        str(transfer.destination_payment), {"expand": ["refunds"]}, {"stripe_account": account}
    )
    assert payment.refunded
    assert payment.refunds is not None
    assert [one.id for one in payment.refunds.data] == [
        second.destination_payment_refund, first.destination_payment_refund,
    ]  # fmt: skip
    assert rows(client, account) == [("payment", 4000, 0), ("payment_refund", -1500, 0), ("payment_refund", -2500, 0)]
    assert types(client, "transfer") == ["transfer.created", "transfer.reversed", "transfer.reversed"]
    assert brownout.ledger().violations == []


def test_money_that_is_gone_cannot_be_reversed(client: stripe.StripeClient) -> None:
    """A connected account that paid its money out has nothing to give back."""
    account = seller(client)
    pay(client)
    transfer = client.v1.transfers.create({"amount": 4000, "currency": "usd", "destination": account})
    client.v1.payouts.create({"amount": 4000, "currency": "usd"}, {"stripe_account": account})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.reversals.create(transfer.id)

    assert refused.value.code == "balance_insufficient"


def test_a_connected_account_gives_a_payment_back(client: stripe.StripeClient) -> None:
    """Refunding the payment at the other end reverses the transfer."""
    account = seller(client)
    pay(client)
    transfer = client.v1.transfers.create({"amount": 4000, "currency": "usd", "destination": account})

    given = client.v1.refunds.create(
        {"charge": str(transfer.destination_payment), "amount": 1000}, {"stripe_account": account}
    )

    assert (given.amount, given.charge) == (1000, transfer.destination_payment)
    assert held(client, account) == 3000
    shown = client.v1.transfers.retrieve(transfer.id)
    assert shown.amount_reversed == 1000
    assert shown.reversals.data[0].source_refund == given.id


# ---------------------------------------------------------------- destination charges
@pytest.mark.parametrize("capture", ["automatic", "automatic_async", "manual"])
def test_a_destination_charge_with_a_fee(brownout: Sandbox, client: stripe.StripeClient, capture: str) -> None:
    """All of it goes on, the fee comes back; the platform bears Stripe's own."""
    account = seller(client)
    intent = pay(
        client, application_fee_amount=1230, transfer_data={"destination": account}, on_behalf_of=account,
        capture_method=capture,
    )  # fmt: skip
    if capture == "manual":
        client.v1.payment_intents.capture(intent.id)
    brownout.clock.advance("1s")

    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["transfer", "application_fee"]})

    assert intent.transfer_data is not None
    assert (intent.application_fee_amount, intent.transfer_data.destination, intent.on_behalf_of) == (
        1230, account, account,
    )  # fmt: skip
    assert isinstance(charge.transfer, stripe.Transfer)
    assert isinstance(charge.application_fee, stripe.ApplicationFee)
    assert (charge.transfer.amount, charge.transfer.source_transaction) == (10_000, charge.id)
    assert (charge.transfer_group, charge.application_fee_amount) == (f"group_{intent.id}", 1230)
    assert (charge.application_fee.amount, charge.application_fee.account) == (1230, account)
    assert charge.application_fee.charge == charge.transfer.destination_payment
    assert charge.application_fee.originating_transaction == charge.id
    assert rows(client, account) == [("payment", 10_000, 1230)]
    assert rows(client) == [("charge", 10_000, 320), ("transfer", -10_000, 0), ("application_fee", 1230, 0)]
    assert (held(client), held(client, account)) == (10_000 - 320 - 10_000 + 1230, 8770)
    assert types(client, "transfer", "application_fee") == ["application_fee.created", "transfer.created"]
    assert brownout.ledger().violations == []
    assert brownout.ledger().captured() == 10_000


def test_a_destination_charge_of_a_part(client: stripe.StripeClient) -> None:
    """`transfer_data[amount]` is what goes on; there is no application fee then."""
    account = seller(client)

    pay(client, transfer_data={"destination": account, "amount": 8770})

    assert held(client, account) == 8770
    assert client.v1.application_fees.list().data == []
    assert rows(client) == [("charge", 10_000, 320), ("transfer", -8770, 0)]


def test_a_capture_may_share_otherwise(client: stripe.StripeClient) -> None:
    """Capturing a part takes another fee, and the transfer is of what was captured."""
    account = seller(client)
    intent = pay(client, application_fee_amount=1230, transfer_data={"destination": account}, capture_method="manual")

    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 5000, "application_fee_amount": 600})

    assert rows(client, account) == [("payment", 5000, 600)]


def test_how_a_payment_cannot_be_shared(client: stripe.StripeClient) -> None:
    """A fee needs an account that it comes from, both ways at once are one too many, and parts fit the whole."""
    account = seller(client)

    def refused(**given: Any) -> str:
        with pytest.raises(stripe.InvalidRequestError) as found:
            pay(client, **given)
        return f"{found.value.param}: {found.value.user_message}"

    assert refused(application_fee_amount=1).startswith(
        "application_fee_amount: Can only apply an application_fee_amount when"
    )
    assert refused(transfer_data={"destination": "acct_nobody"}) == (
        "transfer_data[destination]: No such destination: 'acct_nobody'"
    )
    assert refused(on_behalf_of="acct_nobody") == "on_behalf_of: No such account: 'acct_nobody'"
    both = refused(application_fee_amount=1, transfer_data={"destination": account, "amount": 1})
    assert "only specify one of these parameters" in both
    assert "no more than" in refused(application_fee_amount=10_001, transfer_data={"destination": account})
    assert client.v1.payment_intents.list().data == []


# ---------------------------------------------------------------- fees
@pytest.mark.parametrize("capture", ["automatic", "automatic_async"])
def test_a_direct_charge_pays_its_platform_a_fee(brownout: Sandbox, client: stripe.StripeClient, capture: str) -> None:
    """The connected account takes the payment and bears both fees; the platform has its own."""
    account = seller(client)

    intent = pay(client, on=account, application_fee_amount=1230, capture_method=capture)
    brownout.clock.advance("1s")

    [fee] = client.v1.application_fees.list().data
    assert (fee.amount, fee.account, fee.charge, fee.originating_transaction) == (
        1230, account, intent.latest_charge, None,
    )  # fmt: skip
    assert client.v1.application_fees.list({"charge": "ch_other"}).data == []
    assert rows(client, account) == [("charge", 10_000, 320 + 1230)]
    row = client.v1.balance_transactions.list({}, {"stripe_account": account}).data[0]
    assert [(one.type, one.amount) for one in row.fee_details] == [("stripe_fee", 320), ("application_fee", 1230)]
    assert (held(client), held(client, account)) == (1230, 8450)
    assert types(client, "application_fee") == ["application_fee.created"]
    assert brownout.ledger().violations == []


def test_a_fee_is_given_back_in_parts(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """By its refunds, and by the older call for all that is left; no more than it was."""
    account = seller(client)
    pay(client, on=account, application_fee_amount=1000)
    fee = client.v1.application_fees.list().data[0].id

    part = client.v1.application_fees.refunds.create(fee, {"amount": 400, "metadata": {"a": "b"}})

    assert (part.amount, part.fee) == (400, fee)
    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$6.01\) is greater than unrefunded amount on fee"):
        client.v1.application_fees.refunds.create(fee, {"amount": 601})
    client.raw_request("post", f"/v1/application_fees/{fee}/refund")
    shown = client.v1.application_fees.retrieve(fee)
    assert (shown.amount_refunded, shown.refunded) == (1000, True)
    assert [one.amount for one in shown.refunds.data] == [600, 400]
    assert [one.amount for one in client.v1.application_fees.refunds.list(fee).data] == [600, 400]
    assert client.v1.application_fees.refunds.retrieve(fee, part.id).amount == 400
    client.v1.application_fees.refunds.update(fee, part.id, {"metadata": {"a": ""}})
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        client.v1.application_fees.refunds.create(fee)
    assert (held(client), held(client, account)) == (0, 10_000 - 320)
    assert types(client, "application_fee") == [
        "application_fee.created", "application_fee.refunded", "application_fee.refunded",
        "application_fee.refund.updated",
    ]  # fmt: skip
    assert brownout.ledger().violations == []


# ---------------------------------------------------------------- refunds
def test_a_refund_takes_its_share_back(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With `reverse_transfer` and `refund_application_fee`, each in proportion to what is refunded."""
    account = seller(client)
    intent = pay(client, application_fee_amount=1001, transfer_data={"destination": account})
    ask: Any = {"payment_intent": intent.id, "reverse_transfer": True, "refund_application_fee": True}

    first = client.v1.refunds.create({**ask, "amount": 5000, "expand": ["transfer_reversal"]})

    assert isinstance(first.transfer_reversal, stripe.TransferReversal)
    assert (first.transfer_reversal.amount, first.transfer_reversal.source_refund) == (5000, first.id)
    assert held(client, account) == 10_000 - 1001 - 5000 + 500
    client.v1.refunds.create(ask)
    assert held(client, account) == 0
    assert held(client) == -320
    fee = client.v1.application_fees.list().data[0]
    assert (fee.amount_refunded, fee.refunded) == (1001, True)
    assert brownout.ledger().violations == []


def test_a_refund_may_leave_the_transfer(client: stripe.StripeClient) -> None:
    """Without being asked for, neither the transfer nor the fee is touched: the platform pays."""
    account = seller(client)
    intent = pay(client, application_fee_amount=1000, transfer_data={"destination": account})

    given = client.v1.refunds.create({"payment_intent": intent.id})

    assert given.transfer_reversal is None
    assert (held(client), held(client, account)) == (-320 - 10_000 + 1000, 9000)


def test_what_a_refund_cannot_take_back(client: stripe.StripeClient) -> None:
    """A charge without a transfer or a fee has none to reverse."""
    account = seller(client)
    plain, direct = pay(client), pay(client, on=account, application_fee_amount=100)

    with pytest.raises(stripe.InvalidRequestError, match="because it does not have an associated transfer"):
        client.v1.refunds.create({"payment_intent": plain.id, "reverse_transfer": True})
    with pytest.raises(stripe.InvalidRequestError, match="but it has no application fee"):
        client.v1.refunds.create({"payment_intent": plain.id, "refund_application_fee": True})
    given = client.v1.refunds.create(
        {"payment_intent": direct.id, "refund_application_fee": True}, {"stripe_account": account}
    )
    assert given.status == "succeeded"
    assert client.v1.application_fees.list().data[0].refunded
