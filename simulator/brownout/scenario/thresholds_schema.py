"""The JSON Schema of `thresholds` and `steady_state`: metrics with their selectors, and k6's grammar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.metrics import METRICS
from brownout.core.thresholds import OPERATORS, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME: Final = r"[A-Za-z0-9_.\-]+"


def asserted(description: str, *, selectors: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a mapping from metrics, with or without `selectors`, to lists of assertions."""
    meanings = " ".join(f"{name}: {metric.meaning}." for name, metric in METRICS.items())
    one = rf"\s*({'|'.join(selectors)})\s*:\s*{_NAME}\s*"
    chosen = rf"(\{{{one}(,{one}){{0,{len(selectors) - 1}}}\}})?"
    return {
        "description": f"{description} In k6's grammar. {meanings}",
        "type": "object",
        "patternProperties": {
            f"^({_either(name for name in METRICS if METRICS[name].timed is timed)}){chosen}$": _lines(timed=timed)
            for timed in (False, True)
        },
        "additionalProperties": False,
    }


def _lines(*, timed: bool) -> dict[str, Any]:
    """Return the schema of a list of assertions, about lengths of time or about plain numbers."""
    aggregations = {name for metric in METRICS.values() if metric.timed is timed for name in metric.aggregations}
    number = r"-?[0-9]+(\.[0-9]+)?" + (rf"\s*({_either(UNITS)})" if timed else r"(\s+at\s+95%)?")
    return {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "string",
            "pattern": rf"^\s*({_either(sorted(aggregations))})\s*({_either(OPERATORS)})\s*{number}\s*$",
            "examples": ["p(95) < 800ms" if timed else "count == 0"],
        },
    }


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)
