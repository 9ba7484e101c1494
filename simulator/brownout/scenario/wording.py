"""How mistakes are worded: what was found, and what is allowed."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

_SHOWN: Final = 60
_LISTED: Final = 12
_QUOTED: Final = re.compile(r"'([^']*)'")
_KINDS: Final = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "mapping_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "dataclass_type": "must be a mapping of keys",
}
_BOUNDS: Final = {
    "greater_than": ("gt", "must be above"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be below"),
    "less_than_equal": ("le", "must be at most"),
}


def shown(value: Any) -> str:
    """Return `value` as a message shows it, cut short.

    >>> shown("on"), shown(5), shown(None), shown([1, 2])
    ("'on'", '5', 'nothing', 'a list')
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case list():
            return "a list"
        case dict():
            return "a mapping"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def unknown(found: str, known: Iterable[str], *, hint: str = "") -> str:
    """Return what to say of an unknown word: the likeliest one, else all of them, or `hint` if they are many.

    >>> unknown("post", ["POST", "GET"])
    "unknown 'post'; did you mean 'POST'?"
    """
    names = sorted(known)
    found = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"
    for name in names:
        if name.lower() == found.lower():
            return f"unknown {found!r}; did you mean {name!r}?"
    if hint and len(names) > _LISTED and not get_close_matches(found, names, n=1, cutoff=0.6):
        return f"unknown {found!r}; {hint}"
    return did_you_mean(found, names)


def sentence(error: ErrorDetails) -> str:
    """Return pydantic's finding in our words."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "missing; it is required"
    if kind == "literal_error":
        allowed = _QUOTED.findall(context["expected"])
        if isinstance(found, str) and allowed:
            return unknown(found, allowed)
        return f"must be {context['expected']}, not {shown(found)}"
    if kind in _KINDS:
        text_wanted = kind == "string_type" and not isinstance(found, list | dict) and found is not None
        return f"{_KINDS[kind]}, not {shown(found)}{'; quote it' if text_wanted else ''}"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {context[bound]:g}, not {shown(found)}"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {shown(found)}"
