"""The JSON Schema of `thresholds` and `steady_state`: metrics with their selectors, and k6's grammar."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from brownout.core.metrics import METRICS
from brownout.core.thresholds import OPERATORS, UNITS, selectors

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME: Final = r"[A-Za-z0-9_.\-]+"
_GLOB: Final = r"[^,{}]*[^,{}\s]"
_MARKS: Final = ("abort_on_fail", "delay", "gate")
DELAYED: Final[dict[str, Any]] = {"required": ["delay"], "properties": {"delay": {"not": {"const": 0}}}}
ABORTING: Final[dict[str, Any]] = {"required": ["abort_on_fail"], "properties": {"abort_on_fail": {"const": True}}}
"""What a line with a delay has, for nothing else waits."""


def asserted(description: str, *, without: tuple[str, ...] = (), line: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a mapping from metrics, with selectors but for those in `without`, to lists of assertions.

    `line` is the schema of a line that says more than its assertion.
    """
    meanings = " ".join(f"{name}: {metric.meaning}." for name, metric in METRICS.items())
    patterns = {}
    for (timed, taken), names in groupby(sorted(METRICS, key=_alike), key=_alike):
        allowed = [name for name in taken if name not in without]
        patterns[f"^({_either(names)}){_chosen(allowed)}$"] = _lines(line, timed=timed)
    return {
        "description": f"{description} In k6's grammar. {meanings}",
        "type": "object",
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _alike(metric: str) -> tuple[bool, tuple[str, ...]]:
    """Return what decides how a metric may be written."""
    return METRICS[metric].timed, selectors(metric)


def _chosen(names: list[str]) -> str:
    one = "|".join(rf"\s*{name}\s*:\s*{_NAME if name in ('arm', 'phase') else _GLOB}\s*" for name in names)
    return rf"(\{{({one})(,({one})){{0,{len(names) - 1}}}\}})?"


def _lines(line: dict[str, Any], *, timed: bool) -> dict[str, Any]:
    """Return the schema of a list of assertions, about lengths of time or about plain numbers."""
    aggregations = {name for metric in METRICS.values() if metric.timed is timed for name in metric.aggregations}
    number = r"-?[0-9]+(\.[0-9]+)?" + (rf"\s*({_either(UNITS)})" if timed else r"(\s+at\s+95%)?")
    text = {
        "type": "string",
        "pattern": rf"^\s*({_either(sorted(aggregations))})\s*({_either(OPERATORS)})\s*{number}\s*$",
        "examples": ["p(95) < 800ms" if timed else "count == 0"],
    }
    said = line["properties"]["threshold"] | text
    marked = {**line, "properties": {**line["properties"], "threshold": said}}
    return {"type": "array", "minItems": 1, "items": {"if": {"type": "object"}, "then": marked, "else": text}}


def unmarked(line: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a line that may not be marked."""
    kept = {key: value for key, value in line["properties"].items() if key not in _MARKS}
    off = {"abort_on_fail": {"const": False}, "gate": {"const": False}, "delay": {"const": 0}}
    return {**line, "properties": {**kept, **off}}


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)
