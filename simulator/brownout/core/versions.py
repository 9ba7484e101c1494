"""A provider's dated API versions: what changed when, undone for clients that are pinned to an earlier one.

Objects are kept, and operations answer, in the newest version. A `Change` says how an object of some type looked
before it; an answer in an older version has every later change undone, the newest first. That is made ready once for
each stretch between two changes, so that an answer in a version with nothing to undo costs one look-up. The changes
themselves are data in the provider's folder. Only answers and events are rewritten: parameters mean what they mean in
the newest version, unless an operation asks which one it is answering in.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.core.operation import Call

Undo: TypeAlias = "Callable[[dict[str, Any], Call], dict[str, Any]]"
"""Returns an object as it was before a change; the one it is given stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became different in `version`, and how each type of object looked before. `source` says who tells."""

    version: str
    said: str
    source: str
    undo: Mapping[str, Undo]


class Older:
    """Rewrites answers in a version before some changes."""

    __slots__ = ("_type_of", "_undo", "changes")

    def __init__(self, changes: Sequence[Change], type_of: Callable[[dict[str, Any]], Any]) -> None:
        """Undo `changes`, the newest of them first."""
        self.changes = tuple(changes)
        self._type_of = type_of
        self._undo: dict[str, list[Undo]] = {}
        for change in sorted(changes, key=lambda change: change.version, reverse=True):
            for object_type, undo in change.undo.items():
                self._undo.setdefault(object_type, []).append(undo)

    def __call__(self, body: Any, call: Call) -> Any:
        """Return `body` with every object in it as it was; the same where nothing was different."""
        if isinstance(body, dict):
            for undo in self._undo.get(self._type_of(body), ()):
                body = undo(body, call)
            return _mapped(body, {key: self(value, call) for key, value in body.items() if _may_hold(value)})
        if isinstance(body, list | tuple):
            items = [self(item, call) if _may_hold(item) else item for item in body]
            return items if any(new is not old for new, old in zip(items, body, strict=True)) else body
        return body


def _may_hold(value: Any) -> bool:
    return isinstance(value, dict | list | tuple)


def _mapped(body: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    changed = {key: value for key, value in inner.items() if value is not body[key]}
    return {**body, **changed} if changed else body


class Versions:
    """The versions of one provider. They are ordered by the date that their names begin with.

    `type_of` returns the type of an object as the changes name it, None for what has none.
    """

    __slots__ = ("_dates", "_older", "changes")

    def __init__(self, changes: Sequence[Change], type_of: Callable[[dict[str, Any]], Any]) -> None:
        """Prepare what to undo for each stretch between two changes."""
        self.changes = tuple(sorted(changes, key=lambda change: change.version))
        self._dates = [date_of(change.version) for change in self.changes]
        self._older = [Older(self.changes[place:], type_of) for place in range(len(self.changes))]

    def older(self, version: str) -> Older | None:
        """Return what rewrites answers in `version`, None where they are as they are kept."""
        place = bisect_right(self._dates, date_of(version))
        return self._older[place] if place < len(self._older) else None


def date_of(version: str) -> str:
    """Return the date of a version.

    >>> date_of("2026-10-28.endive"), date_of("2020-08-27")
    ('2026-10-28', '2020-08-27')
    """
    return version[:10]
