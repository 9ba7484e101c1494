"""How a verdict is shown."""

from __future__ import annotations

import re

import orjson
import pytest
from story import Story, rule

from brownout.core.plan import Count
from brownout.reports import REPORTS
from brownout.reports.json_ import JsonReport
from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge

RULES = (rule(count=Count(percentage=8)),)


def _verdict(**more: str) -> dict[str, object]:
    """Return the verdict of a drill as it should be: the control arm is hurt, the other one copes."""
    naive = Story("naive", control=True, rules=RULES).orders(9).order("order-0117", charges=2, fired=["lost-answer"])
    keyed = Story("keyed", rules=RULES).orders(9).order("order-0117", fired=["lost-answer"])
    return {**judge([naive.run(orders_planned=10), keyed.run(orders_planned=10)]), **more}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_shows_every_verdict(name: str) -> None:
    """A report says of any verdict how it ended, and is registered under its own name."""
    report = REPORTS[name]
    verdicts = [
        _verdict(),
        judge([Story().order("o", charges=2).run()]),
        judge([Story().run(interrupted=True)]),
        judge([Story(rules=RULES).order("o", "unknown", charges=0).run()]),
    ]

    for verdict in verdicts:
        assert str(verdict["status"]) in report.render(verdict).lower()

    assert (report.api, report.name) == (1, name)


def test_terminal_begins_with_the_verdict() -> None:
    """The verdict comes first, then why."""
    lines = TerminalReport().render(_verdict()).splitlines()

    assert lines[0] == "PASS  Lost"
    assert lines[1] == "  every threshold holds for keyed"
    assert lines[2].startswith("  naive: payments.duplicated is 1, but")


def test_terminal_has_a_row_for_each_measure_and_fault() -> None:
    """Each arm has its column, with the control arm marked."""
    text = TerminalReport().render(_verdict())
    rows = {cells[0]: cells[1:] for line in text.splitlines() if len(cells := re.split(r"\s{2,}", line.strip())) == 3}

    assert rows["orders"] == ["10 of 10", "10 of 10"]
    assert rows["charges"] == ["11: $274.89", "10: $249.90"]
    assert rows["charged too often"] == ["1", "0"]
    assert rows["money wrong"] == ["$24.99", "$0.00"]
    assert rows["tries per order"] == ["1.1", "1"]
    assert rows["fault lost-answer"] == ["2 (expected 0.88)", "1 (expected 0.8)"]
    assert "naive (control)" in text


def test_terminal_says_how_to_go_on() -> None:
    """The end of the report says how to run it again, how to see why, and where the files are."""
    text = TerminalReport().render(
        _verdict(again="brownout drill x --seed 7", explain="brownout explain j o", folder="out")
    )

    assert text.splitlines()[-4:] == [
        "seed   7",
        "again  brownout drill x --seed 7",
        "why    brownout explain j o",
        "files  out",
    ]


def test_terminal_shows_some_findings_and_counts_the_rest() -> None:
    """A long list of findings is cut, and says so."""
    text = TerminalReport().render(judge([Story().orders(8, charges=2).run()]))

    assert text.count("was charged twice") == 5
    assert "keyed: and 3 more, all in verdict.json" in text


def test_terminal_says_not_measured() -> None:
    """What is unknown is never shown as 0."""
    told = Story().orders(3)
    told.claims = None

    text = TerminalReport().render(judge([told.run(evicted=1)]))

    for row in ("claimed paid, never charged", "money wrong", "tries per order"):
        assert re.search(rf"^{row}\s+not measured$", text, re.MULTILINE)


def test_terminal_without_color_is_plain() -> None:
    """Only a terminal gets colours."""
    assert "\x1b" not in TerminalReport().render(_verdict())
    assert "\x1b" in TerminalReport(color=True).render(_verdict())


def test_terminal_shows_text_as_it_is() -> None:
    """A title is not markup, and long reasons are not broken."""
    verdict = judge([Story(thresholds={}).orders(2).run(title="[bold]not markup[/bold] :smile:", trouble="x" * 200)])

    text = TerminalReport(width=60).render(verdict)

    assert "[bold]not markup[/bold] :smile:" in text
    assert "x" * 200 in text


def test_interrupted_verdict_says_so() -> None:
    """A part of a run is not taken for the whole."""
    assert "(interrupted: this is only a part of the run)" in TerminalReport().render(
        judge([Story().orders(3).run(interrupted=True)])
    )


def test_json_is_the_verdict() -> None:
    """The JSON report holds exactly the verdict."""
    verdict = _verdict()

    assert orjson.loads(JsonReport().render(verdict)) == orjson.loads(orjson.dumps(verdict))
    assert JsonReport().filename == "verdict.json"
