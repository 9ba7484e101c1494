"""The verdict in Markdown, for the page of a CI job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from report_page import HOSTILE, everywhere
from sample_verdict import sample
from story import Story

from brownout.cli.outcome import summarise
from brownout.reports.github import GithubReport
from brownout.verdict import judge

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _shown(verdict: dict[str, Any]) -> str:
    return GithubReport().render(verdict)


def _rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]


def test_the_verdict_comes_first_with_its_reasons() -> None:
    """A sign, a word, the title; then why."""
    lines = _shown(sample()).splitlines()

    assert lines[0].startswith("### ✅ Pass: Tokens expire")
    assert lines[2] == "- every threshold holds for resilient"


def test_arms_stand_side_by_side() -> None:
    """The figures that matter most, a column for each arm."""
    rows = {row[0]: row[1:] for row in _rows(_shown(sample()))}

    assert rows["verdict"] == ["❌ fail", "✅ pass"]
    assert rows["charged too often"] == ["14", "0"]
    assert rows["good orders"][0] == "243 of 400 (60.8%)"


def test_an_arm_that_was_ended_early_is_counted_by_what_it_was_sent() -> None:
    """16 of 20 is 80%; 16 of 80 would not be."""
    verdict = sample()
    arm = verdict["arms"]["naive"]
    arm["aborted"] = {"after_seconds": 1.0, "check": {}}
    arm["metrics"] |= {"operations": {"count": 20}, "operations.good": {"count": 16}, "goodput.rate": {"value": 0.8}}

    rows = {row[0]: row[1:] for row in _rows(_shown(verdict))}

    assert rows["good orders"][0] == "16 of 20 (80.0%)"


def test_a_miss_comes_first_with_what_to_do() -> None:
    """Checks of deciding arms; those that hold come after."""
    asked = {"payments.lost": ("count == 0",), "payments.duplicated": ("count == 0",), "goodput.rate": ("value > 0.9",)}
    verdict = judge([Story(thresholds=asked).orders(3).order("order-9", charges=2).run()])

    checks = [row for row in _rows(_shown(verdict)) if len(row) == 5]

    assert [row[0] for row in checks[2:]] == ["❌ missed", "❌ missed", "✅ holds"]
    assert checks[2][2].startswith("payments.duplicated")
    assert checks[3][4].startswith("orders are lost")


def test_tables_have_as_many_cells_in_every_row_whatever_is_written() -> None:
    """Titles, keys and messages are somebody else's: none ends a cell, mentions anybody, or becomes markup."""
    text = _shown(everywhere(sample(), HOSTILE + " @team |x| `y` $z$ [a](b) *c*"))

    widths = {len(row) for row in _rows(text)}
    outside = re.sub(r"`+[^\n]*`+|<details><summary>|</summary>|</details>", "", text)
    assert widths == {3, 5}
    assert not re.search(r"[<@$\[\]*]", outside)
    assert "\x00" not in text


def test_it_stays_short() -> None:
    """Thousands of findings don't fill the megabyte that a job's page may have."""
    told = Story(thresholds={"payments.duplicated": ("count == 0",)}).orders(2000, charges=2)

    text = _shown(judge([told.run()]))

    assert len(text) < 10_000
    assert "and 1980 more, all in verdict.json" in text


def test_earlier_tries_are_told() -> None:
    """A verdict that was reached at the second try says so."""
    retried = sample(retries=[{"status": "inconclusive", "reasons": ["the generator was late"]}])

    assert "- try 1 was inconclusive: the generator was late" in _shown(retried)


def test_without_claims_nothing_is_nought() -> None:
    """What isn't measured says so."""
    told = Story().orders(3)
    told.claims = None

    rows = {row[0]: row[1:] for row in _rows(_shown(judge([told.run()])))}

    assert rows["claimed paid, never charged"] == ["not measured"]
    assert rows["money wrong"] == ["not measured"]


def test_a_job_of_github_gets_it_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other steps wrote stays; without the variable nothing is written."""
    page = tmp_path / "summary"
    page.write_text("before\n")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    summarise(sample())
    assert page.read_text() == "before\n"

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    summarise(sample())

    assert page.read_text().startswith("before\n### ✅ Pass")


def test_a_page_that_cant_be_written_changes_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is only said."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))

    summarise(sample())

    assert "GITHUB_STEP_SUMMARY: Is a directory" in capsys.readouterr().err
