"""docs/failures.md as data: what a client meets, and the lines of YAML that cause it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = (Path(__file__).parents[2] / "docs" / "failures.md").read_text(encoding="utf-8")
START: Final = "2026-01-01T00:00:30Z"
OAUTH: Final = {
    "clients": {"shop": "secret"},
    "registered": {"robot": {"auth": "private_key_jwt"}},
    "fixtures": {
        "/api/accounts": {"scopes": ["read"], "body": [{"id": "acc_1", "balance": 1250, "ownerName": "Ada"}]},
        "/api/transfers": {"scopes": ["read", "write"], "body": {"transfers": []}},
    },
}
"""The generic provider has an API behind its tokens."""
HOOKS: Final = {"webhooks": [{"url": "http://127.0.0.1:9/"}]}
"""Somebody hears of it, where a row is about webhooks."""


class Failure(NamedTuple):
    """One row: the words, the grade of a drift, and the lines."""

    words: str
    grade: str | None
    lines: tuple[str, ...]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The lines as YAML reads them, one mapping each."""
        read = [yaml.safe_load(line) for line in self.lines]
        return [one[0] if isinstance(one, list) else one for one in read]

    @property
    def kinds(self) -> set[str]:
        """The kinds of its faults."""
        return {entry["kind"] for entry in self.entries if "kind" in entry}

    def scenario(self, *more: str, frozen: bool = True) -> str:
        """Return a whole scenario of it; `more` are further lines."""
        lines = (*self.lines, *more)
        faults = [line for line in lines if line.startswith("- {kind:")]
        limits = [line for line in lines if line.startswith(("- {name:", "- {use:"))]
        rest = [line for line in lines if line not in (*faults, *limits)]
        head = ["brownout: 1", f"clock: {{start: {START}, frozen: {str(frozen).lower()}}}", *rest]
        if not any(line.startswith("providers:") for line in rest):
            hooked = any(kind.startswith("webhook_") for kind in self.kinds)
            hooks = dict.fromkeys(("stripe", "paypal", "onfido") if hooked else (), HOOKS)
            head.append(yaml.safe_dump({"providers": {"oauth": OAUTH, **hooks}}).rstrip())
        sections = [("faults:", faults), ("limits:", limits)]
        return "\n".join([*head, *(line for name, found in sections if found for line in (name, *found)), ""])


def _rows() -> Iterator[Failure]:
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if not cells or cells[-1] == "write":
            continue
        lines = tuple(re.findall(r"`([^`]+)`", cells[-1]))
        yield Failure(cells[0], cells[1] if len(cells) == 3 else None, lines)


FAILURES: Final = tuple(_rows())
"""All rows of the page, in its order."""
