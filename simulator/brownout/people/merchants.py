"""One merchant: a shop named after somebody, with the code of its trade and where it trades."""

from __future__ import annotations

from dataclasses import dataclass

from brownout.people.accounts import iban
from brownout.people.addresses import Address, address
from brownout.people.draws import Draws
from brownout.people.locales import GENDERS, LOCALES, locale_named

_DESCRIPTOR_LENGTH = 22  # what a card statement shows; Stripe's and Visa's limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A small business whose parts fit together.

    `name` is over its door, `legal_name` in the register, `latin_name` is `name` in Latin letters. `mcc` is the
    merchant category code (ISO 18245) of its trade. `statement_descriptor` has at most 22 capital letters, digits and
    spaces. The website and the mail are below example.com, which reaches nobody.
    """

    locale: str
    name: str
    legal_name: str
    latin_name: str
    statement_descriptor: str
    mcc: str
    website: str
    email: str
    phone: str
    address: Address
    currency: str
    iban: str | None


def merchant(seed: int, key: str, *, locale: str | None = None) -> Merchant:
    """Return the merchant whom `seed` and `key` name; it has nothing to do with the person of that key.

    >>> merchant(7, "shop-3", locale="en_GB").currency
    'GBP'

    Raises:
        ValueError: if there is no such locale; it says which was probably meant.
        TypeError: if the seed is no integer or the key no text.
    """
    draws = Draws("merchant", seed, key)
    tables = locale_named(draws.pick("locale", LOCALES) if locale is None else locale)
    owner = draws.pick("last_name", tables.last[draws.pick("gender", GENDERS)])
    trade, mcc = draws.pick("trade", tables.trades)
    town = draws.pick("town", tables.towns)
    name = tables.merchant_name.format(last=owner.written, trade=trade.written)
    latin = tables.merchant_latin.format(last=owner.latin, trade=trade.latin)
    site = f"{trade.slug}-{owner.slug}-{1000 + draws.number('site', 9000)}.example.com"
    return Merchant(
        locale=tables.name,
        name=name,
        legal_name=draws.pick("legal_form", tables.legal_forms).format(name),
        latin_name=latin,
        statement_descriptor=_descriptor(latin),
        mcc=mcc,
        website=f"https://{site}",
        email=f"hello@{site}",
        phone=draws.fill("phone", town.phones),
        address=address(draws, tables, town),
        currency=tables.currency,
        iban=iban(draws, tables),
    )


def _descriptor(latin: str) -> str:
    """Return the name as a card statement prints it.

    >>> _descriptor("L'Abbé's Rösti & Kaffee-Haus".encode("ascii", "ignore").decode())
    'LABBS RSTI  KAFFEEHAUS'
    """
    plain = "".join(char for char in latin.upper() if char == " " or (char.isascii() and char.isalnum()))
    return plain[:_DESCRIPTOR_LENGTH].strip()
