"""Bank accounts and debit cards that an account is paid out to.

Numbers are Stripe's test values: routing number 110000000 with 000123456789 and its like. What becomes of a payout to
one of them is the payout's business. (Stripe docs, API reference: External bank accounts, External cards, and Connect:
Testing: Payouts; stripe-python 16.1's types; read 2026-11-24.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import Chance
from brownout.providers.stripe import card_details, held_tokens
from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.connect.blank import nobody_needs
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.expand import LINKS
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.params import (
    Shape,
    boolean,
    group,
    integer,
    merged,
    metadata,
    one_of,
    text,
)

if TYPE_CHECKING:
    from brownout.core.operation import Call

_FINGERPRINTS: Final = Chance(0, "stripe", "bank fingerprint")
_BANK: Final = "STRIPE TEST BANK"
NUMBER: Final = "000123456789"
"""The account number to which payouts arrive."""
_ROUTING: Final = "110000000"
_HOLDER: Final = one_of("company", "individual", unset=True)
_NEW_BANK: Final = Shape(
    ("account_number", "country"), object=one_of("bank_account"), account_holder_name=text(),
    account_holder_type=_HOLDER, account_number=text(unset=False), account_type=text(), country=text(unset=False),
    currency=currency, routing_number=text(unset=False),
)  # fmt: skip
_NEW_CARD: Final = Shape(
    object=one_of("card"), address_city=text(), address_country=text(), address_line1=text(), address_line2=text(),
    address_state=text(), address_zip=text(), currency=currency, cvc=text(unset=False), default_for_currency=boolean,
    exp_month=integer(), exp_year=integer(), metadata=metadata, name=text(), number=text(unset=False),
    token=text(unset=False),
)  # fmt: skip
ADDRESS: Final = ("address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip")
"""The fields of a card that say where its holder lives."""
_BRANDS: Final = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "jcb": "JCB",
    "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip
_TOKENS: Final = {
    "btok_us_verified": NUMBER, "btok_us": NUMBER, "btok_us_noAccount": "000111111116",
    "btok_us_accountClosed": "000111111113", "btok_us_insufficientFunds": "000222222227",
    "btok_us_debitNotAuthorized": "000333333335", "btok_us_invalidCurrency": "000444444440",
}  # fmt: skip
"""Test tokens of bank accounts, by the number each stands for."""
LINKS["bank_account"] = {"account": "account", "customer": "customer"}
LINKS["external_account"] = {"account": "account"}


def usual_bank(call: Call, money: str, country: str) -> dict[str, Any]:
    """Return a bank account to which payouts arrive."""
    return _bank(call, {"account_number": NUMBER, "country": country, "currency": money, "routing_number": _ROUTING})


def read(call: Call, given: Any, param: str) -> dict[str, Any]:
    """Return the new bank account or card that a parameter describes, kept by nobody yet; refuse what can't be one."""
    if isinstance(given, str):
        return _of_token(call, given, param)
    if not isinstance(given, dict):
        raise refusal(call, "Invalid object", param=param)
    if given.get("object") == "card":
        values = group(_NEW_CARD, unset=False)(call, param, given)
        return _card(call, values, param)
    values = group(_NEW_BANK, unset=False)(call, param, given)
    country = values["country"].upper()
    if country == "US":
        _check_us(call, values, param)
    return _bank(call, {**values, "country": country})


def _of_token(call: Call, token: str, param: str) -> dict[str, Any]:
    if token in _TOKENS:
        return _bank(
            call, {"account_number": _TOKENS[token], "country": "US", "currency": "usd", "routing_number": _ROUTING}
        )
    if token.startswith("tok_"):
        return _card(call, {"token": token}, param)
    maker = held_tokens.holder(call, token)
    given = held_tokens.stands_for(maker, token, "bank_account", param)
    held_tokens.use(maker, token)
    return _bank(call, given)


def _check_us(call: Call, values: dict[str, Any], param: str) -> None:
    number, routing = values["account_number"], values.get("routing_number")
    if routing is None:
        message = "Missing required param: routing_number."
        raise refusal(call, message, code="parameter_missing", param=f"{param}[routing_number]")
    if not (routing.isdecimal() and len(routing) == 9):
        message = "Invalid routing number. The number must contain both the bank code and the branch code, and should "
        message += "be in the format xxxxxxxxx (9 digits)."
        raise refusal(call, message, code="routing_number_invalid", param=f"{param}[routing_number]")
    if not (number.isdecimal() and 4 <= len(number) <= 17):
        message = "Invalid account number"
        raise refusal(call, message, code="account_number_invalid", param=f"{param}[account_number]")


def _bank(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    number = given["account_number"]
    value = {
        "id": alone(call, "ba", call.table("external_account")),
        "object": "bank_account",
        "account": call.account,
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": given.get("account_type"),
        "available_payout_methods": ["standard"],
        "bank_name": _BANK,
        "country": given["country"],
        "currency": given.get("currency") or "usd",
        "default_for_currency": False,
        "fingerprint": _fingerprint(f"{given.get('routing_number')}|{number}"),
        "future_requirements": _needs(),
        "last4": number[-4:],
        "metadata": {},
        "requirements": _needs(),
        "routing_number": given.get("routing_number"),
        "status": "new",
    }
    call.table("external_account_number").put({"id": value["id"], "number": number})
    return value


def number_of(call: Call, external_account_id: str) -> str:
    """Return the whole number of a bank account of the calling account, which answers never show; empty for a card."""
    found = call.table("external_account_number").get(external_account_id)
    return str(found["number"]) if found is not None else ""


def _needs() -> dict[str, Any]:
    return {name: one for name, one in nobody_needs().items() if name in _NEEDS}


_NEEDS: Final = frozenset({"currently_due", "errors", "past_due", "pending_verification"})


@lru_cache(maxsize=4096)
def _fingerprint(text: str) -> str:
    return _FINGERPRINTS.text(text.encode(), 16)


def _card(call: Call, given: dict[str, Any], param: str) -> dict[str, Any]:
    card, details = card_details.read(call, given, param)
    if card.funding != "debit":
        message = "Only debit cards can be used for payouts: this card is not a debit card."
        raise refusal(call, message, code="invalid_card_type", param=param)
    return {
        "id": alone(call, "card", call.table("external_account")),
        "object": "card",
        "account": call.account,
        **{name: given.get(name) for name in ADDRESS},
        "address_line1_check": None,
        "address_zip_check": None,
        "allow_redisplay": "unspecified",
        "available_payout_methods": ["standard", "instant"],
        "brand": _BRANDS.get(card.brand, card.brand),
        "country": card.country,
        "currency": given.get("currency") or "usd",
        "customer": None,
        "cvc_check": "pass" if details.cvc else None,
        "default_for_currency": bool(given.get("default_for_currency")),
        "dynamic_last4": None,
        "exp_month": details.exp_month,
        "exp_year": details.exp_year,
        "fingerprint": _fingerprint(card.number),
        "funding": card.funding,
        "last4": card.number[-4:],
        "metadata": merged(call, {}, given.get("metadata")),
        "name": given.get("name"),
        "status": "new",
        "tokenization_method": None,
    }


def add(call: Call, account: dict[str, Any], value: dict[str, Any], *, default: bool = False) -> None:
    """Keep a new external account; the first of its currency is the default for it, and so is one that wants to be."""
    others = [one for one in call.table("external_account").oldest_first() if one["currency"] == value["currency"]]
    call.create("external_account", value)
    if default or not any(one["default_for_currency"] for one in others):
        make_default(call, value)
    listed(call, account)


def make_default(call: Call, value: dict[str, Any]) -> None:
    """Make one the default for its currency, in place of the one that was."""
    for one in call.table("external_account").oldest_first():
        if one["currency"] == value["currency"]:
            one["default_for_currency"] = one is value


def listed(call: Call, account: dict[str, Any]) -> None:
    """Bring the list that an account shows up to date."""
    data = list(call.table("external_account").newest_first())
    account["external_accounts"] = account["external_accounts"] | {
        "data": data[:10], "has_more": len(data) > 10, "total_count": len(data),
    }  # fmt: skip
