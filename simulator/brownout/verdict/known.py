"""What the client has on its books, held against the ledger, and how long it took to get there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.verdict.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.verdict.history import Scope
    from brownout.verdict.operations import Operation

Values: TypeAlias = dict[str, dict[str, float | None]]

CLIENTS_MOST: Final = 20
"""How many clients a verdict lists; the slowest."""


def known(scope: Scope) -> Values:
    """Return how complete, how right and how fresh the client's records are."""
    met, there, noted = matched(scope), ledgered(scope), recorded(scope)
    delays, of = _delays(scope.operations)
    claimed = scope.claimed
    return {
        "records.completeness": {"value": met / there if claimed and there else None},
        "records.precision": {"value": met / noted if claimed and noted else None},
        "staleness": {
            name: quantile(delays, share, of=of) if claimed else None
            for name, share in (("p(50)", 0.5), ("p(95)", 0.95), ("max", 1.0))
        },
    }


def matched(scope: Scope) -> int:
    """Return how many payments are both on the client's books and in the ledger."""
    return sum(one.on_the_books and one.object_known for one in scope.operations if one.effects)


def ledgered(scope: Scope) -> int:
    """Return how many payments the ledger has that count."""
    return sum(len(one.effects) for one in scope.operations)


def recorded(scope: Scope) -> int:
    """Return how many payments the client has on its books."""
    return sum(one.on_the_books for one in scope.operations)


def by_client(scope: Scope) -> dict[str, Any]:
    """Return how stale the books were, on the whole and by who made the calls: the slowest clients, worst first."""
    each: dict[str, list[Operation]] = defaultdict(list)
    for one in scope.operations:
        if one.attempts:
            each[one.attempts[0].client].append(one)
    clients = {name: _spread(found) for name, found in each.items()}
    slowest = sorted(clients.items(), key=lambda one: (-_worst(one[1]), one[0]))
    return {
        **_spread(scope.operations),
        "clients": len(clients),
        "by_client": {name: found for name, found in slowest[:CLIENTS_MOST] if found["payments"]},
    }


def _worst(spread: dict[str, Any]) -> float:
    if not spread["payments"]:
        return -1.0
    return float("inf") if spread["max_seconds"] is None else float(spread["max_seconds"])


def _spread(found: Sequence[Operation]) -> dict[str, Any]:
    delays, of = _delays(found)
    return {
        "payments": of,
        "never_known": of - len(delays),
        "p50_seconds": quantile(delays, 0.5, of=of),
        "p95_seconds": quantile(delays, 0.95, of=of),
        "max_seconds": quantile(delays, 1.0, of=of),
    }


def _delays(found: Sequence[Operation]) -> tuple[list[float], int]:
    """Return how long the client took to know of each charge, sorted, and of how many there were.

    A charge that it never knew of took longer than all others.
    """
    charged = [one for one in found if one.effects and one.committed_at is not None]
    return sorted(one for each in charged if (one := each.staleness_seconds) is not None), len(charged)
