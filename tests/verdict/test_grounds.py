"""What a verdict rests on, and what it can't see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from story import Story

from brownout.reports.html import HtmlReport
from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge


def _unseen(*told: Story, **head: Any) -> set[str]:
    return {one["what"] for one in judge([one.run(**head) for one in told])["cant_see"]}


def test_shares_are_counted_from_the_journal() -> None:
    """How repeatable requests were, those that a fault struck apart, and what was called."""
    told = Story().orders(6).order("a", repeatability="D1", fired=["lost"])
    told.order("b", repeatability="D2")
    told.call("c", operation="bank.pay", fired=["lost"], repeatability="D2", fidelity="generic")

    verdict = judge([told.run()])
    found = verdict["rests_on"]

    assert found["exchanges"]["by_class"] == {"D0": 6, "D1": 1, "D2": 2}
    assert found["exchanges"]["shares"]["D0"] == pytest.approx(6 / 9, abs=1e-6)
    assert (found["struck"]["count"], found["struck"]["by_class"]["D2"]) == (2, 1)
    assert found["operations"] == {
        "bank.pay": {"fidelity": "generic", "exchanges": 1},
        "stripe.payment_intents.create": {"fidelity": "modelled", "exchanges": 8},
    }
    text = " ".join(TerminalReport(width=200).render(verdict).split())
    assert "rests on 9 requests (66.7% D0, 11.1% D1, 22.2% D2) to operations: 1 generic, 1 modelled" in text
    page = HtmlReport().render(verdict)
    assert "What this verdict rests on" in page
    assert "generic" in page


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({}, "pass"),
        ({"fidelity": "generic"}, "inconclusive"),
        ({"fidelity": "conjured"}, "inconclusive"),
        ({"error": "not_modelled", "status": 400}, "inconclusive"),
        ({"error": "resource_missing", "status": 404}, "pass"),
    ],
)
def test_a_threshold_that_rests_on_what_is_not_modelled_shows_nothing(how: dict[str, Any], status: str) -> None:
    """Neither what holds nor what is missed is believed, and the reason says why."""
    kept, missed = {"payments.duplicated": ("count == 0",)}, {"operations": ("count > 99",)}
    for asked, otherwise in ((kept, "pass"), (missed, "fail")):
        told = Story(thresholds=asked).orders(4).call("order-0001", operation="stripe.topups.create", **how)

        verdict = judge([told.run()])

        assert verdict["status"] == (otherwise if status == "pass" else status)
        assert any("1 answer not modelled" in reason for reason in verdict["reasons"]) is (status != "pass")


def test_only_thresholds_about_such_calls_are_doubted() -> None:
    """A threshold on other operations is as good as ever."""
    asked = {"throttled{operation:stripe.payment_intents.*}": ("count == 0",)}
    told = Story(thresholds=asked).orders(4).call("x", operation="stripe.topups.create", fidelity="generic")

    assert judge([told.run()])["status"] == "pass"


def test_money_that_was_there_before_the_world_began_is_nobodys() -> None:
    """A conjured payment took its money before the beginning: it is no payment without a key, nor one too many."""
    told = Story().orders(2)
    plain = judge([told.run()])
    told.charge("order-0001")
    conjured = [replace(entry, at=-5.0) for entry in told.run().entries[-2:]]
    run = told.run()

    found = judge([replace(run, entries=[*run.entries[:-2], *conjured])])

    assert found["arms"]["keyed"]["money"] == plain["arms"]["keyed"]["money"]
    assert found["arms"]["keyed"]["metrics"]["payments.duplicated"]["count"] == 0


@pytest.mark.parametrize(
    ("tell", "what"),
    [
        (lambda: [Story().orders(3).order("a", repeatability="D2")], "what the seed doesn't repeat"),
        (lambda: [Story(evicted=3).orders(3)], "evicted exchanges"),
        (lambda: [Story(load={"executor": "users"}).orders(3)], "who would have come"),
        (lambda: [Story(loop_lag={"measured": 0}).orders(3)], "a real network"),
        (lambda: [Story(arm, loop_lag={"measured": 0}).orders(3) for arm in "ab"], "arms side by side"),
        (lambda: [Story(simulated=True).orders(3)], "time that work takes"),
        (lambda: [Story().orders(3).call("1", source="counted")], "writes without a business key"),
    ],
)
def test_only_what_applies_is_said(tell: Any, what: str) -> None:
    """Each thing that can't be seen is named where it applies, and not in a run without it."""
    assert what in _unseen(*tell())
    assert what not in _unseen(Story().orders(3))


def test_without_claims_what_they_would_tell_is_named() -> None:
    """A verdict without claims says what it can't measure."""
    told = Story().orders(3)
    told.claims = None

    assert "lost and orphaned payments" in _unseen(told)
    assert "lost and orphaned payments" not in _unseen(Story().orders(3))
