"""Every documented decline of a card: its code, words, and what the networks say beside it.

The codes are all of Stripe's table of card decline codes, and `test_mode_live_card`. (Stripe docs, Stripe decline
codes and Card declines; read 2026-11-24.) Recorded are the words of those that test cards give, and of
`transaction_not_allowed`; the others' are the general ones, or as remembered. Which advice and which network's code
goes with which decline isn't documented: the advice follows the table's next steps, the code is that of ISO 8583 (and
of Visa, where letters are in it), else `01`, which was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Advice: TypeAlias = Literal["confirm_card_data", "do_not_try_again", "try_again_later"]
_DECLINED: Final = "Your card was declined."


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """Why an issuer, or Stripe itself, says no: what the 402 holds.

    `blocked` is one that Stripe made without asking the network, by a `rule` if that is named.
    """

    code: str = "card_declined"
    decline_code: str | None = None
    message: str = _DECLINED
    advice: Advice | None = "try_again_later"
    param: str | None = None
    blocked: bool = False
    network_code: str = "01"
    rule: str | None = None

    @property
    def reason(self) -> str:
        """The word that names it best."""
        return self.decline_code or self.code


def _issuer(
    decline_code: str, network_code: str = "01", message: str = _DECLINED, advice: Advice = "try_again_later"
) -> Decline:
    return Decline(decline_code=decline_code, network_code=network_code, message=message, advice=advice)


def _never(decline_code: str, network_code: str = "01", message: str = _DECLINED) -> Decline:
    return _issuer(decline_code, network_code, message, "do_not_try_again")


def _data(code: str, network_code: str, message: str, param: str) -> Decline:
    """Return a decline that names what the payer got wrong: it is an error code of its own."""
    return Decline(code=code, network_code=network_code, message=message, advice="confirm_card_data", param=param)


_PURCHASE: Final = "Your card does not support this type of purchase."
_PROCESSING: Final = "An error occurred while processing your card. Try again in a little bit."
_VELOCITY: Final = "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."
_AUTHENTICATE: Final = "Your card was declined. This transaction requires authentication."
_LIVE: Final = (
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid "
    "test cards, visit: https://stripe.com/docs/testing."
)

DECLINES: Final = {
    one.reason: one
    for one in (
        Decline(
            code="authentication_required", decline_code="authentication_required", message=_AUTHENTICATE,
            network_code="1A",
        ),
        _issuer("authentication_not_handled", "1A", _AUTHENTICATE),
        _issuer("approve_with_id", "08"),
        _issuer("call_issuer"),
        _never("card_not_supported", "57", _PURCHASE),
        _issuer("card_velocity_exceeded", "61", _VELOCITY),
        _never("currency_not_supported", "57", "Your card is not supported for this currency."),
        _issuer("do_not_honor", "05"),
        _never("do_not_try_again"),
        _issuer("duplicate_transaction", "94"),
        _data("expired_card", "54", "Your card has expired.", "exp_month"),
        Decline(decline_code="fraudulent", advice="do_not_try_again", blocked=True),
        _issuer("generic_decline"),
        _data("incorrect_address", "N7", "Your card's address is incorrect.", "address_line1"),
        _data("incorrect_cvc", "N7", "Your card's security code is incorrect.", "cvc"),
        _data("incorrect_number", "14", "Your card number is incorrect.", "number"),
        _issuer("incorrect_pin", "55"),
        _data("incorrect_zip", "N7", "The zip code you supplied failed validation.", "address_zip"),
        _issuer("insufficient_funds", "51", "Your card has insufficient funds."),
        _never("invalid_account", "14", "Invalid account."),
        _issuer("invalid_amount", "13", "Your card was declined because the amount is invalid."),
        _data("invalid_cvc", "N7", "Your card's security code is invalid.", "cvc"),
        _data("invalid_expiry_month", "54", "Your card's expiration month is invalid.", "exp_month"),
        _data("invalid_expiry_year", "54", "Your card's expiration year is invalid.", "exp_year"),
        _data("invalid_number", "14", "The card number is not a valid credit card number.", "number"),
        _issuer("invalid_pin", "55"),
        _issuer("issuer_not_available", "91"),
        _never("lost_card", "41"),
        Decline(decline_code="merchant_blacklist", advice="do_not_try_again", blocked=True),
        _issuer("mobile_device_authentication_required", "1A", _AUTHENTICATE),
        _never("new_account_information_available", "14"),
        _issuer("no_action_taken", "21"),
        _never("not_permitted", "57", _PURCHASE),
        _issuer("offline_pin_required", "55"),
        _issuer("online_or_offline_pin_required", "55"),
        _never("pickup_card", "04"),
        _issuer("pin_try_exceeded", "75"),
        Decline(code="processing_error", message=_PROCESSING, network_code="96"),
        _issuer("reenter_transaction", "19"),
        _never("restricted_card", "62"),
        _never("revocation_of_all_authorizations", "R3"),
        _never("revocation_of_authorization", "R1"),
        _never("security_violation", "63"),
        _never("service_not_allowed", "57", _PURCHASE),
        _never("stolen_card", "43"),
        _never("stop_payment_order", "R0"),
        _issuer("testmode_decline"),
        _never("transaction_not_allowed", "57", _PURCHASE),
        _issuer("try_again_later"),
        _issuer("withdrawal_count_limit_exceeded", "65"),
        Decline(decline_code="test_mode_live_card", message=_LIVE, advice=None, blocked=True),
    )
}  # fmt: skip
"""Declines by the word that names them: the decline code, else the error's own code."""
