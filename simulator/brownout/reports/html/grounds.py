"""What the verdict rests on, and what it can't see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.reports.html.markup import Cell, Html, el, table
from brownout.reports.html.words import count, share

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLASSES = {
    "D0": "hangs on the seed alone",
    "D1": "hangs on the seed, and on the order of a client's own calls",
    "D2": "hung on time or on other calls; only the journal has it",
}


def grounds(verdict: Mapping[str, Any]) -> Html | None:
    """Return how far the seed repeats this run, how real its operations are, and what would go unseen."""
    found, unseen = verdict.get("rests_on"), verdict.get("cant_see") or ()
    if not found or not found["exchanges"]["count"]:
        return None
    rows = [
        [name, meaning, *(_share(found[part], name) for part in ("exchanges", "struck"))]
        for name, meaning in _CLASSES.items()
    ]
    kinds = [[name, one["fidelity"], Cell(count(one["exchanges"]), "number")]
             for name, one in found["operations"].items()]  # fmt: skip
    return el(
        "section",
        el("h2", "What this verdict rests on"),
        table("How far the seed repeats it", ["class", "what was decided", "requests", "those a fault struck"], rows),
        el(
            "details",
            el("summary", "The operations, and how real each is"),
            table("Operations", ["operation", "fidelity", "requests"], kinds),
        ),
        el("h3", "What it can't see"),
        el("ul", *(el("li", el("strong", one["what"]), f": {one['why']}") for one in unseen)),
        id="grounds",
    )


def _share(part: Mapping[str, Any], name: str) -> Cell:
    if not part["count"]:
        return Cell("none", "quiet")
    return Cell(f"{count(part['by_class'][name])} ({share(part['shares'][name])})", "number")
