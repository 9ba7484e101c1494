"""The Protocol of a store: where a sandbox keeps its objects. Stores themselves are in `brownout.stores`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Table(Protocol):
    """One account's objects of one type, in order of creation. An object's key is its `id`."""

    def __len__(self) -> int:
        """Return how many objects there are."""

    def get(self, object_id: str) -> dict[str, Any] | None:
        """Return the object itself (not a copy), None if there is none."""

    def put(self, value: dict[str, Any]) -> None:
        """Add an object, or replace the one with its id in place."""

    def remove(self, object_id: str) -> dict[str, Any] | None:
        """Take an object out and return it, None if there was none."""

    def newest_first(self, *, older_than: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield from the newest, or from the one created just before `older_than` (which must exist)."""

    def oldest_first(self, *, newer_than: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield from the oldest, or from the one created just after `newer_than` (which must exist)."""


class Store(Protocol):
    """All tables of one sandbox. Two sandboxes never share a store."""

    api: int

    def table(self, account: str, name: str) -> Table:
        """Return the table, made on first use."""

    def clear(self) -> None:
        """Forget everything."""
