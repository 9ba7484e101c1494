"""Reads the body of a request: texts, objects, lists and amounts, each refused where it stands.

A broken schema (400) is pointed at by index, a broken rule (422) by the purchase unit's `reference_id`, as PayPal does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.paypal.amounts import CODE, CURRENCIES, VALUE, Money, minor_units, places
from brownout.providers.paypal.errors import refusal

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from brownout.core.errors import Refused
    from brownout.core.operation import Call
    from brownout.providers.paypal.errors import Issues

_MOST_LETTERS: Final = 32
_MOST_WHOLE_DIGITS: Final = 15


class Place(NamedTuple):
    """Where a value stands, in two ways of pointing: `pointer` for broken schemas, `named` for broken rules."""

    pointer: str = ""
    named: str = ""

    def at(self, rest: str) -> Place:
        """Return a place below this one."""
        return Place(f"{self.pointer}/{rest}", f"{self.named}/{rest}")


class Reader:
    """Reads one request, and refuses in the words of its operation."""

    __slots__ = ("_call", "_on")

    def __init__(self, call: Call, on: Issues) -> None:
        """Read for `call`, whose operation may say `on`."""
        self._call = call
        self._on = on

    def refuse_deleted(self, token_id: str, field: str) -> None:
        """Refuse a payment token that was deleted from the account's vault.

        Raises:
            Refused: if it was.
        """
        if self._call.table("payment_token_gone").get(token_id) is not None:
            raise self.refused("TOKEN_ID_NOT_FOUND", field, token_id)

    def refused(self, issue: str, field: str, value: Any = None, *, description: str | None = None) -> Refused:
        """Return the refusal of what stands at `field`."""
        return refusal(self._call, self._on, issue, field=field, value=value, description=description)

    def text(
        self, given: Mapping[str, Any], name: str, place: Place, *, most: int, least: int = 1,
        pattern: re.Pattern[str] | None = None, needed: bool = False,
    ) -> str | None:  # fmt: skip
        """Return a text of `least` to `most` characters, None if there is none and none is needed."""
        value = given.get(name)
        field = f"{place.pointer}/{name}"
        if value is None:
            if needed:
                raise self.refused("MISSING_REQUIRED_PARAMETER", field)
            return None
        if not isinstance(value, str):
            raise self.refused("INVALID_PARAMETER_SYNTAX", field, value)
        if not least <= len(value) <= most:
            raise self.refused("INVALID_STRING_LENGTH", field, value)
        if pattern is not None and pattern.fullmatch(value) is None:
            raise self.refused("INVALID_PARAMETER_SYNTAX", field, value)
        return value

    def mapping(self, given: Mapping[str, Any], name: str, place: Place) -> dict[str, Any] | None:
        """Return an object, None if there is none."""
        value = given.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.refused("MALFORMED_REQUEST_JSON", f"{place.pointer}/{name}")
        return value

    def array(self, given: Mapping[str, Any], name: str, place: Place, *, most: int) -> list[dict[str, Any]]:
        """Return a list of objects, an empty one if there is none."""
        value = given.get(name)
        field = f"{place.pointer}/{name}"
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refused("MALFORMED_REQUEST_JSON", field)
        if not value:
            raise self.refused("INVALID_ARRAY_MIN_ITEMS", field)
        if len(value) > most:
            raise self.refused("INVALID_ARRAY_MAX_ITEMS", field)
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                raise self.refused("MALFORMED_REQUEST_JSON", f"{field}/{number}")
        return value

    def money(self, given: Any, place: Place, *, least: int = 1) -> Money:
        """Return the amount that `given` says; `least` is in minor units: 1, or 0 for parts of an amount.

        Raises:
            Refused: if it isn't one, or not one that PayPal takes.
        """
        if not isinstance(given, dict):
            raise self.refused("MALFORMED_REQUEST_JSON", place.pointer)
        currency = self.text(given, "currency_code", place, most=3, least=3, pattern=CODE, needed=True) or ""
        value = self.text(given, "value", place, most=_MOST_LETTERS, pattern=VALUE, needed=True) or ""
        if currency not in CURRENCIES:
            raise self.refused("INVALID_CURRENCY_CODE", f"{place.named}/currency_code", currency)
        return Money(self._minor(value, currency, f"{place.named}/value", least), currency)

    def _minor(self, value: str, currency: str, field: str, least: int) -> int:
        whole, _, part = value.lstrip("-").partition(".")
        whole = whole.lstrip("0")
        if len(part) > places(currency):
            issue = "DECIMAL_PRECISION" if places(currency) else "DECIMALS_NOT_SUPPORTED"
            raise self.refused(issue, field, value)
        if len(whole) > _MOST_WHOLE_DIGITS:
            known = "MAX_VALUE_EXCEEDED" in self._on.words
            raise self.refused("MAX_VALUE_EXCEEDED" if known else "INVALID_PARAMETER_SYNTAX", field, value)
        minor = minor_units(whole, part, currency) * (-1 if value.startswith("-") else 1)
        if minor < least:
            raise self.refused("CANNOT_BE_ZERO_OR_NEGATIVE" if least else "CANNOT_BE_NEGATIVE", field, value)
        return minor
