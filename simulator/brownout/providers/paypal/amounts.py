"""Money as PayPal spells it: a currency and a decimal text, with as many decimals as PayPal takes for it.

Here it is an integer of minor units, as in the ledger. (developer.paypal.com, Currency codes; PayPal REST API
specifications, `money`; two recorded captures, 86.99 with a fee of 3.53 and 100.00 with 3.98; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from brownout.core.money import decimals

CURRENCIES: Final = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS",
    "JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
_WHOLE: Final = frozenset({"HUF", "JPY", "TWD"})
"""Currencies without decimals at PayPal; HUF and TWD have some elsewhere."""
CODE: Final = re.compile(r"[A-Za-z]{3}")
VALUE: Final = re.compile(r"-?(?:[0-9]+|[0-9]*\.[0-9]+)")
_FEE_RATE: Final = 349  # of 10,000
_FEE_FIXED_MINOR: Final = 49


class Money(NamedTuple):
    """An amount in minor units of its currency (upper case)."""

    minor: int
    currency: str

    def shown(self) -> dict[str, str]:
        """Return it for an answer.

        >>> Money(11000, "USD").shown(), Money(500, "JPY").shown()["value"], Money(50000, "HUF").shown()["value"]
        ({'currency_code': 'USD', 'value': '110.00'}, '500', '500')
        """
        return {"currency_code": self.currency, "value": spell(self.minor, self.currency)}


def spell(minor: int, currency: str) -> str:
    """Return minor units as a decimal text.

    >>> spell(5, "USD"), spell(-123, "EUR")
    ('0.05', '-1.23')
    """
    if currency in _WHOLE:
        return str(minor // _unit(currency))
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{part:02d}"


def fee(amount: Money) -> int:
    """Return what PayPal keeps of a payment, in minor units: 3.49 % and 0.49, rounded half up, never more than it all.

    >>> fee(Money(8699, "USD")), fee(Money(10000, "USD")), fee(Money(30, "USD"))
    (353, 398, 30)
    """
    exact = amount.minor * _FEE_RATE + _FEE_FIXED_MINOR * 10_000
    unit = _unit(amount.currency)
    return min(amount.minor, (exact + 5_000 * unit) // (10_000 * unit) * unit)


def _unit(currency: str) -> int:
    """Return how many minor units PayPal's smallest step has: HUF has fillér, but not at PayPal."""
    step: int = 10 ** decimals(currency)
    return step if currency in _WHOLE else 1


def minor_units(whole: str, part: str, currency: str) -> int:
    """Return the digits before and after the point as minor units.

    >>> minor_units("110", "0", "USD"), minor_units("", "5", "EUR"), minor_units("500", "", "JPY")
    (11000, 50, 500)
    """
    scale: int = 10 ** (decimals(currency) - len(part))
    return int(whole + part or "0") * scale


def places(currency: str) -> int:
    """Return how many decimals PayPal takes for a currency."""
    return 0 if currency in _WHOLE else 2
