"""Checkers over a history of ledger entries. Pure: the same history always has the same findings.

Each is tested against planted histories that it must reject (tests/core/test_invariants.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.ledger import Entry

_SUMS: Final = {
    "authorize": ("authorized", 1),
    "capture": ("captured", 1),
    "release": ("released", 1),
    "refund": ("refunded", 1),
    "refund_failure": ("refunded", -1),
    "dispute": ("disputed", 1),
    "reinstate": ("reinstated", 1),
}
"""Which sum of its payment an entry goes into; those of no payment are in none."""
_MOVING: Final = frozenset({"capture", "refund", "refund_failure", "dispute", "reinstate"})


@dataclass(slots=True)
class Payment:
    """What the entries of one payment add up to, in minor units."""

    id: str
    key: str | None
    account: str
    currency: str
    authorized: int = 0
    captured: int = 0
    released: int = 0
    refunded: int = 0
    disputed: int = 0
    reinstated: int = 0

    @property
    def net(self) -> int:
        """What the payer is out of pocket; less than nothing where a refund was charged back as well."""
        return self.captured - self.refunded - self.disputed + self.reinstated


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """One business key that was paid more than once. `extra_minor` is what the payer paid too much."""

    key: str
    account: str
    payments: tuple[str, ...]
    extra_minor: int
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {
            "key": self.key,
            "account": self.account,
            "payments": list(self.payments),
            "extra_minor": self.extra_minor,
            "currency": self.currency,
        }

    def __str__(self) -> str:
        """Return the finding as a sentence."""
        times = {2: "twice"}.get(len(self.payments), f"{len(self.payments)} times")
        return f"{self.key} was charged {times}: {say(self.extra_minor, self.currency)} too much"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule about money that a history breaks."""

    rule: str
    subject: str
    message: str
    detail: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {"rule": self.rule, "subject": self.subject, "message": self.message, **self.detail}


def payments(entries: Iterable[Entry]) -> dict[str, Payment]:
    """Return every payment that `entries` mention, in order of first mention, with its sums."""
    found: dict[str, Payment] = {}
    for entry in entries:
        if entry.kind not in _SUMS:
            continue
        payment = found.get(entry.payment)
        if payment is None:
            payment = found[entry.payment] = Payment(entry.payment, entry.key, entry.account, entry.currency)
        total, sign = _SUMS[entry.kind]
        setattr(payment, total, getattr(payment, total) + sign * entry.amount_minor)
    return found


def effects_by_key(entries: Iterable[Entry]) -> dict[tuple[str, str], list[Payment]]:
    """Return, per (account, business key), the payments that took money and count as an effect.

    A payment that was refunded in full was an effect all the same, unless another one serves its key: a client
    that notices its double charge and refunds it has healed it, one that refunds an order has not lost it.
    """
    captured: dict[tuple[str, str], list[Payment]] = defaultdict(list)
    for payment in payments(entries).values():
        if payment.key is not None and payment.captured > 0:
            captured[payment.account, payment.key].append(payment)
    return {slot: [one for one in all_ if one.net > 0] or all_[:1] for slot, all_ in captured.items()}


def duplicated(entries: Iterable[Entry]) -> list[Duplicate]:
    """Return the business keys for which more than one payment stands, in order of their first capture."""
    return [
        Duplicate(
            key=key,
            account=account,
            payments=tuple(one.id for one in standing),
            extra_minor=sum(one.net for one in standing[1:]),
            currency=standing[0].currency,
        )
        for (account, key), standing in effects_by_key(entries).items()
        if len(standing) > 1
    ]


def money_conserved(entries: Iterable[Entry]) -> list[Violation]:
    """Return where money appeared or vanished: unbalanced legs, or more captured or refunded than there was."""
    history = list(entries)
    found = [
        Violation(
            rule="ledger.balanced",
            subject=entry.id,
            message=f"the legs of {entry.id} add up to {sum(amount for _, amount in entry.legs)}, not 0",
        )
        for entry in history
        if sum(amount for _, amount in entry.legs) != 0
    ]
    found += [
        Violation(
            rule="ledger.moved",
            subject=entry.id,
            message=f"{entry.id} is a {entry.kind} of {entry.amount_minor}, but its legs move {_paid(entry)}",
        )
        for entry in history
        if entry.kind in _MOVING and _paid(entry) != entry.amount_minor
    ]
    for payment in payments(history).values():
        if payment.captured + payment.released > payment.authorized:
            found.append(_exceeds(payment, "captured and released", payment.captured + payment.released, "authorized"))
        for what, bound in (("refunded", "captured"), ("disputed", "captured"), ("reinstated", "disputed")):
            if getattr(payment, what) > getattr(payment, bound):
                found.append(_exceeds(payment, what, getattr(payment, what), bound))
    return found


def _paid(entry: Entry) -> int:
    payer = sum(amount for book, amount in entry.legs if book == "payer")
    return -payer if entry.kind in ("capture", "reinstate", "refund_failure") else payer


def _exceeds(payment: Payment, what: str, amount: int, bound: str) -> Violation:
    allowed = getattr(payment, bound)
    return Violation(
        rule=f"payments.{what.split(maxsplit=1)[0]}_within_{bound}",
        subject=payment.id,
        message=f"{payment.id}: {what} {say(amount, payment.currency)}, "
        f"but {bound} only {say(allowed, payment.currency)}",
        detail={"amount_minor": amount, "allowed_minor": allowed},
    )
