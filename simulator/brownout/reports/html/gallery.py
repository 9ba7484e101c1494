"""The time line as a section of the page, and its charts as the JSON that page.js draws them from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from brownout.reports.html.markup import Html, el, swatch, visible
from brownout.reports.html.summary import arm_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.reports.html.charts import Key, Topic
    from brownout.reports.html.figure import Values
    from brownout.reports.html.summary import Arms
    from brownout.reports.html.timeline import Span

_ZOOM: Final = "Drag over a chart to look closer at all of them, double-click to come back."


def timeline(drawn: Sequence[Topic], arms: Arms) -> Html:
    """Return a row of charts for each topic, with a legend that all of its charts share."""
    return el(
        "section",
        el("h2", "Time line"),
        el("p", "All arms have the same axes, and every other phase is shaded. ", el("span", _ZOOM, class_="mouse")),
        el("noscript", el("p", "The charts need JavaScript. The tables below hold their figures by phase.")),
        *(_topic(topic, arms) for topic in drawn),
        id="timeline",
    )


def data(drawn: Iterable[Topic], phases: Iterable[Span]) -> Html:
    """Return the charts as JSON in which nothing can end the script element that holds it."""
    charts = {place(topic, number): figure for topic in drawn for number, figure in enumerate(topic.figures.values())}
    named = [{"name": visible(one.name), "begin": one.begin, "end": one.end} for one in phases]
    said = orjson.dumps({"phases": named, "charts": charts}).decode()
    return Html(said.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def place(topic: Topic, number: int) -> str:
    """Return the id of a topic's chart of this number."""
    return f"chart-{topic.name}-{number}"


def _topic(topic: Topic, arms: Arms) -> Html:
    charts = {
        arm: plot(place(topic, number), f"{topic.title}: {arm}", figure)
        for number, (arm, figure) in enumerate(topic.figures.items())
    }
    idle = el("p", "Nothing ran in this arm.", class_="quiet")
    figures = (
        el("figure", el("figcaption", arm_title(name, arm)), charts.get(name, idle)) for name, arm in arms.items()
    )
    return el(
        "div",
        el("h3", topic.title),
        el("p", topic.lead),
        el("ul", *(_key(key) for key in topic.legend), class_="legend"),
        el("div", *figures, class_="charts"),
        class_="topic",
    )


def plot(name: str, label: str, figure: Values) -> Html:
    """Return the place of a chart, as high as it will be, so that the page doesn't jump."""
    height = f"height:{figure['layout']['height']}px"
    return el("div", id=name, class_="plot", role="img", aria_label=label, style=height)


def _key(key: Key) -> Html:
    return el("li", swatch(key.color, key.look), key.name, el("span", f" {key.meaning}", class_="gloss"))
