"""Disputes: payers who take a payment to their bank, and what the shop says to it; warnings of banks.

A chargeback takes the money at once, with a fee that stays lost; an inquiry takes none until it is escalated. What a
test writes into `evidence[uncategorized_text]` decides: `winning_evidence`, `losing_evidence`,
`escalate_inquiry_evidence`. Without an answer by `due_by` it is lost. (Stripe docs, API reference: Disputes and Early
fraud warnings, Testing: Disputes; recorded and probed test-mode answers; read 2026-11-23. How a payment with several
disputes is shared between them isn't documented: here in equal parts.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.store import Term
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.money import book_dispute, book_late, book_reversal, payment_of
from brownout.providers.stripe.params import EXPAND, Shape, boolean, group, metadata, opaque, text
from brownout.providers.stripe.radar import reviews
from brownout.providers.stripe.resource import METADATA, NOW, Action, Resource, fixed, made

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card

CREATED_SECONDS: Final = 0.5
"""How long after its charge a dispute comes, as probed in test mode: 0.4 to 0.6 s."""
DECIDED_SECONDS: Final = 5.0
"""How long the bank looks at evidence, as probed in test mode: about 5 s."""
FEE: Final = 1500
_DAY: Final = 86_400
_DUE_DAYS: Final = 9
"""`due_by` is the last second of the eighth day after the dispute's."""
_CODES: Final = {"fraudulent": "10.4", "product_not_received": "13.1", "inquiry": "10"}
_OPEN: Final = frozenset({"needs_response", "warning_needs_response", "under_review", "warning_under_review"})
_WORDS: Final = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
    "uncategorized_text",
)  # fmt: skip
_FILES: Final = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation",
    "receipt", "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
_EVIDENCE: Final = group(
    Shape(**{name: text(most=150_000) for name in (*_WORDS, *_FILES)}, enhanced_evidence=opaque), unset=False
)


def follow(call: Call, charge: dict[str, Any], card: Card) -> None:
    """Have a charge's payer, or their bank, do what the card is known for."""
    charge_id = charge["id"]
    for place, reason in enumerate(card.disputes):
        call.later(
            CREATED_SECONDS,
            f"dispute {place}",
            lambda later, why=reason, at=place: _open(later, charge_id, why, at, len(card.disputes)),  # type: ignore[misc]
        )
    if card.fraud_warning:
        call.later(CREATED_SECONDS, "fraud warning", lambda later: _warn(later, charge_id))


def _open(call: Call, charge_id: str, reason: str, place: int, of: int) -> None:
    charge = call.table("charge").get(charge_id)
    if charge is None or not charge["captured"]:
        return
    book_late(call, charge_id)  # money has to be there before it is taken
    whole = charge["amount_captured"]
    share = whole // of + (whole % of if place == 0 else 0)
    inquiry = reason == "inquiry"
    dispute = DISPUTES.build(call, {})
    dispute |= {
        "amount": share,
        "charge": charge_id,
        "currency": charge["currency"],
        "is_charge_refundable": inquiry,
        "network_reason_code": _CODES[reason],
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": charge["payment_method_details"]["card"]["network"],
                "network_reason_code": _CODES[reason],
            },
            "type": "card",
        },
        "reason": "fraudulent" if inquiry else reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    call.create("dispute", dispute)
    charge["disputed"] = True
    reviews.close(call, charge, "disputed")
    emit(call, "charge.dispute.created", dispute, payment=charge["payment_intent"])
    if not inquiry:
        _withdraw(call, dispute)
    dispute_id = dispute["id"]
    call.later(
        dispute["evidence_details"]["due_by"] + 1 - call.now, "overdue", lambda later: _overdue(later, dispute_id)
    )


def _withdraw(call: Call, dispute: dict[str, Any]) -> None:
    dispute["balance_transactions"] = [*dispute["balance_transactions"], book_dispute(call, dispute, fee=FEE)]
    _post(call, "dispute", dispute)
    emit(call, "charge.dispute.funds_withdrawn", dispute, payment=dispute["payment_intent"])


def _post(call: Call, kind: Any, dispute: dict[str, Any]) -> None:
    call.post(
        kind, payment=dispute["payment_intent"], object_id=dispute["id"], amount_minor=dispute["amount"],
        currency=dispute["currency"], fee_minor=FEE if kind == "dispute" else 0,
        key=payment_of(call, dispute["payment_intent"])["key"],
    )  # fmt: skip


def _change(call: Call, dispute: dict[str, Any], given: dict[str, Any]) -> None:
    """Put evidence in, and hand it to the bank unless it is only staged."""
    if dispute["status"] not in _OPEN:
        raise refusal(call, "This dispute is already closed", executed=True)
    evidence = {name: one for name, one in (given.get("evidence") or {}).items() if name != "enhanced_evidence"}
    for name in _FILES:
        if evidence.get(name) is not None:
            find(call, "file", evidence[name], param=f"evidence[{name}]")
    dispute["evidence"] = {**dispute["evidence"], **evidence}
    known = any(one for name, one in dispute["evidence"].items() if name != "enhanced_evidence")
    dispute["evidence_details"] = {**dispute["evidence_details"], "has_evidence": known}
    if not given.get("submit", bool(evidence)):
        return
    details = dispute["evidence_details"]
    details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    dispute["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
    said, dispute_id = dispute["evidence"]["uncategorized_text"], dispute["id"]
    call.later(DECIDED_SECONDS, "decision", lambda later: _decide(later, dispute_id, said))


def _decide(call: Call, dispute_id: str, said: str | None) -> None:
    """Have the bank decide over what a test is known to say; over anything else it goes on thinking."""
    dispute = call.table("dispute").get(dispute_id)
    if dispute is None or dispute["status"] not in _OPEN:
        return
    inquiry = dispute["status"].startswith("warning")
    if said == "winning_evidence":
        _close(call, dispute, "warning_closed" if inquiry else "won")
    elif said == "losing_evidence":
        _close(call, dispute, "warning_closed" if inquiry else "lost")
    elif said == "escalate_inquiry_evidence" and inquiry:
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        dispute |= {"status": "needs_response", "is_charge_refundable": False}
        emit(call, "charge.dispute.updated", dispute, payment=dispute["payment_intent"])
        _withdraw(call, dispute)


def _overdue(call: Call, dispute_id: str) -> None:
    dispute = call.table("dispute").get(dispute_id)
    if dispute is None or not dispute["status"].endswith("needs_response"):
        return
    dispute["evidence_details"] = {**dispute["evidence_details"], "past_due": True}
    _close(call, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")


def _close(call: Call, dispute: dict[str, Any], status: str) -> None:
    dispute["status"] = status
    if status == "won":
        dispute["balance_transactions"] = [*dispute["balance_transactions"], book_reversal(call, dispute)]
        dispute["is_charge_refundable"] = True
        _post(call, "reinstate", dispute)
        emit(call, "charge.dispute.funds_reinstated", dispute, payment=dispute["payment_intent"])
    emit(call, "charge.dispute.closed", dispute, payment=dispute["payment_intent"])


def _accept(call: Call, dispute: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    if dispute["status"] not in _OPEN:
        raise refusal(call, "This dispute is already closed", executed=True)
    _close(call, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")
    return None


def charged_back(call: Call, charge: dict[str, Any]) -> bool:
    """Return whether a dispute keeps a charge from being refunded."""
    if not charge["disputed"]:
        return False
    of_charge = call.table("dispute").newest_first(where={Term(("charge",)): (charge["id"],)})
    return any(not one["is_charge_refundable"] for one in of_charge)


def _warn(call: Call, charge_id: str) -> None:
    charge = call.table("charge").get(charge_id)
    if charge is None:
        return
    warning = WARNINGS.build(call, {})
    warning |= {"actionable": not charge["refunded"], "charge": charge_id, "payment_intent": charge["payment_intent"]}
    WARNINGS.keep(call, warning, {})


def _due(call: Call) -> dict[str, Any]:
    return {
        "due_by": (call.now // _DAY + _DUE_DAYS) * _DAY - 1,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }


DISPUTES: Final = Resource(
    object_type="dispute",
    path="/v1/disputes",
    prefix="du",
    path_param="dispute",
    fields={
        "amount": fixed(0, kind="money"),
        "balance_transactions": made(lambda _call: []),
        "charge": fixed(link="charge"),
        "created": NOW,
        "currency": fixed("usd"),
        "enhanced_eligibility_types": made(lambda _call: []),
        "evidence": made(lambda _call: {**dict.fromkeys(sorted((*_WORDS, *_FILES))), "enhanced_evidence": {}}),
        "evidence_details": made(_due),
        "is_charge_refundable": fixed(value=False),
        "livemode": fixed(value=False),
        "metadata": METADATA._replace(create=None),
        "network_reason_code": fixed(),
        "payment_intent": fixed(link="payment_intent"),
        "payment_method_details": fixed(),
        "reason": fixed("general", kind="enum"),
        "status": fixed("needs_response", kind="enum"),
    },
    verbs=("retrieve", "update", "list"),
    filters={"charge": text(unset=False), "payment_intent": text(unset=False)},
    update_too={"evidence": _EVIDENCE, "submit": boolean},
    events={"update": "charge.dispute.updated"},
    change=_change,
    actions=(Action("close", _accept, shape=Shape(expand=EXPAND, metadata=metadata)),),
)
WARNINGS: Final = Resource(
    object_type="radar.early_fraud_warning",
    path="/v1/radar/early_fraud_warnings",
    prefix="issfr",
    fields={
        "actionable": fixed(value=True),
        "charge": fixed(link="charge"),
        "created": NOW,
        "fraud_type": fixed("unauthorized_use_of_card", kind="enum"),
        "livemode": fixed(value=False),
        "payment_intent": fixed(link="payment_intent"),
    },
    verbs=("retrieve", "list"),
    filters={"charge": text(unset=False), "payment_intent": text(unset=False)},
    events={"create": "radar.early_fraud_warning.created"},
)
OPERATIONS: Final = (*DISPUTES.operations(), *WARNINGS.operations())
