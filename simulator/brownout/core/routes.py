"""From method and path to operation. A tree of path segments, made once per provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.operation import Operation


class _Node:
    __slots__ = ("fixed", "operations", "placeholder")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Routes:
    """Finds operations by path; a fixed segment wins over a placeholder, which never takes one of `words`.

    Raises:
        ValueError: at the start, if two operations claim one method and path.
    """

    def __init__(self, operations: Iterable[Operation], words: frozenset[str] = frozenset()) -> None:
        """Build the tree."""
        self._words = words
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation and the values of its placeholders, None if method or path is unknown."""
        values: list[str] = []
        node = self._walk(path, values)
        if node is None or method not in node.operations:
            return None
        operation, names = node.operations[method]
        return operation, dict(zip(names, values, strict=True))

    def methods(self, path: str) -> list[str]:
        """Return the methods that `path` has, in order; none if it is unknown."""
        node = self._walk(path, [])
        return sorted(node.operations) if node is not None else []

    def _walk(self, path: str, values: list[str]) -> _Node | None:
        node = self._root
        for segment in path.split("/")[1:]:
            found = node.fixed.get(segment)
            if found is None:
                found = node.placeholder if segment and segment not in self._words else None
                if found is None:
                    return None
                values.append(segment)
            node = found
        return node

    def _add(self, operation: Operation) -> None:
        node = self._root
        names = []
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.placeholder = node.placeholder or _Node()
                node = node.placeholder
            else:
                node = node.fixed.setdefault(segment, _Node())
        if operation.method in node.operations:
            message = f"{operation.method} {operation.path} is claimed twice: {operation.name}"
            raise ValueError(message)
        node.operations[operation.method] = (operation, tuple(names))
