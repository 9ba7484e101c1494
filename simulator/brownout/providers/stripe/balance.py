"""The balance and the transactions it is made of.

(Stripe docs, API reference: Balance, and Balance transactions; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.providers.stripe.books import balance_of
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.expand import settle, shown, tree_of
from brownout.providers.stripe.funds.automatic import payout_of
from brownout.providers.stripe.funds.destinations import all_of
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import EXPAND, Shape, check, moments, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_HOME: Final = "usd"
"""The currency that an account without any money shows."""
_ONLY_AUTOMATIC: Final = "Balance transaction history can only be filtered on automatic transfers, not manual."


def _retrieve_balance(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "balance")
    available, pending = balance_of(call)
    currencies = sorted({*available, *pending}) or [_HOME]
    value = {
        "object": "balance",
        "available": _amounts(available, currencies),
        "livemode": False,
        "pending": _amounts(pending, currencies),
    }
    if len(call.table("account")):  # of a platform's connected accounts
        value["connect_reserved"] = [{"amount": 0, "currency": one} for one in currencies]
    instant = {one: max(available.get(one, 0) + pending.get(one, 0), 0) for one in _instant(call, currencies)}
    if instant:
        value["instant_available"] = _amounts(instant, list(instant))
    return shown(call, dict(sorted(value.items(), key=lambda item: (item[0] != "object", item[0]))), tree)


def _instant(call: Call, currencies: list[str]) -> list[str]:
    """Return the currencies that some external account takes at once."""
    able = {one.value.get("currency") for one in all_of(call) if one.instant}
    return [one for one in currencies if one in able]


def _amounts(sums: Mapping[str, int], currencies: list[str]) -> list[dict[str, Any]]:
    return [
        {"amount": sums.get(one, 0), "currency": one, "source_types": {"card": sums.get(one, 0)}} for one in currencies
    ]


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "balance_transaction")
    row = find(call, "balance_transaction", call.path["balance_transaction"])
    settle(call, (row,))
    return shown(call, row, tree)


def _list(call: Call) -> Answer:
    payout_id = call.params.get("payout")
    if isinstance(payout_id, str) and payout_id:
        payout = find(call, "payout", payout_id, param="payout")
        if not payout["automatic"]:
            raise refusal(call, _ONLY_AUTOMATIC)
    return page(
        call, _LIST, "balance_transaction", "/v1/balance_transactions", equal=("currency", "source", "type"),
        keep=lambda row, given: "payout" not in given or payout_of(call, row["id"]) == given["payout"],
    )  # fmt: skip


_RETRIEVE: Final = Shape(expand=EXPAND)
_LIST: Final = list_shape(
    created=moments, currency=text(unset=False), payout=text(unset=False), source=text(unset=False),
    type=text(unset=False),
)  # fmt: skip
_MONEY: Final = ("amount", "fee", "net", "fee_details.amount")
_DATES: Final = ("available_on", "created")
_ENUMS: Final = ("status", "type", "reporting_category")

OPERATIONS: Final = (
    Operation(
        name="stripe.balance.retrieve", method="GET", path="/v1/balance", run=_retrieve_balance,
        object_type="balance", money=("available.amount", "pending.amount", "instant_available.amount"),
    ),
    Operation(
        name="stripe.balance_transactions.retrieve", method="GET",
        path="/v1/balance_transactions/{balance_transaction}", run=_retrieve, object_type="balance_transaction",
        id_param="balance_transaction", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.balance_transactions.list", method="GET", path="/v1/balance_transactions", run=_list,
        object_type="balance_transaction", listing=LISTING, money=tuple(f"data.{one}" for one in _MONEY),
        dates=tuple(f"data.{one}" for one in _DATES), enums=tuple(f"data.{one}" for one in _ENUMS),
    ),
)  # fmt: skip
