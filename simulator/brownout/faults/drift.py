"""`drift`: an answer's shape isn't what it was yesterday."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeAlias, assert_never

import orjson

from brownout.core.edits import ABSENT, Edit, parse_path
from brownout.core.effects import Alter

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

Change: TypeAlias = Literal["remove", "rename", "retype", "null", "enum", "wrap", "extra"] | None
"""None is `null` as YAML reads it without quotes."""

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NEXT_WORD: Final = re.compile(r"(?<=[A-Za-z0-9])_+([A-Za-z0-9])")
_INTEGERS: Final = range(-(2**63), 2**64)
"""What an integer may be and still be written as one."""


@dataclass(frozen=True, kw_only=True)  # without slots: its edit is made once and kept
class Drift:
    """Change what stands at `path` in an answer, as a provider's next version might.

    `remove` takes the field out, `rename` gives it the key `to`, `retype` makes its value another type (`to` says
    which), `null` leaves nothing, `enum` puts a word that nobody knows (`to`), `wrap` makes it a list of itself, and
    `extra` adds a field with the value `to`. Only what is sent changes: the object stays as it is, and so does what
    is kept under an idempotency key. An answer without such a path passes, whatever its status.

    Raises:
        ValueError: if `path` isn't one, or `to` is none that the change takes.
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "drift"
    default_target: ClassVar[Target | None] = "response"

    path: str
    change: Change
    to: Any = None

    def __post_init__(self) -> None:
        """Check path and value; what is made of them is made here, not at the first request."""
        last = parse_path(self.path)[-1]
        if self.change in ("rename", "extra") and not isinstance(last, str):
            raise ValueError(f"path must end in a field's name for change: {self.change}, not {self.path!r}")
        _check(self.change, self.to)
        if self.change == "rename" and self.to == last:
            raise ValueError(f"to is the name that the field has: {self.to!r}")
        _ = self.edit

    @cached_property
    def edit(self) -> Edit:
        """What becomes of the answer."""
        path, to = parse_path(self.path), self.to
        match self.change:
            case "remove":
                return Edit(path=path, change=lambda _: ABSENT, said=f"remove {self.path}")
            case "rename":
                name = to if to is not None else _renamed(str(path[-1]))
                return Edit(path=path, change=lambda old: old, rename=name, said=f"rename {self.path} to {name}")
            case "retype":
                retype = _RETYPES[to] if to is not None else _retyped
                return Edit(path=path, change=retype, said=f"retype {self.path}{f' to {to}' if to else ''}")
            case "null" | None:
                return Edit(path=path, change=lambda _: None, said=f"make {self.path} null")
            case "enum":
                return Edit(path=path, change=lambda old: _unknown(old, to), said=f"put an unknown word at {self.path}")
            case "wrap":
                return Edit(path=path, change=lambda old: [old], said=f"wrap {self.path} in a list")
            case "extra":
                value = to if to is not None else "new"
                return Edit(
                    path=path,
                    change=lambda old: value if old is ABSENT else old,
                    insert=True,
                    said=f"add {self.path}",
                )
            case _:
                assert_never(self.change)

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer can drift."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Alter]:
        """Return the one change."""
        return (Alter(self.edit),)


def _check(change: Change, to: Any) -> None:
    """Refuse a `to` that this change doesn't take."""
    if to is None:
        return
    if change in ("rename", "enum"):
        if not isinstance(to, str) or not to:
            raise ValueError(f"to must be a text for change: {change}, not {to!r}")
    elif change == "retype":
        if not isinstance(to, str) or to not in _RETYPES:
            raise ValueError(f"to must be one of {', '.join(_RETYPES)} for change: retype, not {to!r}")
    elif change != "extra":
        raise ValueError(f"to doesn't belong to change: {change or 'null'}; rename, retype, enum and extra take it")
    if not _survives(to):
        raise ValueError("to can't be sent as JSON: use texts, finite numbers of 64 bits, lists and mappings")


def _survives(value: Any) -> bool:
    try:
        return bool(orjson.loads(orjson.dumps(value)) == value)
    except (TypeError, ValueError):
        return False


def _renamed(name: str) -> str:
    """Return a key as another convention writes it; one of a single word becomes its own second version.

    >>> _renamed("created_at"), _renamed("createdAt"), _renamed("result")
    ('createdAt', 'created_at', 'result_v2')
    """
    if _NEXT_WORD.search(name) is not None:
        low = name.lower() if name.isupper() else name
        return _NEXT_WORD.sub(lambda found: found[1].upper(), low)
    if _WORDS.search(name) is not None:
        return _WORDS.sub("_", name).lower()
    return _second(name)


def _second(word: str) -> str:
    return f"{word}_V2" if word.isupper() else f"{word}_v2"


def _unknown(old: Any, to: str | None) -> Any:
    """Return a word that no client knows; what isn't a word stays."""
    if not isinstance(old, str):
        return old
    return to if to is not None else _second(old)


def _retyped(old: Any) -> Any:
    """Return `old` as another type: what has none (null) stays.

    >>> [_retyped(old) for old in (1000, "10.50", "clear", True, {"a": 1}, [1, 2], [])]
    ['1000', 10.5, {'value': 'clear'}, 'true', [{'a': 1}], 1, {}]
    """
    match old:
        case None:
            return None
        case bool() | int() | float():
            return _text(old)
        case str():
            number = _number_in(old)
            return {"value": old} if number is None else number
        case list() | tuple():
            return old[0] if old else {}  # as PHP and XML converters write a list of one and an empty one
        case _:
            return [old]


def _number_in(text: str) -> int | float | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    if "." not in text and len(text) < 20 and (number := int(text)) in _INTEGERS:
        return number
    rough = float(text)
    return rough if isfinite(rough) else None


def _text(old: Any) -> Any:
    return old if isinstance(old, str) else orjson.dumps(old, default=str).decode()


def _number(old: Any) -> Any:
    """Return the number that it spells, 1 or 0 for true and false, how many it holds; 0 for other text."""
    if isinstance(old, bool):
        return int(old)
    if isinstance(old, int | float):
        return old
    return (_number_in(old) or 0) if isinstance(old, str) else len(old)


def _boolean(old: Any) -> Any:
    return old.lower() not in ("", "0", "false", "no") if isinstance(old, str) else bool(old)


def _object(old: Any) -> Any:
    return old if isinstance(old, dict) else {"value": old}


def _list(old: Any) -> Any:
    return old if isinstance(old, list | tuple) else [old]


def _unless_null(retype: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda old: None if old is None else retype(old)


_RETYPES: Final = {
    "string": _unless_null(_text),
    "number": _unless_null(_number),
    "boolean": _unless_null(_boolean),
    "object": _unless_null(_object),
    "list": _unless_null(_list),
}
