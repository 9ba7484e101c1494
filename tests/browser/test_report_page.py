"""The report as a real browser shows it: it draws, it stays within the screen, it talks to nobody.

Chromium and its driver come from the system, on Debian as `chromium` and `chromium-driver`; nothing is downloaded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from chromium import IN_A_BROWSER, NOWHERE, chromium
from sample_verdict import sample

from brownout.reports.html import HtmlReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium import webdriver

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'><b>%{x}</b>"
TOPICS = ("operations", "latency", "wire", "retries", "faults")

_FRAMES = """
    const done = arguments[0];
    let left = 4;
    const wait = () => { left-- ? requestAnimationFrame(wait) : done(); };
    wait();
"""

Show: TypeAlias = "Callable[..., webdriver.Chrome]"

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Return a browser that can't reach any network."""
    with chromium(NOWHERE, {"browser": "ALL", "performance": "ALL"}) as driver:
        yield driver


@pytest.fixture
def show(browser: webdriver.Chrome, tmp_path: Path) -> Show:
    """Return a function that opens a verdict's page on a wide screen, by day or by `night`."""

    def opened(verdict: dict[str, Any], *, night: bool = False) -> webdriver.Chrome:
        file = tmp_path / "report.html"
        file.write_text(HtmlReport().render(verdict), encoding="utf-8")
        browser.get("about:blank")
        _screen(browser, 1280)
        _light(browser, "dark" if night else "light")
        for log in ("browser", "performance"):
            browser.get_log(log)  # forget what the page before did
        browser.get(file.as_uri())
        return browser

    return opened


def _screen(page: webdriver.Chrome, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    _settle(page)


def _light(page: webdriver.Chrome, scheme: str) -> None:
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    _settle(page)


def _settle(page: webdriver.Chrome) -> None:
    """Return when the page has drawn itself anew: it does so in the next frame."""
    page.execute_async_script(_FRAMES)


def test_every_chart_is_drawn_and_nothing_is_complained_of(show: Show) -> None:
    """Each arm has its five charts, with their columns, and the console is empty."""
    page = show(sample())

    drawn = page.execute_script(
        "return [...document.querySelectorAll('.plot')].map((one) => one.querySelectorAll('.main-svg').length)"
    )
    bars = page.execute_script("return document.querySelectorAll('#chart-operations-0 .bars .point path').length")

    assert len(drawn) == 10
    assert all(drawn)
    assert bars > 60
    assert page.get_log("browser") == []


def test_the_page_talks_to_nobody(show: Show) -> None:
    """The page's own file is all that is ever asked for."""
    page = show(sample())

    asked = [
        entry["message"] for entry in page.get_log("performance") if 'Network.requestWillBeSent"' in entry["message"]
    ]
    fetched = page.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")

    assert len(asked) <= 1
    assert all("file:///" in one and "report.html" in one for one in asked)
    assert fetched == []


def test_nobodys_text_runs(show: Show) -> None:
    """Names of scripts and tags are names, in the page and in its charts."""
    verdict = sample(reasons=[HOSTILE])
    verdict["scenario"] = {"name": HOSTILE, "title": HOSTILE, "digest": HOSTILE}
    for phase in verdict["phases"]:
        phase["name"] += HOSTILE
    for arm in verdict["arms"].values():
        arm["rules"][0]["name"] = HOSTILE
        arm["timeline"]["failed"][HOSTILE] = [1] * 40
    verdict["arms"] = {HOSTILE + name: arm for name, arm in verdict["arms"].items()}
    page = show(verdict)

    assert page.execute_script("return [window.hacked ?? null, document.images.length, document.scripts.length]") == [
        None,
        0,
        3,
    ]
    assert page.execute_script("return document.querySelectorAll('.plot b, .plot image, .plot a').length") == 0
    assert "<script>" in page.title
    assert page.get_log("browser") == []


@pytest.mark.parametrize("arms", [("naive", "resilient"), ("a", "b", "c", "d", "e")])
def test_nothing_leaves_the_screen(show: Show, arms: tuple[str, ...]) -> None:
    """Wide tables scroll by themselves; the page never does, sideways, and charts follow its width."""
    verdict = sample(*arms)
    verdict["arms"][arms[0]]["findings"][0]["key"] = "order-" + "x" * 300
    verdict["scenario"]["title"] = "t" * 300
    page = show(verdict)
    reach = """
        const right = (one) => one.getBoundingClientRect().right;
        const charts = [...document.querySelectorAll(".plot .main-svg")].map(right);
        return [document.documentElement.scrollWidth, Math.max(...charts)];
    """

    for width in (1920, 1280, 768, 400, 360):
        _screen(page, width)
        whole, charts = page.execute_script(reach)
        assert whole <= width
        assert width / 3 < charts <= width


def test_arms_are_beside_each_other_on_a_screen_and_above_on_a_phone(show: Show) -> None:
    """So that they compare at a glance where there is room for it."""
    places = """
        return ["0", "1"].map((arm) => {
          const { x, y } = document.getElementById("chart-wire-" + arm).getBoundingClientRect();
          return [x, y];
        });
    """
    page = show(sample())

    (left, top), (right, beside) = page.execute_script(places)
    assert (left < right, top == beside) == (True, True)

    _screen(page, 400)
    (left, top), (right, below) = page.execute_script(places)
    assert (left == right, top < below) == (True, True)


def test_charts_follow_day_and_night(show: Show) -> None:
    """Also when it falls while the page is open."""
    ink = "return getComputedStyle(document.querySelector('#chart-wire-0 .xtick text')).fill"
    page = show(sample())
    day = page.execute_script(ink)

    _light(page, "dark")
    dusk = page.execute_script(ink)

    assert dusk != day
    assert show(sample(), night=True).execute_script(ink) == dusk


def test_a_look_closer_at_one_chart_is_one_at_all(show: Show) -> None:
    """All charts show the same stretch of time."""
    page = show(sample())

    ranges = page.execute_async_script("""
        const done = arguments[0];
        Plotly.relayout("chart-latency-1", {"xaxis.range": [8, 14]}).then(() => setTimeout(() =>
          done([...document.querySelectorAll(".plot")].map((one) => one.layout.xaxis.range)), 500));
    """)

    assert ranges == [[8, 14]] * 10


def test_paper_is_light_and_has_everything_unfolded(show: Show) -> None:
    """Before it prints, the page unfolds its findings and redraws; then it goes back."""
    page = show(sample(), night=True)
    look = """
        const folded = document.querySelectorAll("details.findings:not([open])");
        return [folded.length, getComputedStyle(document.body).color];
    """
    folded, ink = page.execute_script(look)

    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    on_paper = page.execute_script(look)
    page.execute_script("dispatchEvent(new Event('afterprint'))")

    assert folded > 0
    assert on_paper == [0, "rgb(27, 32, 39)"]
    assert page.execute_script(look) == [folded, ink]
    assert page.execute_cdp_cmd("Page.printToPDF", {})["data"]
