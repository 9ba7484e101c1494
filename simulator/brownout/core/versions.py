"""A provider's dated API versions: what changed when, undone for clients that are pinned to an earlier one.

Objects are kept, and operations answer, in the newest version. A `Change` says how an object of some type looked
before it; an answer in an older version has every later change undone, the newest first. That is made ready once for
each stretch between two changes, so that an answer in a version with nothing to undo costs one look-up. A change may
also say how a request of an older version has to be read (`asks`): then every later change is applied to its
parameters, the oldest first. The changes themselves are data in the provider's folder.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.core.operation import Call

Undo: TypeAlias = "Callable[[dict[str, Any], Call], dict[str, Any]]"
"""Returns an object as it was before a change; the one it is given stays as it is."""
Ask: TypeAlias = "Callable[[Mapping[str, Any], Call], Mapping[str, Any]]"
"""Returns the parameters of a request from before a change as they must be since; the given ones stay as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became different in `version`, in words (`said`), and who tells (`source`).

    `undo` says how each type of object looked before. By the names of operations, `asks` says how requests from before
    are to be read, and `retired` which parameters are refused since, with the code of the refusal.
    """

    version: str
    said: str
    source: str
    undo: Mapping[str, Undo] = field(default_factory=dict)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    retired: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


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


class Asked:
    """Reads the parameters of one operation, in whatever version they were written."""

    __slots__ = ("_asks", "_retired")

    def __init__(self, changes: Sequence[Change], operation: str) -> None:
        """Find what `changes`, in their order, say of the operation."""
        self._asks = [(date_of(one.version), one.asks[operation]) for one in changes if operation in one.asks]
        self._retired = [(date_of(one.version), one.retired[operation]) for one in changes if operation in one.retired]

    def __bool__(self) -> bool:
        """Return whether anything ever changed."""
        return bool(self._asks or self._retired)

    def __call__(self, params: Mapping[str, Any], version: str, call: Call) -> Mapping[str, Any]:
        """Return parameters as the newest version has them."""
        at = date_of(version)
        for since, ask in self._asks:
            if at < since:
                params = ask(params, call)
        return params

    def retired(self, params: Mapping[str, Any], version: str) -> tuple[str, str] | None:
        """Return a parameter that isn't taken any more in `version`, and the code of its refusal."""
        if not self._retired:
            return None
        at = date_of(version)
        for since, codes in self._retired:
            if since <= at:
                for name, code in codes.items():
                    if name in params:
                        return name, code
        return None


class Versions:
    """The versions of one provider. They are ordered by the date that their names begin with.

    `type_of` returns the type of an object as the changes name it, None for what has none.
    """

    __slots__ = ("_dates", "_older", "changes")

    def __init__(self, changes: Sequence[Change], type_of: Callable[[dict[str, Any]], Any]) -> None:
        """Prepare what to undo for each stretch between two changes."""
        self.changes = tuple(sorted(changes, key=lambda change: change.version))
        self._dates = [date_of(change.version) for change in self.changes]
        self._older = [
            Older(self.changes[place:], type_of) if any(one.undo for one in self.changes[place:]) else None
            for place in range(len(self.changes))
        ]

    def older(self, version: str) -> Older | None:
        """Return what rewrites answers in `version`, None where they are as they are kept."""
        place = bisect_right(self._dates, date_of(version))
        return self._older[place] if place < len(self._older) else None

    def asked(self, operation: str) -> Asked:
        """Return what reads the parameters of an operation; it is false if they never changed."""
        return Asked(self.changes, operation)


def date_of(version: str) -> str:
    """Return the date of a version.

    >>> date_of("2026-10-28.endive"), date_of("2020-08-27")
    ('2026-10-28', '2020-08-27')
    """
    return version[:10]
