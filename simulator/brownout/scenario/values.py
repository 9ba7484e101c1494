"""The kinds of values that scenario keys take beyond numbers and texts, each with its JSON Schema."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, PlainValidator, TypeAdapter, WithJsonSchema

from brownout.core.errors import OptionError
from brownout.core.match import COHORT_BY
from brownout.scenario.wording import shown, unknown

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,62}$"
CLIENT: Final = rf"{NAME}|^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
"""A name of ours, or `module:Class`."""
PLACE: Final = r"^(body|header)\.[^\s]+$"
_SHARE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


def name_of(value: Any) -> str:
    """Return `value` if it can be a name.

    Raises:
        ValueError: if it can't.
    """
    if isinstance(value, int | float):
        raise ValueError(f"must be text, not {shown(value)}; quote it")  # noqa: TRY004 - pydantic collects these
    if not isinstance(value, str) or re.fullmatch(NAME, value) is None or value.endswith("\n"):
        raise ValueError(f"not a name: {shown(value)}; use letters, digits, '.', '_' and '-', at most 63")
    return value


def client_of(value: Any) -> str:
    """Return `value` if it can be a client: one of ours by its name, or `module:Class`.

    Raises:
        ValueError: if it can't.
    """
    if not isinstance(value, str) or ":" not in value:
        return name_of(value)
    if re.fullmatch(CLIENT, value) is None or value.endswith("\n"):
        raise ValueError(f"not a client: {shown(value)}; write module:Class, such as shop.payments:Client, or a name")
    return value


def words_of(value: Any) -> tuple[str, ...]:
    """Return the words of a command line; a text is taken apart as a shell does.

    Raises:
        ValueError: if it has none, or a quote without its end.

    >>> words_of("node client.js --name 'my shop'")
    ('node', 'client.js', '--name', 'my shop')
    """
    if not isinstance(value, str | list | tuple) or not all(isinstance(word, str) for word in value):
        raise ValueError(
            f"must be a command line: a text, or a list of texts such as [node, client.js], not {shown(value)}"
        )
    try:
        words = tuple(shlex.split(value)) if isinstance(value, str) else tuple(value)
    except ValueError as problem:
        raise ValueError(f"not a command line: {problem}: {shown(value)}") from problem
    if not words or not words[0].strip():
        raise ValueError("names no program; write it as one text, or as a list such as [node, client.js]")
    if any("\0" in word for word in words):
        raise ValueError("has a character that no command line can have")
    return words


def place_of(value: Any) -> str:
    """Return `value` if it says where something is in a request.

    Raises:
        ValueError: if it doesn't.
    """
    if not isinstance(value, str) or re.fullmatch(PLACE, value) is None:
        raise ValueError(
            f"not a place in a request: {shown(value)}; write body.PATH or header.NAME, such as body.metadata.order_id"
        )
    return value


def _text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value == "":
        raise ValueError("an empty text fits nothing: leave the key out, or name what fits")
    hint = "; quote it" if isinstance(value, bool | float) else ""
    raise ValueError(f"must be text or a list of texts, not {shown(value)}{hint}")


def _texts(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("an empty list fits nothing: leave the key out, or name what fits")
    return tuple(_text(one) for one in given)


def _numbers(value: Any) -> tuple[int, ...]:
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("an empty list fits nothing: leave the key out, or give numbers from 1")
    for one in given:
        if not isinstance(one, int) or isinstance(one, bool) or one < 1:
            raise ValueError(f"must be a whole number from 1, or a list of them, not {shown(one)}")
    return tuple(given)


def _share_of(value: Any) -> float:
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    number = float(found[1]) if found is not None else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 100:
        raise ValueError(f"must be a share from 0 to 100, such as 3 or 3%, not {shown(value)}")
    return float(number)


def _cohort(value: Any) -> tuple[float, str]:
    """Return a share, and what it is a share of."""
    if not isinstance(value, dict):
        return _share_of(value), "client"
    for key in value:
        if key not in ("share", "by"):
            raise OptionError(unknown(str(key), ("share", "by")), str(key))
    if "share" not in value:
        raise ValueError("needs a share, such as {share: 3%, by: body.customer}")
    try:
        share = _share_of(value["share"])
    except ValueError as problem:
        raise OptionError(str(problem), "share") from None
    by = value.get("by", "client")
    if by in COHORT_BY or (isinstance(by, str) and re.fullmatch(PLACE, by) is not None):
        return share, by
    known = f"{', '.join(COHORT_BY)}, body.PATH or header.NAME"
    raise OptionError(f"must be one of {known}, not {shown(by)}", "by")


def _start(value: Any) -> float:
    advice = "write date, time and zone, such as 2026-01-01T00:00:00Z"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(f"not a moment: {shown(value)}; {advice}")
    if moment.tzinfo is None:
        raise ValueError(f"{shown(value)} has no time zone; {advice}")
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if seconds < 0:
        raise ValueError(f"{shown(value)} lies before 1970; {advice}")
    return seconds


_ONE_TEXT: Final[dict[str, Any]] = {"type": ["string", "integer"], "minLength": 1}
_ONE_NUMBER: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}

Name: TypeAlias = Annotated[str, PlainValidator(name_of), WithJsonSchema({"type": "string", "pattern": NAME})]
Client: TypeAlias = Annotated[
    str,
    PlainValidator(client_of),
    WithJsonSchema({"type": "string", "pattern": CLIENT, "examples": ["naive", "shop.payments:Client"]}),
]
Command: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(words_of),
    WithJsonSchema({
        "anyOf": [
            {"type": "string", "pattern": r"\S", "examples": ["node client.js"]},
            {"type": "array", "minItems": 1, "prefixItems": [{"type": "string", "pattern": r"\S"}],
             "items": {"type": "string"}},
        ],
    }),
]  # fmt: skip
Place: TypeAlias = Annotated[
    str,
    PlainValidator(place_of),
    WithJsonSchema({"type": "string", "pattern": PLACE, "examples": ["body.metadata.order_id", "header.X-Order"]}),
]
Texts: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(_texts),
    WithJsonSchema({"anyOf": [_ONE_TEXT, {"type": "array", "items": _ONE_TEXT, "minItems": 1}]}),
]
Numbers: TypeAlias = Annotated[
    tuple[int, ...],
    PlainValidator(_numbers),
    WithJsonSchema({"anyOf": [_ONE_NUMBER, {"type": "array", "items": _ONE_NUMBER, "minItems": 1}]}),
]
Percent: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Share: TypeAlias = Annotated[
    float,
    PlainValidator(_share_of),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%$"},
            ]
        }
    ),
]
_COHORT_SHARE: Final = TypeAdapter(Share).json_schema()
Cohort: TypeAlias = Annotated[
    tuple[float, str],
    PlainValidator(_cohort),
    WithJsonSchema(
        {
            "anyOf": [
                *_COHORT_SHARE["anyOf"],
                {
                    "type": "object",
                    "properties": {
                        "share": _COHORT_SHARE,
                        "by": {"anyOf": [{"enum": list(COHORT_BY)}, {"type": "string", "pattern": PLACE}]},
                    },
                    "required": ["share"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Start: TypeAlias = Annotated[
    float, PlainValidator(_start), WithJsonSchema({"type": "string", "examples": ["2026-01-01T00:00:00Z"]})
]
