"""Arms compared order by order: a difference is found, and none is claimed where there is none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from story import Story

from brownout.core.chance import uniform
from brownout.verdict import judge
from brownout.verdict.pairs import mcnemar, paired, sign_flips

if TYPE_CHECKING:
    from brownout.verdict import ArmRun

ORDERS = 240
SEEDS = range(200)

pytestmark = pytest.mark.slow


def _keys(bad: float, *key: Any, orders: int = ORDERS) -> dict[str, bool]:
    """Orders that end badly by a draw each."""
    return {f"order-{n:04d}": uniform(1, *key, n) >= bad for n in range(orders)}


def _clumped(*key: Any) -> dict[str, bool]:
    """Orders that end badly in up to three outages, which begin at a draw and last up to 12 orders."""
    found = _keys(0.0)
    names = list(found)
    for outage in range(int(uniform(1, *key, "how many") * 4)):
        begin = int(uniform(1, *key, "at", outage) * ORDERS)
        for name in names[begin : begin + 4 + int(uniform(1, *key, "long", outage) * 9)]:
            found[name] = False
    return found


def _arms(naive_bad: set[int], other_bad: set[int], *, orders: int = 60, **head: Any) -> list[ArmRun]:
    asked = {"payments.duplicated": ("count == 0",)}
    runs = []
    for name, bad in (("naive", naive_bad), ("keyed", other_bad)):
        told = Story(name, control=name == "naive", thresholds=asked)
        for n in range(orders):
            told.order(f"order-{n:04d}", charges=2 if n in bad else 1)
        runs.append(told.run(**head))
    return runs


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_exact_binomial_test(one: int, other: int) -> None:
    """The same p as scipy's, which a verdict doesn't need."""
    expected = binomtest(one, one + other).pvalue if one + other else 1.0

    assert mcnemar(one, other) == pytest.approx(expected, abs=1e-8)
    assert sign_flips([1] * min(one, 40) + [-1] * min(other, 40)) == pytest.approx(
        mcnemar(min(one, 40), min(other, 40)), abs=1e-8
    )


@pytest.mark.parametrize("history", ["scattered", "clumped"])
def test_two_arms_with_the_same_client_are_not_called_different(history: str) -> None:
    """Over 200 seeds at most 1 in 20 is, even where orders fail in outages that strike each arm at another time."""
    claimed = 0
    for seed in SEEDS:
        a, b = (
            (_keys(0.1, seed, arm) if history == "scattered" else _clumped(seed, arm)) for arm in ("first", "second")
        )
        claimed += paired(a, b).differs()

    assert claimed <= len(SEEDS) * 0.05


def test_outages_would_fool_a_test_of_single_orders() -> None:
    """Why stretches are asked too: McNemar alone claims a difference in far more than 1 in 20 of the same runs."""
    alone = sum(paired(_clumped(seed, "first"), _clumped(seed, "second")).p < 0.05 for seed in SEEDS)

    assert alone > len(SEEDS) * 0.2


def test_a_planted_difference_is_found() -> None:
    """10 orders in 100 against 1 in 100 is told apart in all but a few of 200 seeds, and with the right sign."""
    found = [paired(_keys(0.1, seed, "a"), _keys(0.01, seed, "b")) for seed in SEEDS]

    assert sum(one.differs() for one in found) >= len(SEEDS) * 0.95
    assert all(one.difference is not None and one.difference > 0 for one in found if one.differs())


def test_the_interval_holds_the_truth() -> None:
    """In at least 93 of 100 seeds the planted 9 points lie in it."""
    found = [paired(_keys(0.1, seed, "a"), _keys(0.01, seed, "b")).interval for seed in SEEDS]

    assert sum(one is not None and one[0] <= 0.09 <= one[1] for one in found) >= len(SEEDS) * 0.93


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200))
def test_swapping_arms_swaps_the_result(ended: list[tuple[bool, bool]]) -> None:
    """Neither arm is favoured, counts add up, and intervals mirror each other."""
    a, b = ({f"o{n}": one[side] for n, one in enumerate(ended)} for side in (0, 1))

    there, back = paired(a, b), paired(b, a)

    assert (there.only_a, there.only_b, there.p, there.p_stretches) == (
        back.only_b, back.only_a, back.p, back.p_stretches,
    )  # fmt: skip
    assert there.orders == len(ended)
    assert 0 <= there.p <= 1
    if there.interval and back.interval:
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-6)


def test_more_of_the_same_gives_narrower_intervals() -> None:
    """Twice the orders, a narrower interval."""
    widths = []
    for orders in (100, 400, 1600):
        one = paired(_keys(0.1, "a", orders=orders), _keys(0.1, "b", orders=orders)).interval
        assert one is not None
        widths.append(one[1] - one[0])

    assert all(wide > narrow for wide, narrow in pairwise(widths))


def test_the_verdict_says_how_arms_compare() -> None:
    """The control arm charged 12 orders twice, the other one none."""
    [pair] = judge(_arms(set(range(0, 60, 5)), set()))["pairs"]

    assert (pair["a"], pair["b"], pair["orders"]) == ("naive", "keyed", 60)
    assert (pair["both_good"], pair["only_a_good"], pair["only_b_good"], pair["neither_good"]) == (48, 0, 12, 0)
    assert pair["differs"] is True
    assert pair["message"].startswith("of 60 orders, 12 ended well only for keyed and 0 only for naive: +20.0 points")


def test_few_differences_may_be_chance() -> None:
    """Four orders are no proof, and the sentence says so."""
    [pair] = judge(_arms({3, 20, 40, 55}, set()))["pairs"]

    assert pair["differs"] is False
    assert pair["message"].endswith("that may be chance (p = 0.12)")


def test_an_unsound_run_claims_nothing() -> None:
    """Counts are there; whether they differ isn't said in a verdict that is in doubt, even one that fails."""
    verdict = judge(_arms(set(range(0, 60, 5)), set(), trouble="the load generator died"))

    [pair] = verdict["pairs"]
    assert verdict["status"] == "inconclusive"
    assert pair["only_b_good"] == 12
    assert (pair["differs"], pair["message"]) == (None, None)


def test_without_claims_nothing_is_paired() -> None:
    """Whether an order is good is the client's word against the ledger's."""
    naive, keyed = _arms({3}, set())
    silent = replace(keyed, claims=None)

    [pair] = judge([naive, silent])["pairs"]

    assert (pair["orders"], pair["difference"], pair["interval"], pair["differs"]) == (0, None, None, None)


def test_what_an_arm_never_sent_is_not_good_there() -> None:
    """Otherwise an arm that leaves out what is hard would look like one that does it all."""
    naive, _ = _arms(set(), set(), orders=30, orders_planned=30)
    lazy = Story("keyed", thresholds={"payments.duplicated": ("count == 0",)}).orders(15).run(orders_planned=30)
    both = judge([naive, lazy])["pairs"][0]

    assert (both["orders"], both["only_a_good"]) == (30, 15)


def test_one_arm_has_no_pairs() -> None:
    """Nor have two that both decide."""
    assert judge([Story().orders(3).run()])["pairs"] == []
    assert judge([Story("a").orders(3).run(), Story("b").orders(3).run()])["pairs"] == []
