"""Stripe's documented test cards: number, PaymentMethod, and what happens when they are used.

A number is used to create a PaymentMethod; the `pm_card_…` names stand wherever a PaymentMethod's id may, and the
`tok_…` names in `card[token]`. (Stripe docs, Testing; read 2026-11-22.) Of the documented declines Stripe has test
cards for nine: the others have cards of ours, named in the same way (`pm_card_chargeDeclinedDoNotHonor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from brownout.providers.stripe.decline_codes import DECLINES, Decline

__all__ = ["BY_NUMBER", "BY_PAYMENT_METHOD", "BY_TOKEN", "DECLINES", "Card", "Challenge", "Decline", "luhn"]

Challenge = Literal["never", "always", "on_session", "unless_set_up", "if_asked"]
"""When the bank asks: `on_session` where the payer is there, `unless_set_up` until the card was set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One test card.

    `checks` are the results of CVC, address line 1 and postal code where each is sent. `disputes` are why its payer
    takes a payment to the bank, in parts if there are several reasons; `fraud_warning` is whether its bank only warns.
    """

    number: str
    name: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    declines_at_attach: bool = True
    challenge: Challenge = "never"
    checks: tuple[str, str, str] = ("pass", "pass", "pass")
    available_at_once: bool = False
    elevated_risk: bool = False
    refund: Literal["succeeds", "pending", "fails"] = "succeeds"
    disputes: tuple[str, ...] = ()
    fraud_warning: bool = False

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


def _declined(number: str, name: str, reason: str) -> Card:
    return Card(number=number, name=name, decline=DECLINES[reason])


_NO_CARD: Final = frozenset({"authentication_required", "merchant_blacklist", "test_mode_live_card"})
"""Declines that what is done with a card decides, not which card it is."""
_BRANDS: Final = (
    Card(number="4242424242424242", name="visa"),
    Card(number="4000056655665556", name="visa_debit", funding="debit"),
    Card(number="5555555555554444", name="mastercard", brand="mastercard"),
    Card(number="5200828282828210", name="mastercard_debit", brand="mastercard", funding="debit"),
    Card(number="5105105105105100", name="mastercard_prepaid", brand="mastercard", funding="prepaid"),
    Card(number="378282246310005", name="amex", brand="amex"),
    Card(number="6011111111111117", name="discover", brand="discover"),
    Card(number="3056930009020004", name="diners", brand="diners"),
    Card(number="3566002020360505", name="jcb", brand="jcb", country="JP"),
    Card(number="6200000000000005", name="unionpay", brand="unionpay", country="CN"),
)
_COUNTRIES: Final = tuple(
    Card(number=number, name=country.lower(), country=country)
    for number, country in (
        ("4000000760000002", "BR"), ("4000001240000000", "CA"), ("4000004840008001", "MX"),
        ("4000000400000008", "AT"), ("4000000560000004", "BE"), ("4000002080000001", "DK"),
        ("4000002460000001", "FI"), ("4000002500000003", "FR"), ("4000002760000016", "DE"),
        ("4000003720000005", "IE"), ("4000003800000008", "IT"), ("4000004420000006", "LU"),
        ("4000005280000002", "NL"), ("4000005780000007", "NO"), ("4000006160000005", "PL"),
        ("4000006200000007", "PT"), ("4000007240000007", "ES"), ("4000007520000008", "SE"),
        ("4000007560000009", "CH"), ("4000008260000000", "GB"), ("4000000360000006", "AU"),
        ("4000001560000002", "CN"), ("4000003440000004", "HK"), ("4000003560000008", "IN"),
        ("4000003920000003", "JP"), ("4000005540000008", "NZ"), ("4000007020000003", "SG"),
    )
)  # fmt: skip
_OUTCOMES: Final = (
    _declined("4000000000000002", "chargeDeclined", "generic_decline"),
    _declined("4000000000009995", "visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    _declined("4000000000009987", "visa_chargeDeclinedLostCard", "lost_card"),
    _declined("4000000000009979", "visa_chargeDeclinedStolenCard", "stolen_card"),
    _declined("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
    _declined("4000000000000069", "chargeDeclinedExpiredCard", "expired_card"),
    Card(number="4000000000000127", name="chargeDeclinedIncorrectCvc", decline=DECLINES["incorrect_cvc"],
         checks=("fail", "pass", "pass")),
    _declined("4000000000000119", "chargeDeclinedProcessingError", "processing_error"),
    Card(number="4000000000000341", name="chargeCustomerFail", decline=DECLINES["generic_decline"],
         declines_at_attach=False),
    Card(number="4100000000000019", name="radarBlock", decline=DECLINES["fraudulent"], declines_at_attach=False),
    Card(number="4000000000004954", name="riskLevelHighest", decline=DECLINES["fraudulent"],
         declines_at_attach=False),
    Card(number="4000000000009235", name="riskLevelElevated", elevated_risk=True),
    Card(number="4000000000000101", name="cvcCheckFail", checks=("fail", "pass", "pass")),
    Card(number="4000000000000036", name="avsZipFail", checks=("pass", "pass", "fail")),
    Card(number="4000000000000028", name="avsLine1Fail", checks=("pass", "fail", "pass")),
    Card(number="4000000000000010", name="avsFail", checks=("pass", "fail", "fail")),
    Card(number="4000000000000044", name="avsUnchecked", checks=("pass", "unavailable", "unavailable")),
    Card(number="4000000000000077", name="bypassPending", available_at_once=True),
    Card(number="4000003720000278", name="bypassPendingInternational", country="IE", available_at_once=True),
    Card(number="4000002500003155", name="authenticationRequiredOnSetup", country="FR", challenge="unless_set_up"),
    Card(number="4000002760003184", name="authenticationRequired", country="DE", challenge="always"),
    Card(number="4000003800000446", name="authenticationRequiredSetupForOffSession", country="IT",
         challenge="on_session"),
    Card(number="4000008260003178", name="authenticationRequiredChargeDeclinedInsufficientFunds", country="GB",
         challenge="always", decline=DECLINES["insufficient_funds"], declines_at_attach=False),
    Card(number="4000000000003220", name="threeDSecure2Required", challenge="always"),
    Card(number="4000008400001629", name="threeDSecureRequiredChargeDeclined", challenge="always",
         decline=DECLINES["generic_decline"], declines_at_attach=False),
    Card(number="4000008400001280", name="threeDSecureRequiredProcessingError", challenge="always",
         decline=DECLINES["processing_error"], declines_at_attach=False),
    Card(number="4000000000003055", name="threeDSecureOptional", challenge="if_asked"),
    Card(number="4000000000003097", name="threeDSecureOptionalProcessingError", challenge="if_asked"),
    Card(number="4000000000000259", name="createDispute", disputes=("fraudulent",)),
    Card(number="4000000000002685", name="createDisputeProductNotReceived", disputes=("product_not_received",)),
    Card(number="4000000000001976", name="createDisputeInquiry", disputes=("inquiry",)),
    Card(number="4000000000005423", name="createIssuerFraudRecord", fraud_warning=True),
    Card(number="4000000404000079", name="createMultipleDisputes", disputes=("fraudulent", "product_not_received")),
    Card(number="4000000404000038", name="createCe3EligibleDispute", disputes=("fraudulent",)),
    Card(number="4000000000007726", name="pendingRefund", refund="pending"),
    Card(number="4000000000005126", name="refundFail", refund="fails"),
)  # fmt: skip


def luhn(number: str) -> bool:
    """Return whether a card number's check digit is right (ISO/IEC 7812-1, annex B).

    >>> luhn("4242424242424242"), luhn("4242424242424241")
    (True, False)
    """
    digits = [int(digit) for digit in reversed(number)]
    total = sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return total % 10 == 0


def _ours() -> tuple[Card, ...]:
    """Return a card for each documented decline for which Stripe has none; no issuer has these numbers."""
    known = {card.decline.reason for card in _OUTCOMES if card.decline is not None}
    reasons = [reason for reason in DECLINES if reason not in {*known, *_NO_CARD}]
    return tuple(
        _declined(_numbered(place), f"chargeDeclined{reason.title().replace('_', '')}", reason)
        for place, reason in enumerate(reasons, start=1)
    )


def _numbered(place: int) -> str:
    body = f"400000990000{place:03d}"
    return next(f"{body}{digit}" for digit in range(10) if luhn(f"{body}{digit}"))


BY_NUMBER: Final = {card.number: card for card in (*_BRANDS, *_COUNTRIES, *_OUTCOMES, *_ours())}
_NAMES: Final = {card.name: card for card in BY_NUMBER.values()} | {
    "us": BY_NUMBER["4242424242424242"],
    "visa_chargeDeclined": BY_NUMBER["4000000000000002"],
}
BY_PAYMENT_METHOD: Final = {f"pm_card_{name}": card for name, card in _NAMES.items()}
BY_TOKEN: Final = {f"tok_{name}": card for name, card in _NAMES.items()}
