"""What the scenario asks of a client, and what came of it: thresholds and the steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.metrics import METRICS
from brownout.reports.checks import about
from brownout.reports.html.markup import Cell, Html, el, table
from brownout.reports.html.summary import Arms, arm_title
from brownout.reports.html.words import NOT_MEASURED, known, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Check = Mapping[str, Any]

_RESULTS: Final = {True: ("✔", "holds", "good"), False: ("✘", "broken", "bad"), None: ("?", "unknown", "quiet")}


def thresholds(arms: Arms) -> Html | None:
    """Return the thresholds and the steady state, broken ones first."""
    checks = [(name, check) for name, arm in arms.items() for check in arm["thresholds"]]
    steady = [(name, check) for name, arm in arms.items() for check in arm.get("steady_state") or ()]
    if not checks and not steady:
        return None
    return el(
        "section",
        el("h2", "Thresholds"),
        _checks("What the scenario asks of a client, and what came of it", checks, arms) if checks else None,
        _checks("The steady state, before the trouble and after it", steady, arms) if steady else None,
        id="thresholds",
    )


def _checks(caption: str, checks: Sequence[tuple[str, Check]], arms: Arms) -> Html:
    ranked = sorted(checks, key=lambda one: (False, None, True).index(one[1]["holds"]))
    columns = ["result", "arm", "phase", "metric", "asked for", "came to"]
    if not any(check.get("phase") for _, check in ranked):
        columns.remove("phase")
    if any(check.get("advice") for _, check in ranked):
        columns.append("what to do")
    rows = []
    for name, check in ranked:
        cells = {
            "result": _result(check["holds"], warns=not check.get("decides", True)),
            "arm": arm_title(name, arms[name]),
            "phase": check.get("phase") or "all",
            "metric": el("code", about(check, phase=False)),
            "asked for": el("code", check["assertion"]),
            "came to": _came_to(check),
            "what to do": Cell(check.get("advice") or "", "quiet"),
        }
        rows.append([cells[column] for column in columns])
    return table(caption, columns, rows)


def _result(holds: bool | None, *, warns: bool) -> Html:  # noqa: FBT001 - the value of a check, not an option
    sign, word, tone = _RESULTS[holds]
    if warns and not holds:
        word, tone = f"{word}, a warning", "quiet"
    return el("span", el("span", sign, aria_hidden="true"), f" {word}", class_=tone)


def _timed(metric: str) -> bool:
    return metric.endswith("latency") or (metric in METRICS and METRICS[metric].timed)


def _came_to(check: Check) -> Cell:
    """Return a value on the scale of its assertion, with the interval that it may really lie in."""
    value, interval = check["value"], check.get("interval")
    if not known(value):
        return Cell(NOT_MEASURED, "quiet")
    say: Callable[[float], str] = seconds if _timed(str(check["metric"])) else "{:,.6g}".format
    if not interval:
        return Cell(say(value), "number")
    low, high = map("{:.3g}".format, interval)
    gloss = el("span", f" 95\u00a0%: {low} to {high}", class_="gloss", title="95 % confidence interval")
    return Cell([say(value), gloss], "number")
