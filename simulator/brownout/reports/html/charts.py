"""The time line's topics: a row of charts each, one for every arm, on the same axes so that arms compare."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.reports.html import classes
from brownout.reports.html.figure import (
    INK,
    MUTED,
    PLANNED,
    Frame,
    Values,
    bars,
    box,
    counts_axis,
    dots,
    figure,
    lengths,
    lengths_axis,
    logarithmic,
    safe,
    steps,
)
from brownout.reports.html.timeline import end
from brownout.reports.html.words import count, known, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from brownout.reports.html.timeline import Line, Span

    Rules = Mapping[str, Sequence[Mapping[str, Any]]]

LANES_MOST: Final = 30
"""The chart of faults shows so many rules; the table below it has more."""
_LANE_PIXELS: Final = 38
_LABEL_LETTERS: Final = 44

_QUANTILES: Final = {
    "latency_p95_seconds": ("p95", INK, "solid", "19 in 20 operations were faster"),
    "latency_p50_seconds": ("p50", MUTED, "dot", "half of them were faster"),
}


class Key(NamedTuple):
    """An entry of a legend. `look` is a line's dash, `dots`, or the hatching of an area."""

    name: str
    color: str
    look: str
    meaning: str


class Topic(NamedTuple):
    """A row of charts: a figure for each arm, and what they show in words."""

    name: str
    title: str
    lead: str
    legend: Sequence[Key]
    figures: Mapping[str, Values]


def topics(phases: Sequence[Span], found: Sequence[Line], rules: Rules) -> list[Topic]:
    """Return what there is to draw, nothing if no arm has a time line. `rules` are those of each arm."""
    if not found:
        return []
    frame = Frame(found, phases, end(phases, found))
    return [_operations(frame), *_latency(frame), _wire(frame), _retries(frame), *_faults(frame, rules)]


def _operations(frame: Frame) -> Topic:
    names, areas = _areas(frame, "failed")
    axis = counts_axis(_top(frame, "scheduled"))

    def one(line: Line) -> Values:
        due = steps("due", line, line.counts("scheduled"), INK, dash="dot")
        good = bars("good", line, line.counts("good"), classes.GOOD)
        return figure(frame, line, [due, good, *areas[line.arm]], axis)

    return Topic(
        "operations",
        "Goodput and what went wrong",
        f"Operations by when they were due, in columns of {frame.bucket}.",
        [
            Key("good", classes.GOOD.color, "", classes.GOOD.meaning),
            *_keys(names),
            Key("due", INK, "dot", "operations that were due, good or not"),
        ],
        {line.arm: one(line) for line in frame.lines},
    )


def _latency(frame: Frame) -> Iterator[Topic]:
    values = [each for line in frame.lines for name in _QUANTILES for each in line.lengths(name)]
    found = [each for each in values if known(each) and each > 0]
    if not found:
        return
    axis = lengths_axis(found)

    def one(line: Line) -> Values:
        traces = [
            lengths(name, line, line.lengths(key), color, dash=dash)
            for key, (name, color, dash, _) in _QUANTILES.items()
        ]
        return figure(frame, line, traces, axis)

    yield Topic(
        "latency",
        "Latency from the scheduled start",
        "How long operations took, waiting for their turn and retries included, by when they were due."
        + (" The scale is logarithmic." if logarithmic(found) else ""),
        [Key(*look) for look in _QUANTILES.values()],
        {line.arm: one(line) for line in frame.lines},
    )


def _wire(frame: Frame) -> Topic:
    names, areas = _areas(frame, "errors")
    axis = counts_axis(_top(frame, "requests"))

    def one(line: Line) -> Values:
        return figure(frame, line, [steps("requests", line, line.counts("requests"), INK), *areas[line.arm]], axis)

    return Topic(
        "wire",
        "Requests on the wire",
        f"Requests in columns of {frame.bucket}, and those of them that failed. A client that copes hides these.",
        [Key("requests", INK, "solid", "all requests"), *_keys(names)],
        {line.arm: one(line) for line in frame.lines},
    )


def _retries(frame: Frame) -> Topic:
    look = classes.Class(MUTED, "requests that repeat an earlier one")
    tokens = classes.of("auth").color
    axis = counts_axis(max(_top(frame, "retries"), _top(frame, "token_requests")))

    def one(line: Line) -> Values:
        traces = [
            steps("token requests", line, line.counts("token_requests"), tokens),
            bars("retries", line, line.counts("retries"), look),
        ]
        return figure(frame, line, traces, axis, height=190)

    return Topic(
        "retries",
        "Retries and token refreshes",
        f"Requests in columns of {frame.bucket}.",
        [
            Key("retries", look.color, "", look.meaning),
            Key("token requests", tokens, "solid", "a token was asked for, the first time or again"),
        ],
        {line.arm: one(line) for line in frame.lines},
    )


def _faults(frame: Frame, rules: Rules) -> Iterator[Topic]:
    planned = _planned(frame, rules)
    if not planned:
        return
    lanes = dict(list(planned.items())[:LANES_MOST])
    left = len(planned) - len(lanes)
    fired = (each for line in frame.lines for found in line.split("faults").values() for each in found)
    most = max(fired, default=1) or 1
    yield Topic(
        "faults",
        "Faults fired",
        "A lane for each rule: a dot where it fired, the larger the oftener. An operation keeps the phase that it was "
        "due in, so a dot may come after its bar." + (f" {plural(left, 'more rule')}: see the table." if left else ""),
        [Key("planned", PLANNED, "", "when the rule was in force"), Key("fired", INK, "dots", "it struck")],
        {line.arm: _lanes(frame, line, lanes, most) for line in frame.lines},
    )


def _planned(frame: Frame, rules: Rules) -> dict[str, list[tuple[float, float]]]:
    """Return when each rule is in force, in seconds: a rule of a phase takes the place of the one that holds always."""
    times = {phase.name: (phase.begin, phase.end) for phase in frame.phases}
    found: dict[str, list[tuple[float, float]]] = {}
    for line in frame.lines:
        for rule in rules.get(line.arm, ()):
            when = times.get(rule.get("phase") or "", (0.0, frame.end))
            if when not in found.setdefault(rule["name"], []):
                found[rule["name"]].append(when)
        for name in line.split("faults"):
            found.setdefault(name, [])
    return found


def _lanes(frame: Frame, line: Line, lanes: Mapping[str, Sequence[tuple[float, float]]], most: float) -> Values:
    boxes, points, names = [], [], []
    for lane, (name, planned) in enumerate(lanes.items()):
        boxes += [box(begin, finish, lane - 0.2, lane + 0.2, PLANNED) for begin, finish in planned]
        points += [
            (at, lane, 6 + 8 * math.sqrt(fired / most), f"{safe(name)} fired {count(fired)}×<br>{frame.when(line, at)}")
            for at, fired in zip(line.at, line.split("faults").get(name, ()), strict=False)
            if fired
        ]
        names.append(_name_of_lane(name, lane))
    axis = {"range": [len(lanes) - 0.6, -0.75], "showticklabels": False, "showgrid": False}
    shown = figure(frame, line, [dots(points)], axis, height=52 + _LANE_PIXELS * len(lanes))
    shown["layout"] |= {"hovermode": "closest", "annotations": names}
    behind = [{**one, "layer": "below"} for one in shown["layout"]["shapes"]]  # lines would cross the lanes' names
    shown["layout"]["shapes"] = [*behind, *boxes]
    return shown


def _name_of_lane(name: str, lane: int) -> Values:
    short = name if len(name) <= _LABEL_LETTERS else name[: _LABEL_LETTERS - 1] + "…"
    place = {"x": 0, "xanchor": "left", "y": lane - 0.22, "yanchor": "bottom", "showarrow": False}
    return {"text": safe(short), **place, "font": {"size": 11, "color": INK}}


def _areas(frame: Frame, what: str) -> tuple[list[str], dict[str, list[Values]]]:
    """Return the classes of errors that any arm had, and each arm's columns in the same order."""
    split = {line.arm: line.split(what) for line in frame.lines}
    names = classes.ordered(name for found in split.values() for name in found)
    areas = {
        line.arm: [
            bars(name, line, split[line.arm][name], classes.of(name)) for name in names if name in split[line.arm]
        ]
        for line in frame.lines
    }
    return names, areas


def _keys(names: Iterable[str]) -> list[Key]:
    return [Key(name, look.color, look.pattern, look.meaning) for name in names for look in [classes.of(name)]]


def _top(frame: Frame, what: str) -> float:
    return max(max(line.counts(what), default=0) for line in frame.lines)
