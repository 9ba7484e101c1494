"""The whole page: its sections in order, and what makes it stand alone."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError
from brownout.reports.html.asked import thresholds
from brownout.reports.html.charts import topics
from brownout.reports.html.faults import faults
from brownout.reports.html.findings import findings
from brownout.reports.html.gallery import data, timeline
from brownout.reports.html.grounds import grounds
from brownout.reports.html.markup import Html, el, join, text
from brownout.reports.html.money import money_table
from brownout.reports.html.outcomes import errors, phases
from brownout.reports.html.repeat import repeat
from brownout.reports.html.soundness import soundness
from brownout.reports.html.summary import banner, glance, title_of, word
from brownout.reports.html.timeline import lines, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.reports.html.charts import Topic
    from brownout.reports.html.timeline import Span

_SECTIONS: Final = {
    "glance": "At a glance", "findings": "Findings", "timeline": "Time line", "phases": "Phases", "errors": "Errors",
    "money": "Money", "faults": "Faults", "thresholds": "Thresholds", "load": "Load", "grounds": "Grounds",
    "repeat": "Repeat",
}  # fmt: skip
"""What the page's table of contents calls its sections, where they are there."""


_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a browser may do with the page: nothing is fetched, and only the scripts whose digests are added run."""


def render(verdict: Mapping[str, Any]) -> str:
    """Return a verdict as one HTML page that needs no other file and no network.

    Raises:
        UsageError: if there are charts to draw and plotly isn't installed.
    """
    arms = verdict["arms"]
    when = spans(verdict)
    rules = {name: arm["rules"] for name, arm in arms.items()}
    drawn = topics(when, lines(verdict), rules)
    sections = [
        glance(verdict),
        findings(verdict),
        timeline(drawn, arms) if drawn else None,
        phases(arms),
        errors(arms),
        money_table(arms),
        faults(arms),
        thresholds(arms),
        soundness(arms),
        grounds(verdict),
        repeat(verdict),
    ]
    shown = join(sections)
    main = el("main", banner(verdict), _contents(shown), shown, _footer(verdict))
    return document(f"{word(verdict['status'])}: {title_of(verdict)}", main, drawn, when)


def document(title: str, main: Html, drawn: Sequence[Topic], when: Sequence[Span]) -> str:
    """Return a whole page, with what it needs to draw its charts.

    Raises:
        UsageError: if there are any and plotly isn't installed.
    """
    scripts = [_plotly(), _part("page.js")] if drawn else []
    policy = "; ".join([_POLICY, " ".join(["script-src", *map(_digest, scripts)])]) if scripts else _POLICY
    head = join(
        [
            Html('<meta charset="utf-8">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark">'),
            Html('<link rel="icon" href="data:,">'),
            el("title", f"{title} · Brownout"),
            el("style", Html(_part("style.css"))),
        ]
    )
    body = [main]
    if drawn:
        body.append(el("script", data(drawn, when), type="application/json", id="charts"))
        body += [el("script", Html(script)) for script in scripts]
    return f'<!doctype html>\n<html lang="en">{el("head", head)}{el("body", *body)}</html>\n'


def _plotly() -> str:
    """Return plotly.js. Looked for before it is imported, and only here: nothing else of the package is needed."""
    if find_spec("plotly") is None:
        raise UsageError("the HTML report draws its charts with plotly: pip install 'brownout[drill]'")
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    return str(get_plotlyjs())


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _contents(shown: Html) -> Html:
    links = (el("a", name, href=f"#{each}") for each, name in _SECTIONS.items() if f' id="{each}"' in shown)
    return el("nav", *links, aria_label="Sections")


def _footer(verdict: Mapping[str, Any]) -> Html:
    version = (verdict.get("versions") or {}).get("brownout", "")
    return el(
        "footer",
        el("p", f"Made by Brownout {version}. The providers are emulated; Brownout is affiliated with none of them. "
                "This page is one file: nothing is fetched and nothing is sent. All its figures are in verdict.json."),
    )  # fmt: skip
