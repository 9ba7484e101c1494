"""Setup intents: a card saved for later, with its bank's consent where that is asked for; and each attempt at it.

(Stripe docs, API reference: SetupIntents and SetupAttempts, Save and reuse; recorded test-mode answers; read
2026-11-23. In recorded answers `usage` is `off_session` whatever was asked for.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import challenges, payment_methods
from brownout.providers.stripe.card_details import checked
from brownout.providers.stripe.declines import card_error, declined
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.intent_params import USAGE
from brownout.providers.stripe.intents import method_of, payment_types, refuse_method
from brownout.providers.stripe.params import EXPAND, Shape, array, boolean, group, one_of, opaque, payer_url, text
from brownout.providers.stripe.payment_methods import DATA
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Action, Resource, fixed, made, param

if TYPE_CHECKING:
    from brownout.core.errors import Refused
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Decline
    from brownout.providers.stripe.params import Reader
    from brownout.providers.stripe.payment_methods import Method

OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_NO_METHOD: Final = (
    "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment "
    "method and then confirm it again, or confirm it again directly with a payment method."
)
_CHALLENGED: Final = frozenset({"always", "unless_set_up", "on_session"})


def _unexpected(call: Call, intent: dict[str, Any], message: str) -> Refused:
    return refusal(call, message, code="setup_intent_unexpected_state", executed=True, setup_intent=intent)


def _refuse_confirm(call: Call, intent: dict[str, Any]) -> Refused:
    if intent["status"] == "succeeded":
        told = "it has already succeeded after being previously confirmed."
    else:
        told = f"it has a status of {intent['status']}."
    return _unexpected(call, intent, f"You cannot confirm this SetupIntent because {told}")


def _refuse_cancel(call: Call, intent: dict[str, Any]) -> Refused:
    told = f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent with "
    return _unexpected(call, intent, f"{told}one of the following statuses may be canceled: {', '.join(OPEN)}.")


def _prepare(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> None:
    """Check a new intent against what there is, and choose its payment method."""
    if given.get("customer") is not None:
        find(call, "customer", given["customer"], param="customer")
    intent["automatic_payment_methods"], intent["payment_method_types"] = payment_types(call, given)
    intent["client_secret"] = f"{intent['id']}_secret_{call.draw_text('secret', 24)}"
    card = (given.get("payment_method_options") or {}).get("card") or {}
    intent["payment_method_options"] = {
        "card": {
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": card.get("request_three_d_secure", "automatic"),
        }
    }
    intent["usage"] = "off_session"
    _choose(call, intent, given)
    if given.get("confirm") and intent["payment_method"] is None:
        raise _unexpected(call, intent, _NO_METHOD)


def _choose(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> Method | None:
    """Give the intent the payment method that the parameters name or describe."""
    method = method_of(call, given)
    if method is None:
        return None
    refuse_method(call, intent, method)
    payment_methods.keep(call, method)
    intent["payment_method"] = method.value["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"
    return method


def _change(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> None:
    if given.get("customer") is not None:
        find(call, "customer", given["customer"], param="customer")
    if "payment_method_types" in given or "allowed_payment_method_types" in given:
        intent["automatic_payment_methods"], intent["payment_method_types"] = payment_types(call, given)
    _choose(call, intent, given)


def _confirm_new(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    return _run(call, intent, given) if given.get("confirm") else None


def _confirm(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    if given.get("client_secret", intent["client_secret"]) != intent["client_secret"]:
        message = "The client_secret provided does not match any associated SetupIntent on this account."
        raise refusal(call, message, param="client_secret")
    if _choose(call, intent, given) is None and intent["payment_method"] is None:
        raise _unexpected(call, intent, _NO_METHOD)
    return _run(call, intent, given)


def _run(call: Call, intent: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    """Ask the card's bank; return the 402 of a decline."""
    method = payment_methods.resolve(call, intent["payment_method"], param="payment_method")
    intent["next_action"] = None
    card = method.card
    if card.decline is not None and card.declines_at_attach:
        return _fail(call, intent, method, card.decline)
    asked = intent["payment_method_options"]["card"]["request_three_d_secure"] != "automatic"
    if card.challenge in _CHALLENGED or (card.challenge == "if_asked" and asked):
        intent["status"] = "requires_action"
        return_url = None if given.get("use_stripe_sdk") else given.get("return_url")
        intent["next_action"] = challenges.next_action(call, intent, return_url)
        _attempted(call, intent, method, "requires_action")
        emit(call, "setup_intent.requires_action", intent)
        return None
    _succeed(call, intent, method, None)
    return None


def settle(call: Call, intent: dict[str, Any], *, passed: bool) -> None:
    """Go on with an intent whose payer passed or failed the bank's challenge."""
    method = payment_methods.resolve(call, intent["payment_method"])
    intent["next_action"] = None
    if passed:
        _succeed(call, intent, method, challenges.passed(call))
        return
    error = {**challenges.failed_error("setup_intent"), "payment_method": dict(method.value)}
    _give_up(call, intent, method, dict(sorted({**error, "payment_method_type": "card"}.items())))


def _succeed(call: Call, intent: dict[str, Any], method: Method, three_d_secure: dict[str, Any] | None) -> None:
    if intent["customer"] is not None:
        payment_methods.attach_to(call, method, intent["customer"])
    payment_methods.set_up(call, method.value["id"])
    intent["last_setup_error"] = None
    intent["status"] = "succeeded"
    _attempted(call, intent, method, "succeeded", three_d_secure)
    emit(call, "setup_intent.succeeded", intent)


def _fail(call: Call, intent: dict[str, Any], method: Method, decline: Decline) -> Answer:
    shown_method = dict(method.value)
    error = card_error(decline, method=shown_method, payment_method_type="card")["error"]
    _give_up(call, intent, method, error)
    return declined(call, decline, method=shown_method, setup_intent=intent)


def _give_up(call: Call, intent: dict[str, Any], method: Method, error: dict[str, Any]) -> None:
    _attempted(call, intent, method, "failed", error=error)
    intent["last_setup_error"] = error
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    emit(call, "setup_intent.setup_failed", intent)


def _attempted(
    call: Call,
    intent: dict[str, Any],
    method: Method,
    status: str,
    three_d_secure: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Keep what became of an attempt: a new one, or the one that waited for its payer."""
    table = call.table("setup_attempt")
    attempt = table.get(intent["latest_attempt"] or "")
    if attempt is None or attempt["status"] != "requires_action":
        attempt = ATTEMPTS.build(call, {})
        attempt |= {"payment_method": method.value["id"], "setup_intent": intent["id"], "usage": intent["usage"]}
        attempt["customer"] = intent["customer"]
        call.create("setup_attempt", attempt)
    card = method.value["card"]
    named = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    details = {name: card[name] for name in named}
    details |= {"checks": checked(method.card, card["checks"]), "network": card["brand"]}
    details |= {"three_d_secure": three_d_secure, "wallet": None}
    attempt |= {"payment_method_details": {"card": details, "type": "card"}, "setup_error": error, "status": status}
    intent["latest_attempt"] = attempt["id"]


_METHOD: Final[dict[str, Reader]] = {
    "allowed_payment_method_types": array(text(unset=False)),
    "payment_method_data": DATA,
    "payment_method_options": opaque,
    "payment_method_types": array(text(unset=False)),
}
_CONFIRMING: Final[dict[str, Reader]] = {
    "mandate_data": opaque,
    "return_url": payer_url,
    "use_stripe_sdk": boolean,
}
_ID: Final = text()

INTENTS: Final = Resource(
    object_type="setup_intent",
    path="/v1/setup_intents",
    prefix="seti",
    noun="setupintent",
    path_param="intent",
    fields={
        "application": NEVER,
        "automatic_payment_methods": param(
            group(Shape(("enabled",), allow_redirects=one_of("always", "never"), enabled=boolean), unset=False),
            updates=False,
        ),
        "cancellation_reason": fixed(kind="enum"),
        "client_secret": fixed(""),
        "created": NOW,
        "customer": param(_ID, link="customer"),
        "customer_account": fixed(),
        "description": param(text(most=1000)),
        "excluded_payment_method_types": fixed(),
        "flow_directions": fixed(),
        "last_setup_error": fixed(),
        "latest_attempt": fixed(link="setup_attempt"),
        "livemode": fixed(value=False),
        "mandate": NEVER,
        "metadata": METADATA,
        "next_action": fixed(),
        "on_behalf_of": NEVER,
        "payment_method": param(_ID, link="payment_method"),
        "payment_method_configuration_details": fixed(),
        "payment_method_options": fixed(),
        "payment_method_types": made(lambda _call: ["card"]),
        "single_use_mandate": NEVER,
        "status": fixed("requires_payment_method", kind="enum"),
        "usage": param(USAGE, "off_session", updates=False, kind="enum"),
    },
    filters={"customer": text(unset=False), "payment_method": text(unset=False)},
    create_too={**_METHOD, **_CONFIRMING, "confirm": boolean},
    update_too=_METHOD,
    retrieve_too={"client_secret": text(unset=False)},
    events={"create": "setup_intent.created"},
    key=("body.metadata.order_id",),
    prepare=_prepare,
    change=_change,
    done=_confirm_new,
    actions=(
        Action(
            "confirm", _confirm, since=OPEN, refuse=_refuse_confirm,
            shape=Shape(
                client_secret=text(unset=False), expand=EXPAND, payment_method=text(unset=False), **_METHOD,
                **_CONFIRMING,
            ),
        ),
        Action(
            "cancel",
            lambda _call, intent, given: intent.update(
                cancellation_reason=given.get("cancellation_reason"), next_action=None
            ),
            since=OPEN, refuse=_refuse_cancel, becomes="canceled", event="setup_intent.canceled",
            shape=Shape(
                expand=EXPAND, cancellation_reason=one_of("abandoned", "duplicate", "requested_by_customer")
            ),
        ),
    ),
)  # fmt: skip
ATTEMPTS: Final = Resource(
    object_type="setup_attempt",
    path="/v1/setup_attempts",
    prefix="setatt",
    fields={
        "application": NEVER,
        "created": NOW,
        "customer": fixed(link="customer"),
        "customer_account": fixed(),
        "flow_directions": fixed(),
        "livemode": fixed(value=False),
        "on_behalf_of": NEVER,
        "payment_method": fixed(link="payment_method"),
        "payment_method_details": fixed(),
        "setup_error": fixed(),
        "setup_intent": fixed(link="setup_intent"),
        "status": fixed(kind="enum"),
        "usage": fixed(kind="enum"),
    },
    verbs=("list",),
    filters={"setup_intent": text(unset=False)},
)
OPERATIONS: Final = (*INTENTS.operations(), *ATTEMPTS.operations())
