"""Payouts: the account's money sent to its bank, by hand or each day by itself, and what becomes of it there.

A payout is handed to the bank at the next midnight UTC and arrives `payout_days` after the day it was made; an instant
one takes half an hour. One that the bank won't have is paid first and fails a day later, and its money comes back.
(Stripe docs, API reference: Payouts; Payouts; Instant Payouts; Payout reversals; read 2026-11-24. The hours of test
mode aren't documented: here so.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency, options_of
from brownout.providers.stripe.books import DAY, balance_of, write
from brownout.providers.stripe.connect.whose import own
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown
from brownout.providers.stripe.funds.destinations import FAILURES, failure_of, find_destination, within
from brownout.providers.stripe.params import EXPAND, Shape, integer, merged, metadata, moments, one_of, text
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Action, Resource, fixed, made, param

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

INSTANT_SECONDS: Final = 1800
"""How long an instant payout takes: "funds typically settle within 30 minutes"."""
FAILS_SECONDS: Final = DAY
"""How long after it was paid a payout fails."""
REVERSED_DAYS: Final = 5
"""Until a reversed payout's money can be used again: five business days, counted here as days."""
_REVERSIBLE_DAYS: Final = 90
_INSTANT_PER_CENT: Final = 1
_INSTANT_LEAST: Final = 50
_DISABLED: Final = (
    "Payouts have been disabled on the connected account. Check the connected account's status to see if any "
    "additional information needs to be provided, or if payouts have been disabled for another reason."
)
_INSUFFICIENT: Final = (
    "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.  You can use "
    "the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance)."
)


def instant_fee(amount: int) -> int:
    """Return what an instant payout costs: one per cent, half a dollar at least (Stripe docs, Pricing, US).

    >>> [instant_fee(amount) for amount in (1000, 10_050)]
    [50, 101]
    """
    return max(_INSTANT_LEAST, (amount * _INSTANT_PER_CENT + 50) // 100)


def _prepare(call: Call, payout: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse what can't be paid out, and say where it goes and when it arrives."""
    if not own(call)["payouts_enabled"]:
        raise refusal(call, _DISABLED, code="payouts_not_allowed", executed=True)
    destination = find_destination(call, given.get("destination"), payout["currency"])
    instant = payout["method"] == "instant"
    if instant and not destination.instant:
        message = "The external account that you specified does not support Instant Payouts."
        raise refusal(call, message, code="instant_payouts_unsupported", param="method", executed=True)
    available, pending = balance_of(call)
    held = available.get(payout["currency"], 0) + (pending.get(payout["currency"], 0) if instant else 0)
    if payout["amount"] + (instant_fee(payout["amount"]) if instant else 0) > held:
        raise refusal(call, _INSUFFICIENT, code="balance_insufficient", executed=True)
    address(payout, destination.value, arrives(call, instant=instant))
    book(call, payout)


def arrives(call: Call, *, instant: bool = False) -> int:
    """Return when a payout of now is expected at the bank."""
    return call.now + INSTANT_SECONDS if instant else (call.now // DAY + options_of(call).payout_days) * DAY


def address(payout: dict[str, Any], external: dict[str, Any], arrival: int) -> None:
    """Say where a payout goes, and when it arrives."""
    payout |= {"arrival_date": arrival, "destination": external["id"], "type": external["object"]}


def book(call: Call, payout: dict[str, Any]) -> None:
    """Take the money of a payout that is about to be kept off the balance; one that reverses another brings it."""
    reverses = payout["amount"] < 0
    fee = instant_fee(payout["amount"]) if payout["method"] == "instant" else 0
    payout["balance_transaction"] = write(
        call, payout["id"], type="payout", amount=-payout["amount"], currency=payout["currency"], fee=fee,
        fee_told="Instant Payout fee", description=payout["description"] or "STRIPE PAYOUT",
        available_on=(call.now // DAY + REVERSED_DAYS) * DAY if reverses else call.now,
    )  # fmt: skip
    _post(call, "payout_return" if reverses else "payout", payout, fee)


def _post(call: Call, kind: Any, payout: dict[str, Any], fee: int = 0) -> None:
    call.post(
        kind, payment=payout["id"], object_id=payout["id"], amount_minor=abs(payout["amount"]),
        currency=payout["currency"], fee_minor=fee,
    )  # fmt: skip


def _follow(call: Call, payout: dict[str, Any], given: dict[str, Any]) -> None:
    """Have a payout that was just kept go its way."""
    payout_id, arrival = payout["id"], payout["arrival_date"]
    midnight = (call.now // DAY + 1) * DAY
    handed = call.now + 1 if payout["method"] == "instant" else min(midnight, arrival)
    call.later(max(handed - call.now, 0), "handed over", lambda later: _hand_over(later, payout_id))
    call.later(max(arrival - call.now, 0), "arrival", lambda later: _arrive(later, payout_id))


def _hand_over(call: Call, payout_id: str) -> None:
    payout = call.table("payout").get(payout_id)
    if payout is not None and payout["status"] == "pending":
        payout["status"] = "in_transit"
        emit(call, "payout.updated", payout, previous={"status": "pending"})


def _arrive(call: Call, payout_id: str) -> None:
    payout = call.table("payout").get(payout_id)
    if payout is None or payout["status"] not in ("pending", "in_transit"):
        return
    payout["status"] = "paid"
    traced = payout["type"] == "bank_account"
    payout["trace_id"] = {
        "status": "supported" if traced else "unsupported",
        "value": call.draw_text("trace", 15).upper() if traced else None,
    }
    emit(call, "payout.paid", payout)
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
        emit(call, "payout.reconciliation_completed", payout)
    failure = failure_of(call, payout["destination"]) if payout["amount"] > 0 else None
    if failure is not None:
        call.later(FAILS_SECONDS, "failure", lambda later: _fail(later, payout_id, failure))


def _fail(call: Call, payout_id: str, code: str) -> None:
    """Bring back the money of a payout that its bank wouldn't have; nothing goes to that bank by itself any more."""
    payout = call.table("payout").get(payout_id)
    if payout is None or payout["reversed_by"] is not None:
        return
    payout |= {"status": "failed", "failure_code": code, "failure_message": FAILURES[code]}
    _return(call, payout, "payout_failure")
    bank = call.table("external_account").get(payout["destination"])
    if bank is not None and bank["object"] == "bank_account":
        bank["status"] = "errored"
    emit(call, "payout.failed", payout)


def _return(call: Call, payout: dict[str, Any], type: str) -> None:
    payout["failure_balance_transaction"] = write(
        call, payout["id"], type=type, amount=payout["amount"], currency=payout["currency"],
        description=f"{'STRIPE PAYOUT' if payout['description'] is None else payout['description']} ({type})",
    )  # fmt: skip
    _post(call, "payout_return", payout)


def _cancel(call: Call, payout: dict[str, Any], given: dict[str, Any]) -> None:
    if payout["automatic"] or payout["amount"] < 0:
        raise refusal(call, "You cannot cancel this payout: it was made automatically.", executed=True)
    payout["status"] = "canceled"
    _return(call, payout, "payout_cancel")


def _only_pending(call: Call, _payout: dict[str, Any]) -> Exception:
    return refusal(call, "Payouts can only be canceled while they are pending.", executed=True)


def _reverse(call: Call, payout: dict[str, Any], given: dict[str, Any]) -> Answer:
    """Debit the bank of a payout: a payout of its own, the other way round."""
    bank = call.table("external_account").get(payout["destination"])
    why = _irreversible(call, payout, bank)
    if why is not None or bank is None:
        raise refusal(call, why or "This payout cannot be reversed: its bank account was deleted.", executed=True)
    kept = merged(call, {}, given.get("metadata"))
    reversing = PAYOUTS.build(call, {"amount": -payout["amount"], "currency": payout["currency"]})
    address(reversing, bank, arrives(call))
    reversing |= {"metadata": kept, "original_payout": payout["id"]}
    book(call, reversing)
    payout["reversed_by"] = reversing["id"]
    emit(call, "payout.updated", payout, previous={"reversed_by": None})
    PAYOUTS.keep(call, reversing, {})
    return shown(call, reversing, None)


def _irreversible(call: Call, payout: dict[str, Any], bank: dict[str, Any] | None) -> str | None:
    """Return why a payout can't be reversed; None if it can. Stripe's own words aren't known."""
    if payout["reversed_by"] is not None:
        return f"This payout has already been reversed by {payout['reversed_by']}."
    if payout["status"] == "pending":
        return "This payout is still pending. Use /v1/payouts/:id/cancel instead."
    if payout["status"] in ("failed", "canceled"):
        return f"This payout cannot be reversed because it has a status of {payout['status']}."
    if payout["amount"] < 0 or payout["method"] == "instant":
        return "Debits and Instant Payouts cannot be reversed."
    if payout["arrival_date"] < call.now - _REVERSIBLE_DAYS * DAY:
        return f"Payouts can only be reversed within {_REVERSIBLE_DAYS} days of their arrival date."
    if bank is not None and (bank["object"] != "bank_account" or bank["country"] != "US"):
        return "Only payouts to US bank accounts can be reversed."
    return None


PAYOUTS: Final = Resource(
    object_type="payout",
    path="/v1/payouts",
    prefix="po",
    path_param="payout",
    fields={
        "amount": param(integer(least=1), required=True, updates=False, kind="money"),
        "application_fee": NEVER,
        "application_fee_amount": fixed(),
        "arrival_date": fixed(0, kind="date"),
        "automatic": fixed(value=False),
        "balance_transaction": fixed(link="balance_transaction"),
        "created": NOW,
        "currency": param(currency, required=True, updates=False),
        "description": param(text(), updates=False),
        "destination": param(text(unset=False), updates=False, link="external_account"),
        "failure_balance_transaction": fixed(link="balance_transaction"),
        "failure_code": fixed(kind="enum"),
        "failure_message": fixed(),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "method": param(one_of("instant", "standard"), "standard", updates=False, kind="enum"),
        "original_payout": fixed(link="payout"),
        "payout_method": fixed(),
        "reconciliation_status": fixed("not_applicable", kind="enum"),
        "reversed_by": fixed(link="payout"),
        "source_type": param(one_of("bank_account", "card", "fpx"), "card", updates=False, kind="enum"),
        "statement_descriptor": param(text(most=22), updates=False),
        "status": fixed("pending", kind="enum"),
        "trace_id": made(lambda _call: {"status": "pending", "value": None}),
        "type": fixed("bank_account", kind="enum"),
    },
    filters={"destination": text(unset=False), "status": text(unset=False)},
    list_too={"arrival_date": moments},
    listed=lambda payout, given: within(payout["arrival_date"], given.get("arrival_date") or {}),
    key=("body.metadata.payout_id",),
    events={"create": "payout.created", "update": "payout.updated"},
    prepare=_prepare,
    done=_follow,
    actions=(
        Action("cancel", _cancel, since=("pending",), refuse=_only_pending, event="payout.canceled"),
        Action("reverse", _reverse, shape=Shape(expand=EXPAND, metadata=metadata)),
    ),
)
OPERATIONS: Final = PAYOUTS.operations()
