"""The changes of 2025: basil (2025-03-31) and clover (2025-09-30), as far as they touch what is there to answer with.

Of what basil did to cancelled and partly captured payments, the fields are here; the refund objects that there were
for them, their events and their second balance transaction are not. Of invoices nothing is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.versions import Change
from brownout.providers.stripe.versions.shapes import CHANGELOG, CHARGES, INTENTS, joined, shown_anyway, without

if TYPE_CHECKING:
    from brownout.core.operation import Call

_BASIL: Final = "2025-03-31.basil"
_CLOVER: Final = "2025-09-30.clover"
_RELEASES: Final = "https://github.com/stripe/stripe-node/blob/master/CHANGELOG.md"


def _without_invoice(value: dict[str, Any], call: Call) -> dict[str, Any]:
    return joined(value, invoice=None)


def _expired(value: dict[str, Any], call: Call) -> dict[str, Any]:
    return {**value, "cancellation_reason": "automatic"} if value.get("cancellation_reason") == "expired" else value


def _released(value: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return a charge that counts what was released as refunded."""
    if value["status"] != "succeeded":
        return value
    if value["captured"]:
        refunded = value["amount_refunded"] + value["amount"] - value["amount_captured"]
        return value if refunded == value["amount_refunded"] else {**value, "amount_refunded": refunded}
    intent = value.get("payment_intent")
    if isinstance(intent, str):
        intent = call.table("payment_intent").get(intent)
    if intent is None or intent["status"] != "canceled":
        return value
    return {**value, "amount_captured": None, "amount_refunded": value["amount"], "refunded": True}


def _metered(value: dict[str, Any], call: Call) -> dict[str, Any]:
    recurring = value.get("recurring")
    return {**value, "recurring": joined(recurring, aggregate_usage=None)} if recurring else value


def _shipping(value: dict[str, Any], call: Call) -> dict[str, Any]:
    collected = value.get("collected_information") or {}
    return joined(value, shipping_details=collected.get("shipping_details"))


def _period(value: dict[str, Any], call: Call) -> dict[str, Any]:
    items = (value.get("items") or {}).get("data") or [{}]
    return joined(value, **{name: items[0].get(name) for name in ("current_period_end", "current_period_start")})


def _coupon(place: str, value: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return what has its coupon, whole, at its top rather than in `place`."""
    coupon = (value.get(place) or {}).get("coupon")
    found = call.table("coupon").get(coupon) if isinstance(coupon, str) else coupon
    return joined(without(value, place), coupon=found)


CHANGES: Final = (
    Change(
        version=_CLOVER,
        said="discount.coupon is discount.source.coupon, promotion_code.coupon is promotion_code.promotion.coupon",
        source=f"{_RELEASES}#19-0-0",
        undo={
            "discount": lambda value, call: _coupon("source", value, call),
            "promotion_code": lambda value, call: _coupon("promotion", value, call),
        },
    ),
    Change(
        version=_BASIL,
        said="payment_intent.invoice and charge.invoice are gone",
        source=f"{CHANGELOG}/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices",
        undo={"payment_intent": _without_invoice, "charge": _without_invoice},
        asks=dict.fromkeys((*INTENTS, *CHARGES), shown_anyway("invoice")),
    ),
    Change(
        version=_BASIL,
        said="what is released when a payment is cancelled or captured in part doesn't count as refunded any more "
        "(charge.amount_refunded, .refunded); payment_intent.cancellation_reason is expired, no longer automatic",
        source=f"{CHANGELOG}/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow",
        undo={"payment_intent": _expired, "charge": _released},
    ),
    Change(
        version=_BASIL,
        said="checkout.session.shipping_details is collected_information.shipping_details",
        source=f"{CHANGELOG}/basil/2025-03-31/checkout-session-remove-shipping-details",
        undo={"checkout.session": _shipping},
    ),
    Change(
        version=_BASIL,
        said="price.recurring.aggregate_usage is gone",
        source=f"{_RELEASES}#18-0-0",
        undo={"price": _metered},
    ),
    Change(
        version=_BASIL,
        said="subscription.current_period_start and .current_period_end are the items'",
        source=f"{_RELEASES}#18-0-0",
        undo={"subscription": _period},
    ),
)
