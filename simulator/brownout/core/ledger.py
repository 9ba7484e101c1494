"""Ground truth about money: what really happened, whatever the client was told.

Each entry names the payment and the business key that it serves, and moves money between books so that its legs
sum to zero. The checkers over a history of entries are in `core.invariants`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.journal import Tape

Kind: TypeAlias = Literal[
    "authorize", "capture", "release", "refund", "refund_failure", "dispute", "reinstate",
    "payout", "payout_return", "topup", "send", "receive",
]  # fmt: skip
"""`authorize` and `release` hold and free money without moving it; the others move it.

A `dispute` takes money back from the merchant for the payer, a `reinstate` gives it to the merchant again; so does a
`refund_failure`, for a refund that the payer's bank would not have.

Those from `payout` on are of no payment, but of a merchant's own money, and an entry names what moved it as its
`payment`. A `payout` takes it to the bank, a `payout_return` and a `topup` bring it from there; a `send` hands it to
another account of the provider, which has a `receive` for it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened to money. Amounts are minor units of `currency`, never negative.

    `at` is seconds of world time since the world began. `key` is the business key of the payment: None if the
    client never named one. `legs` are (book, amount) with books `payer`, `merchant` and `provider`, `bank` for the
    merchant's own account there, and `linked` for all other accounts of the provider.
    """

    id: str
    at: float
    kind: Kind
    provider: str
    account: str
    payment: str
    object_id: str
    amount_minor: int
    currency: str
    key: str | None
    legs: tuple[tuple[str, int], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for JSON."""
        return {
            "id": self.id,
            "at": round(self.at, 6),
            "kind": self.kind,
            "provider": self.provider,
            "account": self.account,
            "payment": self.payment,
            "object": self.object_id,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "key": self.key,
            "legs": dict(self.legs),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        """Return the entry that `as_dict` wrote."""
        plain = {name: data[name] for name in ("id", "at", "kind", "provider", "account", "payment", "key")}
        return cls(
            **plain,
            object_id=data["object"],
            amount_minor=data["amount_minor"],
            currency=data["currency"],
            legs=tuple(data["legs"].items()),
        )


class Ledger:
    """The entries of one sandbox, in the order they happened. Never evicted: without them no verdict holds.

    `tape` is told of each.
    """

    __slots__ = ("_entries", "tape")

    def __init__(self, tape: Tape | None = None) -> None:
        """Start with nothing having happened."""
        self._entries: list[Entry] = []
        self.tape = tape

    def __iter__(self) -> Iterator[Entry]:
        """Iterate in order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    def since(self, number: int) -> list[Entry]:
        """Return the entries after the first `number`."""
        return self._entries[number:]

    def post(
        self,
        kind: Kind,
        *,
        at: float,
        provider: str,
        account: str,
        payment: str,
        object_id: str,
        amount_minor: int,
        currency: str,
        fee_minor: int = 0,
        key: str | None = None,
    ) -> Entry:
        """Append what happened and return it.

        Raises:
            ValueError: if the amount is negative or isn't an integer.
        """
        if type(amount_minor) is not int or amount_minor < 0:
            message = f"amount_minor must be an integer of at least 0, not {amount_minor!r}"
            raise ValueError(message)
        entry = Entry(
            id=f"{object_id}/{kind}",
            at=at,
            kind=kind,
            provider=provider,
            account=account,
            payment=payment,
            object_id=object_id,
            amount_minor=amount_minor,
            currency=currency,
            key=key,
            legs=_legs(kind, amount_minor, fee_minor),
        )
        self._entries.append(entry)
        if self.tape is not None:
            self.tape.posted(entry)
        return entry


def _legs(kind: Kind, amount: int, fee: int) -> tuple[tuple[str, int], ...]:
    if kind == "capture":
        return (("payer", -amount), ("merchant", amount - fee), ("provider", fee))
    if kind in ("refund", "dispute"):
        return (("merchant", -amount - fee), ("payer", amount), *((("provider", fee),) if fee else ()))
    if kind in ("reinstate", "refund_failure"):
        return (("payer", -amount), ("merchant", amount))
    if kind == "payout":
        return (("merchant", -amount - fee), ("bank", amount), *((("provider", fee),) if fee else ()))
    if kind in ("payout_return", "topup"):
        return (("bank", -amount), ("merchant", amount))
    if kind == "send":
        return (("merchant", -amount), ("linked", amount))
    if kind == "receive":
        return (("linked", -amount), ("merchant", amount))
    return ()
