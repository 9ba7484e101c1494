"""Fit to gate: lines marked `gate`, the risk that deciding lines share, and what is only a warning."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from story import Story, phased

from brownout.core.thresholds import Line
from brownout.reports.html import HtmlReport
from brownout.reports.junit import JunitReport
from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge
from brownout.verdict.checks import Measured, family, thresholds
from brownout.verdict.history import history
from brownout.verdict.measures import measure
from brownout.verdict.phases import PlannedPhase

if TYPE_CHECKING:
    from brownout.verdict import Head
    from brownout.verdict.history import History
    from brownout.verdict.measures import Values

GATE = Line(threshold="count == 0", gate=True)


def _told(thresholds: dict[str, Any], *, charges: int = 1, arm: str = "keyed", **head: Any) -> Story:
    return Story(arm, thresholds=thresholds, **head).orders(9).order("order-0117", charges=charges)


def test_only_what_is_marked_decides() -> None:
    """A line that isn't marked is a warning when it is missed, and the verdict passes."""
    verdict = judge([_told({"payments.lost": (GATE,), "payments.duplicated": ("count == 0",)}, charges=2).run()])

    assert (verdict["status"], verdict["arms"]["keyed"]["status"]) == ("pass", "pass")
    assert verdict["reasons"] == ["every threshold marked gate holds for keyed"]
    assert verdict["warnings"] == ["keyed: payments.duplicated is 1, but a threshold asks for count == 0"]
    assert "warning: keyed: payments.duplicated is 1" in TerminalReport().render(verdict)
    assert "a warning" in HtmlReport().render(verdict)
    xml = JunitReport().render(verdict)
    assert 'failures="0"' in xml
    assert "what isn't marked gate doesn't decide" in xml


def test_what_is_marked_fails() -> None:
    """A line that is marked and missed fails, and what isn't marked is not among the reasons."""
    asked = {"payments.duplicated": (GATE,), "operations": ("count == 99",)}

    verdict = judge([_told(asked, charges=2).run()])

    assert verdict["status"] == "fail"
    assert verdict["reasons"] == ["keyed: payments.duplicated is 1, but a threshold asks for count == 0"]
    assert verdict["warnings"] == ["keyed: operations is 10, but a threshold asks for count == 99"]


def test_what_is_not_marked_and_not_measured_is_no_doubt() -> None:
    """Only a deciding line has to be measured."""
    asked = {"payments.duplicated": (GATE,), "op.latency": ("p(99) < 1s",)}

    assert judge([_told(asked).run()])["status"] == "pass"
    assert judge([_told({"op.latency": (Line(threshold="p(99) < 1s", gate=True),)}).run()])["status"] == "inconclusive"


def test_without_any_mark_all_decide() -> None:
    """As ever."""
    verdict = judge(
        [_told({"payments.lost": ("count == 0",), "payments.duplicated": ("count == 0",)}, charges=2).run()]
    )

    assert (verdict["status"], verdict["warnings"]) == ("fail", [])


def test_a_gate_that_is_about_nobody_who_decides_is_no_pass() -> None:
    """Marks on a control arm alone leave nothing that decides."""
    asked = {"payments.duplicated{arm:naive}": (GATE,), "payments.lost": ("count == 0",)}
    runs = [_told(asked, charges=2, arm="naive", control=True).run(), _told(asked).run()]

    verdict = judge(runs)

    assert verdict["status"] == "inconclusive"
    assert "no threshold marked gate is about an arm that decides, so nothing was judged" in verdict["reasons"]


SHARES = {f"errors{{phase:{number}}}": ("rate < 0.1 at 95%",) for number in range(10)}
"""Ten lines, each about orders of its own."""
ORDERS = 200


def _ten_lines() -> tuple[Head, History, Values]:
    """Return a run of ten phases of 200 orders, and what was measured of it."""
    phases = tuple(PlannedPhase(name=str(number), duration_seconds=10.0) for number in range(10))
    told = Story(thresholds=SHARES, phases=phases)
    for number in range(10 * ORDERS):
        told.claim(f"order-{number}", amount=0, due=10 * number / ORDERS)
    run = told.run(orders_planned=10 * ORDERS)
    known = history(run)
    return run.head, known, measure(known.whole)


def _at_the_bound(random: Random, share: float, known: History, whole: Values) -> Measured:
    """Return the same, had each order been bad with a chance of `share`."""
    phases = {}
    for name in known.phases:
        bad = sum(random.random() < share for _ in range(ORDERS))
        phases[name] = whole | {"errors": {"count": bad, "rate": bad / ORDERS}}
    return Measured(known, whole, phases)


@pytest.mark.slow
def test_a_good_client_is_failed_by_chance_in_one_run_of_twenty_at_most() -> None:
    """Of runs with ten lines exactly at their bounds, 5% fail at most; did no line know of the others, far more."""
    random, (head, known, whole) = Random(20261123), _ten_lines()  # noqa: S311 - made-up histories
    failed = alone = 0
    runs = 1000
    for _ in range(runs):
        measured = _at_the_bound(random, 0.1, known, whole)
        failed += any(one["holds"] is False for one in thresholds(head, measured, family=family([head])))
        alone += any(one["interval"][0] > 0.1 for one in thresholds(head, measured))

    assert failed <= 0.05 * runs
    assert alone > 0.15 * runs


@pytest.mark.slow
def test_a_bad_client_is_still_failed() -> None:
    """Twice what is allowed is seen, however many lines share the risk."""
    random, (head, known, whole) = Random(7), _ten_lines()  # noqa: S311 - as above

    for _ in range(20):
        checks = thresholds(head, _at_the_bound(random, 0.2, known, whole), family=family([head]))
        assert sum(one["holds"] is False for one in checks) >= 7


def test_the_risk_is_shared_by_what_decides_and_has_to_be_sure() -> None:
    """Neither exact facts nor lines that don't decide take a part of it; each deciding arm does."""
    sure = Line(threshold="rate < 0.5 at 95%", gate=True)
    asked = {"throttled": (sure, "rate < 0.6 at 95%"), "payments.lost": (GATE,), "wire.errors{arm:a}": (sure,)}
    runs = [_told(asked, arm=arm).run() for arm in "ab"]

    verdict = judge(runs)

    families = [[one["family"] for one in verdict["arms"][arm]["thresholds"]] for arm in "ab"]
    assert families == [[3, 1, None, 3], [3, 1, None]]


def test_a_steady_state_that_has_to_be_sure_shares_it_too() -> None:
    """It may fail the run by its last phase."""
    told = phased(
        rate=50, steady_state={"errors": ("rate < 0.5 at 95%",)}, thresholds={"errors": ("rate < 0.5 at 95%",)}
    )
    arm = judge([told.run()])["arms"]["keyed"]

    assert {one["family"] for one in (*arm["thresholds"], *arm["steady_state"])} == {2}


def test_what_chance_may_do_is_said_and_is_no_failure() -> None:
    """Beyond its interval and within its part of the risk, a share is open, and the reason says how likely it is."""
    asked = {"errors": ("rate < 0.1 at 95%",)} | {
        f"throttled{{client:c{number}}}": ("rate < 0.9 at 95%",) for number in range(9)
    }
    told = Story(thresholds=asked).orders(84)
    for number in range(17):
        told.order(f"bad-{number}", "fail", charges=0)

    [check, *_] = judge([told.run(orders_planned=101)])["arms"]["keyed"]["thresholds"]

    assert check["holds"] is None
    assert check["interval"][0] > 0.1
    assert 0.005 < check["by_chance"] < 0.05
    assert "% of clients at the bound would come to by chance, 0.5% being the most for one of 10" in check["message"]
