"""What the HTML report says of a verdict, of whatever kind."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from report_page import Page, old
from sample_verdict import sample
from story import Story

from brownout.core.plan import Load, Stage
from brownout.reports.html import findings, page
from brownout.verdict import judge


@pytest.fixture(autouse=True)
def _without_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the megabytes that every page would carry; `monkeypatch.undo` brings them back."""
    monkeypatch.setattr(page, "_plotly", lambda: "/* plotly.js */")


@pytest.mark.parametrize(("status", "said"), [("pass", "✔Pass"), ("fail", "✘Fail"), ("inconclusive", "?Inconclusive")])
def test_the_verdict_and_its_reasons_come_first(status: str, said: str) -> None:
    """As a word and a sign, not by colour alone."""
    text = Page(sample(status=status, reasons=["this is why"])).text

    assert said in text
    assert text.index(said) < text.index("this is why") < text.index("At a glance")


def test_a_part_of_a_run_is_marked_at_the_top() -> None:
    """An interrupted run is never taken for a whole one."""
    text = Page(sample(status="inconclusive", interrupted=True)).text

    assert text.index("Interrupted: this is only a part of the run.") < text.index("At a glance")
    assert "Interrupted" not in Page(sample()).text


def test_every_arm_is_beside_the_others() -> None:
    """The glance has a column for each, with the control marked, and harm marked with a sign."""
    text = Page(sample()).text

    assert "naive (control) resilient".replace(" r", "r") in text
    assert re.search(r"goodput paid once, and the client knows it60\.8 %99\.5 %", text)
    assert re.search(r"charged too often payments beyond the first✘ \d+0", text)


def test_findings_name_the_key_and_the_line_to_type() -> None:
    """Whoever reads a finding can ask why at once."""
    verdict = sample()
    first = verdict["arms"]["naive"]["findings"][0]
    text = Page(verdict).text

    assert first["message"] in text
    assert f"brownout explain brownout-report/everything-together/journal-naive.jsonl {first['key']}" in text


def test_the_line_to_type_is_one_a_shell_reads_as_meant() -> None:
    """A key is a client's own text: it is quoted, and not taken for an option."""
    verdict = sample(folder="my reports/$(reboot)")
    naive = verdict["arms"]["naive"]
    naive["findings"] = [{**naive["findings"][0], "key": "-h; rm 'x'", "message": "-h; rm 'x' failed"}]

    line = """brownout explain -- 'my reports/$(reboot)/journal-naive.jsonl' '-h; rm '"'"'x'"'"''"""
    assert line in Page(verdict).text


def test_many_findings_are_counted_and_some_are_shown() -> None:
    """10,000 findings make a page that can be read, and say how many there are."""
    verdict = sample()
    naive = verdict["arms"]["naive"]
    naive["findings"] = [{**naive["findings"][0], "key": f"order-{each}"} for each in range(10_000)]

    shown = Page(verdict)

    assert "10,000 duplicated" in shown.text
    assert f"and {10_000 - findings.SHOWN_MOST:,} others, all in verdict.json" in shown.text
    assert shown.text.count("journal-naive.jsonl order-") == findings.SHOWN_MOST


@pytest.mark.slow
def test_many_reasons_rules_and_thresholds_are_cut_with_a_count() -> None:
    """Nothing is left out silently."""
    verdict = sample(reasons=[f"reason {each}" for each in range(1000)])
    for arm in verdict["arms"].values():
        arm["rules"] = [{**arm["rules"][0], "name": f"rule-{each}"} for each in range(1000)]
        arm["timeline"]["faults"] = {}
        arm["thresholds"] = arm["thresholds"] * 100

    text = Page(verdict).text

    assert "and 980 more, all in verdict.json" in text
    assert text.count("and 800 more rows, all in verdict.json") == 2
    assert "970 more rules: see the table." in text


def test_money_is_shown_by_currency() -> None:
    """Amounts carry their currency's code; what nobody can tell has no column."""
    verdict = sample()
    for arm in verdict["arms"].values():
        for sums in arm["money"].values():
            del sums["expected_minor"], sums["error_minor"]
    text = Page(verdict).text
    part = text[text.index("Money moved") : text.index("Faults planned")]

    assert re.search(r"naive \(control\) USD\d+USD [\d,]+\.\d\dUSD 318\.00✘ USD [\d,]+\.\d\d", part)
    assert "expected" not in part
    assert "not measured" not in part


def test_what_the_verdict_expects_and_misses_in_money_is_shown() -> None:
    """Where the verdict tells what should have moved, the table does."""
    verdict = sample("keyed")
    verdict["arms"]["keyed"]["money"] = {
        "jpy": {"captures": 2, "captured_minor": 5000, "refunded_minor": 0, "expected_minor": 4500, "error_minor": 500}
    }

    assert "keyed JPY2JPY 5,000JPY 0JPY 4,500JPY 0JPY 0JPY 0✘ JPY 500" in Page(verdict).text


def test_faults_are_shown_as_planned_and_as_fired() -> None:
    """By arm; one that never fired stands out, and one that had nothing to change says so."""
    text = Page(sample()).text

    assert re.search(r"token-revokedtokenedgetoken-expirypercentage: 60\d+[\d.]+\d+", text)
    assert "answer-lostabortresponsealways" in text
    assert "✘ never" in text
    assert "and 3 idle" in text
    assert "burstundocumented-burst" in text


def test_a_rule_of_a_phase_stands_beside_the_one_that_holds_always() -> None:
    """Rules of one name in several phases are told apart."""
    verdict = sample("keyed")
    arm = verdict["arms"]["keyed"]
    slow = {**arm["rules"][0], "name": "slow"}
    arm["rules"] = [{**slow, "phase": None, "fired": 11}, {**slow, "phase": "recovery", "fired": 22}]
    shown = Page(verdict)

    assert re.search(r"slowtokenedgealways[^✘]+11slowtokenedgerecovery[^✘]+22", shown.text)
    boxes = [one for one in shown.charts["chart-faults-0"]["layout"]["shapes"] if one["yref"] == "y" and one["y0"] < 0]
    assert [(one["x0"], one["x1"]) for one in boxes] == [(0.0, 40.0), (32.0, 40.0)]


def test_broken_thresholds_come_first() -> None:
    """With what was asked for and what it came to, lengths of time as such."""
    text = Page(sample()).text
    part = text[text.index("What the scenario asks") : text.index("The steady state,")]

    assert part.index("✘ broken") < part.index("✔ holds")
    assert "op.latencyp(95) < 3s113 ms" in part
    assert "95 %: " in part


def test_how_to_repeat_is_all_there() -> None:
    """Seed, command, versions, the scenario's digest and the load."""
    verdict = sample()
    text = Page(verdict).text

    for each in (str(verdict["seed"]), verdict["again"], verdict["scenario"]["digest"], "locust 2.47.0",
                 "journey checkout, 10 operations a second, for 40 s, at most 50 at once"):  # fmt: skip
        assert each in text[text.index("How to repeat this") :]


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (
            Load(
                executor="ramping_arrival_rate",
                rate_per_second=None,
                duration_seconds=5,
                stages=(Stage(duration_seconds=5, rate_per_second=20),),
            ),
            "ramping arrival rate, 5 s to 20 operations a second, for 5 s, at most 10 at once",
        ),
        (
            Load(executor="bursts", rate_per_second=None, size=20, repeat_seconds=5),
            "bursts, 20 at once, each 5 s, for 7 s, at most 10 at once",
        ),
        (
            Load(executor="bursts", rate_per_second=9, for_seconds=1, repeat_seconds=5),
            "bursts, 9 operations a second, 1 s long, each 5 s, for 7 s, at most 10 at once",
        ),
        (Load(executor="users", rate_per_second=None), "for 7 s, by 10 users, each after its last is done"),
    ],
)
def test_every_kind_of_load_is_said(load: Load, words: str) -> None:
    """How orders came, as the scenario planned it."""
    text = Page(sample(load=asdict(load))).text

    assert f"journey checkout, {words}" in text


def test_whether_the_test_was_sound() -> None:
    """How late generator and server were, as far as that is known."""
    verdict = sample()
    verdict["arms"]["naive"]["server"] = {"loop_lag": {"p99_seconds": 0.003}, "busy_share": 0.125}
    text = Page(verdict).text
    part = text[text.index("Was the test itself sound?") :]

    assert "3 ms" in part
    assert "12.5" in part


def test_a_verdict_without_the_newer_parts_is_shown_without_their_sections() -> None:
    """A report of an old verdict has no charts, and needs no plotly."""
    shown = Page(old(sample()))

    assert {"glance", "findings", "money", "faults", "thresholds", "load", "repeat"} <= set(shown.ids)
    assert not {"timeline", "phases", "errors", "charts"} & set(shown.ids)
    assert shown.scripts == []
    assert len(shown.html) < 100_000


@pytest.mark.parametrize("arms", [("keyed",), ("a", "b", "c", "d", "e")])
def test_any_number_of_arms(arms: tuple[str, ...]) -> None:
    """Each has its column and its charts."""
    shown = Page(sample(*arms))

    assert len(shown.charts) == 5 * len(arms)
    assert all(f"journal-{arm}.jsonl" in shown.text for arm in arms)


def test_a_run_in_which_nothing_happened() -> None:
    """It says so, and makes no empty charts."""
    shown = Page(judge([Story().run()]))

    assert "Inconclusive" in shown.text
    assert "No operation ran, so nothing was found." in shown.text
    assert "Nobody was charged anything." in shown.text
    assert shown.charts == {}


def test_an_arm_in_which_nothing_ran_beside_one_that_did() -> None:
    """Its place in the time line says so."""
    verdict = sample()
    verdict["arms"]["resilient"]["timeline"]["at"] = []
    shown = Page(verdict)

    assert len(shown.charts) == 5
    assert shown.text.count("Nothing ran in this arm.") == 5


def test_verdicts_as_they_are_judged() -> None:
    """The report reads what the verdict writes, with claims and without."""
    told, untold = Story().orders(9).order("twice", charges=2), Story("naive", control=True).orders(3)
    untold.claims = None

    text = Page(judge([told.run(), untold.run()])).text

    assert "brownout explain journal-keyed.jsonl twice" in text
    assert "not measured" in text


def test_an_arm_that_was_cut_short() -> None:
    """What it never came to is not measured, and what nobody asked for has no table."""
    verdict = sample()
    cut = verdict["arms"]["resilient"]
    cut["phases"], cut["rules"], cut["limits"] = cut["phases"][:1], [], []
    for arm in verdict["arms"].values():
        arm["thresholds"], arm["steady_state"] = [], []
        nothing = [None] * 40
        arm["timeline"] |= {"latency_p50_seconds": nothing, "latency_p95_seconds": nothing}

    shown = Page(verdict)

    assert "thresholds" not in shown.ids
    assert "not plannednot plannednot planned" in shown.text
    assert shown.text.count("not measurednot measurednot measurednot measured") == 5
    assert not [name for name in shown.charts if "latency" in name]


def test_without_a_scenario() -> None:
    """A journal of some other run has neither scenario nor title."""
    verdict = sample(
        scenario={"name": "", "title": "", "digest": ""}, again=None, repeat=None, folder=None, versions={}
    )

    text = Page(verdict).text

    assert "A run without a scenario" in text
    assert "brownout verdict journal-naive.jsonl" in text


def test_unknown_words_of_later_versions() -> None:
    """A status, a class or a kind of finding that this report doesn't know is shown as it is."""
    verdict = sample(status="maybe")
    naive = verdict["arms"]["naive"]
    naive["timeline"]["failed"]["gremlins"] = [1] * 40
    naive["findings"].append({"kind": "odd", "arm": "naive", "key": "k", "message": "k is odd", "exchanges": []})

    text = Page(verdict).text

    assert "?Unknown" in text
    assert "gremlins a class that this report doesn't know" in text
    assert "1 odd" in text
