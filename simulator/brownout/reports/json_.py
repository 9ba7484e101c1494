"""`json`: the verdict as it is, for machines. Its `brownout_verdict` is the version of its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class JsonReport:
    """Writes `verdict.json`."""

    api: ClassVar[int] = 1
    name: ClassVar[str] = "json"
    filename: ClassVar[str] = "verdict.json"

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the verdict as indented JSON."""
        return orjson.dumps(verdict, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
