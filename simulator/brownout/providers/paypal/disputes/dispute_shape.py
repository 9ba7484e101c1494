"""Disputes for an answer, brief in lists and whole by themselves.

(PayPal REST API specifications, Disputes v1, version 1.10; sandbox lists of 2021 and deliveries of 2018 published with
clients: milliseconds, the order of keys, links by action; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.disputes.dispute_words import ALLOWED, OFFERS, STATES
from brownout.providers.paypal.links import link
from brownout.providers.paypal.payments.captures import shown_payee
from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

PATH: Final = "/v1/customer/disputes"


def moment(at: float) -> str:
    """Return world time as disputes write it.

    >>> moment(1_577_836_800)
    '2020-01-01T00:00:00.000Z'
    """
    return f"{stamp(at)[:-1]}.000Z"


def allowed(dispute: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what can be done about a dispute now; one that was lost can be appealed once."""
    if dispute["status"] == "RESOLVED":
        lost = dispute["outcome"] == "RESOLVED_BUYER_FAVOUR" and dispute["decided"] and not dispute["appealed"]
        return ("appeal",) if lost else ()
    return ALLOWED.get((dispute["stage"], dispute["status"]), ())


def brief(call: Call, dispute: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dispute for a list."""
    out = {
        "dispute_id": dispute["id"],
        "create_time": moment(dispute["created"]),
        "update_time": moment(dispute["updated"]),
        "reason": dispute["reason"],
        "status": dispute["status"],
        "dispute_state": STATES[dispute["status"]],
        "dispute_amount": Money(dispute["amount_minor"], dispute["currency"]).shown(),
        "dispute_life_cycle_stage": dispute["stage"],
        "dispute_channel": "INTERNAL",
    }
    if dispute["due"] is not None:
        out["seller_response_due_date"] = moment(dispute["due"])
    return out | {"links": [link(call, f"{PATH}/{dispute['id']}", "self")]}


def whole(call: Call, dispute: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dispute by itself: with the transaction, what was said, and what can be done."""
    out = brief(call, dispute)
    links = out.pop("links")
    out["disputed_transactions"] = [
        {
            "seller_transaction_id": dispute["capture"],
            "gross_amount": Money(dispute["gross_minor"], dispute["currency"]).shown(),
            "seller": shown_payee(call),
            "seller_protection_eligible": True,
            **{name: dispute[key] for name, key in (("custom", "custom_id"), ("invoice_number", "invoice_id"))
               if dispute[key]},
        }
    ]  # fmt: skip
    out["messages"] = [
        {"posted_by": by, "time_posted": moment(at), "content": said} for by, at, said in dispute["messages"]
    ]
    out["evidences"] = dispute["evidences"]
    if dispute["offer"] is not None:
        out["offer"] = dispute["offer"]
    if dispute["outcome"] is not None:
        out["dispute_outcome"] = {"outcome_code": dispute["outcome"]}
        if dispute["refunded_minor"]:
            refunded = Money(dispute["refunded_minor"], dispute["currency"]).shown()
            out["dispute_outcome"]["amount_refunded"] = refunded
    actions = allowed(dispute)
    if "make-offer" in actions:
        out["allowed_response_options"] = {
            "accept_claim": {"accept_claim_types": ["REFUND"]}, "make_offer": {"offer_types": list(OFFERS)},
        }  # fmt: skip
    path = f"{PATH}/{dispute['id']}"
    out["links"] = links + [link(call, f"{path}/{one}", one.replace("-", "_"), "POST") for one in actions]
    return out
