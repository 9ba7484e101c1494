"""The 95% intervals of shares, and what becomes of a threshold that asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story, phased

from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge


def _run(good: int, bad: int, line: str) -> dict[str, Any]:
    told = Story(thresholds={"errors": (line,)}).orders(good)
    for number in range(bad):
        told.order(f"bad-{number}", "fail", charges=0)
    return judge([told.run(orders_planned=good + bad)])


@pytest.mark.parametrize(
    ("good", "bad", "status"),
    [
        (400, 0, "pass"),
        (30, 0, "inconclusive"),
        (390, 10, "inconclusive"),
        (300, 100, "fail"),
        (395, 5, "inconclusive"),
    ],
)
def test_a_bound_may_be_asked_for_to_be_sure(good: int, bad: int, status: str) -> None:
    """Below 2% for sure takes so many good operations; what lies on both sides is open."""
    assert _run(good, bad, "rate < 0.02 at 95%")["status"] == status


@pytest.mark.parametrize(("good", "bad", "status"), [(30, 0, "pass"), (395, 5, "pass"), (390, 10, "fail")])
def test_without_that_the_run_itself_decides(good: int, bad: int, status: str) -> None:
    """As thresholds always did: one seed always plans the same."""
    assert _run(good, bad, "rate < 0.02")["status"] == status


def test_an_open_bound_says_between_what_it_lies() -> None:
    """In the reasons, and beside the figure."""
    verdict = _run(30, 0, "rate < 0.02 at 95%")

    assert verdict["reasons"] == [
        "keyed: errors is 0, with 95% from 0 to 0.114, and a threshold asks for rate < 0.02 at 95%"
    ]
    assert "0 (0 to 0.114) open" in TerminalReport().render(verdict)


def test_every_share_has_its_interval() -> None:
    """In the arm and in each of its phases; what isn't a share, or isn't measured, has none."""
    arm = judge([phased(but={3: {"outcome": "fail", "charges": 0}}).run()])["arms"]["keyed"]

    low, high = arm["intervals"]["goodput.rate"]
    assert low < 29 / 30 < high
    assert "goodput" not in arm["intervals"]
    assert "refresh.success" not in arm["intervals"]
    assert [phase["intervals"]["errors"][0] > 0 for phase in arm["phases"]] == [True, False, False]
