"""A customer's credit balance: what the next invoices take less, or more, and every change of it.

A balance below zero is the customer's credit. (Stripe docs, API reference: Customer Balance Transactions; Billing:
Customer credit balance; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.connect.whose import own
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.funds.nested import Nested
from brownout.providers.stripe.params import integer, text
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, fixed, param

if TYPE_CHECKING:
    from brownout.core.operation import Call


def _prepare(call: Call, row: dict[str, Any], given: dict[str, Any]) -> None:
    customer = ROWS.parent_of(call)
    if customer["currency"] not in (None, row["currency"]):
        message = (
            f"You cannot combine currencies on a single customer. This customer has a balance in "
            f"{customer['currency']}, not {row['currency']}."
        )
        raise refusal(call, message, param="currency", executed=True)
    row |= {"customer": customer["id"], "ending_balance": customer["balance"] + row["amount"]}


def _done(call: Call, row: dict[str, Any], given: dict[str, Any]) -> None:
    customer = ROWS.parent_of(call)
    changed = {"balance": row["ending_balance"], "currency": row["currency"]}
    previous = {name: customer[name] for name, one in changed.items() if customer[name] != one}
    customer |= changed
    if previous:
        emit(call, "customer.updated", customer, previous=previous)


ROWS: Final = Nested(
    object_type="customer_balance_transaction",
    path="/v1/customers/{customer}/balance_transactions",
    prefix="cbtxn",
    path_param="transaction",
    parent="customer",
    parent_type="customer",
    fields={
        "amount": param(integer(), required=True, updates=False, kind="money"),
        "checkout_session": NEVER,
        "created": NOW,
        "credit_note": NEVER,
        "currency": param(currency, required=True, updates=False),
        "customer": fixed(link="customer"),
        "customer_account": fixed(),
        "description": param(text(most=350)),
        "ending_balance": fixed(0, kind="money"),
        "invoice": NEVER,
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "type": fixed("adjustment", kind="enum"),
    },
    list_too={"invoice": text(unset=False)},
    listed=lambda _row, given: "invoice" not in given,  # no invoice has taken anything yet
    prepare=_prepare,
    done=_done,
)
OPERATIONS: Final = ROWS.operations()


def record(call: Call, customer: dict[str, Any], before: int, *, type: str = "adjustment") -> None:
    """Write down that a customer's balance was set by itself: from `before` to what it is now.

    A customer without a currency gets the account's. (Stripe docs, API reference: Customer Balance Transactions: the
    update of a customer "may modify the value directly", and `initial` is "the starting value"; read 2026-11-24.)
    """
    if customer["balance"] == before:
        return
    customer["currency"] = customer["currency"] or own(call)["default_currency"]
    row = ROWS.build(call, {"amount": customer["balance"] - before, "currency": customer["currency"]})
    row |= {"customer": customer["id"], "ending_balance": customer["balance"], "type": type}
    call.create(ROWS.object_type, row)
