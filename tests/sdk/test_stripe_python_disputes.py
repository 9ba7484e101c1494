"""A dispute's life, through stripe-python: what it takes, what the shop says to it, how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk


def _pay(client: stripe.StripeClient, card: str, **more: Any) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {"amount": 5000, "currency": "usd", "confirm": True, "payment_method": card,
         "allowed_payment_method_types": ["card"], "metadata": {"order_id": card}, **more}  # type: ignore[typeddict-item]
    )  # fmt: skip


def _only(client: stripe.StripeClient) -> stripe.Dispute:
    (found,) = client.v1.disputes.list().data
    return found


def _told(client: stripe.StripeClient) -> list[str]:
    types = [one.type for one in client.v1.events.list({"limit": 100}).data]
    return [one for one in reversed(types) if "dispute" in one]


def _balance(client: stripe.StripeClient) -> int:
    found = client.v1.balance.retrieve()
    return sum(one.amount for one in (*found.available, *found.pending))


def test_a_chargeback_takes_the_money_and_a_fee(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """Half a second after the charge: the amount and $15 go, the charge says so, and can't be refunded."""
    intent = _pay(client, "pm_card_createDispute")
    brownout.clock.advance(1)
    dispute = _only(client)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))

    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 5000)
    assert dispute.id.startswith("du_1")
    assert charge.disputed is True
    assert _balance(client) == 5000 - 175 - 6500
    assert [(one.reporting_category, one.net) for one in dispute.balance_transactions] == [("dispute", -6500)]
    assert _told(client) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_disputed"
    assert brownout.ledger().violations == []


@pytest.mark.parametrize(
    ("said", "status", "told", "back"),
    [
        ("winning_evidence", "won", ["charge.dispute.funds_reinstated", "charge.dispute.closed"], 5000),
        ("losing_evidence", "lost", ["charge.dispute.closed"], 0),
        ("we sent it", "under_review", [], 0),
    ],
)
def test_evidence_decides(
    client: stripe.StripeClient, brownout: Sandbox, said: str, status: str, told: list[str], back: int
) -> None:
    """Submitted, it is under review at once; what a test says decides five seconds later; the fee stays lost."""
    _pay(client, "pm_card_createDispute")
    brownout.clock.advance(1)
    before = _balance(client)

    reviewed = client.v1.disputes.update(_only(client).id, {"evidence": {"uncategorized_text": said}, "submit": True})
    brownout.clock.advance(6)

    assert (reviewed.status, reviewed.evidence_details.submission_count) == ("under_review", 1)
    assert _only(client).status == status
    assert _told(client)[2:] == ["charge.dispute.updated", *told]
    assert _balance(client) - before == back
    assert brownout.ledger().violations == []


def test_staged_evidence_waits_and_silence_loses(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """Evidence that isn't submitted changes no status, and without an answer by its day the dispute is lost."""
    _pay(client, "pm_card_createDisputeProductNotReceived")
    brownout.clock.advance(1)
    staged = client.v1.disputes.update(
        _only(client).id, {"evidence": {"product_description": "Tea"}, "submit": False, "metadata": {"a": "1"}}
    )
    brownout.clock.advance("10d")
    after = _only(client)

    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.to_dict()["metadata"] == {"a": "1"}
    assert (after.status, after.evidence_details.past_due, after.reason) == ("lost", True, "product_not_received")
    with pytest.raises(stripe.InvalidRequestError, match="This dispute is already closed"):
        client.v1.disputes.close(after.id)


def test_an_inquiry_takes_no_money_until_it_is_escalated(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """It warns first; escalated, it is a chargeback as any other."""
    _pay(client, "pm_card_createDisputeInquiry")
    brownout.clock.advance(1)
    before = _balance(client)
    inquiry = _only(client)
    client.v1.disputes.update(
        inquiry.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}, "submit": True}
    )
    brownout.clock.advance(6)

    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert inquiry.balance_transactions == []
    assert _only(client).status == "needs_response"
    assert before - _balance(client) == 6500


def test_giving_up_loses_at_once(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """A shop may close a dispute, and loses it."""
    _pay(client, "pm_card_createDispute")
    brownout.clock.advance(1)

    assert client.v1.disputes.close(_only(client).id).status == "lost"


def test_a_hold_is_disputed_once_it_is_captured(client: stripe.StripeClient, brownout: Sandbox) -> None:
    """Nothing is disputed that wasn't taken, and no more than was."""
    intent = _pay(client, "pm_card_createDispute", capture_method="manual")
    brownout.clock.advance(5)
    assert client.v1.disputes.list().data == []

    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 3000})
    brownout.clock.advance(1)

    assert _only(client).amount == 3000


def test_several_disputes_share_a_payment_and_a_bank_may_only_warn(
    client: stripe.StripeClient, brownout: Sandbox
) -> None:
    """Two disputes take no more than the whole; a warning takes nothing."""
    _pay(client, "pm_card_createMultipleDisputes")
    _pay(client, "pm_card_createIssuerFraudRecord")
    brownout.clock.advance(1)

    assert sorted(one.amount for one in client.v1.disputes.list().data) == [2500, 2500]
    (warning,) = client.v1.radar.early_fraud_warnings.list().data
    assert (warning.actionable, warning.fraud_type) == (True, "unauthorized_use_of_card")
    assert client.v1.radar.early_fraud_warnings.retrieve(warning.id).charge == warning.charge
    assert brownout.ledger().violations == []
