"""A card as a request gives it, checked, and as answers show it.

(Stripe docs, API reference: Cards within PaymentMethods, and Testing; read 2026-11-22.)
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.chance import Chance
from brownout.core.errors import Refused
from brownout.providers.stripe import held_tokens
from brownout.providers.stripe.cards import BY_NUMBER, BY_TOKEN, DECLINES, Card, luhn
from brownout.providers.stripe.declines import declined
from brownout.providers.stripe.errors import CARD, refusal
from brownout.providers.stripe.params import missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_MOST_YEARS_AHEAD: Final = 50
_LENGTHS: Final = range(12, 20)
_FINGERPRINTS: Final = Chance(0, "stripe", "fingerprint")


class Details(NamedTuple):
    """What a card's number doesn't say. `cvc` says whether one was sent.

    `token` is what it came in and is used up once the card is kept, `about` what else that held: its holder's address.
    """

    exp_month: int
    exp_year: int
    cvc: bool
    token: str | None = None
    about: Mapping[str, Any] = MappingProxyType({})


@lru_cache(maxsize=64)
def _month(day: int) -> tuple[int, int]:
    when = datetime.fromtimestamp(day * 86_400, UTC)
    return when.year, when.month


def usual(now: int) -> Details:
    """Return the details of a card that a test name stands for: good for another year."""
    year, month = _month(now // 86_400)
    return Details(month, year + 1, cvc=True)


def read(call: Call, given: dict[str, Any], param: str, *, token_param: str | None = None) -> tuple[Card, Details]:
    """Return the test card and its details, or refuse: a token or a number nobody documented, a bad date or code."""
    token = given.get("token")
    if token is not None:
        card = BY_TOKEN.get(token)
        if card is not None:
            return card, usual(call.now)
        holds = held_tokens.stands_for(call, token, "card", token_param or f"{param}[token]")
        card, details = read(call, holds, param)
        return card, details._replace(token=token, about=holds)
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise missing(call, f"{param}[{name}]")
    number = given["number"].replace(" ", "").replace("-", "")
    card = BY_NUMBER.get(number)
    if card is None:
        if not (number.isdecimal() and number.isascii() and len(number) in _LENGTHS and luhn(number)):
            raise _bad(call, "incorrect_number", "Your card number is incorrect.", "number")
        raise Refused(declined(call, DECLINES["test_mode_live_card"]))
    month, year = _expiry(call, given["exp_month"], given["exp_year"])
    cvc = given.get("cvc")
    if cvc is not None and (not cvc.isdecimal() or len(cvc) not in ((3, 4) if card.brand == "amex" else (3,))):
        raise _bad(call, "invalid_cvc", "Your card's security code is invalid.", "cvc")
    return card, Details(month, year, cvc is not None)


def _expiry(call: Call, month: int, year: int) -> tuple[int, int]:
    this_year, this_month = _month(call.now // 86_400)
    year = year + 2000 if 0 <= year < 100 else year
    if not this_year <= year <= this_year + _MOST_YEARS_AHEAD:
        raise _bad(call, "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    if not 1 <= month <= 12 or (year == this_year and month < this_month):
        raise _bad(call, "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    return month, year


def _bad(call: Call, code: str, message: str, param: str) -> Refused:
    return refusal(call, message, status=402, type=CARD, code=code, param=param, executed=True)


def renewed(call: Call, card: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the shown card with another expiry date."""
    month, year = _expiry(call, given.get("exp_month", card["exp_month"]), given.get("exp_year", card["exp_year"]))
    return {**card, "exp_month": month, "exp_year": year}


@lru_cache(maxsize=4096)
def fingerprint(account: str, number: str) -> str:
    """Return what an account knows a card by."""
    return _FINGERPRINTS.text(f"{account}|{number}".encode(), 16)


def wire(call: Call, card: Card, details: Details, billing: dict[str, Any]) -> dict[str, Any]:
    """Return the `card` of a payment method. Checks run only for what was sent, and only once it is used.

    Those that look alike share one, which is therefore never changed in place.
    """
    where = billing.get("address") or {}
    sent = bool(where.get("line1")), bool(where.get("postal_code")), details.cvc
    return _wire(call.account, card, details.exp_month, details.exp_year, sent)


@lru_cache(maxsize=4096)
def _wire(account: str, card: Card, exp_month: int, exp_year: int, sent: tuple[bool, bool, bool]) -> dict[str, Any]:
    line1, postal_code, cvc = sent
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": "unchecked" if line1 else None,
            "address_postal_code_check": "unchecked" if postal_code else None,
            "cvc_check": "unchecked" if cvc else None,
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint(account, card.number),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.country == "US" or card.challenge != "never"},
        "wallet": None,
    }


_CHECKS: Final = ("address_line1", "address_postal_code", "cvc")


def checked(card: Card, shown: dict[str, Any]) -> dict[str, str | None]:
    """Return the results of the checks that a payment ran on a card that was shown so; shared, as `wire` is."""
    return _checked(card.checks, tuple(bool(shown[f"{one}_check"]) for one in _CHECKS))


@lru_cache(maxsize=256)
def _checked(results: tuple[str, ...], sent: tuple[bool, ...]) -> dict[str, str | None]:
    cvc, line1, postal_code = results
    return {
        "address_line1_check": line1 if sent[0] else None,
        "address_postal_code_check": postal_code if sent[1] else None,
        "cvc_check": cvc if sent[2] else None,
    }
