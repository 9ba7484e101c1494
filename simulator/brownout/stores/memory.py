"""Objects in memory, gone with the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.store import Table


GAPS_TOLERATED: Final = 1_000
"""A removed object leaves a gap; once there are this many more gaps than objects they are closed."""


class MemoryTable:
    """Objects in order of creation."""

    __slots__ = ("_by_id", "_order", "_position")

    def __init__(self) -> None:
        """Start empty."""
        self._by_id: dict[str, dict[str, Any]] = {}
        self._order: list[str] = []
        self._position: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many objects there are."""
        return len(self._by_id)

    def get(self, object_id: str) -> dict[str, Any] | None:
        """Return the object itself, None if there is none."""
        return self._by_id.get(object_id)

    def put(self, value: dict[str, Any]) -> None:
        """Add an object, or replace the one with its id in place."""
        object_id = value["id"]
        if object_id not in self._by_id:
            self._position[object_id] = len(self._order)
            self._order.append(object_id)
        self._by_id[object_id] = value

    def remove(self, object_id: str) -> dict[str, Any] | None:
        """Take an object out and return it, None if there was none."""
        found = self._by_id.pop(object_id, None)
        if found is not None:
            del self._position[object_id]
            if len(self._order) > GAPS_TOLERATED + 2 * len(self._by_id):
                self._close_gaps()
        return found

    def _close_gaps(self) -> None:
        self._order = list(self._position)
        self._position = {object_id: position for position, object_id in enumerate(self._order)}

    def newest_first(self, *, older_than: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield from the newest, or from the one created just before `older_than`."""
        start = len(self._order) if older_than is None else self._position[older_than]
        for position in range(start - 1, -1, -1):
            value = self._by_id.get(self._order[position])
            if value is not None:
                yield value

    def oldest_first(self, *, newer_than: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield from the oldest, or from the one created just after `newer_than`."""
        start = 0 if newer_than is None else self._position[newer_than] + 1
        for position in range(start, len(self._order)):
            value = self._by_id.get(self._order[position])
            if value is not None:
                yield value


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
