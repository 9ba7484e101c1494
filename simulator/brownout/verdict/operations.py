"""Joins what the ledger knows with what the client claims and what it tried, one business operation at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from brownout.core.invariants import Payment, payments
from brownout.verdict.words import UNEXPLAINED, UNRESOLVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.ledger import Entry
    from brownout.verdict.attempts import Attempt
    from brownout.verdict.claims import Claim


@dataclass(frozen=True, kw_only=True)  # no slots: every measure asks what is cached here
class Operation:
    """One business operation.

    `effects` are the payments that count for its key, `healed_minor` what others took and gave back in full. `claim` is
    the client's last word. `phase` is None where there are no phases, or nobody knows which. `committed_at` is when its
    first payment took money, in unix seconds, None where nobody knows; `object_known` is False if the client knows of
    another object than any of its payments.
    """

    key: str
    effects: Sequence[Payment] = ()
    healed_minor: int = 0
    claim: Claim | None = None
    attempts: Sequence[Attempt] = ()
    phase: str | None = None
    committed_at: float | None = None
    object_known: bool = True

    @cached_property
    def outcome(self) -> str:
        """What the client believes: ok, fail or unknown. One that said nothing doesn't know."""
        return "unknown" if self.claim is None else self.claim.outcome

    @property
    def pays(self) -> bool:
        """Whether money was to move for it: not if the client says so with an amount of 0, or only read."""
        if self.effects or self.claim is None:
            return True
        amount = self.claim.amount_minor
        if amount is None:
            return not self.attempts or any(attempt.changes for attempt in self.attempts)
        return amount > 0

    @cached_property
    def good(self) -> bool:
        """Whether it went well, and the client says so: paid once, or nothing was to be paid and nothing was."""
        return self.outcome == "ok" and (len(self.effects) == 1 or not self.pays)

    @property
    def lost(self) -> bool:
        """Whether the client claims that it was paid, and nothing was ever charged."""
        return self.outcome == "ok" and not self.effects and self.pays

    @property
    def orphaned(self) -> bool:
        """Whether the client reported it as failed, and somebody is out of pocket."""
        return self.outcome == "fail" and any(payment.net > 0 for payment in self.effects)

    @cached_property
    def error(self) -> str | None:
        """Why it isn't good: the client's own word, else the class of its last failed attempt. None if it is good."""
        if self.good:
            return None
        if self.claim is not None and self.claim.error is not None:
            return self.claim.error
        failed = self.failure
        if failed is not None:
            return failed.error
        return UNRESOLVED if self.outcome == "unknown" else UNEXPLAINED

    @property
    def failure(self) -> Attempt | None:
        """The last attempt that ended badly."""
        return next((attempt for attempt in reversed(self.attempts) if attempt.error is not None), None)

    @cached_property
    def hit(self) -> bool:
        """Whether a fault struck one of its attempts."""
        return any(attempt.rules for attempt in self.attempts)

    @property
    def moved_minor(self) -> int:
        """What was taken for it: what its first payment took, and what the others took and kept.

        If the client says what it gave back, or that nothing was bought, refunds are taken off the first payment too.
        Otherwise a refund is business of its own, and a double charge that was refunded is healed.
        """
        if not self.effects:
            return 0
        rest = sum(payment.net for payment in self.effects[1:])
        first = self.effects[0]
        return (first.captured if self.outcome == "ok" and self._refund_claimed is None else first.net) + rest

    @property
    def claimed_minor(self) -> int | None:
        """What the client believes was taken and kept, None if it doesn't say and nothing tells."""
        if self.claim is None or self.outcome != "ok":
            return 0
        amount = self.claim.amount_minor
        if amount is None:
            if not self.pays:
                return 0
            if not self.effects:
                return None
            amount = self.effects[0].captured
        return amount - (self._refund_claimed or 0)

    @property
    def refunded_minor(self) -> int:
        """What was given back of the payments that count."""
        return sum(payment.refunded for payment in self.effects)

    @property
    def refund_wrong(self) -> bool:
        """Whether the client claims another refund than there was. A healed double charge may be claimed or not."""
        claimed = self._refund_claimed
        return claimed not in (None, self.refunded_minor, self.refunded_minor + self.healed_minor)

    @property
    def money_error_minor(self) -> int | None:
        """By how much the client is off, None if it doesn't say."""
        claimed = self.claimed_minor
        if claimed is None:
            return None
        off = abs(self.moved_minor - claimed)
        if self.healed_minor and self._refund_claimed is not None:
            off = min(off, abs(self.moved_minor - self.healed_minor - claimed))
        return off

    @property
    def currency(self) -> str:
        """The currency of its payments, else the claim's, else none."""
        if self.effects:
            return self.effects[0].currency
        return self.claim.currency if self.claim is not None else ""

    @property
    def on_the_books(self) -> bool:
        """Whether the client has a payment for it on its books."""
        return self.outcome == "ok" and self.pays

    @property
    def staleness_seconds(self) -> float | None:
        """Seconds from its first payment to when the client knew of it, None if it never did or doesn't say."""
        if self.claim is None or not self.on_the_books:
            return None
        known_at = self.claim.known_at if self.claim.seen_at is None else self.claim.seen_at
        return _length(self.committed_at, known_at)

    def due_seconds(self, began_at: float | None) -> float | None:
        """Return when it was due, in seconds since the load began, None if nobody knows."""
        if self.claim is None or self.claim.due is not None:
            return None if self.claim is None else self.claim.due
        if self.claim.scheduled_at is None or began_at is None:
            return None
        return max(0.0, self.claim.scheduled_at - began_at)

    @cached_property
    def latency_seconds(self) -> float | None:
        """Seconds from its scheduled start to when the client knew, so that waiting for a turn counts."""
        return None if self.claim is None else _length(self.claim.scheduled_at, self.claim.at)

    @cached_property
    def service_seconds(self) -> float | None:
        """Seconds from when it began."""
        return None if self.claim is None else _length(self.claim.started_at, self.claim.at)

    @property
    def lag_seconds(self) -> float | None:
        """Seconds by which it began late."""
        return None if self.claim is None else _length(self.claim.scheduled_at, self.claim.started_at)

    @property
    def _refund_claimed(self) -> int | None:
        return None if self.claim is None else self.claim.refunded_minor


def _length(since: float | None, until: float | None) -> float | None:
    return None if since is None or until is None else max(0.0, until - since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """The payments of one key: those that stand, and the others, which were given back in full."""

    standing: Sequence[Payment]
    given_back: Sequence[Payment] = ()

    @property
    def healed_minor(self) -> int:
        """What was taken and given back beside the payments that stand."""
        return sum(one.captured for one in self.given_back)

    def as_known_by(self, claim: Claim | None) -> Charges:
        """Return them as the client knows them.

        One that claims the refund of the very payment it knows of gave its order back. It didn't heal a double charge:
        what stands beside that was charged too much.
        """
        if claim is None or not claim.refunded_minor:
            return self
        own = [one for one in self.given_back if one.id == claim.object]
        others = [one for one in self.given_back if one.id != claim.object]
        return Charges(standing=(*own, *self.standing), given_back=others) if own else self


def made(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of payments that were made in the world: conjured ones took their money before it began."""
    known = list(entries)
    conjured = {entry.payment for entry in known if entry.at < 0}
    return [entry for entry in known if entry.payment not in conjured] if conjured else known


def charges(entries: Iterable[Entry]) -> Mapping[str, Charges]:
    """Return what the ledger has for each business key, whichever provider or account it was paid through.

    A payment refunded in full counts all the same, unless another one serves its key: a client that notices its double
    charge and refunds it has healed it, one that refunds an order has not lost it.
    """
    captured: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments(made(entries)).values():
        if payment.key is not None and payment.captured > 0:
            captured[payment.key].append(payment)
    found = {}
    for key, each in captured.items():
        standing = [one for one in each if one.net > 0] or each[:1]
        kept = {one.id for one in standing}
        found[key] = Charges(standing=standing, given_back=[one for one in each if one.id not in kept])
    return found
