"""Where payouts go: the account's external accounts, and what test numbers among them make of a payout.

(Stripe docs, Testing Stripe Connect: Payouts, Add funds; API reference: Types of payout failures; read 2026-11-24. The
words of a failure aren't published for each code: here they are those of the reference.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.providers.stripe.connect.whose import own
from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from brownout.core.operation import Call

FAILURES: Final = {
    "account_closed": "The bank account has been closed.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": (
        "Debit transactions are not approved on the bank account. Stripe requires bank accounts to be set up for both "
        "credit and debit payouts."
    ),
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_currency": (
        "The bank was unable to process this payout because of its currency. This is probably because the bank account "
        "cannot accept payments in that currency."
    ),
    "no_account": (
        "The bank account details on file are probably incorrect. No bank account could be located with those details."
    ),
}
"""What `failure_message` says of a `failure_code`."""
_BANKS: Final = {
    "1116": "no_account", "1113": "account_closed", "2227": "insufficient_funds", "3335": "debit_not_authorized",
    "4440": "invalid_currency", "3001": "no_account", "3002": "account_closed", "3003": "insufficient_funds",
    "3004": "debit_not_authorized", "3005": "invalid_currency",
}  # fmt: skip
"""By the last digits of test account numbers: 000111111116, DE62370400440532013001 and their like."""
_CARDS: Final = dict.fromkeys(("5572", "0021", "0016", "0027", "0014", "0211"), "could_not_process")


class Destination(NamedTuple):
    """An external account, and how payouts to it fail: a code, None if they don't."""

    value: dict[str, Any]
    failure: str | None

    @property
    def instant(self) -> bool:
        """Whether it takes instant payouts."""
        return "instant" in (self.value.get("available_payout_methods") or ())


def _destination(value: dict[str, Any]) -> Destination:
    codes = _BANKS if value["object"] == "bank_account" else _CARDS
    return Destination(value, codes.get(value["last4"]))


def all_of(call: Call) -> list[Destination]:
    """Return the calling account's external accounts, the newest first."""
    own(call)  # an ordinary account has one from the start
    return [_destination(one) for one in call.table("external_account").newest_first()]


def default_for(call: Call, currency: str) -> Destination | None:
    """Return where money of a currency goes unless somebody says otherwise; None for nowhere."""
    fitting = [one for one in all_of(call) if one.value.get("currency") == currency]
    return next((one for one in fitting if one.value.get("default_for_currency")), fitting[0] if fitting else None)


def failure_of(call: Call, external_id: str) -> str | None:
    """Return how payouts to an external account fail, None if they don't, or if it is gone."""
    value = call.table("external_account").get(external_id)
    return _destination(value).failure if value is not None else None


def find_destination(call: Call, wanted: str | None, currency: str) -> Destination:
    """Return the external account that is named, else the currency's own, or refuse."""
    if wanted is None:
        found = default_for(call, currency)
    else:
        found = next((one for one in all_of(call) if one.value["id"] == wanted), None)
        if found is None:
            message = f"No such external account: '{wanted}'"
            raise refusal(call, message, code="resource_missing", param="destination")
    if found is None or found.value.get("currency") not in (None, currency):
        raise refusal(call, f"Sorry, you don't have any external accounts in that currency ({currency}).")
    return found


def within(at: int, bounds: dict[str, int]) -> bool:
    """Return whether a moment lies between those that a filter names (`params.moments`)."""
    return (
        bounds.get("gte", at) <= at <= bounds.get("lte", at)
        and at > bounds.get("gt", at - 1)
        and at < bounds.get("lt", at + 1)
    )
