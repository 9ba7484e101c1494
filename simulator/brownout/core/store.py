"""The Protocol of a store: where a sandbox keeps its objects. Stores themselves are in `brownout.stores`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class Term(NamedTuple):
    """A field that objects are found by: the names on the way to it. `as_text` compares text, in any case."""

    path: tuple[str, ...]
    as_text: bool = False

    def of(self, value: Mapping[str, Any]) -> Any:
        """Return what an object has there, None if it has nothing that could be compared.

        >>> Term(("card", "brand")).of({"card": {"brand": "visa"}}), Term(("paid",), as_text=True).of({"paid": True})
        ('visa', 'true')
        """
        found: Any = value
        for name in self.path:
            found = found.get(name) if isinstance(found, dict) else None
        if found is None or isinstance(found, dict | list):
            return None
        return str(found).casefold() if self.as_text else found


Where: TypeAlias = "Mapping[Term, Collection[Any]]"
"""What objects have to have: one of the values at each term. None, which is nothing, can't be asked for."""


class Table(Protocol):
    """One account's objects of one type, in order of creation. An object's key is its `id`.

    Whoever changes an object has had it from `get`, or gave it to `put`, in the same call: by that a table knows what
    to look at again before it finds anything by a field.
    """

    def __len__(self) -> int:
        """Return how many objects there are."""

    def get(self, object_id: str) -> dict[str, Any] | None:
        """Return the object itself (not a copy), None if there is none."""

    def put(self, value: dict[str, Any]) -> None:
        """Add an object, or replace the one with its id in place."""

    def remove(self, object_id: str) -> dict[str, Any] | None:
        """Take an object out and return it, None if there was none."""

    def newest_first(
        self, *, older_than: str | None = None, where: Where | None = None, since: float | None = None,
        until: float | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield from the newest, or from the one created just before `older_than` (which must exist).

        Only those that have what `where` asks for and whose `created` lies between `since` and `until`, both included;
        None asks for nothing.
        """

    def oldest_first(
        self, *, newer_than: str | None = None, where: Where | None = None, since: float | None = None,
        until: float | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Yield from the oldest, or from the one created just after `newer_than` (which must exist); see above."""


class Store(Protocol):
    """All tables of one sandbox. Two sandboxes never share a store."""

    api: int

    def table(self, account: str, name: str) -> Table:
        """Return the table, made on first use."""

    def clear(self) -> None:
        """Forget everything."""
