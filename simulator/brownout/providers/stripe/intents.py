"""What creating, updating, confirming and capturing a payment intent have in common.

(Stripe docs, API reference: PaymentIntents; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import payment_methods
from brownout.providers.stripe.errors import find, refusal

if TYPE_CHECKING:
    from brownout.core.errors import Refused
    from brownout.core.operation import Call
    from brownout.providers.stripe.payment_methods import Method

OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
"""The statuses in which a payment can still be changed and confirmed."""
WITHOUT_REDIRECT: Final = frozenset({"card", "link"})
_USED: Final = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)
_NOT_AN_ID: Final = (
    "You passed a string that looks like a client secret as the PaymentIntent ID, but you must provide a valid "
    "PaymentIntent ID. Please use the value in the `id` field of the PaymentIntent."
)
_ATTACHED: Final = (
    "The payment method you provided is attached to a customer so for security purposes you must provide the customer "
    "in the request."
)


def find_intent(call: Call) -> dict[str, Any]:
    """Return the payment intent in the path, or refuse."""
    intent_id = call.path["intent"]
    if "_secret_" in intent_id:
        raise refusal(call, _NOT_AN_ID, status=404, param="intent")
    return find(call, "payment_intent", intent_id)


def attempted(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse a client secret that isn't this payment intent's."""
    secret = given.get("client_secret")
    if secret is not None and secret != intent["client_secret"]:
        message = "The client_secret provided does not match any associated PaymentIntent on this account."
        raise refusal(call, message, param="client_secret")


def unexpected(call: Call, intent: dict[str, Any], message: str, *, param: str | None = None) -> Refused:
    """Return the refusal of something that the payment's status doesn't allow."""
    return refusal(
        call, message, code="payment_intent_unexpected_state", param=param, executed=True, payment_intent=intent
    )


def method_of(call: Call, given: dict[str, Any]) -> Method | None:
    """Return the payment method that the parameters name or describe; None if they do neither."""
    if given.get("payment_method") is not None:
        return payment_methods.resolve(call, given["payment_method"], param="payment_method")
    data = given.get("payment_method_data")
    return payment_methods.from_data(call, data, "payment_method_data") if data is not None else None


def refuse_method(call: Call, intent: dict[str, Any], method: Method) -> None:
    """Refuse a payment method that this payment may not use."""
    owner, customer = method.value["customer"], intent["customer"]
    if owner is not None and customer is None:
        raise refusal(call, _ATTACHED, param="payment_method")
    if owner is not None and owner != customer:
        message = (
            f"The PaymentMethod {method.value['id']} does not belong to the Customer you supplied {customer}. Please "
            f"use this PaymentMethod with the Customer that it belongs to instead."
        )
        raise refusal(call, message, param="payment_method")
    if method.spent:
        raise refusal(call, _USED, executed=True)
    if "card" not in intent["payment_method_types"]:
        message = (
            "The PaymentMethod provided (card) is not allowed for this PaymentIntent. Please attach a PaymentMethod "
            f"of one of the following types: {', '.join(intent['payment_method_types'])}."
        )
        raise refusal(call, message, param="payment_method")


def payment_types(call: Call, given: dict[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return `automatic_payment_methods` and the types that are allowed with it.

    Without either parameter the Dashboard's methods apply, some of which redirect the payer.
    """
    named = given.get("payment_method_types") or given.get("allowed_payment_method_types")
    automatic = given.get("automatic_payment_methods")
    if automatic is not None and automatic["enabled"] and given.get("payment_method_types"):
        names = "automatic_payment_methods, payment_method_types"
        raise refusal(call, f"You may only specify one of these parameters: {names}.")
    if named:
        return None, list(named)
    if automatic is not None and not automatic["enabled"]:
        return None, ["card"]
    redirects = "always" if automatic is None else automatic.get("allow_redirects", "always")
    types = ["card", "link"] if redirects == "never" else ["card", "link", "amazon_pay"]
    return {"allow_redirects": redirects, "enabled": True}, types
