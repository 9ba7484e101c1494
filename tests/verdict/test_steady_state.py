"""Steady state: before the trouble, and after it."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story, phased

from brownout.verdict import judge

GOOD = {"goodput.rate": ("value >= 0.95",)}
FAILED: dict[str, Any] = {"outcome": "fail", "charges": 0}


def _told(arm: str = "keyed", *, bad: tuple[int, ...] = (), **head: Any) -> Story:
    return phased(arm, but=dict.fromkeys(bad, FAILED), **{"steady_state": GOOD, **head})


def test_steady_state_that_holds_passes() -> None:
    """What goes wrong in between is not its business."""
    verdict = judge([_told(bad=(12, 13)).run()])

    assert verdict["status"] == "pass"
    assert verdict["reasons"][1] == "the steady state held before the trouble and after it for keyed"
    assert [check["phase"] for check in verdict["arms"]["keyed"]["steady_state"]] == ["baseline", "recovery"]


def test_broken_before_anything_happened_is_inconclusive() -> None:
    """A run that was bad from the beginning shows nothing of what came after."""
    verdict = judge([_told(bad=(1, 25)).run()])

    assert verdict["status"] == "inconclusive"
    assert verdict["reasons"] == [
        "keyed: the steady state didn't hold before anything was broken, so what came after shows nothing",
        "keyed: goodput.rate in baseline is 0.9, but the steady state is value >= 0.95",
    ]


def test_a_client_that_was_unwell_before_is_not_blamed_for_what_it_missed() -> None:
    """What it misses is said after the doubt: nobody knows whether the faults had a part in it."""
    verdict = judge([_told(bad=(1, 12), thresholds={"goodput.rate": ("value >= 0.95",)}).run()])

    assert verdict["status"] == verdict["arms"]["keyed"]["status"] == "inconclusive"
    assert verdict["reasons"][-1] == "keyed: goodput.rate is 0.9333, but a threshold asks for value >= 0.95"


def test_money_that_went_astray_is_a_fact_even_then() -> None:
    """An order that was charged twice was charged twice."""
    told = phased(but={1: FAILED, 12: {"charges": 2}}, steady_state=GOOD)

    verdict = judge([told.run()])

    assert verdict["status"] == verdict["arms"]["keyed"]["status"] == "fail"
    assert "payments.duplicated" in verdict["reasons"][0]


def test_broken_afterwards_fails() -> None:
    """A client that was well before and isn't after the trouble did not recover."""
    verdict = judge([_told(bad=(25,)).run()])

    assert verdict["status"] == "fail"
    assert verdict["reasons"] == [
        "keyed: did not recover: goodput.rate in recovery is 0.9, but the steady state is value >= 0.95"
    ]
    assert verdict["arms"]["keyed"]["status"] == "fail"


def test_interrupted_run_has_not_failed_to_recover() -> None:
    """It had no time to."""
    assert judge([_told(bad=(25,)).run(interrupted=True)])["status"] == "inconclusive"


def test_unmeasured_steady_state_is_inconclusive() -> None:
    """What nobody could look at did not hold, nor did it break."""
    told = _told(steady_state={"op.latency": ("p(99) < 1s",)}, bad=(25,))

    verdict = judge([told.run()])

    assert verdict["status"] == "inconclusive"
    assert "op.latency in baseline is not measured, since that takes 1,000 operations" in verdict["reasons"][0]


def test_half_measured_beginning_does_not_fail_the_end() -> None:
    """Without knowing that all of it held before, nobody can say that it didn't come back."""
    told = _told(steady_state={**GOOD, "op.latency": ("p(99) < 1s",)}, bad=(25,))

    assert judge([told.run()])["status"] == "inconclusive"


def test_control_arm_that_was_unsteady_is_a_note() -> None:
    """It decides nothing; what it shows of the beginning is said."""
    naive = _told("naive", control=True, bad=(1, 12), thresholds={"errors{arm:keyed}": ("count == 0",)})

    verdict = judge([naive.run(), _told(thresholds={"errors{arm:keyed}": ("count == 0",)}).run()])

    assert verdict["status"] == "pass"
    assert verdict["notes"] == ["naive: the steady state didn't hold before anything was broken"]


def test_control_arm_that_does_not_recover_is_hurt() -> None:
    """Being unwell after the trouble is as good a sign as a threshold."""
    asked = {"payments.lost": ("count == 0",)}
    naive = _told("naive", control=True, bad=(25,), thresholds=asked)

    verdict = judge([naive.run(), _told(thresholds=asked).run()])

    assert verdict["status"] == "pass"
    assert "naive: did not recover" in verdict["reasons"][2]


def test_steady_state_may_be_one_arms() -> None:
    """A selector leaves the others alone."""
    told = [_told(arm, bad=(25,), steady_state={"goodput.rate{arm:a}": ("value >= 0.95",)}) for arm in "ab"]

    verdict = judge([one.run() for one in told])

    assert verdict["status"] == "fail"
    assert [len(arm["steady_state"]) for arm in verdict["arms"].values()] == [2, 0]


def test_steady_state_alone_is_something_to_judge() -> None:
    """A drill without thresholds still asks that the client recovers."""
    assert judge([_told(thresholds={}).run()])["status"] == "pass"


@pytest.mark.parametrize("phases", [0, 1])
def test_steady_state_needs_a_before_and_an_after(phases: int) -> None:
    """With one phase, what breaks it broke before anything else did; without any, nobody looked."""
    told = _told(bad=(1, 2)) if phases else Story(steady_state=GOOD).orders(3)

    verdict = judge([told.run(phases=told.head.phases[:phases])])

    assert verdict["status"] == "inconclusive"
    assert "the steady state" in verdict["reasons"][0]
