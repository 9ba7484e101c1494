"""Amounts of money in another unit, or with other decimals.

A whole number is an amount in the currency's minor unit, a text or a number with a fraction one in its major unit: so
the providers write them. The currency is that of the nearest object that names one.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import decimals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_MOST: Final = 10**15
"""Beyond it nobody writes an amount: it stays as it is."""
_NAMES: Final = ("currency", "currency_code", "iso_currency_code")
_PLACES: Final = 2

DECIMALS_MOST: Final = 6


def places_around(around: Iterable[dict[str, Any]]) -> int:
    """Return how many decimals the currency of an amount has, given the objects around it, the innermost last.

    >>> places_around([{"currency": "jpy"}, {"value": "500"}]), places_around([{"amount": 5}])
    (0, 2)
    """
    for holder in reversed(list(around)):
        for name in _NAMES:
            currency = holder.get(name)
            if isinstance(currency, str):
                return decimals(currency)
    return _PLACES


def _major(old: Any, places: int) -> Decimal | None:
    """Return the amount in the major unit, None for what is no amount."""
    match old:
        case bool():
            return None
        case int() if abs(old) < _MOST:
            return Decimal(old).scaleb(-places)
        case float() if abs(old) < _MOST:
            return Decimal(repr(old))
        case str() if _AMOUNT.fullmatch(old) is not None:
            return Decimal(old)
        case _:
            return None


def _minor_number(major: Decimal, places: int) -> int:
    return int(major.scaleb(places).to_integral_value(ROUND_HALF_EVEN))


def _major_number(major: Decimal) -> int | float:
    return int(major) if major == major.to_integral_value() else float(major)


def other_unit(old: Any, places: int) -> Any:
    """Return an amount in the other unit, a number as a number and a text as a text: nothing shows that it changed.

    >>> other_unit(2000, 2), other_unit(2050, 2), other_unit("20.00", 2), other_unit(500, 0)
    (20, 20.5, '2000', 500)
    """
    major = _major(old, places)
    if major is None:
        return old
    if isinstance(old, str):
        return str(_minor_number(major, places)) if places else old
    return _major_number(major) if isinstance(old, int) else _minor_number(major, places)


def _kept(old: Any, kind: type, new: Any) -> Any:
    """Return `new`, but `old` where it is of that kind already."""
    return old if isinstance(old, kind) else new


UNITS: Final[dict[str | None, Callable[[Any, int], Any]]] = {
    None: other_unit,
    "minor": lambda old, places: _said(old, places, lambda major: _kept(old, int, _minor_number(major, places))),
    "major": lambda old, places: _said(old, places, lambda major: _kept(old, float, float(major))),
    "decimal": lambda old, places: _said(old, places, lambda major: _kept(old, str, _fixed(major, places))),
}
"""The ways to write an amount: 2000, 20.0, "20.00"; None for the other unit, in the same type."""


def _said(old: Any, places: int, say: Callable[[Decimal], Any]) -> Any:
    major = _major(old, places)
    return old if major is None else say(major)


def _fixed(major: Decimal, places: int) -> str:
    return format(major.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), "f")


def with_decimals(old: Any, places: int, wanted: int) -> Any:
    """Return an amount with `wanted` decimals: a text rewritten, a whole number counted in that minor unit.

    A number with a fraction stays: JSON says nothing of its decimals.

    >>> with_decimals("20.00", 2, 0), with_decimals("20.00", 2, 4), with_decimals(2000, 2, 3)
    ('20', '20.0000', 20000)
    """
    major = _major(old, places)
    if major is None or isinstance(old, float):
        return old
    return _fixed(major, wanted) if isinstance(old, str) else _minor_number(major, wanted)
