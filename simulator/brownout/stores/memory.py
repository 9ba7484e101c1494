"""Objects in memory, gone with the process."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from brownout.stores.indexes import Index, Times, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brownout.core.store import Table, Term, Where


GAPS_TOLERATED: Final = 1_000
"""A removed object leaves a gap; once there are this many more gaps than objects they are closed."""

_GAP: Final = ""


class MemoryTable:
    """Objects in order of creation.

    Where each stands is written down only once somebody has asked for more than an object by its id: most tables of a
    load are never listed, and an object's place takes as much as its entry does.
    """

    __slots__ = ("_by_id", "_indexes", "_order", "_position", "_times", "_touched")

    def __init__(self) -> None:
        """Start empty."""
        self._by_id: dict[str, dict[str, Any]] = {}
        self._order: list[str] | None = None
        self._position: dict[str, int] = {}
        self._indexes: dict[Term, Index] = {}
        self._times: Times | None = None
        self._touched: set[str] | None = None  # what may have changed since the indexes were last brought up to now

    def __len__(self) -> int:
        """Return how many objects there are."""
        return len(self._by_id)

    def get(self, object_id: str) -> dict[str, Any] | None:
        """Return the object itself, None if there is none."""
        if self._touched is not None:
            self._touched.add(object_id)
        return self._by_id.get(object_id)

    def put(self, value: dict[str, Any]) -> None:
        """Add an object, or replace the one with its id in place."""
        object_id = value["id"]
        if self._order is not None and object_id not in self._by_id:
            self._position[object_id] = len(self._order)
            self._order.append(object_id)
        self._by_id[object_id] = value
        if self._touched is not None:
            self._touched.add(object_id)

    def remove(self, object_id: str) -> dict[str, Any] | None:
        """Take an object out and return it, None if there was none."""
        found = self._by_id.pop(object_id, None)
        if found is not None and self._order is not None:
            self._order[self._position.pop(object_id)] = _GAP
            if len(self._order) > GAPS_TOLERATED + 2 * len(self._by_id):
                self._close_gaps()
        return found

    def _close_gaps(self) -> None:
        """Forget where objects stand: the next who asks has it written down anew."""
        self._order, self._position, self._indexes = None, {}, {}
        self._times = self._touched = None

    def _places(self) -> list[str]:
        """Return the ids by their places, having written them down."""
        if self._order is None:
            self._order = list(self._by_id)
            self._position = {object_id: place for place, object_id in enumerate(self._order)}
        return self._order

    def newest_first(
        self, *, older_than: str | None = None, where: Where | None = None, since: float | None = None,
        until: float | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield from the newest, or from the one created just before `older_than`; see `Table`."""
        order = self._places()
        end = len(order) if older_than is None else self._position[older_than]
        return self._between(order, range(end), where or {}, since, until, newest=True)

    def oldest_first(
        self, *, newer_than: str | None = None, where: Where | None = None, since: float | None = None,
        until: float | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield from the oldest, or from the one created just after `newer_than`; see `Table`."""
        order = self._places()
        start = 0 if newer_than is None else self._position[newer_than] + 1
        return self._between(order, range(start, len(order)), where or {}, since, until, newest=False)

    def _between(
        self, order: list[str], places: range, where: Where, since: float | None, until: float | None, *, newest: bool
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield what fits at some places of an order, which stays as it is if the table begins another."""
        low, high = places.start, places.stop
        if since is None and until is None:
            if where:
                return self._found(order, low, high, where, newest=newest)
            return self._at(order, reversed(places) if newest else places)
        times = self._times = self._times or Times()
        times.extend(order, self._by_id)
        low = max(low, times.since(since)) if since is not None else low
        end = min(high, times.until(until)) if until is not None else high
        if where:
            rows = self._found(order, low, high if times.late else end, where, newest=newest)
        else:
            late = times.late[bisect_left(times.late, max(low, end)) : bisect_left(times.late, high)]
            inner = range(low, max(low, end))
            walk = chain(reversed(late), reversed(inner)) if newest else chain(inner, late)
            rows = self._at(order, walk)
        least, most = (0 if since is None else since), (2**62 if until is None else until)
        return (row for row in rows if least <= row["created"] <= most)

    def _at(self, order: list[str], places: Iterable[int]) -> Iterator[dict[str, Any]]:
        found = (self._by_id.get(order[place]) for place in places)
        return (value for value in found if value is not None)

    def _found(
        self, order: list[str], low: int, high: int, where: Where, *, newest: bool
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield what an index leads to: the one of `where` that names the fewest."""
        self._see()
        parts = {term: [self._index(term).places(value) for value in values] for term, values in where.items()}
        term = min(parts, key=lambda one: sum(map(len, parts[one])))
        others = [(one, values) for one, values in where.items() if one is not term]
        objects = self._by_id
        stale: list[int] = []
        try:
            for place in joined(parts[term], low, high, newest=newest):
                value = objects.get(order[place])
                if value is None or term.of(value) not in where[term]:
                    stale.append(place)
                elif all(one.of(value) in values for one, values in others):
                    yield value
        finally:
            if stale and len(where[term]) == 1 and order is self._order:
                self._index(term).forget(next(iter(where[term])), stale)

    def _see(self) -> None:
        """Bring every index up to now: first what is new, then what may have changed."""
        for index in self._indexes.values():
            index.extend(self._places(), self._by_id, self._position)
        if self._touched:
            for object_id in self._touched:
                value = self._by_id.get(object_id)
                if value is not None:
                    for index in self._indexes.values():
                        index.note(value, self._position[object_id])
        self._touched = set()

    def _index(self, term: Term) -> Index:
        index = self._indexes.get(term)
        if index is None:
            index = self._indexes[term] = Index(term)
        index.extend(self._places(), self._by_id, self._position)
        return index


class MemoryStore:
    """All tables of one sandbox, in dictionaries."""

    api = 1
    __slots__ = ("_tables",)

    def __init__(self) -> None:
        """Start empty."""
        self._tables: dict[tuple[str, str], MemoryTable] = {}

    def table(self, account: str, name: str) -> Table:
        """Return the table, made on first use."""
        table = self._tables.get((account, name))
        if table is None:
            table = self._tables[account, name] = MemoryTable()
        return table

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()
