"""An account's money as its history: what the ledger says, row by row, each with the balance after it.

What was never in the ledger isn't here: a declined capture, a pending one. (developer.paypal.com, Transaction event
codes; a live answer published in 2026, whose rows are in order of time and have both balances; read 2026-11-23.)
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brownout.core.operation import Call
    from brownout.core.store import Table

FEE: Final = "/fee"
"""Ends the object id of an entry that is the fee of another one: they are one row."""


class Kind(NamedTuple):
    """What an entry about an object of this type is in the account's history.

    `code` is PayPal's event code, `sign` says whether money comes or goes, 0 that none moves.
    """

    type: str
    code: str
    sign: int


_BY_KIND: Final[Mapping[str, Mapping[str, Kind]]] = {
    "capture": {
        "capture": Kind("capture", "T0006", 1),  # PayPal Checkout APIs
        "sale": Kind("sale", "T0002", 1),  # subscription payment
        "payout_item": Kind("payout_item", "T0001", -1),  # mass payment
    },
    "refund": {
        "refund": Kind("refund", "T1107", -1),  # payment refund, initiated by the merchant
        "reversal": Kind("reversal", "T1106", -1),  # payment reversal, initiated by PayPal
    },
    "authorize": {
        "authorization": Kind("authorization", "T1300", 0),  # authorization
        "payout_item": Kind("payout_item", "T1503", -1),  # temporary hold on payout amount
    },
    "release": {
        "authorization": Kind("authorization", "T1302", 0),  # void
        "payout_item": Kind("payout_item", "T1105", 1),  # account hold released
    },
}
"""The ledger's kind and the object's type to what it is."""
_KEPT_PAYOUTS: Final = ("UNCLAIMED", "ONHOLD", "RETURNED")


class Movement(NamedTuple):
    """One row of an account's history. Amounts are minor units, signed as the account sees them.

    `balance_minor` is the balance after it in its currency, None if it moves no money.
    """

    id: str
    code: str
    at: int
    amount_minor: int
    fee_minor: int
    balance_minor: int | None
    currency: str
    payment: str
    object: Mapping[str, Any]
    type: str


def movements(call: Call, until: float, since: float = 0.0) -> Iterator[Movement]:
    """Yield what happened to the account's money from world time `since` to `until`, oldest first.

    The whole ledger is read for it, because of the balance: a few microseconds for each entry.
    """
    provider, account, started_at = call.provider, call.account, call.world.clock.started_at
    tables = {kind: [(kinds, call.table(type_)) for type_, kinds in each.items()] for kind, each in _BY_KIND.items()}
    balances: dict[str, int] = defaultdict(int)
    for entry in call.world.ledger:
        if entry.account != account or entry.provider != provider:
            continue
        at = int(started_at + entry.at)
        if at > until:
            return
        found = _about(tables.get(entry.kind, ()), entry.object_id)
        if found is None:
            continue  # a part of another row: a fee, or the hold that every capture begins with
        kind, about = found
        if kind.type == "payout_item" and entry.kind == "authorize" and about["status"] not in _KEPT_PAYOUTS:
            continue
        amount = entry.amount_minor * (kind.sign or 1)
        fee = -about.get("fee_minor", 0) if entry.kind == "capture" else 0
        if kind.sign:
            balances[entry.currency] += amount + fee
        if at >= since:
            yield Movement(
                about.get("transaction_id") or entry.object_id, kind.code, at, amount, fee,
                balances[entry.currency] if kind.sign else None, entry.currency.upper(), entry.payment, about,
                kind.type,
            )  # fmt: skip


def _about(tables: Iterable[tuple[Kind, Table]], object_id: str) -> tuple[Kind, dict[str, Any]] | None:
    for kind, table in tables:
        if (about := table.get(object_id)) is not None:
            return kind, about
    return None
