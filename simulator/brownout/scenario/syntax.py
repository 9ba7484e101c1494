"""The YAML parser's complaints, with a hint where the cause is a common one."""

from __future__ import annotations

import re
from typing import Any, Final

SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def complaint(problem: Exception, text: str) -> tuple[int | None, str]:
    """Return the line of what the parser stumbled over, and what to say of it."""
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is None:
        control = _CONTROL.search(text)
        if control is None:
            return None, f"isn't YAML: {str(problem)[:100]}"
        line = text.count("\n", 0, control.start()) + 1
        return line, f"holds the control character {control[0]!r}, which YAML doesn't allow"
    lines = text.splitlines() or [""]
    number = min(mark.line, len(lines) - 1)
    said = getattr(problem, "problem", None) or "it can't be read"
    hint = _hint(said, lines[number], getattr(problem, "context", None) or "", getattr(problem, "context_mark", None))
    return number + 1, f"isn't YAML: {said}{hint}"


def _hint(said: str, line: str, context: str, begins: Any) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())] or ("cannot start any token" in said and "\t" in line):
        return "; indent with spaces, YAML doesn't allow tabs"
    if "mapping values are not allowed" in said:
        return "; a text with a colon in it must be quoted"
    if "alias" in said or "anchor" in said:
        return "; a text that begins with * or & must be quoted"
    if "cannot start any token" in said:
        return "; quote a text that begins with a special character"
    if "quoted scalar" in context and "end of stream" in said:
        return f"; the quote that opens on line {begins.line + 1} isn't closed"
    if "flow node" in context:
        return "; is a bracket or brace left open?"
    if "flow" in context and begins is not None:
        return f"; is the bracket or brace that opens on line {begins.line + 1} closed?"
    return "; check the indentation of this line and the one above" if "did not find expected" in said else ""
