"""Reading answers: strictly, as generated models do, or so that a change of shape hurts only where it must."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from brownout_clients.protocols import Failure


class Field(NamedTuple):
    """Where a value is (dotted), of which type, and which words are known if it is one of a few."""

    path: str
    type: type = str
    words: frozenset[str] = frozenset()


def body_of(raw: bytes, where: str) -> Any:
    """Return the JSON of an answer.

    Raises:
        Failure: if it is none; what was asked for may well have been done.
    """
    try:
        return json.loads(raw)
    except ValueError:
        raise Failure("contract", f"no JSON in the answer to {where}", certain=False) from None


def strict(raw: bytes, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
    """Return the fields by path, each exactly as documented.

    Raises:
        Failure: if one is missing, of another type, or a word that isn't known.
    """
    body = body_of(raw, where)
    found = {}
    for one in fields:
        value = _walk(body, one.path)
        if type(value) is not one.type:
            raise Failure("contract", f"{one.path} of {where} isn't {one.type.__name__}: {value!r:.60}", certain=False)
        if one.words and value not in one.words:
            raise Failure("contract", f"{one.path} of {where} is unknown: {value!r:.60}", certain=False)
        found[one.path] = value
    return found


def tolerant(raw: bytes, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
    """Return the fields by path, brought to their type where that is safe, None where they can't be had.

    >>> tolerant(b'{"amount": "1999", "status": ["done"]}', (Field("amount", int), Field("status")), "x")
    {'amount': 1999, 'status': 'done'}
    """
    return picked(body_of(raw, where), fields)


def picked(value: Any, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return the fields of a value that was read, as `tolerant` does."""
    return {one.path: _as(_walk(value, one.path, loose=True), one.type) for one in fields}


def _walk(value: Any, path: str, *, loose: bool = False) -> Any:
    for step in path.split("."):
        if loose:
            value = _unwrapped(value, step)
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _unwrapped(value: Any, step: str) -> Any:
    """Return what a list of one holds, where an object is looked for; and the item itself for `0` of no list."""
    if isinstance(value, list) and len(value) == 1 and not step.isdigit():
        return value[0]
    if isinstance(value, dict) and step.isdigit():
        return [value]
    return value


def _as(value: Any, wanted: type) -> Any:
    while isinstance(value, list) and len(value) == 1 and wanted is not list:
        value = value[0]
    if wanted is not dict and isinstance(value, dict) and set(value) == {"value"}:
        value = value["value"]
    if type(value) is wanted:
        return value
    if wanted is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if wanted is int:
        return _whole(value)
    return None


def _whole(value: Any) -> int | None:
    """Return a number of minor units only where nothing has to be guessed: never 19.99 as 19, nor "5.00" as 5."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else None
    return int(value) if isinstance(value, float) and value.is_integer() else None
