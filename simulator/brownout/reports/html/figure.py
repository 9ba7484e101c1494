"""The parts that charts are made of, as values for plotly.js: bars, lines and the frame that every chart shares.

`var(...)` stands for a colour of the style sheet; page.js puts it in, by day and by night.
"""

from __future__ import annotations

import html
import math
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.reports.html.markup import visible
from brownout.reports.html.words import number, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.reports.html.classes import Class
    from brownout.reports.html.timeline import Line, Span

Values = dict[str, Any]

INK: Final = "var(--ink)"
MUTED: Final = "var(--muted)"
BAND: Final = "var(--band)"
PLANNED: Final = "var(--planned)"
_PANEL: Final = "var(--panel)"
_HEIGHT: Final = 230
_SHORT: Final = 8
"""An axis of counts that ends below this is marked at whole numbers only."""


class Frame(NamedTuple):
    """What all charts of a page share: the arms' lines, the phases, and where the time axis ends, in seconds."""

    lines: Sequence[Line]
    phases: Sequence[Span]
    end: float

    @property
    def bucket(self) -> str:
        """How long a column is, in words."""
        return seconds(self.lines[0].bucket_seconds)

    def when(self, line: Line, at: float) -> str:
        """Return the bucket around `at` and its phase, for a hover."""
        half = line.bucket_seconds / 2
        return f"{number(at - half)} to {number(at + half)} s{self.during(at)}"

    def during(self, at: float) -> str:
        """Return the phase at a moment, as the end of a hover's line; nothing outside of all phases."""
        index = bisect_right([phase.end for phase in self.phases], at)
        return f" · {safe(self.phases[index].name)}" if index < len(self.phases) else ""


def safe(value: Any) -> str:
    """Return text for plotly, which reads tags, entities and %{…} in whatever it is given.

    >>> safe("<b>%{x}")
    '&lt;b&gt;&#37;{x}'
    """
    return html.escape(visible(value)).replace("%", "&#37;")


def bars(name: str, line: Line, values: Sequence[float], look: Class) -> Values:
    """Return columns, stacked upon the ones before. Outlined, so that pale colours stand out from paper."""
    return {
        "type": "bar",
        "name": safe(name),
        "x": line.at,
        "y": [value or None for value in values],  # a hover then leaves out what there was none of
        "width": line.bucket_seconds * 0.92,
        "marker": {
            "color": look.color,
            "line": {"width": 0.5, "color": MUTED},
            "pattern": {"shape": look.pattern, "fillmode": "overlay", "fgcolor": _PANEL, "size": 6},
        },
        "hovertemplate": f"%{{y:,}} {safe(name)}<extra></extra>",
    }


def steps(name: str, line: Line, values: Sequence[float], color: str, *, dash: str = "solid") -> Values:
    """Return a line that is level over each bucket, from the first one's begin to the last one's end."""
    half = line.bucket_seconds / 2
    return {
        "type": "scatter",
        "mode": "lines",
        "name": safe(name),
        "x": [line.at[0] - half, *line.at, line.at[-1] + half],
        "y": [values[0], *values, values[-1]],
        "line": {"shape": "hvh", "width": 1.6, "color": color, "dash": dash},
        "hovertemplate": f"%{{y:,}} {safe(name)}<extra></extra>",
    }


def lengths(name: str, line: Line, values: Sequence[float | None], color: str, *, dash: str) -> Values:
    """Return a line through lengths of time, broken where nothing was measured."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": line.at,
        "y": values,
        "connectgaps": False,
        "line": {"width": 1.8, "color": color, "dash": dash},
        "marker": {"size": 4, "color": color},
        "customdata": [seconds(one) for one in values],
        "hovertemplate": f"{name} %{{customdata}}<extra></extra>",
    }


def dots(points: Sequence[tuple[float, float, float, str]]) -> Values:
    """Return points as (x, y, size in pixels, hover)."""
    x, y, size, text = zip(*points, strict=True) if points else ((), (), (), ())
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "marker": {"size": size, "color": INK, "opacity": 0.85, "line": {"width": 1, "color": _PANEL}},
        "hovertext": text,
        "hoverinfo": "text",
    }


def counts_axis(top: float) -> Values:
    """Return an axis of counts from 0 to a little above `top`."""
    end = max(1.0, top) * 1.08
    return {"range": [0, end], "tickformat": ",d", "dtick": 1 if end < _SHORT / 2 else None, "nticks": 5}


def lengths_axis(values: Sequence[float]) -> Values:
    """Return an axis of times around `values`, logarithmic where they differ much."""
    low, high = min(values), max(values)
    if not logarithmic(values):
        ticks = [high * share / 4 for share in range(5)]
        return {"range": [0, high * 1.08], "tickvals": ticks, "ticktext": [seconds(one) for one in ticks]}
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in ((1, 3) if len(powers) < 5 else (1,))]
    span = [math.log10(low) - 0.1, math.log10(high) + 0.1]
    return {"type": "log", "range": span, "tickvals": ticks, "ticktext": [seconds(one) for one in ticks]}


def logarithmic(values: Sequence[float]) -> bool:
    """Return whether `values` differ so much that a linear axis would hide the small ones."""
    return max(values) > 20 * min(values)


def box(begin: float, end: float, low: float, high: float, color: str, *, yref: str = "y") -> Values:
    """Return a filled rectangle behind the data."""
    place = {"x0": begin, "x1": end, "y0": low, "y1": high, "xref": "x", "yref": yref}
    return {"type": "rect", **place, "fillcolor": color, "line": {"width": 0}, "layer": "below"}


def _border(at: float) -> Values:
    """Return where a phase begins, drawn over the data, which may hide the bands."""
    place = {"x0": at, "x1": at, "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    return {"type": "line", **place, "line": {"width": 1, "dash": "dot", "color": MUTED}, "layer": "above"}


def figure(
    frame: Frame, line: Line, traces: Sequence[Values], axis: Mapping[str, Any], *, height: int = _HEIGHT
) -> Values:
    """Return a chart over the common time axis, with every other phase shaded. Its first trace also tells the phase."""
    first = traces[0]
    if frame.phases and "hovertemplate" in first:
        first["text"] = [frame.during(at) for at in first["x"]]
        first["hovertemplate"] = first["hovertemplate"].replace("<extra>", "%{text}<extra>")
    common = {"gridcolor": "var(--grid)", "zeroline": False, "linecolor": MUTED, "tickfont": {"color": MUTED}}
    shaded = [box(one.begin, one.end, 0, 1, BAND, yref="paper") for one in frame.phases[1::2]]
    shaded += [_border(one.begin) for one in frame.phases[1:]]
    return {
        "data": list(traces),
        "layout": {
            "height": height,
            "margin": {"l": 52, "r": 10, "t": 22, "b": 24},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": INK},
            "showlegend": False,
            "barmode": "stack",
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": _PANEL, "bordercolor": MUTED, "font": {"color": INK}, "align": "left"},
            "xaxis": {**common, "range": [0, frame.end], "ticksuffix": " s", "showgrid": False, "showline": True},
            "yaxis": {**common, "fixedrange": True, **axis},
            "shapes": shaded,
        },
    }  # fmt: skip
