"""Values of another type, and values that are nothing of their own type."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGERS: Final = range(-(2**63), 2**64)
"""What an integer may be and still be written as one."""


def retyped(old: Any) -> Any:
    """Return `old` as another type: what has none (null) stays.

    >>> [retyped(old) for old in (1000, "10.50", "clear", True, {"a": 1}, [1, 2], [])]
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


def emptied(old: Any) -> Any:
    """Return what says nothing: an empty list, object or text; null stays.

    >>> [emptied(old) for old in ("clear", 1000, [1], {"a": 1}, None)]
    ['', '', [], {}, None]
    """
    match old:
        case None:
            return None
        case list() | tuple():
            return []
        case dict():
            return {}
        case _:
            return ""


def second(word: str) -> str:
    """Return a word that nobody knows, made of one that all do.

    >>> second("clear"), second("COMPLETED")
    ('clear_v2', 'COMPLETED_V2')
    """
    return f"{word}_V2" if word.isupper() else f"{word}_v2"


def unknown(old: Any, to: str | None) -> Any:
    """Return a word that no client knows; what isn't a word stays."""
    if not isinstance(old, str):
        return old
    return to if to is not None else second(old)


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


def _float(old: Any) -> Any:
    return float(_number(old))


def _boolean(old: Any) -> Any:
    return old.lower() not in ("", "0", "false", "no") if isinstance(old, str) else bool(old)


def _object(old: Any) -> Any:
    return old if isinstance(old, dict) else {"value": old}


def _list(old: Any) -> Any:
    return old if isinstance(old, list | tuple) else [old]


def _unless_null(retype: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda old: None if old is None else retype(old)


RETYPES: Final = {
    "string": _unless_null(_text),
    "number": _unless_null(_number),
    "float": _unless_null(_float),
    "boolean": _unless_null(_boolean),
    "object": _unless_null(_object),
    "list": _unless_null(_list),
}
"""How a value becomes one of a type that was asked for."""
