"""What an order is paid with: a card or an agreement, processed in the same call, or a buyer who approves first.

(PayPal REST API specifications, Orders v2, `payment_source`; developer.paypal.com, Orders v2 and Idempotency;
read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.paypal.access import payer_of
from brownout.providers.paypal.cards import read_card
from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.providers.paypal.reader import Reader

_AT: Final = "/payment_source"
_AGREEMENTS: Final = ("vault_id", "billing_agreement_id")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_MOST_URL_LETTERS: Final = 4000


class Source(NamedTuple):
    """How an order is to be paid. `card` is what is kept of one; `at_once`: no buyer has to approve."""

    kind: str
    at_once: bool
    card: dict[str, Any] | None = None


def read_source(reader: Reader, params: Mapping[str, Any], now: float) -> Source | None:
    """Return what a request wants to pay with, None if it doesn't say.

    Raises:
        Refused: if it says nothing that can be used here.
    """
    given = reader.mapping(params, "payment_source", Place())
    if given is None:
        return None
    named = [name for name, value in given.items() if value is not None]
    if not named:
        raise reader.refused("NO_PAYMENT_SOURCE_PROVIDED", _AT)
    if len(named) > 1:
        raise reader.refused("INCOMPATIBLE_PARAMETER_VALUE", f"{_AT}/{named[1]}")
    kind = named[0]
    body = reader.mapping(given, kind, Place(_AT)) or {}
    if kind == "paypal":
        return Source("paypal", at_once=any(body.get(name) for name in _AGREEMENTS))
    if kind != "card":
        raise reader.refused("PAYMENT_SOURCE_CANNOT_BE_USED", f"{_AT}/{kind}", description=_UNMODELLED)
    return Source("card", at_once=True, card=read_card(reader, body, Place(f"{_AT}/card"), now))


_UNMODELLED: Final = "Brownout models the payment sources card and paypal, not this one."


def return_url(reader: Reader, params: Mapping[str, Any]) -> str | None:
    """Return where the buyer goes after approving, None if nobody says.

    The place was `application_context` first, and is the payment source's `experience_context` now.
    """
    for path in (("payment_source", "paypal", "experience_context"), ("application_context",)):
        given: Mapping[str, Any] = params
        pointer = ""
        for name in path:
            given = reader.mapping(given, name, Place(pointer)) or {}
            pointer += f"/{name}"
        found = reader.text(given, "return_url", Place(pointer), most=_MOST_URL_LETTERS, pattern=_URL)
        if found is not None:
            return found
    return None


def payer(account: str) -> dict[str, Any]:
    """Return the buyer of an account's sandbox: the same for each of its orders."""
    payer_id = payer_of(account)
    return {
        "name": {"given_name": "John", "surname": "Doe"},
        "email_address": f"sb-{payer_id[:6].lower()}@personal.example.com",
        "payer_id": payer_id,
        "address": {"country_code": "US"},
    }


def shown_source(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order's `payment_source` for an answer."""
    if order["card"] is not None:
        return {"card": order["card"]}
    buyer = order["payer"]
    if buyer is None:
        return {"paypal": {}}
    return {
        "paypal": {
            "email_address": buyer["email_address"],
            "account_id": buyer["payer_id"],
            "account_status": "VERIFIED",
            "name": buyer["name"],
            "address": buyer["address"],
        }
    }
