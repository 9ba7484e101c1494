"""Where somebody lives: street, number and flat drawn apart; the postcode drawn from the town's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brownout.people.draws import Draws
    from brownout.people.locales import Locale, Town

_HOUSES_PER_FLAT_HOUSE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address, whole (`line1`, `line2`) and in parts, as providers ask for either.

    `state` is what is customary on an envelope (IL, SP, MI, 東京都), None where no such line is. `country` has two
    letters, `country_alpha3` three.
    """

    line1: str
    line2: str | None
    street: str
    building_number: str
    flat: str | None
    town: str
    state: str | None
    postcode: str
    country: str
    country_alpha3: str


def address(draws: Draws, locale: Locale, town: Town) -> Address:
    """Return an address in `town`; one house in three is split into flats."""
    street = draws.pick("street", locale.streets)
    number = draws.fill("number", locale.numbers)
    in_flats = draws.number("in_flats", _HOUSES_PER_FLAT_HOUSE) == 0
    flat = draws.fill("flat", locale.flats) if in_flats else None
    return Address(
        line1=locale.line1.format(street=street, number=number),
        line2=None if flat is None else locale.line2.format(flat),
        street=street,
        building_number=number,
        flat=flat,
        town=town.name,
        state=town.state,
        postcode=draws.fill("postcode", town.postcodes),
        country=locale.country,
        country_alpha3=locale.country_alpha3,
    )
