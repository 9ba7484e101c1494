"""The words that a JSON Schema is made of: a function for each kind of value, which takes its description."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]


def described(text: str, **more: Any) -> Schema:
    """Return a schema with its description."""
    return {"description": text, **more}


def text(text: str) -> Schema:
    """Return a text."""
    return described(text, type="string")


def flag(text: str) -> Schema:
    """Return a yes or no."""
    return described(text, type="boolean")


def whole(text: str, least: int | None = None) -> Schema:
    """Return a whole number, of `least` at the least."""
    return described(text, type="integer", **({} if least is None else {"minimum": least}))


def count(text: str) -> Schema:
    """Return a whole number from 0."""
    return whole(text, 0)


def number(text: str) -> Schema:
    """Return a number."""
    return described(text, type="number")


def share(text: str) -> Schema:
    """Return a number from 0 to 1."""
    return described(text, type="number", minimum=0, maximum=1)


def seconds(text: str) -> Schema:
    """Return a length of time."""
    return described(text, type="number", minimum=0)


def texts(text: str) -> Schema:
    """Return a list of texts."""
    return listed(text, {"type": "string"})


def listed(text: str, items: Schema) -> Schema:
    """Return a list."""
    return described(text, type="array", items=items)


def mapped(text: str, values: Schema, names: tuple[str, ...] | None = None) -> Schema:
    """Return an object with any keys, or those of `names`."""
    return described(text, type="object", additionalProperties=values,
                      **({} if names is None else {"propertyNames": {"enum": list(names)}}))  # fmt: skip


def or_null(one: Schema) -> Schema:
    """Return the same, or null."""
    if "type" in one:
        return {**one, "type": [one["type"], "null"]}
    return {"description": one.get("description", ""), "anyOf": [one, {"type": "null"}]}


def status(text: str) -> Schema:
    """Return a verdict's word."""
    return described(text, enum=["pass", "fail", "inconclusive"])


def closed(text: str, **properties: Schema) -> Schema:
    """Return an object that has all of these keys and no other."""
    return described(text, type="object", properties=properties, required=list(properties), additionalProperties=False)


INTERVAL: Final = described("Both ends of what it may really be, with 95%.", type="array", items={"type": "number"},
                              minItems=2, maxItems=2)  # fmt: skip
OPEN_INTERVAL: Final = {
    **INTERVAL,
    "items": {"type": ["number", "null"]},
    "description": "The same of a length; null where an end lies beyond all that were seen.",
}
