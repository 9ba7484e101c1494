"""Cards paid with directly, and the names on a card that make a sandbox decline it.

Of a card only what answers show is kept. (developer.paypal.com, Card testing and Processor response codes; PayPal REST
API specifications, `card_request`; read 2026-11-23.)
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.orders.secure import METHODS, Outcome, outcome
from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from brownout.providers.paypal.reader import Reader

_NUMBER: Final = re.compile(r"[0-9]{13,19}")
_EXPIRY: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_SECURITY_CODE: Final = re.compile(r"[0-9]{3,4}")
_BRANDS: Final = (
    ("AMEX", re.compile(r"3[47]")),
    ("DINERS", re.compile(r"3(?:0[0-5]|[68])")),
    ("JCB", re.compile(r"35")),
    ("CHINA_UNION_PAY", re.compile(r"62")),
    ("MASTERCARD", re.compile(r"5[1-5]|2[2-7]")),
    ("MAESTRO", re.compile(r"5[06-9]|6[3-9]")),
    ("DISCOVER", re.compile(r"6")),
)
DECLINES: Final = {
    "CCREJECT-REFUSED": "0500",
    "CCREJECT-SF": "9500",
    "CCREJECT-EC": "5400",
    "CCREJECT-IRC": "5180",
    "CCREJECT-IF": "5120",
    "CCREJECT-LS": "9520",
    "CCREJECT-IA": "1330",
    "CCREJECT-BANK_ERROR": "5100",
    "CCREJECT-CVV_F": "00N7",
}
"""Name on the card (in this case) to the processor's response code."""


def read_card(reader: Reader, given: dict[str, Any], place: Place, now: float) -> dict[str, Any]:
    """Return what is kept of a card.

    Raises:
        Refused: if it can't be one, or is past its month at `now`.
    """
    named = Place(place.pointer, place.pointer)
    number = reader.text(given, "number", named, least=13, most=19, pattern=_NUMBER, needed=True) or ""
    expiry = reader.text(given, "expiry", named, least=7, most=7, pattern=_EXPIRY, needed=True) or ""
    code = reader.text(given, "security_code", named, least=3, most=4, pattern=_SECURITY_CODE)
    name = reader.text(given, "name", named, most=300)
    if not luhn(number):
        # The issue of a number that fails its own check digit isn't in the specification: this one fits best.
        raise reader.refused("PAYMENT_SOURCE_CANNOT_BE_USED", f"{place.pointer}/number")
    if expiry < datetime.fromtimestamp(now, UTC).isoformat()[:7]:
        raise reader.refused("CARD_EXPIRED", f"{place.pointer}/expiry", expiry)
    network = brand(number)
    if code is not None and len(code) != (4 if network == "AMEX" else 3):
        raise reader.refused("INVALID_SECURITY_CODE_LENGTH", f"{place.pointer}/security_code")
    shown = {"name": name} if name is not None else {}
    return shown | {"last_digits": number[-4:], "expiry": expiry, "brand": network, "type": "CREDIT"}


def read_outcome(reader: Reader, given: dict[str, Any], place: Place) -> Outcome | None:
    """Return what comes of the 3D Secure that a request asks for, None if it asks for none."""
    attributes = reader.mapping(given, "attributes", place) or {}
    verification = reader.mapping(attributes, "verification", place.at("attributes")) or {}
    method = reader.text(verification, "method", place.at("attributes/verification"), most=255)
    if method is not None and method not in METHODS:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/attributes/verification/method", method)
    number = given.get("number")
    return outcome(number if isinstance(number, str) else "", method)


def luhn(number: str) -> bool:
    """Return whether the last digit checks the others (ISO/IEC 7812-1).

    >>> luhn("4005519200000004"), luhn("4005519200000005")
    (True, False)
    """
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(int(digit) for digit in number[::-2]) + sum(two // 10 + two % 10 for two in doubled)) % 10 == 0


def brand(number: str) -> str:
    """Return the network of a card.

    >>> brand("4005519200000004"), brand("2223000048400011"), brand("376680816376961"), brand("6304000000000000")
    ('VISA', 'MASTERCARD', 'AMEX', 'MAESTRO')
    """
    return next((name for name, pattern in _BRANDS if pattern.match(number) is not None), "VISA")


def declined(card: dict[str, Any] | None) -> bool:
    """Return whether the processor declines this card; None stands for a buyer's PayPal account, which always pays."""
    return card is not None and card.get("name") in DECLINES


def processor_response(card: dict[str, Any]) -> dict[str, str]:
    """Return what the processor said of a card."""
    code = DECLINES.get(card.get("name", ""))
    if code is not None:
        return {"avs_code": "G", "cvv_code": "P", "response_code": code}
    return {"avs_code": "Y", "cvv_code": "M", "response_code": "0000"}
