"""The tables as they are committed, for tests that hold people against them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import brownout.people

DATA = Path(brownout.people.__file__).parent / "data"
_BLANKS = {"#": "[0-9]", "%": "[1-9]", "@": "[A-Z]"}


@cache
def committed(locale: str) -> dict[str, Any]:
    """Return a locale's table as JSON has it."""
    return dict(json.loads((DATA / f"{locale}.json").read_text(encoding="utf-8")))


def matches(value: str, patterns: str) -> bool:
    """Say whether a value is one of `patterns` with its blanks filled."""
    return any(
        re.fullmatch("".join(_BLANKS.get(char, re.escape(char)) for char in pattern), value)
        for pattern in patterns.split("|")
    )
