"""Figures as a person reads them. None, and what isn't a number, is *not measured*; it is never 0."""

from __future__ import annotations

import math
from typing import Any, Final, TypeGuard

from brownout.core.money import decimals

NOT_MEASURED: Final = "not measured"
_SPACE: Final = "\u00a0"
"""Between a number and its unit: they stay on one line."""


def count(value: Any) -> str:
    """Return a whole number.

    >>> count(1234), count(None)
    ('1,234', 'not measured')
    """
    return f"{value:,.0f}" if known(value) else NOT_MEASURED


def share(value: Any) -> str:
    r"""Return a share of 1 in per cent, without rounding a part to the whole or to nothing.

    >>> share(0.973), share(1.0), share(0.9999), share(0.0001)
    ('97.3\xa0%', '100\xa0%', '>\xa099.9\xa0%', '<\xa00.1\xa0%')
    """
    if not known(value):
        return NOT_MEASURED
    if 0.9995 <= value < 1:
        return f">{_SPACE}99.9{_SPACE}%"
    if 0 < value < 0.0005:
        return f"<{_SPACE}0.1{_SPACE}%"
    return f"{value * 100:.1f}".removesuffix(".0") + f"{_SPACE}%"


def seconds(value: Any) -> str:
    r"""Return a length of time.

    >>> seconds(0.0042), seconds(0.812), seconds(1.23), seconds(40.0), seconds(125)
    ('4.2\xa0ms', '812\xa0ms', '1.2\xa0s', '40\xa0s', '2\xa0min\xa05\xa0s')
    """
    if not known(value):
        return NOT_MEASURED
    if abs(value) < 0.9995:
        return f"{value * 1000:.{1 if abs(value) < 0.00995 else 0}f}".removesuffix(".0") + f"{_SPACE}ms"
    if abs(value) < 100:
        return f"{value:.1f}".removesuffix(".0") + f"{_SPACE}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes:,}{_SPACE}min" + (f"{_SPACE}{rest}{_SPACE}s" if rest else "")


def money(amount_minor: Any, currency: str) -> str:
    r"""Return an amount with its currency's code, which no reader takes for another country's.

    >>> money(1999, "usd"), money(-123456, "usd"), money(500, "jpy")
    ('USD\xa019.99', 'USD\xa0-1,234.56', 'JPY\xa0500')
    """
    if not known(amount_minor):
        return NOT_MEASURED
    places = decimals(currency)
    whole, part = divmod(abs(round(amount_minor)), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    return f"{currency.upper()}{_SPACE}{'-' if amount_minor < 0 else ''}{digits}"


def number(value: Any) -> str:
    """Return a number with as many decimals as tell something.

    >>> number(1.0857142), number(9.0), number(1234.5), number(0.0004)
    ('1.09', '9', '1,234.5', '0.0004')
    """
    if not known(value):
        return NOT_MEASURED
    if value and abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def known(value: Any) -> TypeGuard[float]:
    """Return whether `value` is a number that can be shown."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def plural(value: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> plural(1, "order"), plural(1200, "order"), plural(2, "retry", "retries")
    ('1 order', '1,200 orders', '2 retries')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"
