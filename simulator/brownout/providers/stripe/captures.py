"""What becomes of money that an issuer holds: captured in full or in part, cancelled, or expired after a week.

(Stripe docs, API reference: Capture and Cancel a PaymentIntent, and Place a hold on a payment method; recorded
test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import disputes
from brownout.providers.stripe.cards import BY_NUMBER
from brownout.providers.stripe.charges import AUTHORIZED_SECONDS
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.funds import splits
from brownout.providers.stripe.intent_params import CANCEL, CAPTURE, refuse_unmodelled
from brownout.providers.stripe.intents import find_intent, unexpected
from brownout.providers.stripe.money import payment_of, release, take
from brownout.providers.stripe.params import check, merged
from brownout.providers.stripe.radar import reviews

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_CANCELLABLE: Final = (
    "requires_payment_method", "requires_capture", "requires_reauthorization", "requires_confirmation",
    "requires_action", "expired", "processing",
)  # fmt: skip
_TOO_MUCH: Final = (
    "The payment could not be captured because the requested capture amount is greater than the amount you can capture "
    "for this charge. Contact us via https://support.stripe.com/contact/ for help."
)
_REMAINDER: Final = (
    "The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount "
    "has been released."
)


def capture(call: Call) -> Answer:
    """Handle `POST /v1/payment_intents/{intent}/capture`."""
    given = check(call, CAPTURE)
    tree = tree_of(call, given, "payment_intent")
    refuse_unmodelled(call, given)
    intent = find_intent(call)
    if intent["status"] != "requires_capture":
        raise unexpected(call, intent, _told(intent))
    held = intent["amount_capturable"]
    amount = given.get("amount_to_capture", held)
    if amount > held:
        raise refusal(call, _TOO_MUCH, code="amount_too_large", executed=True, payment_intent=intent)
    if given.get("final_capture") is False:
        message = "This PaymentIntent does not support multicapture, so `final_capture` can't be false."
        raise refusal(call, message, param="final_capture")
    kept = merged(call, intent["metadata"], given["metadata"]) if "metadata" in given else intent["metadata"]
    shared = splits.agree(call, intent, given, amount) if not splits.LATER.keys().isdisjoint(given) else None

    intent["metadata"] = kept
    if shared is not None:
        intent |= shared
        splits.note(call, intent)
        _charge_of(call, intent).update(splits.told(intent))
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if name in given:
            intent[name] = given[name]
    _capture(call, intent, amount)
    return shown(call, intent, tree)


def _told(intent: dict[str, Any]) -> str:
    if intent["status"] == "succeeded":
        if intent["capture_method"] == "manual":
            return _REMAINDER
        return "This PaymentIntent could not be captured because it has already been captured."
    return (
        f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a PaymentIntent "
        f"with one of the following statuses may be captured: requires_capture."
    )


def _capture(call: Call, intent: dict[str, Any], amount: int) -> None:
    charge = _charge_of(call, intent)
    payment = payment_of(call, intent["id"])
    rest = intent["amount_capturable"] - amount
    intent.update(amount_capturable=0, amount_received=amount, status="succeeded")
    charge.update(amount_captured=amount, captured=True)
    take(call, payment, intent, charge, amount, BY_NUMBER[payment["card"]])
    if rest:
        release(call, payment, intent, rest)
    emit(call, "charge.captured", charge, payment=intent["id"])
    emit(call, "payment_intent.succeeded", intent, payment=intent["id"])
    disputes.follow(call, charge, BY_NUMBER[payment["card"]])


def _charge_of(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    charge = call.table("charge").get(intent["latest_charge"])
    if charge is None:
        raise KeyError(intent["latest_charge"])
    return charge


def cancel(call: Call) -> Answer:
    """Handle `POST /v1/payment_intents/{intent}/cancel`."""
    given = check(call, CANCEL)
    tree = tree_of(call, given, "payment_intent")
    intent = find_intent(call)
    if intent["status"] not in _CANCELLABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(_CANCELLABLE)}."
        )
        raise unexpected(call, intent, message)

    _cancel(call, intent, given.get("cancellation_reason"))
    return shown(call, intent, tree)


def _cancel(call: Call, intent: dict[str, Any], reason: str | None) -> None:
    held = intent["amount_capturable"]
    intent.update(
        amount_capturable=0, canceled_at=call.now, cancellation_reason=reason, next_action=None, status="canceled"
    )
    if held:
        release(call, payment_of(call, intent["id"]), intent, held)
    emit(call, "payment_intent.canceled", intent, payment=intent["id"])
    if intent["review"] is not None:
        reviews.close(call, _charge_of(call, intent), "canceled")


def expire_later(call: Call, intent_id: str) -> None:
    """Let the authorisation of a payment expire in a week, unless it is captured or cancelled before."""
    call.later(AUTHORIZED_SECONDS, "authorization", lambda later: _expire(later, intent_id))


def _expire(call: Call, intent_id: str) -> None:
    intent = call.table("payment_intent").get(intent_id)
    if intent is None or intent["status"] != "requires_capture":
        return
    emit(call, "charge.expired", _charge_of(call, intent), payment=intent_id)
    _cancel(call, intent, "expired")
