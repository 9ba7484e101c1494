"""Many verdicts as one page: what each threshold came to from run to run, with intervals, and what passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from brownout.core.metrics import METRICS
from brownout.core.thresholds import parse_assertion
from brownout.reports.checks import about, counts
from brownout.reports.html.charts import Key, Topic
from brownout.reports.html.figure import INK, MUTED, Values, safe
from brownout.reports.html.gallery import place, plot
from brownout.reports.html.markup import Cell, Html, el, swatch, table
from brownout.reports.html.page import document
from brownout.reports.html.summary import chip
from brownout.reports.html.words import plural, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PANELS_MOST: Final = 40
"""So many charts a scenario has; what is left out is said."""
_LABELS_MOST: Final = 4
"""So many runs are named on an axis."""
_LETTERS_MOST: Final = 14
_HEIGHT: Final = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A verdict, what its run is called on the axis, and where it is."""

    label: str
    place: str
    verdict: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The scenario's name."""
        return str(self.verdict["scenario"]["name"] or "no scenario")


@dataclass(frozen=True, slots=True)
class _Point:
    """What one run's check came to; `x` is which run of the page it is."""

    x: int
    run: Run
    value: float | None
    interval: Sequence[float] | None
    holds: bool | None


_MARKS: Final = {
    True: ("holds", "var(--pass-edge)", "circle"),
    False: ("missed", "var(--fail-edge)", "x"),
    None: ("open", "var(--inconclusive-edge)", "diamond-open"),
}
"""How a mark looks: told apart by its shape, too."""
_SHAPES: Final = {"circle": "●", "x": "✕", "diamond-open": "◇"}


def render(runs: Sequence[Run]) -> str:
    """Return the page over `runs`, oldest first: one file that needs no network.

    Raises:
        UsageError: if plotly isn't installed.
    """
    names = list(dict.fromkeys(run.name for run in runs))
    topics = [_topic(number, name, runs) for number, name in enumerate(names)]
    sections = [_section(topic, [run for run in runs if run.name == topic.title]) for topic in topics]
    main = el(
        "main",
        el(
            "header",
            el("p", "Brownout trend", class_="kicker"),
            el("h1", f"{plural(len(runs), 'run')} of {plural(len(names), 'scenario')}"),
        ),
        *sections,
        _table(runs),
        el("footer", el("p", "This page is one file: nothing is fetched and nothing is sent.")),
    )
    return document("Trend", main, [topic for topic in topics if topic.figures], [])


def _section(topic: Topic, runs: Sequence[Run]) -> Html:
    figures = (
        el("figure", el("figcaption", el("code", name)), plot(place(topic, number), f"{topic.title}: {name}", figure))
        for number, (name, figure) in enumerate(topic.figures.items())
    )
    passed = sum(run.verdict["status"] == "pass" for run in runs)
    return el(
        "section",
        el("h2", topic.title),
        el("p", f"{passed} of {plural(len(runs), 'run')} passed. {topic.lead}"),
        el("ul", *(_key(key) for key in topic.legend), class_="legend") if topic.figures else None,
        el("noscript", el("p", "The charts need JavaScript. The table below names every run.")),
        el("div", *figures, class_="charts"),
    )


def _key(key: Key) -> Html:
    if key.look in _SHAPES:
        return el("li", el("span", f"{_SHAPES[key.look]} ", style=f"color:{key.color}", aria_hidden="true"), key.name)
    return el("li", swatch(key.color, key.look), key.name, el("span", f" {key.meaning}", class_="gloss"))


def _topic(number: int, name: str, runs: Sequence[Run]) -> Topic:
    panels = _panels(name, runs)
    left = len(panels) - PANELS_MOST
    lead = "A chart for each threshold that decides; bars are 95% intervals, and the line breaks where the scenario, "
    lead += "its load or the version of Brownout changed."
    legend = [Key(said, color, shape, "") for said, color, shape in _MARKS.values()]
    return Topic(
        f"trend-{number}",
        name,
        lead + (f" {left} more thresholds are left out." if left > 0 else ""),
        [*legend, Key("bound", MUTED, "dot", "what the threshold asks for")],
        {title: _figure(runs, *panel) for title, panel in list(panels.items())[:PANELS_MOST]},
    )


def _panels(name: str, runs: Sequence[Run]) -> dict[str, tuple[str, str, list[_Point]]]:
    """Return the points of each check of a scenario, with its metric and assertion, by what the chart is called."""
    panels: dict[str, tuple[str, str, list[_Point]]] = {}
    for x, run in enumerate(runs):
        if run.name != name:
            continue
        for arm_name, arm in run.verdict["arms"].items():
            for check in arm["thresholds"]:
                if counts(arm, check):
                    title = f"{arm_name}: {about(check)} {check['assertion']}"
                    _, _, points = panels.setdefault(title, (check["metric"], check["assertion"], []))
                    points.append(_Point(x, run, check["value"], check.get("interval"), check["holds"]))
    return panels


def _figure(runs: Sequence[Run], metric: str, assertion: str, points: Sequence[_Point]) -> Values:
    traces = [_line(points), *_marks(metric, points)]
    bound = _bound(metric, assertion)
    known = [bound, *(one.value for one in points), *(one.interval[1] for one in points if one.interval)]
    top = max((each for each in known if each is not None), default=0.0) or 1.0
    every = max(1, -(-len(runs) // _LABELS_MOST))
    ticks = range(0, len(runs), every)
    common = {"gridcolor": "var(--grid)", "zeroline": False, "linecolor": MUTED, "tickfont": {"color": MUTED}}
    return {
        "data": traces,
        "layout": {
            "height": _HEIGHT,
            "margin": {"l": 56, "r": 10, "t": 10, "b": 46},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": INK},
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {**common, "range": [-0.5, len(runs) - 0.5], "showgrid": False, "showline": True, "tickangle": 0,
                      "tickvals": list(ticks), "ticktext": [_tick(runs[each].label) for each in ticks]},
            "yaxis": {**common, "fixedrange": True, "nticks": 5, "range": [-0.06 * top, 1.08 * top],
                      "ticksuffix": " s" if _timed(metric) else ""},
            "shapes": _line_at(bound) if bound is not None else [],
        },
    }  # fmt: skip


def _timed(metric: str) -> bool:
    return metric in METRICS and METRICS[metric].timed


def _tick(label: str) -> str:
    """Return a label in at most two lines, such as a date and its time."""
    parts = label.split(" ", 1)
    cut = (part if len(part) <= _LETTERS_MOST else f"{part[: _LETTERS_MOST - 1]}…" for part in parts)
    return "<br>".join(safe(part) for part in cut)


def _bound(metric: str, assertion: str) -> float | None:
    try:
        return parse_assertion(metric, assertion).bound
    except ValueError:  # of another version, whose grammar isn't ours
        return None


def _line_at(bound: float) -> list[Values]:
    line = {"width": 1.2, "dash": "dot", "color": MUTED}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": bound, "y1": bound, "line": line}]


def _line(points: Sequence[_Point]) -> Values:
    """Return the line from run to run, broken where runs aren't of the same kind."""
    x: list[float | None] = []
    y: list[float | None] = []
    before: _Point | None = None
    for one in points:
        if before is not None and _kind(before.run.verdict) != _kind(one.run.verdict):
            x.append(None)
            y.append(None)
        x.append(one.x)
        y.append(one.value)
        before = one
    line = {"width": 1.2, "color": MUTED}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "connectgaps": False, "line": line, "hoverinfo": "skip"}


def _kind(verdict: Mapping[str, Any]) -> tuple[Any, ...]:
    return verdict["scenario"]["digest"], verdict.get("load"), (verdict.get("versions") or {}).get("brownout")


def _marks(metric: str, points: Sequence[_Point]) -> Iterator[Values]:
    for holds, (said, color, symbol) in _MARKS.items():
        found = [one for one in points if one.holds is holds and one.value is not None]
        if found:
            yield {
                "type": "scatter",
                "mode": "markers",
                "x": [one.x for one in found],
                "y": [one.value for one in found],
                "marker": {"symbol": symbol, "size": 9, "color": color, "line": {"width": 1.5, "color": color}},
                "error_y": {
                    "type": "data", "symmetric": False, "thickness": 1.2, "width": 3, "color": MUTED,
                    "array": [max(0.0, one.interval[1] - (one.value or 0)) if one.interval else 0 for one in found],
                    "arrayminus": [max(0.0, (one.value or 0) - one.interval[0]) if one.interval else 0
                                   for one in found],
                },
                "hovertext": [_hover(metric, one, said) for one in found],
                "hoverinfo": "text",
            }  # fmt: skip


def _hover(metric: str, one: _Point, said: str) -> str:
    value = seconds(one.value) if _timed(metric) else f"{one.value:,.6g}"
    interval = "" if not one.interval else f", 95%: {one.interval[0]:.3g} to {one.interval[1]:.3g}"
    return safe(f"{value}{interval}, {said}") + f"<br>{safe(one.run.label)}, seed {one.run.verdict['seed']}"


def _table(runs: Sequence[Run]) -> Html:
    rows = [
        [
            run.label,
            run.name,
            chip(run.verdict["status"]),
            next(iter(run.verdict["reasons"]), ""),
            Cell(str(run.verdict["seed"]), "number"),
            (run.verdict.get("versions") or {}).get("brownout", ""),
            el("code", str(run.verdict["scenario"]["digest"])[:8]),
            el("code", run.place),
        ]
        for run in reversed(runs)
    ]
    header = ["run", "scenario", "verdict", "first reason", "seed", "Brownout", "digest", "file"]
    return el("section", el("h2", "Runs"), table("Every run, newest first", header, rows, most=1_000), id="runs")
