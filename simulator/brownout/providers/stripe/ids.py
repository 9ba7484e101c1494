"""Ids as Stripe makes them: `pi_3` + 5 letters + the account's last 10 + 8 letters.

Objects of one payment share the first sixteen characters after the prefix and begin with 3; those that stand alone
begin with 1; customers have fourteen free letters. (Recorded test-mode answers, 2024 to 2026.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from brownout.core.chance import Chance

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.store import Table

_STEM: Final = slice(3, 19)
_PAD: Final = Chance(0, "stripe", "account suffix")


@lru_cache(maxsize=4096)
def suffix(account: str) -> str:
    """Return the ten characters that an account's objects carry in their ids."""
    tail = account[-10:]
    return tail if len(tail) == 10 and tail.isascii() and tail.isalnum() else _PAD.text(account.encode(), 10)


def alone(call: Call, prefix: str, table: Table) -> str:
    """Return a free id for an object that belongs to no payment."""
    return _alone(call, f"{prefix}_1", prefix, table, 0)[0]


def of_new_payment(call: Call, spare: int) -> tuple[str, str]:
    """Return a free id for a payment intent, and `spare` more letters of the same draw (a draw has 64 at most)."""
    return _alone(call, "pi_3", "pi", call.table("payment_intent"), spare)


def _alone(call: Call, start: str, label: str, table: Table, spare: int) -> tuple[str, str]:
    while True:
        drawn = call.draw_text(label, 13 + spare)
        made = f"{start}{drawn[:5]}{suffix(call.account)}{drawn[5:13]}"
        if table.get(made) is None:
            return made, drawn[13:]


def of_payment(call: Call, prefix: str, table: Table, payment: str) -> str:
    """Return a free id that shares its stem with `payment` (a payment intent's id)."""
    return with_spare(call, prefix, table, payment, 0)[0]


def with_spare(call: Call, prefix: str, table: Table, payment: str, spare: int) -> tuple[str, str]:
    """Return a free id as `of_payment` does, and `spare` more letters of the same draw."""
    start = f"{prefix}_{payment[_STEM]}"
    while True:
        drawn = call.draw_text(prefix, 8 + spare)
        made = start + drawn[:8]
        if table.get(made) is None:
            return made, drawn[8:]


def plain(call: Call, prefix: str, table: Table, length: int) -> str:
    """Return a free id of `length` letters, as customers have."""
    while True:
        made = f"{prefix}_{call.draw_text(prefix, length)}"
        if table.get(made) is None:
            return made
