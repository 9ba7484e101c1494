"""A look at a running arm: how far it is, and what went wrong since the last one. The verdict looks at everything.

What is told live is told once for each kind, so that a thousand refusals are one line.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.journal import Record
    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.sandbox import Sandbox

DOUBLES_TOLD: Final = 10
"""Beyond so many double charges of an arm, the verdict has the others."""
_FAILED: Final = {"fail": "failed", "unknown": "ended in doubt", "ok": "ended badly"}


class Snapshot(NamedTuple):
    """How far an arm is: orders whose end the client has claimed, requests answered, faults applied, its phase."""

    orders: int
    exchanges: int
    fired: int
    phase: str | None = None


class News(NamedTuple):
    """What a world holds beyond the last look. Read on the server's own thread."""

    snapshot: Snapshot
    entries: Sequence[Entry]
    claims: Sequence[Mapping[str, Any]]
    refused: Sequence[Record]


class Glance:
    """Looks at one world again and again."""

    def __init__(self, world: Sandbox, plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self._entries = self._claims = self._records = 0
        self._payments: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._doubles = 0
        self._told: set[tuple[str, ...]] = set()

    def read(self) -> News:
        """Return what is new. Call it where nothing else touches the world."""
        world = self._world
        entries, claims = world.ledger.since(self._entries), world.claims[self._claims :]
        fresh = min(world.journal.written - self._records, len(world.journal))
        refused = [one for one in islice(world.journal, len(world.journal) - fresh, None) if one.limit is not None]
        self._entries += len(entries)
        self._claims += len(claims)
        self._records = world.journal.written
        due = max((_number(claim.get("due")) for claim in world.claims[-50:]), default=0.0)
        phases = self._plan.phases
        phase = self._plan.phase_at(due) or (phases[-1].name if phases else None)
        snapshot = Snapshot(len(world.claims), world.journal.written, sum(world.fired.values()), phase)
        return News(snapshot, entries, claims, refused)

    def findings(self, news: News) -> list[str]:
        """Return what the news tell that nobody was told yet."""
        return [*self._double(news.entries), *self._failed(news.claims), *self._refused(news.refused)]

    def _double(self, entries: Sequence[Entry]) -> list[str]:
        found = []
        for entry in entries:
            if entry.kind != "capture" or entry.key is None:
                continue
            payments = self._payments[entry.account, entry.key]
            if entry.payment not in payments:
                payments.add(entry.payment)
                times = len(payments)
                if times > 1:
                    self._doubles += 1
                    found.append(f"charged {entry.key} {'twice' if times == 2 else f'{times} times'}")
        over = self._doubles - DOUBLES_TOLD
        if over > 0 and found:
            found = found[: max(0, len(found) - over)]
            if self._first("doubles"):
                found.append("charged more orders twice; the verdict names them all")
        return found

    def _failed(self, claims: Sequence[Mapping[str, Any]]) -> list[str]:
        return [
            f"{claim['key']} {_FAILED[str(claim['outcome'])]}: {claim['detail'] or claim['error']}"
            for claim in claims
            if claim.get("error") and "detail" in claim and self._first("error", str(claim["error"]))
        ]

    def _refused(self, refused: Sequence[Record]) -> list[str]:
        return [
            f"{record.key} met the limit {record.limit!r}: {record.status} at {record.operation}"
            for record in refused
            if self._first("limit", str(record.limit))
        ]

    def _first(self, *what: str) -> bool:
        known = what in self._told
        self._told.add(what)
        return not known


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
