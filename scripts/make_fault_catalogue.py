"""Writes the catalogue of faults into docs/faults.md, from the docstrings of the faults themselves.

    python scripts/make_fault_catalogue.py           write it
    python scripts/make_fault_catalogue.py --check   exit 1 if it isn't up to date

Everything above the marker is written by hand and kept.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, NamedTuple

from brownout.faults import FAULTS
from brownout.scenario.reader import compiled

if TYPE_CHECKING:
    from brownout.core.fault import Fault

PAGE = Path(__file__).parent.parent / "docs" / "faults.md"
MARKER = (
    "<!-- What follows is made by scripts/make_fault_catalogue.py from the docstrings in simulator/brownout/faults. -->"
)
SECTIONS = ("Example:", "Raises:")


class Entry(NamedTuple):
    """What a fault's docstring says."""

    kind: str
    summary: str
    prose: str
    example: str


def entries() -> list[Entry]:
    """Return the faults in the order of their names."""
    return [entry_of(FAULTS[kind]) for kind in sorted(FAULTS)]


def entry_of(fault: type[Fault]) -> Entry:
    """Return what the docstring of one fault says.

    Raises:
        ValueError: if it has no example.
    """
    module = inspect.getdoc(inspect.getmodule(fault)) or ""
    summary = module.splitlines()[0].partition(": ")[2].rstrip(".")
    parts: dict[str, list[str]] = {"": []}
    section = ""
    for line in (inspect.getdoc(fault) or "").splitlines():
        if line in SECTIONS:
            section = line
        else:
            parts.setdefault(section, []).append(line)
    if "Example:" not in parts:
        raise ValueError(f"{fault.kind}: its docstring has no Example: section")
    example = dedent("\n".join(parts["Example:"])).strip("\n")
    return Entry(fault.kind, summary, "\n".join(parts[""]).strip(), example)


def page() -> str:
    """Return the generated part."""
    found = entries()
    lines = [MARKER, "", "| kind | what goes wrong | target |", "|---|---|---|"]
    lines += [f"| [`{one.kind}`](#{one.kind}) | {one.summary} | {_targets(FAULTS[one.kind])} |" for one in found]
    for one in found:
        lines += ["", f"## {one.kind}", "", one.prose, "", *_keys(FAULTS[one.kind]), "", "```yaml", "faults:"]
        lines += [f"  {line}".rstrip() for line in one.example.splitlines()]
        lines += ["```"]
    return "\n".join(lines) + "\n"


def _targets(fault: type[Fault]) -> str:
    if getattr(fault, "deliveries", False):
        return "webhooks"
    return f"`{fault.default_target}`" if fault.default_target is not None else "by its keys"


def _keys(fault: type[Fault]) -> list[str]:
    """Return the table of a fault's own keys."""
    _, shape = compiled(fault)
    properties = shape.get("properties", {})
    if not properties:
        return ["It has no keys of its own."]
    lines = ["| key | takes | default |", "|---|---|---|"]
    for key, one in properties.items():
        takes = _takes(one, shape.get("$defs", {}))
        default = "needed" if key in shape.get("required", ()) else _default(one.get("default"))
        lines.append(f"| `{key}` | {takes} | {default.replace('.0`', 's`') if takes == 'duration' else default} |")
    return lines


def _default(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "none" if value in ("", [], {}, ()) else f"`{value}`"


def _takes(shape: dict[str, Any], shapes: dict[str, Any]) -> str:
    """Return what a key takes, in words."""
    if "$ref" in shape:
        shape = shapes[shape["$ref"].rpartition("/")[2]]
    if "anyOf" in shape:
        kinds = [_takes(one, shapes) for one in shape["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in shape:
        return ", ".join(f"`{word}`" for word in shape["enum"] if word is not None)
    if "const" in shape:
        return f"`{shape['const']}`"
    if "type" not in shape:
        return "any value"
    if "250ms" in shape.get("examples", ()):
        return "duration"
    words = {
        "string": "text",
        "number": "number",
        "integer": "whole number",
        "boolean": "`true` or `false`",
        "object": "mapping",
        "null": "nothing",
    }
    if shape["type"] == "array":
        items = shape.get("items") or {}
        return f"list of {_takes(items, shapes)}s" if items.get("type") in ("string", "integer") else "list"
    return words[shape["type"]]


def main() -> int:
    """Write the page, or check it."""
    head = PAGE.read_text(encoding="utf-8").partition(MARKER)[0].rstrip("\n")
    made = f"{head}\n\n{page()}"
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != made)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
