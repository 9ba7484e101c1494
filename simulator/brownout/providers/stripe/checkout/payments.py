"""Paying a session: the payment intent that its payer confirms, and what is told once it succeeded.

The payment goes through the same operations as one that a server makes, in the session's own account and under its
business key. Events come in the order in which things happen: the payment's first, `checkout.session.completed` last,
caused by no request. (Stripe docs, Checkout: How Checkout works, Fulfill orders; changelog 2022-08-01; a recorded
delivery of `checkout.session.completed`; read 2026-11-24. Stripe promises no order of events.)
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import confirm, customers, payment_intents, setup_intents
from brownout.providers.stripe.checkout.form import Payer
from brownout.providers.stripe.checkout.sessions import page_of
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Operation

_RUN: Final = {
    one.name.removeprefix("stripe."): one.run
    for one in (*payment_intents.OPERATIONS, *setup_intents.OPERATIONS, *customers.OPERATIONS)
}
_DONE: Final = ("succeeded", "requires_capture")
_NOT_YOURS: Final = "You cannot perform this action on {name}s created by Checkout."
_OF_CARD: Final = ("capture_method", "setup_future_usage")
"""What `payment_method_options[card]` says of the payment as a whole, as cards are all there is to pay by."""
_KINDS: Final = {"payment": "payment_intent", "setup": "setup_intent"}


@contextmanager
def _asking(call: Call, params: Mapping[str, Any], path: Mapping[str, str], key: str | None) -> Iterator[None]:
    """Let the call be one of an API client that sends `params`, in the newest version."""
    before = call.params, call.path, call.key, call.version
    call.params, call.path, call.key, call.version = params, path, key, None
    try:
        yield
    finally:
        call.params, call.path, call.key, call.version = before


def _do(
    call: Call, name: str, params: Mapping[str, Any], *, path: Mapping[str, str] | None = None, key: str | None = None
) -> Answer:
    with _asking(call, params, path or {}, key):
        return _RUN[name](call)


def pay(call: Call, session: dict[str, Any], payer: Payer) -> Answer | str | None:
    """Let the payer pay or save a card.

    Returns None once the session is complete, the address of the bank's page if that asks for more, or the 402 of a
    decline, which leaves the session open.

    Raises:
        Refused: if the card can't be one, or the payment is refused for another reason.
    """
    beside = find(call, "checkout", session["id"])
    if session["mode"] == "payment" and session["amount_total"] == 0:
        _know(call, session, beside, payer)
        complete(call, session, "no_payment_required")
        return None
    payer.check(call)
    _know(call, session, beside, payer)
    kind = _KINDS[session["mode"]]
    answer = _again(call, session, beside, payer) if session[kind] is not None else _first(call, session, beside, payer)
    if answer.status == 402:
        return answer
    intent = find(call, kind, session[kind])
    if intent["status"] in _DONE:
        _finish(call, session, intent)
        return None
    return str(intent["next_action"]["redirect_to_url"]["url"])


def _know(call: Call, session: dict[str, Any], beside: dict[str, Any], payer: Payer) -> None:
    """Remember who pays; make a customer of them if the session wants that, or update the one it has."""
    beside["payer"] = payer.without_card()
    beside["customer"] = beside["customer"] or session["customer"]
    told = payer.customer(session)
    if beside["customer"] is None and session["customer_creation"] == "always":
        beside["customer"] = _do(call, "customers.create", told).body["id"]
    elif session["customer"] is not None:
        known = find(call, "customer", session["customer"], param="customer")
        wanted = [name for name, when in beside["updates"].items() if when == "auto"]
        changes = {name: told[name] for name in wanted if name in told}
        if known["email"] is None and "email" in told:
            changes["email"] = told["email"]
        if changes:
            _do(call, "customers.update", changes, path={"customer": known["id"]})


def _shared(call: Call, session: dict[str, Any], payer: Payer) -> dict[str, Any]:
    return {"payment_method_data": payer.method(), "return_url": page_of(call, session)}


def _first(call: Call, session: dict[str, Any], beside: dict[str, Any], payer: Payer) -> Answer:
    kind = _KINDS[session["mode"]]
    params = {**beside["data"], **_shared(call, session, payer), "confirm": "true"}
    if beside["customer"] is not None:
        params["customer"] = beside["customer"]
    if "request_three_d_secure" in beside["card"]:
        asked = beside["card"]["request_three_d_secure"]
        params["payment_method_options"] = {"card": {"request_three_d_secure": asked}}
    if kind == "payment_intent":
        params |= {"amount": str(session["amount_total"]), "currency": session["currency"]}
        params["allowed_payment_method_types"] = {"0": "card"}
        params |= {name: beside["card"][name] for name in _OF_CARD if name in beside["card"]}
        if (shipping := payer.shipping()) is not None:
            params["shipping"] = shipping
    else:
        params["automatic_payment_methods"] = {"enabled": "true", "allow_redirects": "never"}
    answer = _do(call, f"{kind}s.create", params, key=beside["key"])
    intent = answer.body if answer.status == 200 else answer.body["error"][kind]
    session[kind] = intent["id"]
    call.table("checkout_intent").put({"id": intent["id"], "session": session["id"]})
    return answer


def _again(call: Call, session: dict[str, Any], beside: dict[str, Any], payer: Payer) -> Answer:
    """Confirm the intent of an attempt that came to nothing; it may be about more or fewer things now."""
    kind = _KINDS[session["mode"]]
    intent = find(call, kind, session[kind])
    path = {"intent": intent["id"]} if kind == "payment_intent" else {"setup_intent": intent["id"]}
    changes: dict[str, Any] = {}
    if kind == "payment_intent" and intent["amount"] != session["amount_total"]:
        changes["amount"] = str(session["amount_total"])
    if beside["customer"] is not None and intent["customer"] is None:
        changes["customer"] = beside["customer"]
    if changes:
        _do(call, f"{kind}s.update", changes, path=path, key=beside["key"])
    params = _shared(call, session, payer)
    if kind == "payment_intent" and (shipping := payer.shipping()) is not None:
        params["shipping"] = shipping
    return _do(call, f"{kind}s.confirm", params, path=path, key=beside["key"])


def _finish(call: Call, session: dict[str, Any], intent: dict[str, Any]) -> None:
    paid = intent["object"] == "setup_intent" or intent["status"] == "succeeded"
    status = "paid" if paid else "unpaid"
    complete(call, session, "no_payment_required" if intent["object"] == "setup_intent" else status)


def complete(call: Call, session: dict[str, Any], payment_status: str) -> None:
    """Close a session that went well, with what its payer said, and tell of it."""
    beside = find(call, "checkout", session["id"])
    session.update(status="complete", payment_status=payment_status, url=None, client_secret=None)
    session["customer"] = beside["customer"]
    Payer(beside["payer"]).tell(session)
    link = call.table("payment_link").get(session["payment_link"] or "")
    if link is not None and link["restrictions"] is not None:
        limit = link["restrictions"]["completed_sessions"]
        link["restrictions"] = {"completed_sessions": {**limit, "count": limit["count"] + 1}}
    before, call.request_id = call.request_id, None
    emit(call, "checkout.session.completed", session)
    call.request_id = before


def of_intent(call: Call, intent_id: str) -> dict[str, Any] | None:
    """Return the session that an intent belongs to, None for none."""
    found = call.table("checkout_intent").get(intent_id)
    return call.table("checkout.session").get(found["session"]) if found is not None else None


def settle_payment(call: Call, intent: dict[str, Any], *, passed: bool) -> None:
    """Go on with a payment after its bank's challenge, and with the session that it belongs to."""
    confirm.settle(call, intent, passed=passed)
    _settled(call, intent)


def settle_setup(call: Call, intent: dict[str, Any], *, passed: bool) -> None:
    """Go on with a setup after its bank's challenge, and with the session that it belongs to."""
    setup_intents.settle(call, intent, passed=passed)
    _settled(call, intent)


def _settled(call: Call, intent: dict[str, Any]) -> None:
    session = of_intent(call, intent["id"])
    if session is not None and session["status"] == "open" and intent["status"] in _DONE:
        _finish(call, session, intent)


def guarded(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the operations of intents as their servers may call them.

    Those of an open session are for its payer alone to confirm or cancel; a capture makes the session paid. (Stripe
    docs, API reference: Checkout Sessions, payment_intent and setup_intent; the message as stripe-ios issue 1951 has
    it. What becomes of `payment_status` at a capture is not documented; here it is `paid`.)
    """
    return tuple(_guarded(one) if one.name.rpartition(".")[2] in _GUARDED else one for one in operations)


_GUARDED: Final = frozenset({"confirm", "cancel", "capture"})


def _guarded(operation: Operation) -> Operation:
    captures = operation.name.endswith(".capture")

    def run(call: Call) -> Answer:
        session = of_intent(call, call.path[operation.id_param or ""])
        if session is None:
            return operation.run(call)
        if session["status"] == "open":
            name = "SetupIntent" if session["mode"] == "setup" else "PaymentIntent"
            raise refusal(call, _NOT_YOURS.format(name=name), executed=True)
        answer = operation.run(call)
        if captures and answer.status == 200:
            session["payment_status"] = "paid"
        return answer

    return replace(operation, run=run)
