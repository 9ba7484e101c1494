"""Cards and bank accounts as sources: how they are read from parameters, and shown.

(Stripe docs, API reference: Cards, Bank accounts and Tokens, and Testing; stripe-python 16.1's types; read 2026-11-24.
Stripe accepts its test account numbers alone in test mode: here every US number that begins with 000 is one.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.chance import Chance
from brownout.providers.stripe import card_details, held_tokens
from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.params import Shape, boolean, group, integer, metadata, missing, one_of, opaque, text

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.cards import Card

TABLE: Final = "customer_source"
"""Where the sources of customers are kept, cards and bank accounts in one order."""
ADDRESS: Final = ("address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip")
_FINGERPRINTS: Final = Chance(0, "stripe", "bank fingerprint")
_ROUTING_DIGITS: Final = 9
_LIVE_NUMBER: Final = (
    "You must use a test bank account number in test mode. Try 000123456789 or see more options at "
    "https://stripe.com/docs/connect/testing#account-numbers."
)
_BRANDS: Final = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "jcb": "JCB",
    "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip
CARD: Final = Shape(
    ("number", "exp_month", "exp_year"), object=one_of("card"), number=text(unset=False), exp_month=integer(),
    exp_year=integer(), cvc=text(unset=False), name=text(), currency=currency, networks=opaque, metadata=metadata,
    default_for_currency=boolean, **dict.fromkeys(ADDRESS, text()),
)  # fmt: skip
BANK: Final = Shape(
    ("country", "account_number"), object=one_of("bank_account"), country=text(unset=False), currency=currency,
    account_number=text(unset=False), routing_number=text(unset=False), account_holder_name=text(),
    account_holder_type=one_of("company", "individual"), payment_method=text(unset=False),
    account_type=one_of("checking", "savings", "futsu", "toza"), metadata=metadata,
)  # fmt: skip


class Source(NamedTuple):
    """A card or bank account that nobody has kept yet. `card` is the test card, None of a bank account.

    `number` is the number that isn't shown, `token` what is used up once it is kept.
    """

    value: dict[str, Any]
    card: Card | None
    number: str
    token: str | None = None


def read(call: Call, given: Any, param: str) -> Source:
    """Return the new source that a token's id or a group of parameters describes, or refuse it."""
    if isinstance(given, str):
        return _of_token(call, given, param)
    if not isinstance(given, dict):
        raise refusal(call, "Invalid object", param=param)
    kind = given.get("object")
    if kind not in ("card", "bank_account"):
        if kind is None:
            raise missing(call, f"{param}[object]")
        raise refusal(call, f"Invalid {param}[object]: must be one of card or bank_account", param=f"{param}[object]")
    if kind == "card":
        return card(call, group(CARD, unset=False)(call, param, given), param)
    return bank_account(call, group(BANK, unset=False)(call, param, given), param)


def _of_token(call: Call, token: str, param: str) -> Source:
    if token.startswith("btok_"):
        source = bank_account(call, held_tokens.stands_for(call, token, "bank_account", param), param)
        if token == "btok_us_verified":  # noqa: S105 - a documented name
            source.value["status"] = "verified"
        _same(call, source.value, token)
        return source._replace(token=token)
    return card(call, {"token": token}, param, token_param=param)


def card(call: Call, given: dict[str, Any], param: str, *, token_param: str | None = None) -> Source:
    """Return a card, kept by nobody yet."""
    found, details = card_details.read(call, given, param, token_param=token_param)
    about = {**details.about, **given}
    value = {
        "id": alone(call, "card", call.table(TABLE)),
        "object": "card",
        **{name: about.get(name) for name in ADDRESS},
        "address_line1_check": "unchecked" if about.get("address_line1") else None,
        "address_zip_check": "unchecked" if about.get("address_zip") else None,
        "allow_redisplay": "unspecified",
        "brand": _BRANDS.get(found.brand, found.brand),
        "country": found.country,
        "customer": None,
        "cvc_check": "unchecked" if details.cvc else None,
        "dynamic_last4": None,
        "exp_month": details.exp_month,
        "exp_year": details.exp_year,
        "fingerprint": card_details.fingerprint(call.account, found.number),
        "funding": found.funding,
        "last4": found.last4,
        "metadata": about.get("metadata") or {},
        "name": about.get("name"),
        "networks": {"preferred": None},
        "regulated_status": "unregulated",
        "tokenization_method": None,
    }
    return Source(_same(call, value, details.token), found, found.number, details.token)


def _same(call: Call, value: dict[str, Any], token: str | None) -> dict[str, Any]:
    """Give a source the id that its token has shown."""
    made = call.table("token").get(token) if token is not None else None
    if made is not None:
        value["id"] = made[made["type"]]["id"]
    return value


def bank_account(call: Call, given: dict[str, Any], param: str) -> Source:
    """Return a bank account, kept by nobody yet."""
    number, routing, country = given["account_number"], given.get("routing_number"), given["country"].upper()
    if country == "US":
        _check_us(call, number, routing, param)
    value = {
        "id": alone(call, "ba", call.table(TABLE)),
        "object": "bank_account",
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": given.get("account_type"),
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": given.get("currency") or "usd",
        "customer": None,
        "fingerprint": _fingerprint(call.account, f"{routing}|{number}"),
        "last4": number[-4:],
        "metadata": given.get("metadata") or {},
        "routing_number": routing,
        "status": "new",
    }
    return Source(value, None, number)


def _check_us(call: Call, number: str, routing: str | None, param: str) -> None:
    if routing is None:
        raise missing(call, f"{param}[routing_number]")
    if not (routing.isdecimal() and routing.isascii() and len(routing) == _ROUTING_DIGITS):
        message = "Routing number must have 9 digits"
        raise refusal(call, message, code="routing_number_invalid", param=f"{param}[routing_number]")
    if not (number.isdecimal() and number.isascii() and number.startswith("000")):
        raise refusal(call, _LIVE_NUMBER, code="account_number_invalid", param=f"{param}[account_number]")


@lru_cache(maxsize=4096)
def _fingerprint(account: str, number: str) -> str:
    return _FINGERPRINTS.text(f"{account}|{number}".encode(), 16)
