"""Runs of which only a part is there: looked at while they go on, and ended by a threshold (`abort_on_fail`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from story import PHASES, Story, phased, rule

from brownout.core.thresholds import Line
from brownout.reports.html import HtmlReport
from brownout.reports.terminal import TerminalReport
from brownout.verdict import Head, judge
from brownout.verdict.partial import missed

NONE = Line(threshold="count == 0", abort_on_fail=True)


def _aborted(told: Story, seconds: float = 4.0, **head: Any) -> Any:
    """Return the run that a missed line ended, as a drill leaves it."""
    run = told.run(**head)
    check = missed(run, seconds, looks=1)
    assert check is not None
    return replace(run, head=replace(run.head, aborted={"after_seconds": seconds, "check": check}))


def test_what_is_under_way_is_not_missed() -> None:
    """An order that was charged and not claimed yet, one that isn't due and one whose try failed are no breach."""
    metrics = ("payments.unresolved", "errors", "mishandled.gave_up", "operations.failed", "payments.lost")
    asked = dict.fromkeys(metrics, (NONE,))
    told = Story(thresholds=asked).orders(5)
    told.call("under-way").charge("under-way")
    told.call("failing", status=503, observed={"wall_at": 1_700_000_000.0})

    assert missed(told.run(orders_planned=100), 3.0, looks=1) is None


@pytest.mark.parametrize(
    ("metric", "line", "tell"),
    [
        ("payments.duplicated", "count == 0", lambda told: told.order("bad", charges=2)),
        ("payments.lost", "count == 0", lambda told: told.order("bad", charges=0)),
        ("goodput.rate", "value > 0.9", lambda told: told.order("bad", "fail", charges=0)),
        ("wire.errors{operation:stripe.*}", "rate < 0.1", lambda told: told.order("bad", status=500)),
        ("operations{phase:x}", "count == 0", None),
    ],
)
def test_what_has_ended_badly_is(metric: str, line: str, tell: Any) -> None:
    """A line that is missed so far ends the load; one about what isn't there yet doesn't."""
    told = Story(thresholds={metric: (replace(NONE, threshold=line),)}).orders(5)
    if tell is None:
        assert missed(told.run(), 3.0, looks=1) is None
        return

    found = missed(tell(told).run(orders_planned=100), 3.0, looks=1)

    assert found is not None
    assert (found["metric"], found["holds"]) == (metric.partition("{")[0], False)


def test_a_delay_is_waited_for() -> None:
    """Before it is over nothing ends; nor do lines that aren't marked, or are about another arm."""
    late = {"payments.duplicated": (replace(NONE, delay_seconds=10.0), "count < 1")}
    run = Story(thresholds=late).order("bad", charges=2).run()

    assert missed(run, 9.9, looks=1) is None
    assert missed(run, 10.0, looks=1) is not None
    others = Story(thresholds={"payments.duplicated{arm:other}": (NONE,)}).order("bad", charges=2)
    assert missed(others.run(), 10.0, looks=1) is None


def test_a_share_that_has_to_be_sure_is_held_to_more_the_oftener_one_looks() -> None:
    """Who looks a hundred times sees by chance what a single look would not."""
    sure = replace(NONE, threshold="rate < 0.1 at 95%")
    told = Story(thresholds={"errors": (sure,)}).orders(82)
    for number in range(18):
        told.order(f"bad-{number}", "fail", charges=0)

    assert missed(told.run(), 1.0, looks=1) is not None
    assert missed(told.run(), 1.0, looks=100) is None


@pytest.mark.parametrize(
    ("metric", "line", "bad", "late"),
    [
        ("detection.time", "value < 5s", 8, 18),
        ("operations", "count >= 20", None, None),
        ("operations", "count == 20", None, 22),
        ("goodput", "value > 0.8", None, None),
    ],
)
def test_what_may_still_come_right_ends_nothing(metric: str, line: str, bad: int | None, late: int | None) -> None:
    """A client that hasn't reported yet, a count that is still to grow, a rate of less time than the whole load."""

    def seen(orders: int) -> Any:
        told = Story(thresholds={metric: (replace(NONE, threshold=line),)}, phases=PHASES)
        for number in range(orders):
            told.order(f"o-{number}", due=float(number), **({"charges": 0, "fired": ["x"]} if number == bad else {}))
        return missed(told.run(), float(orders), looks=1)

    assert seen(10) is None
    assert late is None or seen(late) is not None


def test_what_only_the_end_tells_ends_nothing() -> None:
    """More trouble may come, so nobody has recovered yet, or failed to."""
    struck = {number: {"fired": ["lost-answer"], "outcome": "fail", "charges": 0} for number in range(100, 300)}
    for metric, line in (
        ("recovery.time", "value < 1s"),
        ("resilience.loss", "value < 1s"),
        ("retry.debt", "count < 0"),
    ):
        asked = {metric: (replace(NONE, threshold=line),)}
        told = phased(rate=10, but=struck, thresholds=asked, rules=(rule(phase="storm"),))

        assert missed(told.run(), 30.0, looks=1) is None


def test_a_claim_that_says_nothing_is_no_reason_to_break_down() -> None:
    """A client may write anything, also while it is looked at."""
    told = Story(thresholds={"payments.duplicated": (NONE,)}).order("bad", charges=2)
    told.claims = [*(told.claims or []), {"outcome": "ok"}, {"key": ["x"], "outcome": "ok"}]

    assert missed(told.run(), 1.0, looks=1) is not None


def test_lines_share_the_risk_of_all_looks() -> None:
    """Ten lines that are looked at once are as likely to be missed by chance as one that is looked at ten times."""
    sure = replace(NONE, threshold="rate < 0.1 at 95%")
    others = {f"{metric}": ("rate < 1 at 95%",) * 10 for metric in ("wire.errors", "throttled", "auth.failed")}
    alone, among = Story(thresholds={"errors": (sure,)}), Story(thresholds={"errors": (sure,), **others})
    for told in (alone, among):
        told.orders(82)
        for number in range(18):
            told.order(f"bad-{number}", "fail", charges=0)

    assert missed(alone.run(), 1.0, looks=1) is not None
    assert missed(among.run(), 1.0, looks=1) is None


def test_arms_of_which_one_was_ended_are_not_compared() -> None:
    """Only what ended by then could be compared, and that isn't the same of both."""
    asked = {"payments.duplicated": (NONE,)}
    naive = Story("naive", control=True, thresholds=asked).orders(3).order("bad", charges=2)

    [pair] = judge([_aborted(naive), Story(thresholds=asked).orders(9).run()])["pairs"]

    assert (pair["differs"], pair["message"]) == (None, None)


def test_an_aborted_run_fails_with_that_first() -> None:
    """It fails, however short it is, and that rules didn't fire and orders weren't sent is no doubt."""
    asked = {"operations": ("count > 50", "count < 3"), "payments.duplicated": (NONE,)}
    told = Story(thresholds=asked).orders(3)
    told.order("bad", charges=2).call("under-way").charge("under-way")

    verdict = judge([_aborted(told, orders_planned=100)])

    assert (verdict["status"], verdict["interrupted"], verdict["aborted"]) == ("fail", False, ["keyed"])
    assert verdict["reasons"] == [
        "keyed: aborted after 4 s: payments.duplicated is 1, but a threshold asks for count == 0",
        "keyed: operations is 4, but a threshold asks for count < 3",
    ]
    assert verdict["arms"]["keyed"]["thresholds"][0]["holds"] is None
    assert verdict["arms"]["keyed"]["metrics"]["payments.unresolved"]["count"] == 0
    assert verdict["arms"]["keyed"]["orders"] == {"planned": 100, "claimed": 4}
    assert "a threshold ended the run early" in TerminalReport().render(verdict)
    assert "a threshold ended the run early" in HtmlReport().render(verdict)


def test_a_control_arm_that_is_aborted_was_hurt_and_decides_nothing() -> None:
    """The other arm's verdict stands."""
    asked = {"payments.duplicated": (NONE,)}
    naive = Story("naive", control=True, thresholds=asked).orders(3).order("bad", charges=2)

    verdict = judge([_aborted(naive), Story(thresholds=asked).orders(9).run()])

    assert verdict["status"] == "pass"
    assert verdict["reasons"][1].startswith("naive: aborted after 4 s")


def test_a_latency_that_a_late_generator_made_is_inconclusive() -> None:
    """What ended the load was the generator's doing, not the client's."""
    asked = {"op.latency": (Line(threshold="max < 1s", abort_on_fail=True),)}
    told = phased(rate=34, but={number: {"late": 3.0} for number in range(30)}, thresholds=asked)

    verdict = judge([_aborted(told)])

    assert verdict["status"] == "inconclusive"
    assert any("the load generator was late" in reason for reason in verdict["reasons"])


def test_a_journal_keeps_marks_and_what_ended_it() -> None:
    """A head reads back as it was written; plain texts, all that earlier versions had, stay plain."""
    marked = Line(threshold="count < 3", gate=True, abort_on_fail=True, delay_seconds=2.0)
    head = Head(arm="a", thresholds={"payments.lost": ("count == 0", marked)}, invariants=("shop:check",))
    aborted = replace(head, aborted={"after_seconds": 4.0, "check": {"metric": "payments.lost"}})

    assert Head.from_dict(aborted.as_dict()) == aborted
    old = {"brownout_journal": 1, "arm": "a", "thresholds": {"payments.lost": ["count == 0"]}}
    assert Head.from_dict(old).thresholds == {"payments.lost": ("count == 0",)}
