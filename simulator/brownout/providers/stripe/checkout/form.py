"""What a payer fills in on a session's page, read and checked.

A field that isn't sent at all is filled in as by a test payer, so that a test can post the card's number alone; one
that is sent empty, as a browser does, is missing. (What the page asks for: Stripe docs, How Checkout works; the words
of the form's errors: Checkout's own, as remembered.)
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.stripe import payment_methods
from brownout.providers.stripe.checkout import lines
from brownout.providers.stripe.params import ADDRESS_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

TEST_PAYER: Final = {
    "cvc": "123", "email": "jenny.rosen@example.com", "name": "Jenny Rosen", "country": "US", "postal_code": "94103",
    "phone": "+14155550100", "line1": "510 Townsend St", "line2": "", "city": "San Francisco", "state": "CA",
    "business_name": "Rosen Roses", "individual_name": "Jenny Rosen",
}  # fmt: skip
"""Who pays where a form leaves something out."""
YEARS_GOOD: Final = 3
"""So long the test payer's card is good."""
_EXPIRY: Final = re.compile(r"\s*(\d{1,2})\s*[/-]?\s*(\d{4}|\d{2})\s*")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_REQUIRED: Final = "This field is required."
_MOST_LETTERS: Final = 200
_MOST_DIGITS: Final = 6
_OF_CARD: Final = ("number", "exp_month", "exp_year", "cvc")
_AMEX: Final = ("34", "37")
_AMEX_CVC: Final = "1234"


class Filled(NamedTuple):
    """A form as it was sent: who pays, how many of each adjustable line item, which shipping option."""

    payer: Payer
    quantities: dict[int, int]
    shipping_option: int
    wrong: dict[str, str]
    """What is wrong with it, by the name of the field."""


class Payer:
    """Who pays, and by which card. `said` is all of it, by the names of the form's fields."""

    __slots__ = ("said",)

    def __init__(self, said: dict[str, Any]) -> None:
        """Take what was said."""
        self.said = said

    def without_card(self) -> dict[str, Any]:
        """Return what may be kept until the session is complete."""
        return {name: one for name, one in self.said.items() if name not in _OF_CARD}

    def method(self) -> dict[str, Any]:
        """Return the `payment_method_data` of the payment, as a client sends it."""
        said = self.said
        card = {name: said[name] for name in _OF_CARD}
        billing = {name: said[name] for name in ("email", "name", "phone") if said.get(name)}
        return {"type": "card", "card": card, "billing_details": {**billing, "address": _given(said["address"])}}

    def check(self, call: Call) -> None:
        """Refuse a card that can't be one, before anything is made for its payer."""
        data = payment_methods.DATA(call, "payment_method_data", self.method())
        payment_methods.from_data(call, data, "payment_method_data")

    def shipping(self) -> dict[str, Any] | None:
        """Return the `shipping` of the payment, None if it wasn't asked for."""
        found = self.said.get("shipping")
        if found is None:
            return None
        return {"name": found["name"], "address": _given(found)}

    def customer(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a customer that the payer becomes."""
        said = self.said
        told = {name: said[name] for name in ("email", "name", "phone", "business_name", "individual_name")
                if said.get(name)}  # fmt: skip
        if session["mode"] != "setup":
            told["address"] = _given(said["address"])
        if (shipping := self.shipping()) is not None:
            told["shipping"] = shipping
        return told

    def tell(self, session: dict[str, Any]) -> None:
        """Put what the payer said into the session that is complete."""
        said = self.said
        before = session["customer_details"] or {}
        names = {name: said.get(name) for name in ("business_name", "individual_name")}
        session["customer_details"] = {
            "address": _whole(said["address"]) if session["mode"] != "setup" else None,
            **names, "email": said["email"], "name": said["name"], "phone": said.get("phone"),
            "tax_exempt": before.get("tax_exempt", "none"), "tax_ids": [],
        }  # fmt: skip
        shipping = said.get("shipping")
        where = {"address": _whole(shipping), "name": shipping["name"]} if shipping is not None else None
        already = (session["collected_information"] or {}).get("shipping_details")
        session["collected_information"] = {**names, "shipping_details": where or already}
        session["custom_fields"] = [
            {**one, one["type"]: {**one[one["type"]], "value": said["custom"].get(one["key"])}}
            for one in session["custom_fields"]
        ]
        if session["consent_collection"] is not None:
            session["consent"] = said["consent"]


def _given(where: Mapping[str, Any]) -> dict[str, str]:
    return {name: where[name] for name in ADDRESS_KEYS if where.get(name)}


def _whole(where: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: where.get(name) or None for name in ADDRESS_KEYS}


class _Form:
    """The parameters of a form, and what is found to be wrong with them."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.params = call.params
        self.wrong: dict[str, str] = {}

    def group(self, name: str) -> Mapping[str, Any]:
        """Return the fields of one group."""
        found = self.params.get(name)
        return found if isinstance(found, dict) else {}

    def text(
        self, name: str, usual: str, *, group: str | None = None, needed: bool = True, most: int = _MOST_LETTERS
    ) -> str:
        """Return what a field says; note one that is needed and empty."""
        found = (self.group(group) if group else self.params).get(name, usual)
        text = found.strip() if isinstance(found, str) else ""
        label = f"{group}[{name}]" if group else name
        if needed and not text:
            self.wrong[label] = _REQUIRED
        elif len(text) > most:
            self.wrong[label] = f"At most {most} characters."
        return text


def read(call: Call, session: dict[str, Any]) -> Filled:
    """Return the form that a payer sent to a session."""
    form = _Form(call)
    said: dict[str, Any] = {}
    known = (session["customer_details"] or {}).get("email")
    said["email"] = known or form.text("email", TEST_PAYER["email"])
    if "email" not in form.wrong and not _EMAIL.fullmatch(said["email"]):
        form.wrong["email"] = "Your email is invalid."
    if session["mode"] == "payment" and session["amount_total"] == 0:
        said.update(number="", exp_month="", exp_year="", cvc="")
    else:
        _card(form, said)
    said["name"] = form.text("name", TEST_PAYER["name"])
    whole = session["billing_address_collection"] == "required"
    said["address"] = _address(form, None, whole=whole)
    if (session["phone_number_collection"] or {}).get("enabled"):
        said["phone"] = form.text("phone", TEST_PAYER["phone"], most=20)
    for kind, asked in (session["name_collection"] or {}).items():
        if asked is not None and asked["enabled"]:
            name = f"{kind}_name"
            said[name] = form.text(name, TEST_PAYER[name], needed=not asked["optional"], most=150)
    _shipping(form, session, said)
    said["custom"] = {one["key"]: _custom(form, one) for one in session["custom_fields"]}
    said["consent"] = _consent(form, session)
    if form.params.get("promotion_code"):
        form.wrong["promotion_code"] = "This code is invalid."
    return Filled(Payer(said), _quantities(form, session), _option(form, session), form.wrong)


def _card(form: _Form, said: dict[str, Any]) -> None:
    number = said["number"] = form.text("card", "")
    if "card" in form.wrong:
        form.wrong["card"] = "Your card number is incomplete."
    now = datetime.fromtimestamp(form.call.now, UTC)
    expiry = form.text("expiry", f"{now.month:02d}/{now.year + YEARS_GOOD}")
    found = _EXPIRY.fullmatch(expiry)
    if found is None:
        form.wrong["expiry"] = "Your card's expiration date is incomplete."
    said["exp_month"], said["exp_year"] = found.groups() if found is not None else ("", "")
    said["cvc"] = form.text("cvc", _AMEX_CVC if number.startswith(_AMEX) else TEST_PAYER["cvc"])
    if "cvc" in form.wrong:
        form.wrong["cvc"] = "Your card's security code is incomplete."


def _address(form: _Form, group: str | None, *, whole: bool) -> dict[str, str]:
    names = ("line1", "line2", "city", "state", "postal_code", "country") if whole else ("country", "postal_code")
    needed = {"line1", "city", "country"} if whole else {"country"}
    return {name: form.text(name, TEST_PAYER[name], group=group, needed=name in needed) for name in names}


def _shipping(form: _Form, session: dict[str, Any], said: dict[str, Any]) -> None:
    if session["shipping_address_collection"] is None:
        return
    allowed = session["shipping_address_collection"]["allowed_countries"]
    where = _address(form, "shipping", whole=True)
    if "country" not in form.group("shipping") and where["country"] not in allowed:
        where["country"] = allowed[0]
    if where["country"] not in allowed and "shipping[country]" not in form.wrong:
        form.wrong["shipping[country]"] = f"We ship to {', '.join(allowed)} only."
    said["shipping"] = {**where, "name": form.text("name", TEST_PAYER["name"], group="shipping")}


def _custom(form: _Form, field: Mapping[str, Any]) -> str | None:
    """Return what was answered to a question of the shop's own, None for nothing."""
    kind, key = field["type"], field["key"]
    rules = field[kind]
    label = f"custom[{key}]"
    values = [one["value"] for one in rules["options"]] if kind == "dropdown" else []
    least, most = rules.get("minimum_length") or 0, rules.get("maximum_length") or _MOST_LETTERS
    usual = values[0] if values else ("1" if kind == "numeric" else "a").ljust(least, "0")
    found = form.text(
        key, rules["default_value"] or usual, group="custom", needed=not field["optional"], most=most
    )  # fmt: skip
    if found and label not in form.wrong:
        if kind == "dropdown" and found not in values:
            form.wrong[label] = "Choose one of the options."
        elif kind == "numeric" and not (found.isdecimal() and found.isascii()):
            form.wrong[label] = "Only digits."
        elif len(found) < least:
            form.wrong[label] = f"At least {least} characters."
    return found or None


def _consent(form: _Form, session: dict[str, Any]) -> dict[str, str | None]:
    asked = session["consent_collection"] or {}
    agreed = form.params.get("terms") == "accepted"
    if asked.get("terms_of_service") == "required" and not agreed:
        form.wrong["terms"] = "You must agree to the terms of service."
    opted = "opt_in" if form.params.get("promotions") == "opt_in" else "opt_out"
    return {
        "promotions": opted if asked.get("promotions") == "auto" else None,
        "terms_of_service": "accepted" if asked.get("terms_of_service") == "required" and agreed else None,
    }


def _quantities(form: _Form, session: dict[str, Any]) -> dict[int, int]:
    """Return how many the payer wants of each item that may be adjusted."""
    found: dict[int, int] = {}
    for place, item in enumerate(lines.of(form.call, lines.ids_of(form.call, session))):
        limits = item["adjustable_quantity"]
        if limits is None:
            continue
        said = form.text(str(place), str(item["quantity"]), group="quantity", most=6)
        number = _whole_number(said)
        if number is not None and limits["minimum"] <= number <= limits["maximum"]:
            found[place] = number
        else:
            form.wrong[f"quantity[{place}]"] = f"Between {limits['minimum']} and {limits['maximum']}."
    return found


def _option(form: _Form, session: dict[str, Any]) -> int:
    options = session["shipping_options"]
    number = _whole_number(form.text("shipping_option", "0", needed=False, most=2))
    if options and (number is None or number >= len(options)):
        form.wrong["shipping_option"] = "Choose one of the shipping options."
        return 0
    return number or 0 if options else 0


def _whole_number(said: str) -> int | None:
    """Return a number of a few digits, None for anything else: `int` gives up on thousands of them."""
    return int(said) if len(said) <= _MOST_DIGITS and said.isdecimal() and said.isascii() else None
