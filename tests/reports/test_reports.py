"""How a verdict is shown."""

from __future__ import annotations

import re

import orjson
import pytest
from story import Story, phased, rule

from brownout.core.rules import Count
from brownout.reports import REPORTS
from brownout.reports.json_ import JsonReport
from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge
from brownout.verdict.limits import PlannedLimit

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
    assert rows["good"] == ["9 (90.0%)", "10 (100%)"]
    assert rows["ended badly"] == ["1 unexplained", "0"]
    assert rows["95% were done within"] == ["10 ms", "10 ms"]
    assert rows["charges"] == ["11: $274.89", "10: $249.90"]
    assert rows["charged too often"] == ["1", "0"]
    assert rows["money wrong"] == ["$24.99", "$0.00"]
    assert rows["tries per order"] == ["1.1", "1"]
    assert rows["fault lost-answer"] == ["2 (~0.88 expected)", "1 (~0.8 expected)"]
    assert "naive (control)" in text


def test_terminal_says_how_to_go_on() -> None:
    """The end of the report says how to run it again, how to see why, and where the files are."""
    text = TerminalReport().render(
        _verdict(again="brownout drill x --seed 7", explain="brownout explain j o", folder="out")
    )

    assert TerminalReport().render(_verdict()).splitlines()[-1] == "again  brownout drill lost-answer --seed 7"
    assert text.splitlines()[-4:] == [
        "seed   7",
        "again  brownout drill x --seed 7",
        "why    brownout explain j o",
        "files  out",
    ]


def test_terminal_shows_some_findings_and_counts_the_rest() -> None:
    """A long list of findings is cut, and says so."""
    text = TerminalReport().render(judge([Story().orders(13, charges=2).run()]))

    assert text.count(" twice: $24.99 too much") == 10
    assert "keyed: and 3 more, all in verdict.json" in text


def test_terminal_advises_on_what_was_missed() -> None:
    """Once for each metric, of arms that decide; what is met, or only missed by a control arm, needs no advice."""
    asked = {"payments.duplicated": ("count == 0", "count < 1"), "payments.lost": ("count == 0",)}
    twice = Story("keyed", thresholds=asked).order("order-1", charges=2).run()
    control = Story("naive", thresholds=asked, control=True).order("order-1", charges=2).run()

    text = TerminalReport().render(judge([control, twice]))
    alone = TerminalReport().render(judge([control, Story("keyed", thresholds=asked).order("order-1").run()]))

    assert text.count("payments.duplicated missed: an order was charged again") == 1
    assert "payments.lost missed" not in text
    assert "missed: " not in alone


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


# ------------------------------------------------------------------ phases, and what was asked


def _phased() -> dict[str, object]:
    but = {12: {"charges": 2}, 13: {"outcome": "fail", "charges": 0, "status": 503}, 14: {"late": 2.0}, 15: None}
    asked = {
        "payments.duplicated": ("count == 0",),
        "op.latency{phase:storm}": ("p(50) < 800ms", "p(99) < 1s"),
        "errors{arm:keyed}": ("count == 0",),
    }
    rules, limits = (rule(phase="storm"),), (PlannedLimit(name="burst", phase="storm"),)
    head = {"thresholds": asked, "steady_state": {"errors": ("count == 0",)}, "rules": rules, "limits": limits}
    naive = phased("naive", control=True, but=but, **head).call(
        "x", phase="storm", limit="burst", fired=["lost-answer"]
    )
    return judge([naive.run(), phased(**head).call("x", phase="storm", fired=["lost-answer"]).run()])


def _rows(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def test_terminal_has_a_row_for_each_phase() -> None:
    """How many went well, how fast, what was charged twice, and why the others ended badly."""
    rows = _rows(TerminalReport(width=80).render(_phased()))

    assert ["naive", "baseline", "10 (100%)", "10 ms", "0", "0"] in rows
    assert ["storm", "7 (70.0%)", "?", "1", "1 server, 1 unexplained, 1 unsent"] in rows
    assert ["keyed", "baseline", "10 (100%)", "10 ms", "0", "0"] in rows


def test_terminal_shows_what_was_asked_and_what_it_came_to() -> None:
    """Each arm in its column; what isn't about an arm is a dash."""
    rows = _rows(TerminalReport(width=80).render(_phased()))

    assert ["payments.duplicated count == 0", "1 missed", "0"] in rows
    assert ["op.latency in storm p(50) < 800ms", "10 ms", "10 ms"] in rows
    assert ["op.latency in storm p(99) < 1s", "not measured", "not measured"] in rows
    assert ["errors count == 0", "-", "0"] in rows
    assert ["steady: errors in recovery count == 0", "0", "0"] in rows


def test_terminal_shows_faults_and_limits_of_phases() -> None:
    """Planned and met, with the phase that they are for."""
    rows = _rows(TerminalReport(width=80).render(_phased()))

    assert ["fault lost-answer in storm", "1 (~11 expected)", "1 (~11 expected)"] in rows
    assert ["limit burst in storm", "1 refused", "0 refused"] in rows


def test_terminal_tells_what_fired_in_vain() -> None:
    """A fault that fired and had nothing to change is counted apart, still in 80 columns; the unknown is a question."""
    verdict = _phased()
    found = next(iter(verdict["arms"].values()))["rules"][0]
    found |= {"fired": 2, "idle": 13, "expected": None}

    rows = _rows(TerminalReport(width=80).render(verdict))

    assert ["fault lost-answer in storm", "2, 13 idle (? expected)", "1 (~11 expected)"] in rows


def test_terminal_fits_80_columns() -> None:
    """Figures are not wrapped on the narrowest of usual terminals; sentences are the terminal's to wrap."""
    text = TerminalReport(width=80).render(_phased())

    tables = text[text.index("\norders ") : text.index("\nrests ")]
    assert max(len(line) for line in tables.splitlines()) <= 80


def test_terminal_is_not_steered_by_names() -> None:
    """A client's own words can't clear the screen or colour it."""
    told = Story("arm").order("order\x1b[2J", charges=2, claim={"detail": "\x07"})
    told.order("other", "fail", charges=0, claim={"error": "auth", "detail": "\x1b]0;title\x07"})

    text = TerminalReport().render(judge([told.run(title="a\x1bb", trouble="it said \x9b31m")]))

    assert not {"\x1b", "\x07", "\x9b"} & set(text)


@pytest.mark.parametrize(("good", "shown"), [(30, "30 (100%)"), (29, "29 (96.7%)"), (0, "0 (0%)")])
def test_shares_are_only_whole_where_all_or_nothing_is(good: int, shown: str) -> None:
    """29 of 30 is not 100%."""
    told = phased(but={number: {"outcome": "fail", "charges": 0} for number in range(good, 30)})

    assert shown in TerminalReport().render(judge([told.run()]))


def test_almost_all_is_not_all() -> None:
    """Nor is 2,999 of 3,000."""
    told = phased(rate=100, but={7: {"outcome": "fail", "charges": 0}})

    assert "2999 (<100%)" in TerminalReport().render(judge([told.run()]))


def test_many_classes_of_errors_are_cut() -> None:
    """The three most frequent, and how many others."""
    told = Story()
    for number, status in enumerate([401, 401, 503, 503, 409, 409, 402, 400]):
        told.order(f"order-{number}", "fail", charges=0, status=status)

    assert "2 auth, 2 conflict, 2 server, 2 other" in TerminalReport(width=120).render(judge([told.run()]))
