"""The charts of the HTML report, and how all of it reads for those who see otherwise."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files
from itertools import pairwise

import orjson
import plotly.graph_objects as go
import pytest
from report_page import Page
from sample_verdict import sample

from brownout.reports.html import HtmlReport, classes, page, timeline
from brownout.reports.html.figure import lengths_axis

STYLE = files(page.__package__).joinpath("style.css").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _without_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the megabytes that every page would carry; `monkeypatch.undo` brings them back."""
    monkeypatch.setattr(page, "_plotly", lambda: "/* plotly.js */")


@pytest.mark.slow
def test_plotly_understands_every_chart() -> None:
    """Its own validators find nothing to mend."""
    for chart in Page(sample()).charts.values():
        plain = re.sub(rb'"var\(--[a-z]+\)"', b'"#123456"', orjson.dumps(chart))

        go.Figure(orjson.loads(plain))


def test_arms_share_their_axes() -> None:
    """The same height means the same number, and the same place the same moment."""
    charts = Page(sample()).charts

    for topic in ("operations", "latency", "wire", "retries", "faults"):
        naive, resilient = (charts[f"chart-{topic}-{arm}"]["layout"] for arm in (0, 1))
        assert naive["xaxis"] == resilient["xaxis"]
        assert naive["yaxis"] == resilient["yaxis"]
        assert naive["height"] == resilient["height"]


def test_every_other_phase_is_shaded_in_every_chart() -> None:
    """At the same seconds, with a line where one begins, for columns may hide the shade."""
    for chart in Page(sample()).charts.values():
        shapes = [one for one in chart["layout"]["shapes"] if one["yref"] == "paper"]
        bands = [(one["x0"], one["x1"]) for one in shapes if one["type"] == "rect"]
        borders = [one["x0"] for one in shapes if one["type"] == "line"]
        assert bands == [(8.0, 14.0), (20.0, 26.0), (32.0, 40.0)]
        assert borders == [8.0, 14.0, 20.0, 26.0, 32.0]


def test_bars_of_a_bucket_add_up_to_what_was_due() -> None:
    """Good ones and each class of the others, stacked."""
    chart = Page(sample()).charts["chart-operations-0"]
    due, *stacked = (trace["y"] for trace in chart["data"])

    assert chart["layout"]["barmode"] == "stack"
    assert [sum(each or 0 for each in bucket) for bucket in zip(*stacked, strict=True)] == due[1:-1]


def test_an_error_class_has_one_look_everywhere() -> None:
    """No two classes look the same, and an unknown one looks like none of them."""
    looks = Counter((one.color, one.pattern) for one in (*classes.CLASSES.values(), classes.GOOD, classes.of("odd")))

    assert set(looks.values()) == {1}
    for chart in Page(sample()).charts.values():
        for trace in chart["data"]:
            if trace["type"] == "bar" and trace["name"] in classes.CLASSES:
                assert trace["marker"]["color"] == classes.CLASSES[trace["name"]].color


def test_a_run_of_days_is_drawn_in_wider_columns() -> None:
    """Counts are added up, and of latencies the worst is kept."""
    verdict = sample("keyed")
    number = 100_000
    verdict["arms"]["keyed"]["timeline"] |= {
        "at": [float(each) for each in range(number)],
        "scheduled": [1] * number,
        "good": [1] * (number - 1) + [0],
        "failed": {"auth": [0] * (number - 1) + [1]},
        "latency_p95_seconds": [None] + [0.1] * (number - 2) + [7.0],
        "faults": {},
    }

    line = timeline.lines(verdict)[0]

    assert len(line.at) <= timeline.BUCKETS_MOST
    assert sum(line.counts("good")) == number - 1
    assert sum(line.split("failed")["auth"]) == 1
    assert line.lengths("latency_p95_seconds")[-1] == 7.0
    assert len(HtmlReport().render(verdict)) < 500_000


def test_latencies_that_differ_much_get_a_logarithmic_axis() -> None:
    """Where some are seconds and some milliseconds, both are seen."""
    assert lengths_axis([0.004, 3.0])["type"] == "log"
    assert lengths_axis([0.1, 0.4])["range"][0] == 0


def test_structure_for_a_screen_reader() -> None:
    """Language, one title, headings in order, tables with captions and scopes, named charts, unique ids."""
    shown = Page(sample())
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch(r"h[1-6]", tag)]
    tags = Counter(tag for tag, _ in shown.tags)

    assert shown.every("html") == [{"lang": "en"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags["table"] == tags["caption"] > 5
    assert all(one.get("scope") in ("col", "row", "colgroup") for one in shown.every("th"))
    assert tags["figure"] == tags["figcaption"] == 10
    assert all(one.get("aria-label") for one in shown.every("div") if one.get("role"))
    assert max(Counter(shown.ids).values()) == 1


def _colors(block: str) -> dict[str, tuple[float, ...]]:
    found = re.findall(r"--([a-z-]+): #([0-9a-f]{6})", block)
    return {name: tuple(int(value[at : at + 2], 16) / 255 for at in (0, 2, 4)) for name, value in found}


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the contrast ratio of WCAG 2.1."""
    light = sorted(
        sum(
            share * (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
            for share, part in zip((0.2126, 0.7152, 0.0722), color, strict=True)
        )
        for color in (one, other)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize("night", [False, True])
def test_text_stands_out_by_day_and_by_night(*, night: bool) -> None:
    """WCAG's AA asks for a contrast of 4.5 to 1."""
    day, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    colors = _colors(dark.split("}")[0] if night else day)

    pairs = [(text, paper) for text in ("ink", "muted", "link", "fail", "pass") for paper in ("panel", "page")]
    pairs += [
        ("ink", "code"),
        ("muted", "code"),
        *((tone, f"{tone}-tint") for tone in ("pass", "fail", "inconclusive")),
    ]
    pairs += [("ink", f"{tone}-tint") for tone in ("pass", "fail", "inconclusive")]
    for text, paper in pairs:
        assert _contrast(colors[text], colors[paper]) >= 4.5, (text, paper)
