"""3D Secure: what a payer's bank asks for, and the page on which it is passed or failed.

The page's address is in `next_action.redirect_to_url.url`. A person presses a button; a test posts `result=complete` or
`result=fail` to the same address. Either way the payer is sent on to `return_url`, with the parameters that Stripe
adds. (Stripe docs, 3D Secure authentication, Testing: 3D Secure, and PaymentIntents API: return_url; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.operation import Operation
from brownout.providers.stripe.errors import INVALID, envelope
from brownout.providers.stripe.pages import (
    SHOWN_LETTERS,
    buttons,
    html,
    no_such_result,
    of_any_account,
    pressed,
    sent_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

PATH: Final = "/3d_secure_2/hosted"
_KINDS: Final = ("payment_intent", "setup_intent")
_RESULTS: Final = {"complete": "Complete authentication", "fail": "Fail authentication"}


def next_action(call: Call, intent: Mapping[str, Any], return_url: str | None) -> dict[str, Any]:
    """Return what an intent says that has to happen next."""
    kind = intent["object"]
    query = {
        "merchant": call.account,
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "source": f"payatt_{call.draw_text('payatt', 24)}",
    }
    url = f"{call.base_url}{PATH}?{urlencode(query)}"
    if return_url is not None:
        return {"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url, "type": "three_d_secure_redirect"}}


def failed_error(kind: str) -> dict[str, Any]:
    """Return the error of an intent whose payer failed the challenge.

    >>> failed_error("setup_intent")["code"]
    'setup_intent_authentication_failure'
    """
    name = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
    message = (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        f"PaymentMethod to attempt to fulfill this {name} again."
    )
    error: dict[str, Any] = envelope(INVALID, message, code=f"{kind}_authentication_failure")["error"]
    return error


def passed(call: Call) -> dict[str, Any]:
    """Return the `three_d_secure` of a card whose payer passed."""
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": call.draw_uuid("3ds"),
        "version": "2.2.0",
    }


def operations(settle: Mapping[str, Callable[..., None]]) -> tuple[Operation, ...]:
    """Return the page's operations; `settle` has, by kind, what takes a call, an intent and whether it passed."""

    def show(call: Call) -> Answer:
        intent, refusal = _find(call)
        if intent is None:
            return refusal
        if intent["status"] != "requires_action":
            return _on(intent, None)
        form = buttons(f"{call.base_url}{PATH}?{urlencode(call.params)}", _RESULTS)
        return html("3D Secure 2 test page", f"The bank wants to know that it is you who pays: {intent['id']}.", form)

    def answer(call: Call) -> Answer:
        intent, refusal = _find(call)
        if intent is None:
            return refusal
        result = pressed(call, _RESULTS)
        if result is None:
            return no_such_result(_RESULTS)
        if intent["status"] != "requires_action":
            return _on(intent, None)
        action = intent["next_action"]
        settle[intent["object"]](call, intent, passed=result == "complete")
        return _on(intent, action)

    return (
        Operation(
            name="stripe.challenges.show", method="GET", path=PATH, run=show, public=True,
            key_objects=tuple(f"body.{kind}" for kind in _KINDS),
        ),
        Operation(
            name="stripe.challenges.answer", method="POST", path=PATH, run=answer, effect="write", public=True,
            key_objects=tuple(f"body.{kind}" for kind in _KINDS),
        ),
    )  # fmt: skip


def _find(call: Call) -> tuple[dict[str, Any] | None, Answer]:
    """Return the intent of a visit, or else what to answer."""
    for kind in _KINDS:
        intent_id, secret = call.params.get(kind), call.params.get(f"{kind}_client_secret")
        if isinstance(intent_id, str):
            intent = of_any_account(call, kind, intent_id)
            if intent is not None and intent["client_secret"] == secret:
                return intent, _on(intent, None)
            said = f"Nobody made {intent_id[:SHOWN_LETTERS]!r} here, or its client secret is another."
            return None, html("No such intent", said, status=404, error="resource_missing")
    said = "Take the address from the intent's next_action: it names a payment_intent or a setup_intent."
    return None, html("No intent is named", said, status=400, error="parameter_missing")


def _on(intent: Mapping[str, Any], action: Mapping[str, Any] | None) -> Answer:
    """Return what the payer sees when it is over: the shop's page, if it named one."""
    kind = intent["object"]
    redirect = (action or {}).get("redirect_to_url")
    if redirect is None:
        return html("Done", f"{intent['id']} is {intent['status']}. You can close this window.")
    failed = intent["status"] == "requires_payment_method"
    query = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "source_type": "card",
        "redirect_status": "failed" if failed else "succeeded",
    }
    return sent_to(redirect["return_url"], query)
