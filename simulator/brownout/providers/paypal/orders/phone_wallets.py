"""Apple Pay and Google Pay: a card that a telephone vouches for, decrypted by the merchant or by PayPal.

Without the card the order waits until the page's own script confirms it. (PayPal REST API specifications, Orders v2,
`apple_pay_request`; paypal-server-sdk 2.4, `google_pay_request`; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.cards import read_card
from brownout.providers.paypal.orders.saved import read_saved

if TYPE_CHECKING:
    from brownout.providers.paypal.orders.sources import Terms
    from brownout.providers.paypal.reader import Place, Reader

_MILLISECONDS: Final = re.compile(r"[0-9]{13}")
_TEXTS: Final = {"name": 300, "email_address": 254}
_APPLE_TYPES: Final = ("3DSECURE", "EMV")
_GOOGLE_METHODS: Final = ("PAN_ONLY", "CRYPTOGRAM_3DS")


def read_phone_wallet(
    reader: Reader, kind: str, body: dict[str, Any], place: Place, terms: Terms
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what is kept of the card (None if the wallet didn't hand one over yet), and what answers show beside it.

    Raises:
        Refused: if what proves that the telephone vouches for the card is missing, late, or of another amount.
    """
    shown: dict[str, Any] = {}
    for name, most in _TEXTS.items():
        if (text := reader.text(body, name, place, least=3, most=most)) is not None:
            shown[name] = text
    if kind == "apple_pay" and (token := reader.text(body, "id", place, most=250)) is not None:
        shown["id"] = token
    if body.get("vault_id") is not None:
        return read_saved(reader, kind, body, place, terms), shown
    if body.get("card") is not None and kind == "google_pay":
        return read_card(reader, reader.mapping(body, "card", place) or {}, place.at("card"), terms.now), shown
    token_data = reader.mapping(body, "decrypted_token", place)
    if token_data is None:
        return None, shown
    read = _apple if kind == "apple_pay" else _google
    return read(reader, token_data, place.at("decrypted_token"), terms), shown


def _apple(reader: Reader, data: dict[str, Any], place: Place, terms: Terms) -> dict[str, Any]:
    if data.get("transaction_amount") is not None:
        amount = reader.money(data["transaction_amount"], place.at("transaction_amount"))
        if amount != terms.total:
            raise reader.refused("APPLE_PAY_AMOUNT_MISMATCH", f"{place.pointer}/transaction_amount")
    kind = reader.text(data, "payment_data_type", place, most=16)
    if kind is not None and kind not in _APPLE_TYPES:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/payment_data_type", kind)
    payment = reader.mapping(data, "payment_data", place) or {}
    if kind == "3DSECURE" and not payment.get("cryptogram"):
        raise reader.refused("CRYPTOGRAM_REQUIRED", f"{place.pointer}/payment_data/cryptogram")
    if kind == "EMV" and not payment.get("emv_data"):
        raise reader.refused("EMV_DATA_REQUIRED", f"{place.pointer}/payment_data/emv_data")
    return _inner_card(reader, data, "tokenized_card", place, terms)


def _google(reader: Reader, data: dict[str, Any], place: Place, terms: Terms) -> dict[str, Any]:
    until = reader.text(data, "message_expiration", place, least=13, most=13, pattern=_MILLISECONDS)
    if until is not None and int(until) < terms.now * 1000:
        raise reader.refused("TOKEN_EXPIRED", f"{place.pointer}/message_expiration")
    method = reader.text(data, "authentication_method", place, most=50, needed=True)
    if method not in _GOOGLE_METHODS:
        raise reader.refused("INVALID_PARAMETER_VALUE", f"{place.pointer}/authentication_method", method)
    if method == "CRYPTOGRAM_3DS" and not data.get("cryptogram"):
        raise reader.refused("CRYPTOGRAM_REQUIRED", f"{place.pointer}/cryptogram")
    return _inner_card(reader, data, "card", place, terms)


def _inner_card(reader: Reader, data: dict[str, Any], name: str, place: Place, terms: Terms) -> dict[str, Any]:
    card = reader.mapping(data, name, place)
    if card is None:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", f"{place.pointer}/{name}")
    return read_card(reader, card, place.at(name), terms.now)
