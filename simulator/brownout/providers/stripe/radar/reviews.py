"""Reviews: payments that Radar took and wants a person to look at.

A payment of elevated risk is reviewed, as by Radar's default rule; it is closed by an approval, a full refund, a
dispute or a cancellation. (Stripe docs, API reference: Reviews, Radar: Reviews, and Charge outcome; recorded
outcomes; read 2026-11-24. What approving a closed one is answered isn't documented: here so.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.store import Term
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.resource import NOW, Action, Resource, fixed

if TYPE_CHECKING:
    from brownout.core.operation import Call


def open_for(call: Call, intent: dict[str, Any], charge: dict[str, Any]) -> None:
    """Have a payment reviewed."""
    review = REVIEWS.build(call, {})
    review |= {
        "billing_zip": (charge["billing_details"]["address"] or {}).get("postal_code"),
        "charge": charge["id"],
        "payment_intent": intent["id"],
    }
    charge["review"] = intent["review"] = review["id"]
    REVIEWS.keep(call, review, {})


def close(call: Call, charge: dict[str, Any], reason: str) -> None:
    """Close the review of a charge, if there is one and it is open: `reason` is one of `closed_reason`."""
    review = call.table("review").get(charge.get("review") or "")
    if review is not None and review["open"]:
        review |= {"open": False, "reason": reason, "closed_reason": reason}
        emit(call, "review.closed", review)


def refunded(call: Call, charge: dict[str, Any], reason: str | None) -> None:
    """Close the review of a charge that was given back in full."""
    close(call, charge, "refunded_as_fraud" if reason == "fraudulent" else "refunded")


def _approve(call: Call, review: dict[str, Any], given: dict[str, Any]) -> None:
    if not review["open"]:
        message = f"This review has already been closed ({review['closed_reason']}) and can't be approved."
        raise refusal(call, message, executed=True)
    review |= {"open": False, "reason": "approved", "closed_reason": "approved"}


REVIEWS: Final = Resource(
    object_type="review",
    path="/v1/reviews",
    prefix="prv",
    path_param="review",
    fields={
        "billing_zip": fixed(),
        "charge": fixed(link="charge"),
        "closed_reason": fixed(kind="enum"),
        "created": NOW,
        "ip_address": fixed(),
        "ip_address_location": fixed(),
        "livemode": fixed(value=False),
        "open": fixed(value=True),
        "opened_reason": fixed("rule", kind="enum"),
        "payment_intent": fixed(link="payment_intent"),
        "reason": fixed("rule", kind="enum"),
        "session": fixed(),
    },
    verbs=("retrieve", "list"),
    among=lambda _given: {Term(("open",)): (True,)},
    events={"create": "review.opened"},
    actions=(Action("approve", _approve, event="review.closed"),),
)
OPERATIONS: Final = REVIEWS.operations()
