"""Joins what the ledger knows with what the client claims, one business operation at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brownout.core.invariants import Payment, effects_by_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.verdict.arm import ArmRun

NAMED = ("baggage", "scenario", "operation")
"""Where a record's key comes from when it names a business operation, rather than an object or a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One business operation. `effects` are the payments that count for its key; `claim` is the client's last word."""

    key: str
    effects: Sequence[Payment] = ()
    claim: Mapping[str, Any] | None = None

    @property
    def outcome(self) -> str:
        """What the client believes: ok, fail or unknown. One that said nothing doesn't know."""
        return "unknown" if self.claim is None else str(self.claim["outcome"])

    @property
    def moved_minor(self) -> int:
        """What was taken for it: what its first payment took, and what the others took and kept.

        A refund of the only payment isn't an error of payment, and a double charge that was refunded is healed.
        """
        if not self.effects:
            return 0
        return self.effects[0].captured + sum(payment.net for payment in self.effects[1:])

    @property
    def claimed_minor(self) -> int | None:
        """What the client believes was taken, None if it doesn't say and nothing tells."""
        if self.outcome != "ok" or self.claim is None:
            return 0
        amount = self.claim.get("amount_minor")
        if amount is None:
            return self.effects[0].captured if self.effects else None
        return int(amount)

    @property
    def currency(self) -> str:
        """The currency of its payments, else the claim's, else none."""
        if self.effects:
            return self.effects[0].currency
        return str((self.claim or {}).get("currency") or "")


def operations(run: ArmRun) -> list[Operation]:
    """Return the operations of an arm by key: those the client claims, those the ledger has, those the journal names.

    The journal's own are counted only where nothing was claimed: with claims, a key that merely names a request (a
    customer's address, say) must not pass for an operation that nobody resolved.
    """
    effects: dict[str, list[Payment]] = defaultdict(list)
    for (_, key), standing in effects_by_key(run.entries).items():
        effects[key] += standing
    claims = {claim["key"]: claim for claim in run.claims or ()}
    keys = dict.fromkeys([*claims, *effects])
    if not claims:
        keys |= dict.fromkeys(
            record["decided"]["key"] for record in run.records if record["decided"]["key_source"] in NAMED
        )
    return [Operation(key=key, effects=effects.get(key, ()), claim=claims.get(key)) for key in sorted(keys)]
