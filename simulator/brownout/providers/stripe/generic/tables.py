"""The tables: every operation of Stripe's official SDK, and the fields of every object that they answer.

They are read once, when a call first asks for something that isn't modelled. What a field holds is one of:

- `s` text, `i` whole number, `I` the same as text, `f` number, `d` decimal as text, `b` true or false, `{}` anything
- `=a|b` one of these words
- `@a|b` the id of an object of such a type; `&a|b` such an object itself; `*a|b` a list of them, in Stripe's envelope
- a number: the shape of that number; `[X]`: an array of X

A name that ends in `?` may be null.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias

import orjson

Kind: TypeAlias = "str | int | list[Kind]"


class Row(NamedTuple):
    """An operation of the SDK.

    `kind` says how it answers: create, retrieve, update, delete, list, search; `act` on the object in its path;
    `single`, the only one there is; `find` by what is given; `preview`, which keeps nothing; `refused`: no schema
    describes it.
    """

    name: str
    method: str
    path: str
    kind: str
    types: tuple[str, ...]


class Field(NamedTuple):
    """A field of an object or of a shape."""

    kind: Kind
    optional: bool


Fields: TypeAlias = "dict[str, Field]"


class Tables(NamedTuple):
    """All there is to know. `source` and `version` name what it was made from."""

    source: str
    version: str
    rows: tuple[Row, ...]
    objects: dict[str, Fields]
    shapes: tuple[Fields, ...]
    events: frozenset[str]


@cache
def tables() -> Tables:
    """Return the tables."""
    read = orjson.loads(files(__package__).joinpath("data", "tables.json").read_bytes())
    return Tables(
        source=read["source"],
        version=read["version"],
        rows=tuple(
            Row(name, method, path, kind, tuple(types.split("|")) if types else ())
            for name, method, path, kind, types in read["operations"]
        ),
        objects={name: _fields(one) for name, one in read["objects"].items()},
        shapes=tuple(_fields(one) for one in read["shapes"]),
        events=frozenset(read["events"]),
    )


def _fields(given: dict[str, Any]) -> Fields:
    return {name.removesuffix("?"): Field(kind, name.endswith("?")) for name, kind in given.items()}
