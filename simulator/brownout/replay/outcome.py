"""What a run comes to: whether money went astray, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.findings import findings
from brownout.verdict.history import history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.replay.session import Played

BROKE: Final = 5
"""The command said 0, and an invariant broke."""
INTERRUPTED: Final = 130
_BREAKS: Final = frozenset({"duplicated", "lost", "orphaned", "amount", "refund", "violation"})
"""Kinds of findings that break an invariant: the others are orders that failed or that nobody knows the end of."""


def broken(played: Played) -> list[Mapping[str, Any]]:
    """Return the findings that break an invariant, in all worlds of a run; each with its `sandbox`."""
    return [
        {**finding, "sandbox": chapter.sandbox}
        for chapter in played.chapters
        for finding in findings(history(chapter.run))
        if finding["kind"] in _BREAKS
    ]


def exit_code(played: Played, breaks: object) -> int:
    """Return the exit code of a run; `breaks` is true if an invariant broke."""
    if played.ending.interrupted:
        return INTERRUPTED
    return played.ending.code or (BROKE if breaks else 0)
