"""What somebody proves who they are with: a document, and a national number where a test form of it exists.

No country reserves document numbers for tests, so those only look right. National numbers are given only where an
authority says which ones belong to nobody; elsewhere there is none, because a plausible one may be somebody's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brownout.people.locales import REFERENCE_DATE

if TYPE_CHECKING:
    from brownout.people.draws import Draws
    from brownout.people.locales import Locale, Word

_EXPIRY_FIRST = REFERENCE_DATE.replace(year=REFERENCE_DATE.year + 5).toordinal()
_EXPIRY_DAYS = 5 * 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An identity document: `type` is passport, driving_licence or national_identity_card; 3 letters a country."""

    type: str
    number: str
    issuing_country: str
    expires_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalId:
    """A national number that nobody bears. `type` is ssn, nino, steuer_id or bsn."""

    type: str
    number: str


def document(draws: Draws, locale: Locale, *, first: Word, last: Word, gender: str, born: dt.date) -> Document:
    """Return a document that is valid for five to ten years from the reference date."""
    kind, patterns = draws.pick("document", locale.documents)
    if patterns == ("gb",):
        number = _british_licence(draws, first=first, last=last, gender=gender, born=born)
    else:
        number = draws.fill("document_number", patterns)
    return Document(
        type=kind,
        number=number,
        issuing_country=locale.country_alpha3,
        expires_on=dt.date.fromordinal(_EXPIRY_FIRST + draws.number("document_expiry", _EXPIRY_DAYS)),
    )


def _british_licence(draws: Draws, *, first: Word, last: Word, gender: str, born: dt.date) -> str:
    """Return sixteen characters: five of the surname, the date of birth (a woman's month + 50), initials, a tail.

    The layout is the one that the DVLA prints in its guidance on driver numbers.
    """
    month = born.month + (50 if gender == "female" else 0)
    date = f"{born.year // 10 % 10}{month:02d}{born.day:02d}{born.year % 10}"
    surname = last.slug.upper().ljust(5, "9")[:5]
    return f"{surname}{date}{first.slug[0].upper()}9{draws.fill('licence_tail', ('9@@',))}"


def national_id(draws: Draws, locale: Locale) -> NationalId | None:
    """Return a number that the country's authority keeps for tests or examples, or None where it keeps none."""
    rule = locale.national_id
    if rule is None:
        return None
    scheme = rule.get("scheme")
    if scheme == "bsn":
        number = bsn(draws.fill("national_id", ("99999###",)))
    elif scheme == "idnr":
        number = idnr(draws.digest("national_id"))
    else:
        number = draws.fill("national_id", rule["pattern"].split("|"))
    return NationalId(type=rule["type"], number=number)


def bsn(eight: str) -> str:
    """Return a Dutch citizen service number from eight digits; the last moves on where no check digit fits.

    >>> bsn("99999001"), bsn("11122233")
    ('999990019', '111222333')
    """
    digits = [int(digit) for digit in eight]
    while (check := sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11) == 10:
        digits[-1] = (digits[-1] + 1) % 10
    return "".join(map(str, [*digits, check]))


def idnr(digest: bytes) -> str:
    """Return a German tax identification number of the test kind, from at least ten bytes of chance.

    Of its first ten digits the first is 0, one occurs twice, one never and the others once; the eleventh checks them
    by ISO 7064 MOD 11,10.
    """
    order = sorted("123456789", key=lambda digit: digest[int(digit)])
    ten = "0" + "".join(order[:8]) + order[digest[0] % 8]
    product = 10
    for digit in ten:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return ten + str((11 - product) % 10)
