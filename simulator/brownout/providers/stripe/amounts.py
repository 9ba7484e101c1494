"""What an amount must be: a supported currency, no less than its minimum, no more than eight digits.

The minimums are the documented ones per settlement currency; `minimum_charge: false` turns them off, since accounts
settling in another currency were seen to accept less. (Stripe docs, Currencies; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.options import StripeOptions

if TYPE_CHECKING:
    from brownout.core.operation import Call

MINIMUMS: Final = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MOST: Final = 99_999_999
_CURRENCIES: Final = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad
    cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl
    hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga
    mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron
    rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs
    vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
CURRENCIES: Final = tuple(_CURRENCIES.split())
_KNOWN: Final = frozenset(CURRENCIES)
_BELOW_ONE: Final = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency "
    "set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to save a Payment "
    "Method for future use without an immediate payment, use a Setup Intent instead: "
    "https://docs.stripe.com/payments/setup-intents"
)
DEFAULTS: Final = StripeOptions()


def options_of(call: Call) -> StripeOptions:
    """Return the options of the present phase."""
    found: StripeOptions = call.world.options("stripe")
    return found


def currency(call: Call, name: str, value: Any) -> str:
    """Read a currency code, in any case."""
    code = value.lower() if isinstance(value, str) else ""
    if code not in _KNOWN:
        message = f"Invalid currency: {code}. Stripe currently supports these currencies: {', '.join(CURRENCIES)}"
        raise refusal(call, message, param=name)
    return code


def check_amount(call: Call, amount: int, code: str) -> None:
    """Refuse an amount that a payment can't have."""
    if amount < 1:
        raise refusal(call, _BELOW_ONE, code="parameter_invalid_integer", param="amount")
    minimum = MINIMUMS.get(code, 1)
    if amount < minimum and options_of(call).minimum_charge:
        message = f"Amount must be at least {say(minimum, code)} {code}"
        raise refusal(call, message, code="amount_too_small", param="amount")
    if amount > MOST:
        message = f"Amount must be no more than {say(MOST, code)} {code}"
        raise refusal(call, message, code="amount_too_large", param="amount")
