"""`html`: the verdict as one page for a browser, to be kept, mailed or printed. It needs no other file and no network.

One file a part of the page: `summary` (the verdict, and the arms side by side), `findings`, `charts` (the time line,
made of what is in `figure` and `timeline`), `outcomes` (by phase and by class of error), `money`, `faults`, `asked`
(thresholds), `soundness`, `repeat`. `markup` escapes, `words` writes figures, `classes` has the colours, `page` joins
it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from brownout.reports.html import page

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HtmlReport:
    """Writes `report.html`."""

    api: ClassVar[int] = 1
    name: ClassVar[str] = "html"
    filename: ClassVar[str] = "report.html"

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the page.

        Raises:
            UsageError: if plotly isn't installed; it comes with the drill extra.
        """
        return page.render(verdict)
