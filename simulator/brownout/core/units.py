"""Durations and rates as people write them in YAML: the unit is in the value.

`Seconds` and `PerSecond` are plain floats to the code. The marker beside them tells pydantic, where it is used
(the scenario loader), how to read the text; the core itself never imports pydantic.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Final, TypeAlias

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(ms|s|m|h|d)")


def parse_duration(text: object) -> float:
    """Return seconds.

    >>> parse_duration("1h30m"), parse_duration("250ms"), parse_duration(0)
    (5400.0, 0.25, 0.0)

    Raises:
        ValueError: if the unit is missing (only 0 needs none) or the text isn't a duration.
    """
    if text == 0 and not isinstance(text, bool):
        return 0.0
    if isinstance(text, str) and _DURATION.fullmatch(text):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        if math.isfinite(seconds):
            return seconds
    message = f"not a duration: {text!r}; write a number with its unit, such as 250ms, 2s, 5m, 1h30m or 30d"
    raise ValueError(message)


def parse_rate(text: object) -> float:
    """Return how many a second.

    >>> parse_rate("15/s"), parse_rate("90/m")
    (15.0, 1.5)

    Raises:
        ValueError: if it isn't a number per unit.
    """
    found = _RATE.fullmatch(text) if isinstance(text, str) else None
    if found is None or not math.isfinite(float(found[1])):
        message = f"not a rate: {text!r}; write a number per unit, such as 10/s, 300/m or 5/h"
        raise ValueError(message)
    return float(found[1]) / _UNITS[found[2]]


class _Text:
    """Reads a value with `parse`; a number of the right meaning passes through from Python code."""

    def __init__(self, parse: Any, examples: list[str]) -> None:
        self.parse = parse
        self.examples = examples

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # noqa: PLC0415 - the core must load without pydantic

        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "examples": self.examples}


Seconds: TypeAlias = Annotated[float, _Text(parse_duration, ["250ms", "2s", "1h30m"])]
PerSecond: TypeAlias = Annotated[float, _Text(parse_rate, ["10/s", "300/m"])]
