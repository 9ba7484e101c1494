"""A sandbox of a Brownout that runs elsewhere, as a place for an arm: what it writes down is fetched as it happens.

Only what happened since the lease began counts. A payment that was begun before belongs to somebody else's run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import UsageError
from brownout.core.ledger import Entry
from brownout.drill.attach.api import Unreachable
from brownout.drill.attach.database import FROM_ANSWER, settled
from brownout.drill.glance import DOUBLES_TOLD, Snapshot
from brownout.drill.ground import Look, Written
from brownout.drill.so_far import Part
from brownout.server.system import monotonic
from brownout.verdict.attempts import NAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.drill.attach.lease import Tenancy

LOOK_SECONDS: Final = 0.5
"""How long between two looks: each costs the server a few calls."""
QUIET_SECONDS: Final = 0.5
"""How long nothing may have happened in the end: a service may go on after it has answered."""
SETTLE_MOST_SECONDS: Final = 10.0
_UNREACHABLE_MOST: Final = 3
"""So many looks in a row may fail before the server counts as gone."""
_PAGE: Final = 1_000
_NAMES_SHOWN: Final = 3


class AttachedGround:
    """The sandbox that `tenancy` holds. `database` returns what the service's database believes, in the end.

    `pause` waits so many seconds: time.sleep, unless somebody else needs the thread.
    """

    def __init__(
        self,
        tenancy: Tenancy,
        pause: Callable[[float], None],
        database: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
    ) -> None:
        self._tenancy = tenancy
        self._api = tenancy.api
        self._pause = pause
        self._database = database
        self.url = self._api.sandbox_url
        self.name = self._api.name
        self.before = 0
        """How many ledger entries were about payments that were begun before the lease."""
        since = tenancy.began["since"]
        self._first = self._last = int(since["exchanges"])
        self._entries_from, self._claims_from = int(since["entries"]), int(since["claims"])
        self._records: dict[int, bytes] = {}
        self._unfinished: set[int] = set()
        self._entries: list[Entry] = []
        self._claims: list[dict[str, Any]] = []
        self._failures = 0
        self._gone: str | None = None
        self._looked_at = -LOOK_SECONDS
        self._snapshot = Snapshot(0, 0, 0)
        self._charged: dict[tuple[str, str], set[str]] = {}
        self._doubles = 0

    @property
    def alive(self) -> bool:
        """Whether the server still answers, and the sandbox is still ours."""
        return self._gone is None and self._tenancy.lost is None

    def look(self) -> Look:
        """Return how far it is; the server is asked twice a second at most."""
        if monotonic() - self._looked_at < LOOK_SECONDS or not self.alive:
            return Look(self._snapshot, ())
        self._looked_at = monotonic()
        fresh: list[Entry] = []
        try:
            now = self._api.get("/lease").get("now")
            if now is not None:  # else it has lapsed, which the next renewal tells
                fresh = self._fetch(now)
                self._failures = 0
        except Unreachable as problem:
            self._failures += 1
            if self._failures >= _UNREACHABLE_MOST:
                self._gone = str(problem)
        except UsageError as problem:  # it answers, and refuses: another token, a sandbox that somebody deleted
            self._gone = str(problem)
        return Look(self._snapshot, self._findings(fresh))

    def written(self) -> Written:
        """Return all that was written down since the lease began."""
        try:
            self._settle()
        except UsageError as problem:
            self._gone = self._gone or str(problem)
        claims = settled(self._claims, self._database())
        lines = [self._records[number] for number in sorted(self._records)]
        lost = self._last - self._first - len(lines)
        return Written(lines, self._own(), claims, lost, self._trouble(claims))

    def so_far(self) -> Part:
        """Return what was fetched by now."""
        records = [orjson.loads(self._records[number]) for number in sorted(self._records)]
        return Part(records, self._own(), settled(self._claims))

    def loop_lag(self) -> None:
        """Return None: nobody can measure another process's event loop from here."""
        return

    def _fetch(self, now: Mapping[str, Any]) -> list[Entry]:
        """Fetch what is new by what the server has `now`; return the new entries."""
        while self._last < now["exchanges"]:
            page = self._api.lines("/journal", since=self._last, limit=_PAGE)
            if not page:
                self._last = int(now["exchanges"])
            for line in page:
                self._take(line)
        fresh: list[Entry] = []
        while self._entries_from < now["entries"]:
            page = self._api.lines("/journal/ledger", since=self._entries_from, limit=_PAGE)
            if not page:
                break
            entries = [Entry.from_dict(orjson.loads(line)) for line in page]
            self._entries += entries  # page by page: the next one may not come, and this one isn't asked for again
            self._entries_from += len(page)
            fresh += entries
        while self._claims_from < now["claims"]:
            page = self._api.lines("/journal/claims", since=self._claims_from, limit=_PAGE)
            if not page:
                break
            self._claims += [orjson.loads(line) for line in page]
            self._claims_from += len(page)
        done = len(self._claims) or len(self._records)
        self._snapshot = Snapshot(done, self._last - self._first, int(now["fired"]), now["phase"])
        return fresh

    def _take(self, line: bytes) -> None:
        observed = orjson.loads(line)["observed"]
        number = int(observed["number"])
        self._records[number] = line
        self._last = max(self._last, number)
        if observed["outcome"] is None:
            self._unfinished.add(number)
        else:
            self._unfinished.discard(number)

    def _settle(self) -> None:
        """Wait until nothing happens any more, and complete what was under way when it was fetched."""
        if not self.alive:
            return
        until = monotonic() + SETTLE_MOST_SECONDS
        quiet_since, seen = monotonic(), -1
        while True:
            now = self._api.get("/lease").get("now")
            if now is None:
                return
            self._fetch(now)
            for number in sorted(self._unfinished):
                for line in self._api.lines("/journal", since=number - 1, limit=1):
                    if orjson.loads(line)["observed"]["number"] == number:
                        self._take(line)
            happened = len(self._records) + len(self._claims) + len(self._entries)
            if happened != seen:
                quiet_since, seen = monotonic(), happened
            quiet = monotonic() - quiet_since >= QUIET_SECONDS and not self._unfinished
            if quiet or monotonic() > until:
                return
            self._pause(0.1)

    def _own(self) -> list[Entry]:
        """Return the entries of payments that were begun since the lease."""
        begun = {entry.payment for entry in self._entries if entry.kind in ("authorize", "capture")}
        own = [entry for entry in self._entries if entry.payment in begun]
        self.before = len(self._entries) - len(own)
        return own

    def _findings(self, entries: Sequence[Entry]) -> list[str]:
        """Return the double charges that nobody was told of yet."""
        found = []
        for entry in entries:
            if entry.kind != "capture" or entry.key is None:
                continue
            payments = self._charged.setdefault((entry.account, entry.key), set())
            if payments and entry.payment not in payments:
                self._doubles += 1
                if self._doubles <= DOUBLES_TOLD:
                    found.append(f"charged {entry.key} again")
            payments.add(entry.payment)
        return found

    def _trouble(self, claims: Sequence[Mapping[str, Any]]) -> str | None:
        """Return what makes the run worthless, None if nothing does."""
        if self._tenancy.lost is not None:
            return self._tenancy.lost
        if self._gone is not None:
            return f"the server is gone: {self._gone}"
        if not self._records:
            return (
                f"no request reached sandbox {self.name!r}: the service must call its providers there, "
                f"such as Stripe at {self.url}/stripe"
            )
        keys = {claim["key"] for claim in claims}
        if keys and keys.isdisjoint(self._keys_seen()):
            return self._strangers(claims, keys)
        return None

    def _keys_seen(self) -> set[str]:
        """Return the operations that the journal and the ledger name."""
        decided = [orjson.loads(line)["decided"] for line in self._records.values()]
        named = {one["key"] for one in decided if one["key_source"] in NAMED}
        return named | {entry.key for entry in self._entries if entry.key is not None}

    def _strangers(self, claims: Sequence[Mapping[str, Any]], keys: set[str]) -> str:
        """Return that claims and requests name nothing in common, and what to do about it."""
        some = ", ".join(sorted(self._keys_seen())[:_NAMES_SHOWN]) or "none"
        from_answers = any(claim.get("by") == FROM_ANSWER for claim in claims)
        way = "forward the baggage header to its providers, or the scenario's identity must say where they find the key"
        return (
            f"not one of the {len(keys)} operations that were claimed (such as {min(keys)}) is one that the service's "
            f"requests to its providers name (such as {some}), so they can't be compared: the service must {way}"
            + ("; --key says where requests and answers have it" if from_answers else "")
        )
