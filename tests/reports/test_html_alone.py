"""The HTML report stands alone, and nobody's text gets out of hand."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import orjson
import pytest
from report_page import HOSTILE, Page, everywhere, old
from sample_verdict import sample

from brownout.core.errors import UsageError
from brownout.reports.html import HtmlReport, page
from brownout.reports.html.figure import safe

STYLE = files(page.__package__).joinpath("style.css").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _without_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the megabytes that every page would carry; `monkeypatch.undo` brings them back."""
    monkeypatch.setattr(page, "_plotly", lambda: "/* plotly.js */")


@pytest.mark.slow
def test_nobodys_text_becomes_markup() -> None:
    """Titles, keys, arms, phases, rules, claims: all of it is shown as text."""
    plain, shown = Page(sample()), Page(everywhere(sample(), HOSTILE))
    hostile_arms = {HOSTILE + name: arm for name, arm in everywhere(sample(), HOSTILE)["arms"].items()}
    renamed = Page({**everywhere(sample(), HOSTILE), "arms": hostile_arms})

    for one in shown, renamed:
        assert len(one.every("script")) == len(plain.every("script")) == 3
        assert one.every("img") == []
        assert not [name for _, attributes in one.tags for name in attributes if name.startswith("on")]
        assert "</script><script>hacked=1" in one.text
        assert "\x00" not in one.html
        assert "\u202e" not in one.html
    assert len(renamed.charts) == 10


def test_nobodys_text_becomes_markup_in_a_chart() -> None:
    """Plotly reads tags, entities and templates in whatever it is given; here it gets none but ours."""
    shown = Page(everywhere(sample(), HOSTILE))
    said = orjson.dumps(shown.charts).decode()

    assert "<script" not in said
    assert "<img" not in said
    assert re.findall(r"%\{(\w+)", said)
    assert set(re.findall(r"%\{(\w+)", said)) <= {"y", "text", "customdata"}
    assert safe("<b>%{x}</b>") == "&lt;b&gt;&#37;{x}&lt;/b&gt;"


def test_half_characters_are_no_crash() -> None:
    """A claim's text may hold what can't be written as UTF-8."""
    verdict = sample(reasons=["\ud800"])
    verdict["arms"]["naive"]["rules"][0]["name"] = "\udfff"

    HtmlReport().render(verdict).encode()


def test_the_page_needs_no_other_file() -> None:
    """Nothing refers to anything outside of the page."""
    shown = Page(sample())
    places = [
        value
        for _, attributes in shown.tags
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data", "poster", "srcset", "background", "formaction", "cite")
    ]

    assert places
    assert all(value == "data:," or (value or "").startswith("#") for value in places)
    assert not re.search(r"url\(|@import", STYLE)
    assert {value[1:] for value in places if value != "data:,"} <= set(shown.ids)


@pytest.mark.slow
def test_the_browser_is_told_to_fetch_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to run no script but the page's own two, by digest."""
    monkeypatch.undo()
    shown = Page(sample())
    policy = next(one["content"] for one in shown.every("meta") if one.get("http-equiv")) or ""
    own = {f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in shown.scripts[1:]}

    assert policy.startswith("default-src 'none'")
    assert set(re.search(r"script-src (.*)", policy)[1].split()) == own  # type: ignore[index]
    assert shown.every("script")[0]["type"] == "application/json"


@pytest.mark.slow
def test_size_and_time_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page can be mailed, and doesn't keep anybody waiting."""
    monkeypatch.undo()
    verdict = sample("a", "b", "c", "d", "e")
    begun = time.perf_counter()

    size = len(HtmlReport().render(verdict).encode())

    assert time.perf_counter() - begun < 2
    assert size < 6_000_000


def test_without_plotly_the_message_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with an extra."""
    monkeypatch.undo()
    monkeypatch.setattr(page, "find_spec", lambda _: None)

    with pytest.raises(UsageError, match=r"pip install 'brownout\[drill\]'"):
        HtmlReport().render(sample())
    assert "Pass" in HtmlReport().render(old(sample()))
