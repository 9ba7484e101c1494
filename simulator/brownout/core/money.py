"""Money as integers of a currency's minor unit, and how to say it to a person.

Minor units follow ISO 4217; the table lists only currencies whose number of decimals isn't two, as payment
providers apply it (Stripe, "Zero-decimal currencies" and "Three-decimal currencies", read 2026-11-22).
"""

from __future__ import annotations

_DECIMALS = {
    **dict.fromkeys(
        [
            "bif",
            "clp",
            "djf",
            "gnf",
            "jpy",
            "kmf",
            "krw",
            "mga",
            "pyg",
            "rwf",
            "ugx",
            "vnd",
            "vuv",
            "xaf",
            "xof",
            "xpf",
        ],
        0,
    ),
    **dict.fromkeys(["bhd", "jod", "kwd", "omr", "tnd"], 3),
}
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def decimals(currency: str) -> int:
    """Return how many decimals `currency` (ISO 4217, any case) has.

    >>> decimals("USD"), decimals("jpy"), decimals("kwd")
    (2, 0, 3)
    """
    return _DECIMALS.get(currency.lower(), 2)


def say(amount_minor: int, currency: str) -> str:
    """Return `amount_minor` as a person writes it.

    >>> say(2499, "usd"), say(-500, "jpy"), say(1234, "chf")
    ('$24.99', '-¥500', 'CHF 12.34')
    """
    places = decimals(currency)
    whole, part = divmod(abs(amount_minor), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    symbol = _SYMBOLS.get(currency.lower(), currency.upper() + " ")
    return f"{'-' if amount_minor < 0 else ''}{symbol}{digits}"
