"""Who is verified: what the page is sent, and otherwise somebody made up whom the session's id fixes.

The names and the address are Stripe's and everybody's examples; 000000000 is the ID number that Stripe's test mode
takes. `brownout.people.person` has people whose parts fit together, for a test to send.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_FIRST: Final = ("Jenny", "Ada", "Grace", "Alan", "Maria", "Kenji", "Amara", "Luis")
_LAST: Final = ("Rosen", "Lovelace", "Hopper", "Turing", "Garcia", "Sato", "Okafor", "Ortega")
_BORN_FROM: Final = date(1950, 1, 1).toordinal()
_BORN_DAYS: Final = 50 * 365
LETTERS_MOST: Final = 200
DOCUMENTS: Final = ("driving_license", "id_card", "passport")
TEXTS: Final = (
    "first_name", "last_name", "dob", "line1", "city", "state", "postal_code", "country", "document_type",
    "document_number", "issuing_country", "expires", "id_number", "email", "phone",
)  # fmt: skip
"""What the page takes, in its order. `dob` and `expires` are dates: 1990-12-31."""
DATES: Final = frozenset({"dob", "expires"})


class WrongError(ValueError):
    """Something that the page was sent can't be; the message is for whoever sent it."""


class Somebody(NamedTuple):
    """One person, by the fields of `TEXTS`."""

    values: dict[str, str]

    def day(self, name: str) -> dict[str, int | None]:
        """Return a date as Stripe shows one."""
        found = date.fromisoformat(self.values[name])
        return {"day": found.day, "month": found.month, "year": found.year}

    @property
    def address(self) -> dict[str, str | None]:
        """Where they live, as Stripe shows an address."""
        given = self.values
        return {
            "city": given["city"], "country": given["country"], "line1": given["line1"], "line2": None,
            "postal_code": given["postal_code"], "state": given["state"],
        }  # fmt: skip


def usual(call: Call, session_id: str, allowed: tuple[str, ...]) -> Somebody:
    """Return somebody made up; their document is of an allowed type."""

    def drawn(label: str, most: int) -> int:
        return int(call.world.id_chance.uniform(f"identity|{label}|{session_id}".encode()) * most)

    born = date.fromordinal(_BORN_FROM + drawn("born", _BORN_DAYS))
    first, last = _FIRST[drawn("first", len(_FIRST))], _LAST[drawn("last", len(_LAST))]
    year = date.fromordinal(date(1970, 1, 1).toordinal() + call.now // 86_400).year + 5
    return Somebody(
        {
            "first_name": first, "last_name": last, "dob": born.isoformat(), "line1": "1234 Main St.",
            "city": "San Francisco", "state": "CA", "postal_code": "94111", "country": "US",
            "document_type": allowed[drawn("document", len(allowed))],
            "document_number": f"D{drawn('number', 10_000_000):07d}", "issuing_country": "US",
            "expires": f"{year}-12-01", "id_number": "000000000",
            "email": f"{first}.{last}@example.com".lower(), "phone": "+12015550123",
        }
    )  # fmt: skip


def read(sent: Mapping[str, Any], somebody: Somebody) -> Somebody:
    """Return `somebody` with what was sent in their place.

    Raises:
        WrongError: if it isn't text, too long, no date, or no type of document.
    """
    values = dict(somebody.values)
    for name in TEXTS:
        one = sent.get(name)
        if one is None or one == "":
            continue
        if not isinstance(one, str) or len(one) > LETTERS_MOST:
            raise WrongError(f"{name} must be a text of at most {LETTERS_MOST} characters.")
        if name in DATES:
            try:
                date.fromisoformat(one)
            except ValueError:
                raise WrongError(f"{name} must be a date such as 1990-12-31, not {one!r}.") from None
        values[name] = one
    if values["document_type"] not in DOCUMENTS:
        raise WrongError(f"document_type must be one of {', '.join(DOCUMENTS)}, not {values['document_type']!r}.")
    return Somebody(values)
