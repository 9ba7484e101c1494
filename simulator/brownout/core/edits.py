"""Changes of an answer's shape, as values: where, and what becomes of what is there.

An edit copies only what lies on its path, so the provider's own objects stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Step: TypeAlias = str | int | None
"""A key of an object, an index of a list, or None for every item of a list."""

_STEP: Final = re.compile(
    r"""\.(?P<name>(?:[^\W\d]|[@$])[\w@$-]*)|\[(?P<index>[0-9]{1,6}|\*)\]|\['(?P<one>[^']+)'\]|\["(?P<two>[^"]+)"\]"""
)


class _Absent:
    """What an edit returns for a value that is to be gone."""


ABSENT: Final = _Absent()


def _same(old: Any) -> Any:
    return old


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """At each place that `path` leads to, `change` gives what stands there instead: `ABSENT` to take it out.

    `rename` gives the key under which it then stands, None for the same; what stood under that key is lost. With
    `insert`, a key that isn't there yet is added where the object that would hold it exists: `change` is then called
    with `ABSENT`.

    `within`, instead of `change`, makes another object of the one that holds the key: it is called with the objects
    around the place, the holder last, and the key, and returns the holder itself where there is nothing to change.
    With `through`, a key leads into every item of a list that stands in its way: as operations declare their paths.
    No path at all means the whole body. `said` is the edit in words, for the journal.
    """

    path: tuple[Step, ...]
    change: Callable[[Any], Any] = _same
    rename: str | None = None
    insert: bool = False
    within: Callable[[Sequence[dict[str, Any]], str], dict[str, Any]] | None = None
    through: bool = False
    said: str = ""


class Edited(NamedTuple):
    """A body after an edit, and whether it changed."""

    body: Any
    changed: bool


def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path such as `$.result`, `$.data[*].status`, `$.units[0]['a b']`.

    >>> parse_path("$.data[*].status")
    ('data', None, 'status')

    Raises:
        ValueError: if it isn't `$` followed by steps.
    """
    steps: list[Step] = []
    at = 1
    while text.startswith("$") and at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            break
        index = found["index"]
        if index is None:
            steps.append(found["name"] or found["one"] or found["two"])
        else:
            steps.append(None if index == "*" else int(index))
        at = found.end()
    if at != len(text) or not steps:
        raise ValueError(f"path can't be {text!r}: write $.field, $.list[*].field or $.list[0]['odd name']")
    return tuple(steps)


def readable(body: Any) -> Any:
    """Return an answer's body as a structure that edits work on; None if it has none.

    Bytes are read as JSON, which what is kept under an idempotency key is.

    >>> readable(b'{"a":1}'), readable(b"<html>"), readable(b"")
    ({'a': 1}, None, None)
    """
    if isinstance(body, bytes):
        try:
            body = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
    return body if isinstance(body, dict | list) else None


def apply(body: Any, edit: Edit) -> Edited:
    """Return `body` with `edit` done wherever its path leads; the original stays untouched.

    >>> apply({"a": {"b": 1}}, Edit(path=("a", "b"), change=str))
    Edited(body={'a': {'b': '1'}}, changed=True)
    """
    return _at(body, edit.path, edit, ())


def declared_path(dotted: str) -> tuple[Step, ...]:
    """Return the steps of a path as operations declare them, for an edit `through` lists.

    >>> declared_path("data.amount"), declared_path("")
    (('data', 'amount'), ())
    """
    return tuple(dotted.split(".")) if dotted else ()


def _at(value: Any, path: tuple[Step, ...], edit: Edit, around: tuple[dict[str, Any], ...]) -> Edited:
    if isinstance(value, orjson.Fragment):  # a part that the provider keeps encoded
        value = orjson.loads(orjson.dumps(value))
    if not path:
        return _changed(value, edit)
    step = path[0]
    if isinstance(value, dict):
        return (
            _in_object(value, step, path[1:], edit, around) if isinstance(step, str) else Edited(value, changed=False)
        )
    if not isinstance(value, list | tuple):
        return Edited(value, changed=False)
    if isinstance(step, str):
        return _in_list(value, None, path, edit, around) if edit.through else Edited(value, changed=False)
    return _in_list(value, step, path[1:], edit, around)


def _in_object(
    value: dict[str, Any], step: str, rest: tuple[Step, ...], edit: Edit, around: tuple[dict[str, Any], ...]
) -> Edited:  # fmt: skip
    if step not in value and not (edit.insert and not rest):
        return Edited(value, changed=False)
    if edit.within is not None and not rest:
        holder = edit.within((*around, value), step)
        return Edited(holder, changed=holder is not value)
    new = _at(value.get(step, ABSENT), rest, edit, (*around, value))
    if not new.changed:
        return Edited(value, changed=False)
    name = edit.rename if edit.rename is not None and not rest else step
    made = {}
    for key, item in value.items():  # in place, so that the order of keys stays
        if key == step:
            if new.body is not ABSENT:
                made[name] = new.body
        elif key != name:
            made[key] = item
    if step not in value and new.body is not ABSENT:
        made[step] = new.body
    return Edited(made, changed=True)


def _in_list(
    value: list[Any] | tuple[Any, ...], step: int | None, rest: tuple[Step, ...], edit: Edit,
    around: tuple[dict[str, Any], ...],
) -> Edited:  # fmt: skip
    made: list[Any] = []
    changed = False
    for index, item in enumerate(value):
        new = _at(item, rest, edit, around) if step is None or step == index else Edited(item, changed=False)
        changed = changed or new.changed
        if not new.changed:
            made.append(item)
        elif new.body is not ABSENT:
            made.append(new.body)
    return Edited(made, changed) if changed else Edited(value, changed=False)


def _changed(old: Any, edit: Edit) -> Edited:
    new = edit.change(old)
    same = new is old or (type(new) is type(old) and new == old)
    return Edited(new, changed=not same or edit.rename is not None)
