"""The page on which a payer pays a session: a person fills it in, a test posts the form to the same address.

`requests.post(session.url, {"card": "4242424242424242"})` is enough; `form.py` says what the rest is then. Once it is
paid the payer is sent on with a 303, to the shop or to the bank's page; a decline is a 402 with the form and the reason
in it, a form with mistakes a 400, and a session whose time is over a 410. A form that names another `total` than its
quantities add up to, as a browser's does that shows the old one, is answered with the new one and a 409. (Stripe docs,
How Checkout works; Customize redirect behavior: only `{CHECKOUT_SESSION_ID}` as it is written here is replaced; Recover
abandoned carts; read 2026-11-24.)
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.money import say
from brownout.core.operation import Operation
from brownout.providers.stripe.checkout import form, lines, looks, payments
from brownout.providers.stripe.checkout.sessions import choose_shipping, opened, page_of
from brownout.providers.stripe.pages import SHOWN_LETTERS, of_any_account, page, sent_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

PATH: Final = "/c/pay/{session}"
_RECOVER: Final = "/c/recover/{session}"
_BUTTONS: Final = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}
_MADE_ANEW: Final = (
    "id", "object", "created", "expires_at", "status", "url", "payment_status", "payment_intent", "setup_intent",
    "customer_details", "collected_information", "consent",
)  # fmt: skip


def _show(call: Call) -> Answer:
    session, refused = _find(call)
    if session is None:
        return refused
    if session["status"] == "complete":
        return _sent_on(call, session) if "redirect_status" in call.params else _over(call, session)
    failed = call.params.get("redirect_status") == "failed"
    return _form(call, session, said=_last_error(call, session) if failed else None)


def _pay(call: Call) -> Answer:
    session, refused = _find(call)
    if session is None:
        return refused
    if session["status"] == "complete":  # sent twice: what was paid is paid
        return _sent_on(call, session)
    filled = form.read(call, session)
    if filled.wrong:
        _count(call, session, filled)
        return _form(call, session, wrong=filled.wrong, status=400, error="form_incomplete")
    _count(call, session, filled)
    if session["mode"] == "payment" and call.params.get("total", (due := str(session["amount_total"]))) != due:
        said = f"The total is now {say(session['amount_total'], session['currency'])}. Nothing was charged yet."
        return _form(call, session, said=said, status=409, error="total_changed")
    try:
        outcome = payments.pay(call, session, filled.payer)
    except Refused as refused_card:
        told = refused_card.answer
        status = 402 if told.status == 402 else 400
        return _form(call, session, said=told.body["error"]["message"], status=status, error=told.error)
    if isinstance(outcome, Answer):
        return _form(call, session, said=outcome.body["error"]["message"], status=402, error=outcome.error)
    return _sent_on(call, session) if outcome is None else sent_to(outcome, {})


def _count(call: Call, session: dict[str, Any], filled: form.Filled) -> None:
    """Sell as many of each item as the payer wants, and deliver as they want."""
    if session["mode"] != "payment":
        return
    items = lines.of(call, lines.ids_of(call, session))
    for place, quantity in filled.quantities.items():
        lines.count(items[place], quantity)
    session["amount_subtotal"] = sum(item["amount_subtotal"] for item in items)
    if "shipping_option" in call.params or session["shipping_cost"] is None:
        choose_shipping(session, filled.shipping_option)
    else:
        session["amount_total"] = session["amount_subtotal"] + session["shipping_cost"]["amount_total"]


def _find(call: Call) -> tuple[dict[str, Any] | None, Answer]:
    """Return the session of a visit, or else what to answer; the call is its account's from now on."""
    session_id = call.path["session"]
    session = of_any_account(call, "checkout.session", session_id)
    if session is None:
        said = f"Nobody made {session_id[:SHOWN_LETTERS]!r} here."
        missing = looks.notice("No such checkout session", said, status=404, error="resource_missing")
        return None, missing
    if session["status"] == "expired":
        back = session["cancel_url"]
        over = looks.notice(
            "This checkout session has expired", "Nothing was charged. Go back to the shop to begin again.",
            back=(back, "Back to the shop") if back else None, status=410, error="session_expired",
        )  # fmt: skip
        return None, over
    return session, _over(call, session)


def after(call: Call, session: dict[str, Any]) -> str | None:
    """Return where a payer who is done goes, None if nowhere."""
    beside = call.table("checkout").get(session["id"])
    then = beside["after"] if beside is not None else None
    if then is not None and then["type"] == "hosted_confirmation":
        return None
    address = session["success_url"] or session["return_url"]
    if address is None or session["redirect_on_completion"] == "never":
        return None
    return str(address).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _sent_on(call: Call, session: dict[str, Any]) -> Answer:
    return sent_to(after(call, session) or page_of(call, session), {})


def _over(call: Call, session: dict[str, Any]) -> Answer:
    """Return what a payer sees who comes back to a session that is complete."""
    beside = call.table("checkout").get(session["id"])
    then = (beside or {}).get("after") or {}
    where = after(call, session)
    if where is None:
        said = (then.get("hosted_confirmation") or {}).get("custom_message")
        return looks.notice("Thanks for your payment", said or "A payment to Brownout will appear on your statement.")
    return looks.notice("You're all done here", "This checkout session is complete.", back=(where, "Back to the shop"))


def _last_error(call: Call, session: dict[str, Any]) -> str | None:
    for kind, name in (("payment_intent", "last_payment_error"), ("setup_intent", "last_setup_error")):
        intent = call.table(kind).get(session[kind] or "")
        if intent is not None and intent[name] is not None:
            return str(intent[name]["message"])
    return None


# ---------------------------------------------------------------------------- the form


def _form(
    call: Call, session: dict[str, Any], *, said: str | None = None, wrong: Mapping[str, str] | None = None,
    status: int = 200, error: str | None = None,
) -> Answer:  # fmt: skip
    """Return the page with its form, filled in as it was sent but for the card."""
    wrong = wrong or {}
    items = lines.of(call, lines.ids_of(call, session))
    told = said or ("Some of what you entered is missing or wrong: see below." if wrong else None)
    text = session["custom_text"]
    parts = [
        looks.alert(told) if told else "",
        _contact(call, session, wrong),
        _quantities(call, items, wrong),
        _shipping(call, session, wrong),
        _card(call, session, wrong),
        "".join(_custom(call, one, wrong) for one in session["custom_fields"]),
        _consent(call, session, wrong),
        f'<p class="hint">{escape(text["submit"]["message"])}</p>' if text["submit"] else "",
        looks.kept("total", str(session["amount_total"])) if session["mode"] == "payment" else "",
        f'<button type="submit">{escape(_button(session))}</button>\n',
        f'<p class="hint">{escape(text["after_submit"]["message"])}</p>' if text["after_submit"] else "",
    ]
    inside = f'<form method="post" action="{escape(page_of(call, session))}">\n{"".join(parts)}</form>\n'
    title = f"Checkout: {session['branding_settings']['display_name']}"
    return page(title, looks.summary(session, items) + inside, status=status, error=error)


def _button(session: dict[str, Any]) -> str:
    if session["mode"] == "setup":
        return "Save card"
    if session["amount_total"] == 0:
        return "Complete order"
    return f"{_BUTTONS.get(session['submit_type'], 'Pay')} {say(session['amount_total'], session['currency'])}"


def _was(call: Call, name: str, usual: str = "", *, group: str | None = None) -> str:
    inside = call.params.get(group) if group else call.params
    found = inside.get(name, usual) if isinstance(inside, dict) else usual
    return found if isinstance(found, str) else usual


def _contact(call: Call, session: dict[str, Any], wrong: Mapping[str, str]) -> str:
    known = (session["customer_details"] or {}).get("email")
    if known:
        parts = [f"<p>Email: <strong>{escape(known)}</strong></p>\n"]
    else:
        beside = call.table("checkout").get(session["id"]) or {}
        parts = [
            looks.field("email", "Email", _was(call, "email", beside.get("email") or ""), wrong=wrong, type="email",
                        autocomplete="email", inputmode="email"),
        ]  # fmt: skip
    if (session["phone_number_collection"] or {}).get("enabled"):
        parts.append(looks.field("phone", "Phone number", _was(call, "phone"), wrong=wrong, type="tel",
                                 autocomplete="tel"))  # fmt: skip
    for kind, label in (("business", "Business name"), ("individual", "Your full name")):
        asked = (session["name_collection"] or {}).get(kind)
        if asked is not None and asked["enabled"]:
            name = f"{kind}_name"
            parts.append(looks.field(name, label, _was(call, name), wrong=wrong, needed=not asked["optional"]))
    return f"<fieldset><legend>Contact information</legend>\n{''.join(parts)}</fieldset>\n"


def _quantities(call: Call, items: list[dict[str, Any]], wrong: Mapping[str, str]) -> str:
    parts = [
        looks.field(
            f"quantity[{place}]", f"Quantity of {item['description']}", str(item["quantity"]), wrong=wrong,
            type="number", min=str(item["adjustable_quantity"]["minimum"]),
            max=str(item["adjustable_quantity"]["maximum"]), autocomplete="off",
        )
        for place, item in enumerate(items)
        if item["adjustable_quantity"] is not None
    ]  # fmt: skip
    return f"<fieldset><legend>Quantity</legend>\n{''.join(parts)}</fieldset>\n" if parts else ""


def _address(call: Call, group: str, countries: list[tuple[str, str]], wrong: Mapping[str, str]) -> str:
    parts = []
    prefix = f"{group}[" if group else ""
    close = "]" if group else ""
    section = "shipping" if group else "billing"
    for name, label, fill in (
        ("country", "Country or region", "country"), ("line1", "Address line 1", "address-line1"),
        ("line2", "Address line 2", "address-line2"), ("city", "City", "address-level2"),
        ("state", "State or province", "address-level1"), ("postal_code", "Postal code", "postal-code"),
    ):  # fmt: skip
        own, value = f"{prefix}{name}{close}", _was(call, name, group=group or None)
        filled = f"{section} {fill}"
        if name == "country":
            parts.append(looks.choice(own, label, countries, value, wrong=wrong, autocomplete=filled))
        else:
            needed = name in ("line1", "city")
            parts.append(looks.field(own, label, value, wrong=wrong, needed=needed, autocomplete=filled))
    return "".join(parts)


def _shipping(call: Call, session: dict[str, Any], wrong: Mapping[str, str]) -> str:
    parts = []
    if session["shipping_address_collection"] is not None:
        allowed = session["shipping_address_collection"]["allowed_countries"]
        countries = [(code, looks.COUNTRIES.get(code, code)) for code in allowed]
        text = session["custom_text"]["shipping_address"]
        parts.append(looks.field("shipping[name]", "Recipient's name", _was(call, "name", group="shipping"),
                                 wrong=wrong, autocomplete="shipping name"))  # fmt: skip
        parts.append(_address(call, "shipping", countries, wrong))
        parts.append(f'<p class="hint">{escape(text["message"])}</p>' if text else "")
    chosen = session["shipping_cost"]["shipping_rate"] if session["shipping_cost"] is not None else None
    for place, option in enumerate(session["shipping_options"]):
        rate = call.table("shipping_rate").get(option["shipping_rate"]) or {}
        label = f"{rate.get('display_name', '')}: {say(option['shipping_amount'], session['currency'])}"
        parts.append(looks.tick("shipping_option", str(place), label, wrong=wrong, kind="radio",
                                on=option["shipping_rate"] == chosen))  # fmt: skip
    return f"<fieldset><legend>Shipping</legend>\n{''.join(parts)}</fieldset>\n" if parts else ""


def _card(call: Call, session: dict[str, Any], wrong: Mapping[str, str]) -> str:
    parts = []
    if session["mode"] == "setup" or session["amount_total"]:
        expiry = looks.field("expiry", "Expiry (MM/YY)", wrong=wrong, autocomplete="cc-exp", inputmode="numeric",
                             placeholder="MM / YY")  # fmt: skip
        cvc = looks.field("cvc", "Security code (CVC)", wrong=wrong, autocomplete="cc-csc", inputmode="numeric",
                          placeholder="CVC")  # fmt: skip
        parts = [
            looks.field("card", "Card number", wrong=wrong, autocomplete="cc-number", inputmode="numeric",
                        placeholder="1234 1234 1234 1234"),
            f'<div class="pair"><div>{expiry}</div><div>{cvc}</div></div>\n',
        ]  # fmt: skip
    parts.append(looks.field("name", "Name on card", _was(call, "name"), wrong=wrong, autocomplete="cc-name"))
    countries = list(looks.COUNTRIES.items())
    if session["billing_address_collection"] == "required":
        parts.append(_address(call, "", countries, wrong))
    else:
        parts.append(looks.choice("country", "Country or region", countries, _was(call, "country", "US"), wrong=wrong,
                                  autocomplete="billing country"))  # fmt: skip
        parts.append(looks.field("postal_code", "Postal code", _was(call, "postal_code"), wrong=wrong, needed=False,
                                 autocomplete="billing postal-code"))  # fmt: skip
    if session["allow_promotion_codes"]:
        parts.append(looks.field("promotion_code", "Promotion code", wrong=wrong, needed=False, autocomplete="off"))
    return f"<fieldset><legend>Payment details</legend>\n{''.join(parts)}</fieldset>\n"


def _custom(call: Call, field: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    kind, label = field["type"], field["label"]["custom"] or ""
    rules, name, needed = field[kind], f"custom[{field['key']}]", not field["optional"]
    value = _was(call, field["key"], rules["default_value"] or "", group="custom")
    if kind == "dropdown":
        options = [("", "Select"), *((one["value"], one["label"]) for one in rules["options"])]
        return looks.choice(name, label, options, value, wrong=wrong, needed=needed)
    limits = {f"{side}length": str(rules[f"{side}imum_length"]) for side in ("min", "max")
              if rules[f"{side}imum_length"]}  # fmt: skip
    mode = {"inputmode": "numeric", "pattern": "[0-9]*"} if kind == "numeric" else {}
    return looks.field(name, label, value, wrong=wrong, needed=needed, **limits, **mode)


def _consent(call: Call, session: dict[str, Any], wrong: Mapping[str, str]) -> str:
    asked = session["consent_collection"] or {}
    text = session["custom_text"]["terms_of_service_acceptance"]
    parts = []
    if asked.get("terms_of_service") == "required":
        label = text["message"] if text else "I agree to the terms of service and the privacy policy."
        parts.append(looks.tick("terms", "accepted", label, wrong=wrong, needed=True,
                                on=_was(call, "terms") == "accepted"))  # fmt: skip
    if asked.get("promotions") == "auto":
        parts.append(looks.tick("promotions", "opt_in", "Send me news and offers.", wrong=wrong,
                                on=_was(call, "promotions") == "opt_in"))  # fmt: skip
    return "".join(parts)


# ---------------------------------------------------------------------------- abandoned carts


def _recover(call: Call) -> Answer:
    session = of_any_account(call, "checkout.session", call.path["session"])
    recovery = ((session or {}).get("after_expiration") or {}).get("recovery") or {}
    if session is None or recovery.get("url") is None or call.now > recovery["expires_at"]:
        return looks.notice("This link leads nowhere", "It never did, or its time is over.", status=404,
                            error="resource_missing")  # fmt: skip
    beside = call.table("checkout").get(session["id"]) or {}
    fields = {name: one for name, one in session.items() if name not in _MADE_ANEW}
    usual = {"recovery": {**recovery, "expires_at": None, "url": None}}
    fields |= {"after_expiration": usual, "recovered_from": session["id"], "payment_status": "unpaid"}
    rest = {name: beside[name] for name in ("after", "card", "data", "key", "updates")}
    again = opened(call, fields, lines.copied(call, beside["lines"]), **rest)
    return sent_to(page_of(call, again), {})


OPERATIONS: Final = (
    Operation(
        name="stripe.checkout.pages.show", method="GET", path=PATH, run=_show, public=True, id_param="session",
    ),
    Operation(
        name="stripe.checkout.pages.pay", method="POST", path=PATH, run=_pay, effect="write", public=True,
        id_param="session",
    ),
    Operation(
        name="stripe.checkout.pages.recover", method="GET", path=_RECOVER, run=_recover, effect="write", public=True,
        id_param="session",
    ),
)  # fmt: skip
