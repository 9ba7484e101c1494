"""The tables of one locale, read from the package's data when it is first asked for, and then kept."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from brownout.core.errors import did_you_mean

# The order is part of what (seed, key) means: a new locale goes to the end, and still moves people between locales.
LOCALES = (
    "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL",
    "pt_BR", "sv_SE", "ja_JP", "en_IN", "uk_UA", "el_GR", "zh_CN", "ar_SA",
)  # fmt: skip

REFERENCE_DATE = dt.date(2026, 1, 1)
"""The day on which everybody is 18 to 90 years old, and from which documents run.

Fixed, so that nobody's birthday moves. The data names it too; a test holds the two together.
"""

GENDERS = ("female", "male")


class Word(NamedTuple):
    """A name as it is written, in Latin letters, and with nothing but a to z."""

    written: str
    latin: str
    slug: str


class Town(NamedTuple):
    """A town with what belongs to it: patterns of postcodes and of telephone numbers."""

    name: str
    state: str | None
    postcodes: tuple[str, ...]
    phones: tuple[str, ...]


class Iban(NamedTuple):
    """How a country's account numbers look; `scheme` names the national check digits, if any."""

    body: tuple[str, ...]
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """All tables of one locale. What is indexed by gender has the keys of `GENDERS`."""

    name: str
    country: str
    country_alpha3: str
    currency: str
    order: str
    surnames: int
    titles: dict[str, tuple[str, ...]]
    first: dict[str, tuple[Word, ...]]
    last: dict[str, tuple[Word, ...]]
    line1: str
    line2: str
    numbers: tuple[str, ...]
    flats: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[Town, ...]
    documents: tuple[tuple[str, tuple[str, ...]], ...]
    national_id: dict[str, str] | None
    iban: Iban | None
    merchant_name: str
    merchant_latin: str
    legal_forms: tuple[str, ...]
    trades: tuple[tuple[Word, str], ...]


@cache
def locale_named(name: str) -> Locale:
    """Return the tables of the locale called `name`.

    Raises:
        ValueError: if there is none; it says which was probably meant.
    """
    if name not in LOCALES:
        raise ValueError(f"locale: {did_you_mean(str(name), LOCALES)}")
    return _compiled(json.loads(files("brownout.people").joinpath("data", f"{name}.json").read_bytes()))


def _compiled(data: dict[str, Any]) -> Locale:
    names, address, shops = data["names"], data["address"], data["merchants"]
    iban = data["iban"]
    return Locale(
        name=data["locale"],
        country=data["country"]["alpha2"],
        country_alpha3=data["country"]["alpha3"],
        currency=data["country"]["currency"],
        order=names["order"],
        surnames=names["surnames"],
        titles={gender: tuple(names["titles"][gender]) for gender in GENDERS},
        first={gender: _words(names[gender]) for gender in GENDERS},
        last={gender: _words(names.get("last") or names[f"last_{gender}"]) for gender in GENDERS},
        line1=address["line1"],
        line2=address["line2"],
        numbers=_patterns(address["numbers"]),
        flats=_patterns(address["flats"]),
        streets=tuple(address["streets"]),
        towns=tuple(_town(row, data["phones"]) for row in address["towns"]),
        documents=tuple((kind, _patterns(pattern)) for kind, pattern in data["documents"].items()),
        national_id=data["national_id"],
        iban=Iban(_patterns(iban["body"]), iban.get("scheme", "")) if iban else None,
        merchant_name=shops["name"],
        merchant_latin=shops["latin_name"],
        legal_forms=tuple(shops["legal"]),
        trades=tuple((_word(entry), mcc) for entry, mcc in shops["trades"]),
    )


def _words(entries: list[str]) -> tuple[Word, ...]:
    return tuple(map(_word, entries))


def _word(entry: str) -> Word:
    written, _, latin = entry.partition("|")
    latin = latin or written
    return Word(written, latin, "".join(char for char in latin.lower() if "a" <= char <= "z"))


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _town(row: list[str], phones: str) -> Town:
    name, state, postcodes, own_phones = row
    return Town(name, state or None, _patterns(postcodes), _patterns(own_phones) + _patterns(phones))
