"""How small a fault a threshold could show at the load's size, and where it could show none."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from brownout.scenario.check import check
from brownout.scenario.detectable import POWER, detectable, family
from brownout.verdict import Head
from brownout.verdict import checks as verdict_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.scenario.detectable import Detectable

HEAD = "load: {rate: 20/s, duration: 12s}\narms: {a: {client: x}, b: {client: y}, c: {client: z, control: true}}\n"
"""240 orders, and two arms that decide."""


@pytest.fixture
def shown(load: Callable[[str], Plan]) -> Callable[..., list[Detectable]]:
    """Return a function from thresholds to what they could show."""
    return lambda thresholds, head=HEAD: list(detectable(load(f"{head}thresholds:\n  {thresholds}\n")))


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        (
            "goodput.rate: ['value >= 0.98']",
            "comes to less than 97.2% in the long run, in 4 runs of 5; the 95% interval is ±1.9 points",
        ),
        ("errors: ['rate < 0.02 at 95%']", "comes to more than 5.18% in the long run"),
        ("payments.duplicated: ['count == 0']", "does it to more than 0.668% of orders, in 4 runs of 5"),
        ("op.latency: ['p(95) < 800ms']", "takes longer for more than 6.57% of orders"),
        ("errors: ['rate < 0.0001 at 95%']", "over 240 orders"),
    ],
)
def test_the_smallest_fault_that_would_fail_is_said(
    shown: Callable[..., list[Detectable]], thresholds: str, words: str
) -> None:
    """Of each metric in words that fit it."""
    [one] = shown(thresholds)

    assert words in str(one)


@pytest.mark.parametrize(("line", "good"), [("rate < 0.1", False), ("rate < 0.1 at 95%", True)])
def test_four_runs_of_five_do_fail_there(
    shown: Callable[..., list[Detectable]], line: str, good: bool  # noqa: FBT001 - a parameter
) -> None:  # fmt: skip
    """By simulation: a client with the share that is said fails in 80% of runs, one at the bound seldom if sure."""
    [one] = shown(f"errors: ['{line}']")
    assert one.share is not None
    random = Random(7)  # noqa: S311 - made-up runs
    least = next(number for number in range(241) if _fails(number / 240, line))
    runs = [sum(random.random() < one.share for _ in range(240)) >= least for _ in range(2000)]

    assert sum(runs) / 2000 == pytest.approx(POWER, abs=0.06)
    at_bound = [sum(random.random() < 0.1 for _ in range(240)) >= least for _ in range(1000)]
    assert (sum(at_bound) / 1000 < 0.05) is good


def _fails(rate: float, line: str) -> bool:
    """Return whether a verdict of one of two lines fails at this share of 240."""
    if not line.endswith("95%"):
        return rate >= 0.1
    low = verdict_checks.wilson(rate, 240)[0]
    return low > 0.1 and verdict_checks.at_least(round(rate * 240), 240, 0.1) <= 0.025


def test_only_what_decides_or_has_to_be_sure_is_said(shown: Callable[..., list[Detectable]]) -> None:
    """Lines beside marked ones, those about calls and those about some clients aren't about planned orders."""
    marked = "errors: [{threshold: rate < 0.1, gate: true}, rate < 0.2, rate < 0.3 at 95%]\n  throttled: [rate < 0.1]"

    assert [one.line for one in shown(marked)] == ["rate < 0.1", "rate < 0.3 at 95%"]
    assert shown("'payments.lost{client:a*}': ['count == 0']") == []
    assert shown("errors: ['rate < 0.1']", "") == []


@pytest.mark.parametrize(
    "thresholds",
    [
        "errors: ['rate < 0.1 at 95%']",
        "errors{arm:a}: ['rate < 0.1 at 95%', 'rate < 0.2']\n  throttled: ['rate < 0.3 at 95%']",
        "errors: [{threshold: rate < 0.1 at 95%, gate: true}]\n  throttled: ['rate < 0.3 at 95%']",
        "errors{arm:c}: ['rate < 0.1 at 95%']",
    ],
)
def test_the_risk_is_shared_as_the_verdict_shares_it(load: Callable[[str], Plan], thresholds: str) -> None:
    """Before a run and after it, as many lines take a part."""
    plan = load(f"{HEAD}thresholds:\n  {thresholds}\n")

    assert family(plan) == verdict_checks.family([Head.of(plan, arm) for arm in "ab"])


def test_a_line_that_cannot_fail_is_warned_of(load: Callable[[str], Plan], registries: Registries) -> None:
    """With so few orders, chance may do anything."""
    text = HEAD.replace("12s", "100ms") + "thresholds: {errors: ['rate < 0.7 at 95%']}\n"

    found: list[Any] = [one for one in check(load(text), registries) if "can't fail" in one.message]

    assert [(one.severity, one.key) for one in found] == [("warning", "thresholds.errors[0]")]
