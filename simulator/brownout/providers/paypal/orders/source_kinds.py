"""Ways to pay that aren't cards or wallets of PayPal's: what each one needs to know, and for whom it is there.

(PayPal REST API specifications, Orders v2, `payment_source`; developer.paypal.com, Alternative payment methods, of each
the page with its countries and currencies; paypal-server-sdk 2.4; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final, NamedTuple

COMPLETE: Final = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"
"""The instruction under which an order that a bank's method pays completes by itself."""
_EURO: Final = frozenset({"EUR"})
_TRUSTLY_COUNTRIES: Final = frozenset({"AT", "DE", "DK", "EE", "ES", "FI", "GB", "LT", "LV", "NL", "NO", "SE"})


class Bank(NamedTuple):
    """A method at whose bank the buyer approves: where, in which currencies, and whether answers show bank and IBAN."""

    countries: frozenset[str]
    currencies: frozenset[str] = _EURO
    needs: tuple[str, ...] = ("name", "country_code")
    bic: str | None = None
    iban: bool = False


BANKS: Final = {
    "bancontact": Bank(frozenset({"BE"}), bic="KREDBEBB", iban=True),
    "blik": Bank(frozenset({"PL"}), frozenset({"PLN"})),
    "eps": Bank(frozenset({"AT"}), bic="GIBAATWW"),
    "giropay": Bank(frozenset({"DE"}), bic="DEUTDEFF"),
    "ideal": Bank(frozenset({"NL"}), bic="INGBNL2A", iban=True),
    "mybank": Bank(frozenset({"IT"}), bic="UNCRITMM", iban=True),
    "p24": Bank(frozenset({"PL"}), frozenset({"EUR", "PLN"}), needs=("name", "email", "country_code")),
    "sofort": Bank(frozenset({"AT", "BE", "DE", "ES", "IT", "NL"}), bic="DEUTDEFF", iban=True),
    "trustly": Bank(
        _TRUSTLY_COUNTRIES, frozenset({"DKK", "EUR", "GBP", "NOK", "SEK"}), bic="HANDSESS", iban=True
    ),
}  # fmt: skip
"""Name to what is known of it; the orders that it pays are for capture alone."""
PHONE_WALLETS: Final = ("apple_pay", "google_pay")
"""Wallets that hand over a card: nobody has to be sent anywhere."""
KINDS: Final = ("card", "token", "paypal", "venmo", *PHONE_WALLETS, *BANKS)
"""Every payment source there is."""
