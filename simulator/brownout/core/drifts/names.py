"""Keys as another convention writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.drifts.types import second

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NEXT_WORD: Final = re.compile(r"(?<=[A-Za-z0-9])_+([A-Za-z0-9])")


def renamed(name: str) -> str:
    """Return a key as another convention writes it; one of a single word becomes its own second version.

    >>> renamed("created_at"), renamed("createdAt"), renamed("result")
    ('createdAt', 'created_at', 'result_v2')
    """
    other = other_case(name)
    return second(name) if other == name else other


def other_case(name: str) -> str:
    """Return a key of several words in the other convention; one of a single word as it is.

    >>> other_case("created_at"), other_case("createdAt"), other_case("id")
    ('createdAt', 'created_at', 'id')
    """
    if _NEXT_WORD.search(name) is not None:
        return camel(name)
    return snake(name) if _WORDS.search(name) is not None else name


def camel(name: str) -> str:
    """Return a key in camelCase.

    >>> camel("created_at"), camel("CREATED_AT"), camel("createdAt")
    ('createdAt', 'createdAt', 'createdAt')
    """
    low = name.lower() if name.isupper() and "_" in name else name
    return _NEXT_WORD.sub(lambda found: found[1].upper(), low)


def snake(name: str) -> str:
    """Return a key in snake_case.

    >>> snake("createdAt"), snake("HTMLBody"), snake("created_at")
    ('created_at', 'html_body', 'created_at')
    """
    return _WORDS.sub("_", name).lower() if _WORDS.search(name) is not None else name


def pascal(name: str) -> str:
    """Return a key in PascalCase.

    >>> pascal("created_at"), pascal("createdAt")
    ('CreatedAt', 'CreatedAt')
    """
    made = camel(name)
    return made[:1].upper() + made[1:]


CASES: Final[dict[str | None, Callable[[str], str]]] = {
    None: other_case,
    "camel": camel,
    "snake": snake,
    "pascal": pascal,
}
"""The conventions that keys may change to; None for whichever they aren't in."""


def cased(value: Any, case: Callable[[str], str]) -> Any:
    """Return `value` with the keys of all its objects in another convention; a name that is taken stays as it is.

    >>> cased({"created_at": 1, "items": [{"unit_price": 2}]}, camel)
    {'createdAt': 1, 'items': [{'unitPrice': 2}]}
    """
    if isinstance(value, dict):
        made: dict[str, Any] = {}
        changed = False
        for key, item in value.items():
            name = case(key)
            if name != key and (name in value or name in made):
                name = key
            made[name] = inner = cased(item, case)
            changed = changed or name != key or inner is not item
        return made if changed else value
    if isinstance(value, list | tuple):
        items = [cased(item, case) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value
