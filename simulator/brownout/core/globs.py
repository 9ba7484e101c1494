"""Globs against the paths that a provider has, before any request: could one ever fit?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ANY: Final = "*"
"""In a pattern: any characters, or none."""
_ONE: Final = "?"
_PART: Final = re.compile(r"\{[^}]*\*?\}|\[!?\]?[^\]]*\]|.", re.DOTALL)


def may_fit(glob: str, path: str) -> bool:
    """Return whether a request for a route's `path` (with placeholders in braces) could fit `glob`.

    >>> may_fit("/v1/refunds/*", "/v1/refunds/{id}"), may_fit("/v1/refnds", "/v1/refunds")
    (True, False)
    """
    return _meet(_parts(glob, placeholders=False), _parts(path, placeholders=True), 0, 0, {})


@lru_cache(maxsize=4096)
def _parts(text: str, *, placeholders: bool) -> tuple[str, ...]:
    """Return a pattern's parts: letters, `?` for any one of them, `*` for any number."""
    if not placeholders:
        return tuple(_ONE if part.startswith("[") and len(part) > 1 else part for part in _split(text, braces=False))
    return tuple(_ANY if part.startswith("{") and len(part) > 1 else part for part in _split(text, braces=True))


def _split(text: str, *, braces: bool) -> list[str]:
    found = []
    for part in _PART.findall(text):
        whole = len(part) == 1 or part.startswith("{") is braces
        found += [part] if whole else list(part)
    return found


def _meet(one: tuple[str, ...], other: tuple[str, ...], i: int, j: int, known: dict[tuple[int, int], bool]) -> bool:
    """Return whether some text fits both patterns from their parts `i` and `j` on."""
    if (i, j) in known:
        return known[i, j]
    if i == len(one) or j == len(other):
        found = all(part == _ANY for part in one[i:]) and all(part == _ANY for part in other[j:])
    elif one[i] == _ANY:
        found = _meet(one, other, i + 1, j, known) or _meet(one, other, i, j + 1, known)
    elif other[j] == _ANY:
        found = _meet(one, other, i, j + 1, known) or _meet(one, other, i + 1, j, known)
    else:
        same = one[i] == other[j] or _ONE in (one[i], other[j])
        found = same and _meet(one, other, i + 1, j + 1, known)
    known[i, j] = found
    return found
