"""Top-ups: money that an account fetches from its bank into its balance.

Test tokens of bank accounts in `source` say how the bank answers. (Stripe docs, API reference: Top-ups; Connect: Add
funds to your platform balance; Testing Stripe Connect: Add funds; read 2026-11-24. How long one takes in test mode
isn't documented: here until midnight UTC five days later, as is said of live mode.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.books import DAY, write
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.funds import automatic
from brownout.providers.stripe.funds.destinations import FAILURES, within
from brownout.providers.stripe.params import Shape, group, integer, moments, one_of, text
from brownout.providers.stripe.resource import METADATA, NOW, Action, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.operation import Call

ARRIVES_DAYS: Final = 5
_SOURCES: Final[dict[str, str | None]] = {
    "btok_us_verified": None,
    "btok_us_verified_noAccount": "no_account",
    "btok_us_verified_accountClosed": "account_closed",
    "btok_us_verified_insufficientFunds": "insufficient_funds",
    "btok_us_verified_debitNotAuthorized": "debit_not_authorized",
    "btok_us_verified_invalidCurrency": "invalid_currency",
}


def _prepare(call: Call, topup: dict[str, Any], given: dict[str, Any]) -> None:
    source = given.get("source")
    if source is not None and source not in _SOURCES:
        raise refusal(call, f"No such source: '{source}'", code="resource_missing", param="source")
    topup["expected_availability_date"] = (call.now // DAY + ARRIVES_DAYS) * DAY


def _done(call: Call, topup: dict[str, Any], given: dict[str, Any]) -> None:
    topup_id, failure = topup["id"], _SOURCES.get(given.get("source", "btok_us_verified"))
    due = topup["expected_availability_date"] - call.now
    call.later(due, "arrival", lambda later: _arrive(later, topup_id, failure))


def _arrive(call: Call, topup_id: str, failure: str | None) -> None:
    topup = call.table("topup").get(topup_id)
    if topup is None or topup["status"] != "pending":
        return
    if failure is not None:
        topup |= {"status": "failed", "failure_code": failure, "failure_message": FAILURES[failure]}
        emit(call, "topup.failed", topup)
        return
    topup["status"] = "succeeded"
    topup["balance_transaction"] = write(
        call, topup_id, type="topup", amount=topup["amount"], currency=topup["currency"],
        description=topup["description"],
    )  # fmt: skip
    call.post("topup", payment=topup_id, object_id=topup_id, amount_minor=topup["amount"], currency=topup["currency"])
    automatic.arm(call)
    emit(call, "topup.succeeded", topup)


def _too_late(call: Call, topup: dict[str, Any]) -> Exception:
    message = f"This top-up cannot be canceled because it has a status of {topup['status']}; only pending ones can."
    return refusal(call, message, executed=True)


TOPUPS: Final = Resource(
    object_type="topup",
    path="/v1/topups",
    prefix="tu",
    path_param="topup",
    fields={
        "amount": param(integer(least=1), required=True, updates=False, kind="money"),
        "balance_transaction": fixed(link="balance_transaction"),
        "created": NOW,
        "currency": param(currency, required=True, updates=False),
        "description": param(text()),
        "expected_availability_date": fixed(kind="date"),
        "failure_code": fixed(kind="enum"),
        "failure_message": fixed(),
        "initiated_by": fixed("user"),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "payment_method": fixed(),
        "source": fixed(),
        "statement_descriptor": param(text(most=15), updates=False),
        "status": fixed("pending", kind="enum"),
        "transfer_group": param(text(), updates=False),
    },
    filters={"status": one_of("canceled", "failed", "pending", "succeeded")},
    list_too={"amount": moments},
    listed=lambda topup, given: within(topup["amount"], given.get("amount") or {}),
    create_too={"source": text(unset=False), "payment_method_options": group(Shape())},
    key=("body.metadata.topup_id",),
    events={"create": "topup.created"},
    prepare=_prepare,
    done=_done,
    actions=(Action("cancel", since=("pending",), refuse=_too_late, becomes="canceled", event="topup.canceled"),),
)
OPERATIONS: Final = TOPUPS.operations()
