"""One person: who they are, how to reach them, where they live, what they prove it with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from brownout.people.accounts import iban
from brownout.people.addresses import Address, address
from brownout.people.documents import Document, NationalId, document, national_id
from brownout.people.draws import Draws
from brownout.people.locales import GENDERS, LOCALES, REFERENCE_DATE, Locale, Word, locale_named

_YOUNGEST, _OLDEST = 18, 90
_BORN_FIRST = REFERENCE_DATE.replace(year=REFERENCE_DATE.year - _OLDEST).toordinal()
_BORN_LAST = REFERENCE_DATE.replace(year=REFERENCE_DATE.year - _YOUNGEST).toordinal()

# RFC 2606 keeps these three: no mail to them ever reaches anybody.
_MAIL_DOMAINS = ("example.com", "example.net", "example.org")
_MAILBOXES = ("{first}.{last}{tail}", "{first}{last}{tail}", "{first}_{last}{tail}", "{initial}.{last}{tail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An adult whose parts fit together; docs/people.md says how, and which numbers can reach nobody.

    Names are in the locale's own script, and `full_name` in its own order. The Latin ones are what a passport's
    machine-readable line says (Müller: Mueller), given name first. `phone` is E.164. `iban` and `national_id` are None
    where the country has no such thing to give.
    """

    locale: str
    gender: str
    title: str
    first_name: str
    last_name: str
    full_name: str
    latin_first_name: str
    latin_last_name: str
    latin_full_name: str
    date_of_birth: dt.date
    email: str
    phone: str
    address: Address
    currency: str
    document: Document
    national_id: NationalId | None
    iban: str | None


def person(seed: int, key: str, *, locale: str | None = None) -> Person:
    """Return the person whom `seed` and `key` name: always the same one, in whatever order people are asked for.

    Any text will do as a key; an order's or customer's own id reads best in reports. `locale` is one of `LOCALES`;
    by default it is drawn too.

    >>> person(7, "order-0117") == person(7, "order-0117"), person(7, "order-0117") == person(7, "order-0118")
    (True, False)
    >>> person(7, "order-0117", locale="ja_JP").address.country
    'JP'

    Raises:
        ValueError: if there is no such locale; it says which was probably meant.
        TypeError: if the seed is no integer or the key no text.
    """
    draws = Draws("person", seed, key)
    tables = locale_named(draws.pick("locale", LOCALES) if locale is None else locale)
    gender = draws.pick("gender", GENDERS)
    first = draws.pick("first_name", tables.first[gender])
    last = _last_name(draws, tables, gender)
    town = draws.pick("town", tables.towns)
    born = dt.date.fromordinal(_BORN_FIRST + draws.number("date_of_birth", _BORN_LAST - _BORN_FIRST + 1))
    return Person(
        locale=tables.name,
        gender=gender,
        title=draws.pick("title", tables.titles[gender]),
        first_name=first.written,
        last_name=last.written,
        full_name=tables.order.format(first=first.written, last=last.written),
        latin_first_name=first.latin,
        latin_last_name=last.latin,
        latin_full_name=f"{first.latin} {last.latin}",
        date_of_birth=born,
        email=_email(draws, first, last),
        phone=draws.fill("phone", town.phones),
        address=address(draws, tables, town),
        currency=tables.currency,
        document=document(draws, tables, first=first, last=last, gender=gender, born=born),
        national_id=national_id(draws, tables),
        iban=iban(draws, tables),
    )


def _last_name(draws: Draws, tables: Locale, gender: str) -> Word:
    names = tables.last[gender]
    last = draws.pick("last_name", names)
    if tables.surnames == 1:
        return last
    second = draws.pick("second_last_name", names)
    return Word(f"{last.written} {second.written}", f"{last.latin} {second.latin}", last.slug)


def _email(draws: Draws, first: Word, last: Word) -> str:
    """Return an address made of the name; its four digits keep namesakes apart."""
    number = draws.number("email", 9000 * len(_MAILBOXES) * len(_MAIL_DOMAINS))
    number, tail = divmod(number, 9000)
    domain, mailbox = divmod(number, len(_MAILBOXES))
    name = _MAILBOXES[mailbox].format(first=first.slug, last=last.slug, initial=first.slug[0], tail=1000 + tail)
    return f"{name}@{_MAIL_DOMAINS[domain]}"
