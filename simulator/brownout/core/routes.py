"""From method and path to operation. A tree of path segments, made once per provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.operation import Operation


class _Node:
    __slots__ = ("fixed", "operations", "placeholder", "rest")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.rest: _Node | None = None
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Routes:
    """Finds operations by path; a fixed segment wins over a placeholder, which never takes one of `words`.

    A last placeholder `{name*}` takes all that is left of a path, where nothing else fits: see `takes_all`.

    Raises:
        ValueError: at the start, if two operations claim one method and path, or `{name*}` isn't the last segment.
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
        rest: tuple[_Node, int, int] | None = None  # the deepest node that takes all, its depth, the values before it
        segments = path.split("/")[1:]
        for depth, segment in enumerate(segments):
            if node.rest is not None:
                rest = node.rest, depth, len(values)
            found = node.fixed.get(segment)
            if found is None:
                found = node.placeholder if segment and segment not in self._words else None
                if found is None:
                    return _all_left(rest, segments, values)
                values.append(segment)
            node = found
        return node if node.operations else _all_left(rest, segments, values)

    def _add(self, operation: Operation) -> None:
        node = self._root
        names = []
        path, _, rest = operation.path.partition("*}")
        if rest:
            raise ValueError(f"{operation.path}: {{name*}} takes all that is left, so nothing can follow it")
        for segment in path.split("/")[1:]:
            if segment.startswith("{") and not segment.endswith("}"):
                names.append(segment[1:])
                node.rest = node.rest or _Node()
                node = node.rest
            elif segment.startswith("{"):
                names.append(segment[1:-1])
                node.placeholder = node.placeholder or _Node()
                node = node.placeholder
            else:
                node = node.fixed.setdefault(segment, _Node())
        if operation.method in node.operations:
            message = f"{operation.method} {operation.path} is claimed twice: {operation.name}"
            raise ValueError(message)
        node.operations[operation.method] = (operation, tuple(names))


def _all_left(rest: tuple[_Node, int, int] | None, segments: list[str], values: list[str]) -> _Node | None:
    """Return the node of a `{name*}` on the way, given all that is left of the path; None if there is none."""
    if rest is None:
        return None
    node, depth, before = rest
    values[before:] = ["/".join(segments[depth:])]
    return node if values[-1] else None


def takes_all(operation: Operation) -> bool:
    """Return whether an operation's path ends in `{name*}`: it has no path of its own, only a place for any."""
    return operation.path.endswith("*}")
