"""Checkout Sessions: what is sold or saved, for whom, and where the payer goes afterwards.

A session is open until its payer paid on its page (payments.py, pages.py), until somebody expires it, or until its time
is over. Its payment intent is made when the payer first tries to pay. Beside the object stands what is not shown of
it: its business key, its line items and what the payment is to be made with. (Stripe docs, API reference: Checkout
Sessions; Checkout fulfillment; changelog 2022-08-01; messages as issues on
GitHub quote them; read 2026-11-24.)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.core.store import Term
from brownout.providers.stripe.amounts import MINIMUMS, options_of
from brownout.providers.stripe.checkout import lines, shipping_rates
from brownout.providers.stripe.checkout.fields import CREATE_TOO, FIELDS
from brownout.providers.stripe.checkout.options import not_modelled, refuse_data
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import LINKS
from brownout.providers.stripe.params import ADDRESS, Shape, address, group, missing, one_of, text
from brownout.providers.stripe.resource import Action, Resource

if TYPE_CHECKING:
    from brownout.core.operation import Call

DAY: Final = 86_400
"""How long a session is open unless it says otherwise, and the longest it may be."""
LEAST: Final = 1_800
RECOVERABLE: Final = 30 * DAY
"""How long an expired session can be taken up again (Stripe docs, Recover abandoned carts)."""
_WITHOUT_TYPES: Final = (
    "No valid payment method types for this Checkout Session. Please ensure that you have activated payment methods "
    "compatible with your chosen currency in your dashboard (https://dashboard.stripe.com/settings/payment_methods) or "
    "that the payment method types that you provided are compatible with your chosen currency."
)
_ONLY_OF: Final = {
    "payment": ("setup_intent_data", "subscription_data"),
    "setup": (
        "line_items", "payment_intent_data", "subscription_data", "shipping_options", "submit_type", "discounts",
        "shipping_address_collection", "invoice_creation",
    ),
}  # fmt: skip
_EXCLUSIVE: Final = (
    ("customer", "customer_email"), ("customer", "customer_creation"), ("allow_promotion_codes", "discounts"),
    ("allowed_payment_method_types", "payment_method_types"),
)  # fmt: skip


# ---------------------------------------------------------------------------- creating


def _prepare(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse what doesn't fit together, then work out what follows from it."""
    mode = _refuse_mode(call, given)
    _refuse_both(call, given)
    _place(call, session, given)
    _refuse_types(call, given)
    _refuse_moment(call, session, given)
    _for_whom(call, session, given)
    if mode == "setup":
        if "currency" not in given and "allowed_payment_method_types" not in given:
            raise missing(call, "currency")
        session.update(total_details=None, invoice_creation=None, payment_status="no_payment_required")
    else:
        _sell(call, session, given)
    session["id"] = f"cs_test_a1{session['id'][-56:]}"
    hosted = session["ui_mode"] == "hosted_page"
    session["url"] = page_of(call, session) if hosted else None
    session["client_secret"] = None if hosted else f"{session['id']}_secret_{call.draw_text('secret', 40)}"


def _refuse_mode(call: Call, given: dict[str, Any]) -> str:
    mode = given.get("mode")
    if mode is None:
        raise missing(call, "mode")
    if mode == "subscription":
        instead = "Sessions have `mode` `payment` or `setup` here."
        raise not_modelled(call, "mode", "subscriptions yet", instead)
    for name in _ONLY_OF[mode]:
        if given.get(name):
            raise refusal(call, f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode == "payment" and not given.get("line_items"):
        raise missing(call, "line_items")
    return str(mode)


def _refuse_both(call: Call, given: dict[str, Any]) -> None:
    for one, other in _EXCLUSIVE:
        if given.get(one) and given.get(other):
            raise refusal(call, f"You may only specify one of these parameters: {one}, {other}.", param=other)
    if "customer_update" in given and "customer" not in given:
        raise refusal(call, "`customer_update` can only be used with `customer`.", param="customer_update")
    if given.get("payment_method_collection"):
        message = "`payment_method_collection` can only be set in `subscription` mode."
        raise refusal(call, message, param="payment_method_collection")


def _place(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    """Settle where the payer pays, and that there is somewhere to go to afterwards."""
    mode = session["ui_mode"]
    if mode in ("embedded_page", "elements"):
        for name in ("success_url", "cancel_url"):
            if name in given:
                raise refusal(call, f"`{name}` is not allowed when `ui_mode` is `{mode}`.", param=name)
        session["redirect_on_completion"] = given.get("redirect_on_completion", "always")
        if session["redirect_on_completion"] != "never" and "return_url" not in given:
            raise missing(call, "return_url")
    elif mode == "hosted_page":
        if "success_url" not in given:
            raise missing(call, "success_url")
        for name in ("return_url", "redirect_on_completion", "permissions"):
            if name in given:
                raise refusal(call, f"`{name}` is not allowed when `ui_mode` is `{mode}`.", param=name)


def _refuse_types(call: Call, given: dict[str, Any]) -> None:
    name = "payment_method_types" if "payment_method_types" in given else "allowed_payment_method_types"
    wanted = given.get(name)
    if (wanted and "card" not in wanted) or "card" in given.get("excluded_payment_method_types", ()):
        raise refusal(call, _WITHOUT_TYPES, param=name)


def _refuse_moment(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    until = given.get("expires_at")
    if until is None:
        session["expires_at"] = call.now + DAY
    elif until < call.now + LEAST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise refusal(call, message, param="expires_at")
    elif until > call.now + DAY:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise refusal(call, message, param="expires_at")


def _for_whom(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    customer: dict[str, Any] = {}
    if "customer" in given:
        customer = find(call, "customer", given["customer"], param="customer")
        session["customer_creation"] = None
    known = given.get("customer_email") or customer.get("email")
    if known or customer:
        session["customer_details"] = {
            "address": None, "business_name": None, "email": known, "individual_name": None, "name": None,
            "phone": None, "tax_exempt": customer.get("tax_exempt", "none"), "tax_ids": None,
        }  # fmt: skip


def _sell(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    code = lines.refuse(call, given["line_items"], currency=given.get("currency"))
    shipping_rates.refuse(call, given.get("shipping_options", []), code)
    due = lines.total(given["line_items"], call)
    if 0 < due < MINIMUMS.get(code, 1) and options_of(call).minimum_charge:
        least = say(MINIMUMS[code], code)
        message = f"The Checkout Session's total amount due must add up to at least {least} {code}"
        raise refusal(call, message, code="amount_too_small", param="line_items")
    refuse_data(call, due, given.get("payment_intent_data") or {})
    session["currency"] = code
    session["amount_subtotal"] = session["amount_total"] = due
    session["shipping_options"] = shipping_rates.make(call, given.get("shipping_options", []))
    choose_shipping(session, 0)


def choose_shipping(session: dict[str, Any], place: int) -> None:
    """Take one of the shipping options, if there are any, and add up again."""
    options = session["shipping_options"]
    cost = options[place]["shipping_amount"] if options else 0
    session["shipping_cost"] = {
        "amount_subtotal": cost, "amount_tax": 0, "amount_total": cost,
        "shipping_rate": options[place]["shipping_rate"],
    } if options else None  # fmt: skip
    session["total_details"] = {"amount_discount": 0, "amount_shipping": cost, "amount_tax": 0}
    session["amount_total"] = session["amount_subtotal"] + cost


def _done(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    begin(
        call,
        session,
        lines.make(call, given.get("line_items", [])),
        data=given.get("payment_intent_data") or given.get("setup_intent_data") or {},
        card=(given.get("payment_method_options") or {}).get("card") or {},
        updates=given.get("customer_update") or {},
    )


def begin(call: Call, session: dict[str, Any], items: list[str], **beside: Any) -> None:
    """Keep what stands beside a session, and let its time run.

    `data` is what its payment is made with, as it was sent; `card` the options of cards, `updates` which of the
    customer's fields its payer may change, `after` what a link does afterwards, `email` what it fills in.
    """
    usual: dict[str, Any] = {
        "after": None, "card": {}, "customer": None, "data": {}, "email": None, "payer": None, "updates": {},
    }  # fmt: skip
    table = call.table("checkout")
    table.put({"id": session["id"], "key": call.key, "lines": items, **usual, **beside})
    call.later(session["expires_at"] - call.now, f"expire {session['id']}", partial(_expire_due, session["id"]))


def opened(call: Call, fields: dict[str, Any], items: list[str], **beside: Any) -> dict[str, Any]:
    """Return a session that a visit has opened on the hosted page: that of a link, or one that goes on with another."""
    session = SESSIONS.build(call, {}) | fields | {"ui_mode": "hosted_page", "expires_at": call.now + DAY}
    session["id"] = f"cs_test_a1{session['id'][-56:]}"
    session["url"] = page_of(call, session)
    call.create("checkout.session", session)
    begin(call, session, items, **beside)
    return session


def page_of(call: Call, session: dict[str, Any]) -> str:
    """Return the address of a session's page."""
    return f"{call.base_url}/c/pay/{session['id']}"


# ---------------------------------------------------------------------------- later


def _expire_due(session_id: str, call: Call) -> None:
    session = call.table("checkout.session").get(session_id)
    if session is not None and session["status"] == "open":
        _expire(call, session, {})
        session["status"] = "expired"
        emit(call, "checkout.session.expired", session)


def _expire(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    """Close the page, cancel what was begun, and say how the session can be taken up again."""
    session.update(url=None, client_secret=None)
    for kind in ("payment_intent", "setup_intent"):
        intent = call.table(kind).get(session[kind] or "")
        if intent is not None:
            intent.update(status="canceled", next_action=None)
            if kind == "payment_intent":  # not documented which reason; `expired` is the one that fits
                intent.update(canceled_at=call.now, cancellation_reason="expired")
            emit(call, f"{kind}.canceled", intent, payment=intent["id"] if kind == "payment_intent" else None)
    recovery = (session["after_expiration"] or {}).get("recovery")
    if recovery is not None and recovery["enabled"]:
        url = f"{call.base_url}/c/recover/{session['id']}"
        session["after_expiration"] = {"recovery": {**recovery, "expires_at": call.now + RECOVERABLE, "url": url}}


def _refuse_expire(call: Call, session: dict[str, Any]) -> Exception:
    message = (
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        f"`{session['status']}`."
    )
    return refusal(call, message, executed=True)


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    details = (given.get("collected_information") or {}).get("shipping_details")
    if details is not None:
        if changed["ui_mode"] not in ("embedded_page", "elements") or changed["status"] != "open":
            message = "`collected_information` can only be set on open `embedded_page` and `elements` sessions."
            raise refusal(call, message, param="collected_information")
        where = {"address": address(details["address"]), "name": details["name"]}
        changed["collected_information"] = {"business_name": None, "individual_name": None, "shipping_details": where}
    for name in ("line_items", "payment_intent_data", "shipping_options"):
        if given.get(name):
            raise not_modelled(call, name, f"changing the `{name}` of a session")


SESSIONS: Final = Resource(
    object_type="checkout.session",
    path="/v1/checkout/sessions",
    prefix="cs_test",
    letters=58,
    noun="checkout.session",
    path_param="session",
    fields=FIELDS,
    filters={
        "customer": text(unset=False), "payment_intent": text(unset=False), "payment_link": text(unset=False),
        "status": one_of("complete", "expired", "open"), "subscription": text(unset=False),
    },
    list_too={"customer_details": group(Shape(("email",), email=text(unset=False)), unset=False)},
    among=lambda given: (
        {Term(("customer_details", "email")): (given["customer_details"]["email"],)}
        if given.get("customer_details", {}).get("email")
        else {}
    ),
    create_too=CREATE_TOO,
    update_too={
        "collected_information": group(
            Shape(
                shipping_details=group(
                    Shape(("address", "name"), address=ADDRESS, name=text(unset=False)), unset=False
                )
            )
        ),
        **{name: CREATE_TOO[name] for name in ("line_items", "payment_intent_data", "shipping_options")},
    },
    key=("body.metadata.order_id", "body.client_reference_id", "body.payment_intent_data.metadata.order_id"),
    prepare=_prepare,
    change=_change,
    done=_done,
    actions=(
        Action(
            "expire", _expire, since=("open",), refuse=_refuse_expire, becomes="expired",
            event="checkout.session.expired",
        ),
    ),
)  # fmt: skip
LINKS["checkout.session"]["line_items"] = "[]"
OPERATIONS: Final = (*SESSIONS.operations(), lines.listing("checkout.session", "session"))
