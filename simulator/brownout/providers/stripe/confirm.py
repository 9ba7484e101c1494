"""Confirming a payment: everything is checked by `prepare`, then `run` asks the issuer.

(Stripe docs, API reference: Confirm a PaymentIntent, 3D Secure, and Testing; recorded test-mode answers; read
2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.stripe import captures, challenges, charges, disputes, payment_methods
from brownout.providers.stripe.cards import DECLINES
from brownout.providers.stripe.declines import card_error, decline_of, declined
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.intent_params import CONFIRM, refuse_unmodelled, shipping_of
from brownout.providers.stripe.intents import (
    OPEN,
    WITHOUT_REDIRECT,
    attempted,
    find_intent,
    method_of,
    refuse_method,
    unexpected,
)
from brownout.providers.stripe.money import authorize, payment_of, take
from brownout.providers.stripe.params import check
from brownout.providers.stripe.radar import reviews, value_lists

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card, Decline
    from brownout.providers.stripe.payment_methods import Method

_NO_METHOD: Final = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
    "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
    "method or ConfirmationToken."
)
_NO_RETURN_URL: Final = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want "
    "to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)


class Attempt(NamedTuple):
    """A confirmation that nothing speaks against."""

    method: Method
    changes: dict[str, Any]
    off_session: bool
    fail_on_action: bool
    return_url: str | None


def confirm(call: Call) -> Answer:
    """Handle `POST /v1/payment_intents/{intent}/confirm`."""
    given = check(call, CONFIRM)
    tree = tree_of(call, given, "payment_intent")
    refuse_unmodelled(call, given)
    intent = find_intent(call)
    attempted(call, intent, given)
    _refuse_status(call, intent)
    attempt = prepare(call, intent, given, method_of(call, given))

    return run(call, intent, attempt) or shown(call, intent, tree)


def _refuse_status(call: Call, intent: dict[str, Any]) -> None:
    status = intent["status"]
    if status in OPEN:
        return
    if status == "succeeded":
        told = "it has already succeeded after being previously confirmed."
    else:
        told = (
            f"it has a status of {status}. Only a PaymentIntent with one of the following statuses may be confirmed: "
            f"{', '.join(OPEN)}."
        )
    raise unexpected(call, intent, f"You cannot confirm this PaymentIntent because {told}")


def prepare(call: Call, intent: dict[str, Any], given: dict[str, Any], method: Method | None) -> Attempt:
    """Return the attempt to make, or refuse; changes nothing.

    The payment method is the parameter's, else the payment's own, else the customer's default.
    """
    if given.get("amount_to_confirm", intent["amount"]) != intent["amount"]:
        message = f"amount_to_confirm must be the PaymentIntent's amount ({intent['amount']})."
        raise refusal(call, message, param="amount_to_confirm")
    if method is None:
        method = _fallback(call, intent)
    if method is None:
        raise unexpected(call, intent, _NO_METHOD)
    refuse_method(call, intent, method)
    return_url = given.get("return_url")
    automatic = intent["automatic_payment_methods"]
    may_redirect = automatic is not None and automatic["allow_redirects"] == "always"
    if may_redirect and return_url is None and not WITHOUT_REDIRECT.issuperset(intent["payment_method_types"]):
        raise refusal(call, _NO_RETURN_URL, executed=True, payment_intent=intent)
    plain = ("receipt_email", "setup_future_usage", "capture_method")
    changes: dict[str, Any] = {name: given[name] for name in plain if name in given}
    if "shipping" in given:
        changes["shipping"] = shipping_of(given["shipping"])
    return Attempt(
        method=method,
        changes=changes,
        off_session=given.get("off_session", "false") != "false",
        fail_on_action=given.get("error_on_requires_action", False),
        return_url=None if given.get("use_stripe_sdk") else return_url,
    )


def _fallback(call: Call, intent: dict[str, Any]) -> Method | None:
    if intent["payment_method"] is not None:
        return payment_methods.resolve(call, intent["payment_method"], param="payment_method")
    customer = call.table("customer").get(intent["customer"]) if intent["customer"] is not None else None
    default = customer["invoice_settings"]["default_payment_method"] if customer is not None else None
    return payment_methods.resolve(call, default, param="payment_method") if default is not None else None


def run(call: Call, intent: dict[str, Any], attempt: Attempt) -> Answer | None:
    """Make the attempt; return the 402 of a decline, None if there is none."""
    method = attempt.method
    card = method.card
    payment_methods.keep(call, method)
    intent.update(attempt.changes)
    intent["payment_method"] = method.value["id"]
    intent["next_action"] = None
    blocked = value_lists.blocking(call, intent, method)
    if blocked is not None:
        return _fail(call, intent, method, blocked)
    if _challenged(card, intent, attempt):
        if attempt.off_session or attempt.fail_on_action:
            return _fail(call, intent, method, DECLINES["authentication_required"])
        intent["status"] = "requires_action"
        intent["next_action"] = challenges.next_action(call, intent, attempt.return_url)
        emit(call, "payment_intent.requires_action", intent, payment=intent["id"])
        return None
    decline = decline_of(call, intent, card)
    if decline is not None:
        return _fail(call, intent, method, decline)
    _succeed(call, intent, method)
    return None


def _challenged(card: Card, intent: dict[str, Any], attempt: Attempt) -> bool:
    match card.challenge:
        case "never":
            return False
        case "always":
            return True
        case "on_session":
            return not attempt.off_session
        case "unless_set_up":
            return not attempt.method.set_up
        case "if_asked":
            return bool(intent["payment_method_options"]["card"]["request_three_d_secure"] != "automatic")


def _fail(call: Call, intent: dict[str, Any], method: Method, decline: Decline) -> Answer:
    """Leave the payment waiting for another payment method, and answer the decline."""
    charge: dict[str, Any] | None = None
    if decline.code != "authentication_required":  # the issuer wasn't asked for money: no charge then
        charge = charges.keep(call, payment_of(call, intent["id"]), charges.failed(call, intent, method, decline))
        intent["latest_charge"] = charge["id"]
    charge_id = charge["id"] if charge is not None else None
    shown_method = dict(method.value)
    intent["payment_method"] = None
    intent["status"] = "requires_payment_method"
    error = card_error(decline, method=shown_method, charge=charge_id, payment_method_type="card")["error"]
    intent["last_payment_error"] = error
    if charge is not None:
        emit(call, "charge.failed", charge, payment=intent["id"])
    emit(call, "payment_intent.payment_failed", intent, payment=intent["id"])
    return declined(call, decline, method=shown_method, charge=charge_id, payment_intent=intent)


def settle(call: Call, intent: dict[str, Any], *, passed: bool) -> None:
    """Go on with a payment whose payer passed or failed the bank's challenge."""
    method = payment_methods.resolve(call, intent["payment_method"])
    intent["next_action"] = None
    if not passed:
        error = {**challenges.failed_error("payment_intent"), "payment_method": dict(method.value)}
        intent["last_payment_error"] = dict(sorted({**error, "payment_method_type": "card"}.items()))
        intent["status"] = "requires_payment_method"
        intent["payment_method"] = None
        emit(call, "payment_intent.payment_failed", intent, payment=intent["id"])
    elif (decline := decline_of(call, intent, method.card)) is not None:
        _fail(call, intent, method, decline)
    else:
        _succeed(call, intent, method, three_d_secure=challenges.passed(call))


def _succeed(call: Call, intent: dict[str, Any], method: Method, three_d_secure: dict[str, Any] | None = None) -> None:
    intent["last_payment_error"] = None
    _settle_method(call, intent, method)
    manual = intent["capture_method"] == "manual"
    payment = payment_of(call, intent["id"])
    charge = charges.succeeded(call, intent, method, captured=not manual)
    charge["payment_method_details"]["card"]["three_d_secure"] = three_d_secure
    charges.keep(call, payment, charge)
    intent["latest_charge"] = charge["id"]
    authorize(call, payment, intent, charge["id"])
    if manual:
        intent["status"] = "requires_capture"
        intent["amount_capturable"] = intent["amount"]
        captures.expire_later(call, intent["id"])
        after = "payment_intent.amount_capturable_updated"
    else:
        intent["status"] = "succeeded"
        intent["amount_received"] = intent["amount"]
        take(call, payment, intent, charge, intent["amount"], method.card)
        after = "payment_intent.succeeded"
        disputes.follow(call, charge, method.card)
    payment["card"] = method.card.number
    emit(call, "charge.succeeded", charge, payment=intent["id"])
    emit(call, after, intent, payment=intent["id"])
    if method.card.elevated_risk:
        reviews.open_for(call, intent, charge)


def _settle_method(call: Call, intent: dict[str, Any], method: Method) -> None:
    """Attach the payment method where the payment saves it, else mark it used: it can't be used twice."""
    if intent["setup_future_usage"] == "off_session":
        payment_methods.set_up(call, method.value["id"])
    if method.value["customer"] is not None:
        return
    if intent["customer"] is not None and intent["setup_future_usage"] is not None:
        payment_methods.attach_to(call, method._replace(kept=True), intent["customer"])
    else:
        payment_methods.spend(call, method.value["id"])
