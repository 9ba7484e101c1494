"""What an order is paid with: at once, as a card or an agreement is, or by a buyer who has to approve it somewhere.

(PayPal REST API specifications, Orders v2, `payment_source`; developer.paypal.com, Orders v2, Idempotency, Apple Pay
and Google Pay; paypal-server-sdk 2.4; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.paypal.cards import read_card, read_outcome
from brownout.providers.paypal.orders.phone_wallets import read_phone_wallet
from brownout.providers.paypal.orders.saved import read_saved
from brownout.providers.paypal.orders.source_kinds import BANKS, COMPLETE, KINDS, PHONE_WALLETS
from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.providers.paypal.amounts import Money
    from brownout.providers.paypal.orders.secure import Outcome
    from brownout.providers.paypal.reader import Reader

AT: Final = "/payment_source"
_INSTRUCTIONS: Final = (COMPLETE, "NO_INSTRUCTION")
_AGREEMENTS: Final = ("vault_id", "billing_agreement_id")
_TOKENS: Final = ("BILLING_AGREEMENT", "PAYMENT_METHOD_TOKEN")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_COUNTRY: Final = re.compile(r"[A-Z]{2}|C2")
_AUTH_CODE: Final = re.compile(r"[0-9]{6}")
_MOST_URL_LETTERS: Final = 4000


class Source(NamedTuple):
    """How an order is to be paid.

    `card` is what is kept of one, `shown` what answers show of anything else; `at_once`: no buyer has to approve.
    `secure` is what comes of 3D Secure, None if nobody asked for it.
    """

    kind: str
    at_once: bool
    card: dict[str, Any] | None = None
    shown: dict[str, Any] = {}  # noqa: RUF012 - never written to
    secure: Outcome | None = None


class Terms(NamedTuple):
    """What a payment source has to go with: its order's `intent` and `total`, and what the vault has `saved` by id."""

    now: float
    intent: str
    total: Money
    saved: Callable[[str], dict[str, Any] | None]


def read_source(
    reader: Reader, params: Mapping[str, Any], terms: Terms, *, several: str = "INCOMPATIBLE_PARAMETER_VALUE"
) -> Source | None:
    """Return what a request wants to pay with, None if it doesn't say. `several` is the issue of naming two.

    Raises:
        Refused: if it says nothing that can be used for such an order.
    """
    given = reader.mapping(params, "payment_source", Place())
    if given is None:
        return None
    named = [name for name, value in given.items() if value is not None]
    if not named:
        raise reader.refused("NO_PAYMENT_SOURCE_PROVIDED", AT)
    if len(named) > 1:
        raise reader.refused(several, f"{AT}/{named[1]}")
    kind = named[0]
    if kind not in KINDS:
        raise reader.refused("INVALID_PARAMETER_SYNTAX", f"{AT}/{kind}")
    body = reader.mapping(given, kind, Place(AT)) or {}
    place = Place(f"{AT}/{kind}", f"{AT}/{kind}")
    if kind == "card":
        return _card(reader, body, place, terms)
    if kind == "token":
        return _token(reader, body, place, terms)
    if kind in PHONE_WALLETS:
        card, shown = read_phone_wallet(reader, kind, body, place, terms)
        return Source(
            kind, at_once=card is not None, card=card, shown=shown, secure=_wallet_secure(reader, body, place)
        )
    if kind in BANKS:
        return _bank(reader, kind, body, terms)
    return _wallet(reader, kind, body, place, terms)


def _wallet(reader: Reader, kind: str, body: dict[str, Any], place: Place, terms: Terms) -> Source:
    if body.get("vault_id") is not None:
        read_saved(reader, kind, body, place, terms)
    return Source(kind, at_once=any(body.get(name) for name in _AGREEMENTS))


def _card(reader: Reader, body: dict[str, Any], place: Place, terms: Terms) -> Source:
    if body.get("vault_id") is not None:
        return Source("card", at_once=True, card=read_saved(reader, "card", body, place, terms))
    kept = read_card(reader, body, place, terms.now)
    return Source("card", at_once=True, card=kept, secure=read_outcome(reader, body, place))


def _wallet_secure(reader: Reader, body: dict[str, Any], place: Place) -> Outcome | None:
    card = reader.mapping(body, "card", place) or {}
    return read_outcome(reader, body | {"number": card.get("number")}, place)


def _token(reader: Reader, body: dict[str, Any], place: Place, terms: Terms) -> Source:
    """Return an agreement or a saved method named by its token; one that no vault here knows is taken as valid.

    Raises:
        Refused: if it was deleted.
    """
    token_id = reader.text(body, "id", place, most=255, needed=True) or ""
    kind = reader.text(body, "type", place, most=255, needed=True)
    if kind not in _TOKENS:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/type", kind)
    reader.refuse_deleted(token_id, f"{place.pointer}/id")
    saved = terms.saved(token_id)
    if saved is not None and saved["kind"] == "card":
        return Source("card", at_once=True, card=dict(saved["shown"]))
    return Source("paypal", at_once=True)


def _bank(reader: Reader, kind: str, body: dict[str, Any], terms: Terms) -> Source:
    bank, place = BANKS[kind], Place(f"{AT}/{kind}", f"{AT}/{kind}")
    shown: dict[str, Any] = {}
    for name in bank.needs:
        least, most = (2, 2) if name == "country_code" else (3, 300)
        pattern = _COUNTRY if name == "country_code" else None
        shown[name] = reader.text(body, name, place, least=least, most=most, pattern=pattern, needed=True)
    if shown["country_code"] not in bank.countries:
        raise reader.refused("COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE", f"{place.pointer}/country_code",
                             shown["country_code"])  # fmt: skip
    if terms.total.currency not in bank.currencies:
        raise reader.refused("CURRENCY_NOT_SUPPORTED_FOR_COUNTRY", place.pointer)
    if terms.intent != "CAPTURE":
        raise reader.refused("UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE", "/intent", terms.intent)
    if kind == "blik":
        shown |= _blik(reader, body, place)
    return Source(kind, at_once=False, shown=shown)


def _blik(reader: Reader, body: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return what answers show of BLIK's own: the buyer's code, or the alias that a first payment left behind."""
    email = reader.text(body, "email", place, least=3, most=254)
    shown: dict[str, Any] = {"email": email} if email is not None else {}
    code = reader.mapping(body, "level_0", place)
    if code is not None:
        reader.text(code, "auth_code", place.at("level_0"), least=6, most=6, pattern=_AUTH_CODE, needed=True)
    once = reader.mapping(body, "one_click", place)
    if once is not None:
        at = place.at("one_click")
        reference = reader.text(once, "consumer_reference", at, least=3, most=64, needed=True)
        if once.get("alias_key") is None and (once.get("auth_code") is None or once.get("alias_label") is None):
            raise reader.refused("BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER", at.pointer)
        shown["one_click"] = {"consumer_reference": reference}
    return shown


def read_instruction(reader: Reader, params: Mapping[str, Any], source: Source | None) -> bool:
    """Return whether the order is to complete by itself once the buyer has approved: only banks' methods can."""
    said = params.get("processing_instruction")
    if said is None or said == "NO_INSTRUCTION":
        return False
    if said not in _INSTRUCTIONS:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/processing_instruction", said)
    if source is None or source.kind not in BANKS:
        raise reader.refused("UNSUPPORTED_PROCESSING_INSTRUCTION", "/processing_instruction", said)
    return True


def read_way_back(reader: Reader, params: Mapping[str, Any]) -> dict[str, str | None]:
    """Return where the buyer goes after approving (`return_url`) or cancelling (`cancel_url`), None if nobody says.

    The place was `application_context` first, and is the payment source's `experience_context` now.
    """
    named = reader.mapping(params, "payment_source", Place()) or {}
    paths = [("payment_source", kind, "experience_context") for kind in named if kind in KINDS]
    out: dict[str, str | None] = {"return_url": None, "cancel_url": None}
    for path in (*paths, ("application_context",)):
        given: Mapping[str, Any] = params
        pointer = ""
        for name in path:
            given = reader.mapping(given, name, Place(pointer)) or {}
            pointer += f"/{name}"
        for name, kept in out.items():
            out[name] = kept or reader.text(given, name, Place(pointer), most=_MOST_URL_LETTERS, pattern=_URL)
    return out
