"""Payouts that nobody asks for: `payout_schedule: daily` pays out, at midnight UTC, all that is available.

(Stripe docs, Payouts: Payout schedule, Payout reconciliation; read 2026-11-24. The hour isn't documented: here so.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.books import DAY, balance_of
from brownout.providers.stripe.funds.destinations import default_for
from brownout.providers.stripe.funds.payouts import PAYOUTS, address, arrives, book

if TYPE_CHECKING:
    from brownout.core.operation import Call

_PAID_OUT: Final = "payout_of_transaction"
_NEXT: Final = "next_payout"


def arm(call: Call) -> None:
    """See to it that an account into which money came is paid out at the end of the day, if that is wanted."""
    if options_of(call).payout_schedule != "daily":
        return
    table = call.table(_NEXT)
    due = (call.now // DAY + 1) * DAY
    if table.get("due") is None:
        table.put({"id": "due"})
        call.later(due - call.now, "payouts of the day", _pay_out)


def _pay_out(call: Call) -> None:
    """Pay out what is available in each currency that some bank takes, and be there again tomorrow."""
    call.table(_NEXT).remove("due")
    if options_of(call).payout_schedule != "daily":
        return
    for currency, amount in sorted(balance_of(call)[0].items()):
        destination = default_for(call, currency)
        if amount <= 0 or destination is None or destination.value.get("status") == "errored":
            continue
        payout = PAYOUTS.build(call, {"amount": amount, "currency": currency})
        payout |= {"automatic": True, "description": "STRIPE PAYOUT", "reconciliation_status": "in_progress"}
        address(payout, destination.value, arrives(call))
        book(call, payout)
        _note(call, payout["id"], currency)
        PAYOUTS.keep(call, payout, {})
    arm(call)


def _note(call: Call, payout_id: str, currency: str) -> None:
    """Note which balance transactions a payout is made of: all that were available and in none before."""
    noted = call.table(_PAID_OUT)
    for row in call.table("balance_transaction").newest_first():
        if row["currency"] == currency and row["available_on"] <= call.now and noted.get(row["id"]) is None:
            noted.put({"id": row["id"], "payout": payout_id})


def payout_of(call: Call, transaction_id: str) -> str | None:
    """Return the automatic payout that a balance transaction went into, None for none."""
    found = call.table(_PAID_OUT).get(transaction_id)
    return found["payout"] if found is not None else None
