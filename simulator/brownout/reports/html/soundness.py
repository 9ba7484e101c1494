"""Whether the test itself was sound: a generator that is late tests another load than it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.reports.html.markup import Cell, Html, el, table
from brownout.reports.html.summary import Arms, arm_title
from brownout.reports.html.words import count, known, seconds, share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COLUMNS: Final[dict[str, tuple[Callable[[Mapping[str, Any]], Any], Callable[[Any], str]]]] = {
    "orders planned": (lambda arm: arm["orders"]["planned"], count),
    "orders claimed": (lambda arm: arm["orders"]["claimed"], count),
    "late p50": (lambda arm: (arm.get("lag") or {}).get("p50_seconds"), seconds),
    "late p99": (lambda arm: (arm.get("lag") or {}).get("p99_seconds"), seconds),
    "late at most": (lambda arm: (arm.get("lag") or {}).get("max_seconds"), seconds),
    "late by over 50 ms": (lambda arm: (arm.get("lag") or {}).get("late_share"), share),
    "server late p99": (
        lambda arm: ((arm.get("server") or {}).get("loop_lag") or {}).get("p99_seconds"),
        seconds,
    ),
    "server busy": (lambda arm: (arm.get("server") or {}).get("busy_share"), share),
    "requests": (lambda arm: arm.get("exchanges"), count),
    "records evicted": (lambda arm: arm.get("exchanges_evicted"), count),
}


def soundness(arms: Arms) -> Html:
    """Return how late the load generator was in each arm, and whether the record is whole."""
    rows = [
        [arm_title(name, arm), *(_cell(say, of(arm)) for of, say in _COLUMNS.values())] for name, arm in arms.items()
    ]
    return el(
        "section",
        el("h2", "Was the test itself sound?"),
        el("p", "Late is how long after its time the generator began an operation. The server is late when a call "
                "waits for its event loop, and busy with its own work. A late generator or server makes a verdict "
                "inconclusive, and so do evicted records."),
        table("The load and its record", ["arm", *_COLUMNS], rows),
        id="load",
    )  # fmt: skip


def _cell(say: Callable[[Any], str], value: Any) -> Cell:
    return Cell(say(value), "number" if known(value) else "quiet")
