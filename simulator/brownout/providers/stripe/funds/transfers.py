"""Transfers: money that a platform hands to a connected account, and takes back in whole or in parts.

(Stripe docs, API reference: Transfers, Transfer reversals; Connect: Create separate charges and transfers, Reverse
transfers; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.core.store import Term
from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.books import available_of, balance_of, usable_on, write
from brownout.providers.stripe.connect.linked import find_linked
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.funds import fees, linked_payments
from brownout.providers.stripe.funds.nested import Nested, grown
from brownout.providers.stripe.params import boolean, integer, one_of, text
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, made, param

if TYPE_CHECKING:
    from brownout.core.operation import Call

_INSUFFICIENT: Final = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance "
    "by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance"
)

_INCAPABLE: Final = (
    "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
    "crypto_transfers, legacy_payments"
)


def _prepare(call: Call, transfer: dict[str, Any], given: dict[str, Any]) -> None:
    find_destination(call, transfer["destination"])
    source = given.get("source_transaction")
    if source is not None:
        charge = find(call, "charge", source, param="source_transaction")
        _check_source(call, transfer, charge)
        transfer["transfer_group"] = transfer["transfer_group"] or charge["transfer_group"]
        _book(call, charge)
        carry_out(call, transfer, usable_on(call, charge))
        return
    if "amount" not in given:
        raise refusal(call, "Missing required param: amount.", code="parameter_missing", param="amount")
    if transfer["amount"] > available_of(call, transfer["currency"]):
        raise refusal(call, _INSUFFICIENT, code="balance_insufficient", executed=True)
    carry_out(call, transfer, call.now)


def _book(call: Call, charge: dict[str, Any]) -> None:
    """Have a charge that was taken a moment ago booked before its money goes on."""
    from brownout.providers.stripe.money import book_late  # noqa: PLC0415 - it shares payments by transfers

    book_late(call, charge["id"])


def _check_source(call: Call, transfer: dict[str, Any], charge: dict[str, Any]) -> None:
    """Refuse more than its source has, or what has no money yet; without an amount it is all of it."""
    whole, money = charge["amount_captured"], charge["currency"]
    if charge["status"] != "succeeded" or not charge["captured"]:
        message = f"The charge {charge['id']} has not been captured, so it cannot be used as a source_transaction."
        raise refusal(call, message, param="source_transaction", executed=True)
    if transfer["currency"] != money:
        message = f"The currency of source_transaction's balance transaction ({money}) must be the same as the "
        message += f"transfer currency ({transfer['currency']})"
        raise refusal(call, message, param="currency", executed=True)
    transfer["amount"] = transfer["amount"] or whole
    of_source = call.table("transfer").newest_first(where={Term(("source_transaction",)): (charge["id"],)})
    taken = sum(one["amount"] for one in of_source)
    if taken + transfer["amount"] > whole:
        told = f" (There is already a transfer using this source, amounting to {say(taken, money)}.)" if taken else ""
        message = "Transfers using this transaction as a source must not exceed the source amount of "
        raise refusal(call, f"{message}{say(whole, money)}.{told}", param="amount", executed=True)


def find_destination(call: Call, account_id: str, *, param: str = "destination") -> dict[str, Any]:
    """Return a connected account that may be transferred to, or refuse."""
    account = find_linked(call, account_id, param=param)
    if account["capabilities"].get("transfers") != "active":
        raise refusal(call, _INCAPABLE, code="insufficient_capabilities_for_transfer", executed=True)
    return account


def carry_out(
    call: Call, transfer: dict[str, Any], usable_at: int, *, fee: int = 0, charge: dict[str, Any] | None = None
) -> None:
    """Move the money of a transfer that is about to be kept, less the platform's `fee` on the `charge` it is of."""
    theirs = call.within(transfer["destination"])
    transfer["balance_transaction"] = write(
        call, transfer["id"], type="transfer", amount=-transfer["amount"], currency=transfer["currency"],
        description=transfer["description"], available_on=usable_at,
    )  # fmt: skip
    call.post(
        "send", payment=transfer["id"], object_id=transfer["id"], amount_minor=transfer["amount"],
        currency=transfer["currency"],
    )  # fmt: skip
    details = [fees.detail(call.account, fee, transfer["currency"])] if fee else []
    payment = linked_payments.receive(theirs, transfer, platform=call.account, available_on=usable_at, fees=details)
    transfer["destination_payment"] = payment["id"]
    url = f"/v1/transfers/{transfer['id']}/reversals"
    transfer["reversals"] = {"object": "list", "data": [], "has_more": False, "url": url}
    if fee and charge is not None:
        taken = fees.collect(
            theirs, payment, platform=call.account, amount=fee, available_on=usable_at, original=charge["id"]
        )
        charge["application_fee"] = taken["id"]
    emit(theirs, "charge.succeeded", payment)


def reverse(
    call: Call, transfer: dict[str, Any], amount: int, reversal: dict[str, Any], *, refund_fee: bool = False
) -> None:
    """Take `amount` of a transfer back, by a reversal that is about to be kept."""
    usable_at = usable_on(call, transfer)
    theirs = call.within(transfer["destination"])
    reversal |= {"amount": amount, "currency": transfer["currency"], "transfer": transfer["id"]}
    refund = linked_payments.give_back(theirs, transfer["destination_payment"], reversal, usable_at)
    reversal["destination_payment_refund"] = refund["id"]
    reversal["balance_transaction"] = write(
        call, reversal["id"], type="transfer_refund", amount=amount, currency=transfer["currency"],
        description=f"REFUND FOR TRANSFER ({transfer['id']})", available_on=usable_at,
    )  # fmt: skip
    call.post(
        "receive", payment=transfer["id"], object_id=reversal["id"], amount_minor=amount, currency=transfer["currency"]
    )
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"] = grown(transfer["reversals"], reversal)
    payment = find(theirs, "charge", transfer["destination_payment"])
    if refund_fee and payment["application_fee"] is not None:
        fees.give_share_back(call, payment["application_fee"], amount, transfer["amount"])


def reverse_share(call: Call, transfer: dict[str, Any], part: int, whole: int, refund_id: str) -> str | None:
    """Reverse of a transfer what `part` is of `whole`, for a refund, and return the reversal's id; None for nothing."""
    rest = transfer["amount"] - transfer["amount_reversed"]
    amount = min(rest, transfer["amount"] * part // whole)
    if amount <= 0:
        return None
    reversal = REVERSALS.build(call, {})
    reversal["source_refund"] = refund_id
    reverse(call, transfer, amount, reversal)
    REVERSALS.keep(call, reversal, {})
    return str(reversal["id"])


def check_reversible(call: Call, transfer: dict[str, Any]) -> int:
    """Return how much of a transfer can still be reversed, or refuse if that is nothing."""
    rest: int = transfer["amount"] - transfer["amount_reversed"]
    if rest == 0:
        raise refusal(call, f"The transfer {transfer['id']} is already fully reversed.", executed=True)
    return rest


def _prepare_reversal(call: Call, reversal: dict[str, Any], given: dict[str, Any]) -> None:
    transfer = REVERSALS.parent_of(call)
    rest = check_reversible(call, transfer)
    amount = given.get("amount", rest)
    money = transfer["currency"]
    if amount > rest:
        message = (
            f"Transfer reversal amount ({say(amount, money)}) is greater than unreversed amount on transfer "
            f"({say(rest, money)})"
        )
        raise refusal(call, message, param="amount", executed=True)
    available, pending = balance_of(call.within(transfer["destination"]))
    if amount > available.get(money, 0) + pending.get(money, 0):
        message = f"The account {transfer['destination']} has insufficient funds to reverse this transfer."
        raise refusal(call, message, code="balance_insufficient", executed=True)
    reverse(call, transfer, amount, reversal, refund_fee=given.get("refund_application_fee", False))


def _tell_reversed(call: Call, reversal: dict[str, Any], given: dict[str, Any]) -> None:
    emit(call, "transfer.reversed", find(call, "transfer", reversal["transfer"]))


TRANSFERS: Final = Resource(
    object_type="transfer",
    path="/v1/transfers",
    prefix="tr",
    path_param="transfer",
    fields={
        "amount": param(integer(least=1), 0, updates=False, kind="money"),
        "amount_reversed": fixed(0, kind="money"),
        "balance_transaction": fixed(link="balance_transaction"),
        "created": NOW,
        "currency": param(currency, required=True, updates=False),
        "description": param(text()),
        "destination": param(text(unset=False), required=True, updates=False, link="account"),
        "destination_payment": fixed(link="charge"),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "reversals": made(lambda _call: {"object": "list", "data": [], "has_more": False, "url": ""}),
        "reversed": fixed(value=False),
        "source_transaction": param(text(unset=False), updates=False, link="charge"),
        "source_type": param(one_of("bank_account", "card", "fpx"), "card", updates=False, kind="enum"),
        "transfer_group": param(text(), updates=False),
    },
    filters={"destination": text(unset=False), "transfer_group": text(unset=False)},
    key=("body.metadata.transfer_id",),
    events={"create": "transfer.created", "update": "transfer.updated"},
    prepare=_prepare,
)
REVERSALS: Final = Nested(
    object_type="transfer_reversal",
    path="/v1/transfers/{transfer}/reversals",
    prefix="trr",
    path_param="id",
    parent="transfer",
    parent_type="transfer",
    fields={
        "amount": param(integer(least=1), 0, updates=False, kind="money"),
        "balance_transaction": fixed(link="balance_transaction"),
        "created": NOW,
        "currency": fixed("usd"),
        "destination_payment_refund": fixed(link="refund"),
        "metadata": METADATA,
        "source_refund": fixed(link="refund"),
        "transfer": fixed(link="transfer"),
    },
    create_too={"description": text(), "refund_application_fee": boolean},
    prepare=_prepare_reversal,
    done=_tell_reversed,
)
OPERATIONS: Final = (*TRANSFERS.operations(), *REVERSALS.operations())
