"""The trend page as a browser draws it, without any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chromium import IN_A_BROWSER, NOWHERE, chromium
from sample_verdict import sample

from brownout.reports.trend import Run, render

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = IN_A_BROWSER


def test_every_chart_is_drawn_and_nothing_is_complained_of(tmp_path: Path) -> None:
    """A chart for each threshold of the arm that decides, with a mark for each run, and no error in the console."""
    runs = [Run(label=f"2026-05-{n:02} 08:00", place=f"run-{n}", verdict=sample(seed=n)) for n in range(1, 9)]
    page = tmp_path / "trend.html"
    page.write_text(render(runs), encoding="utf-8")

    with chromium(NOWHERE) as browser:
        browser.get(page.as_uri())
        marks = browser.execute_script(
            "return [...document.querySelectorAll('.plot')].map(one => one.querySelectorAll('.point').length)"
        )
        complaints = browser.get_log("browser")

    assert marks == [8] * 5
    assert complaints == []
