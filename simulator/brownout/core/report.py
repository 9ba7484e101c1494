"""The Protocol of a report: one way to show a verdict. Reports themselves are in `brownout.reports`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Report(Protocol):
    """Renders a verdict, given as the value that `verdict.json` holds."""

    api: ClassVar[int]
    name: ClassVar[str]
    filename: ClassVar[str]
    """The file it makes in the report folder; empty for one that is only printed."""

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the report's text."""
