"""Intervals of shares whose operations share a credential."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from story import BEGAN, Story

from brownout.verdict import judge
from brownout.verdict.clusters import bootstrap
from brownout.verdict.quantiles import interval


def _shops(*bad: int, of: int = 10, shops: int = 20, tokens: bool = False, seed: int = 7) -> dict[str, Any]:
    """Return what is judged of shops with ten orders each; of each as many fail as `bad` says, of the others none."""
    told = Story()
    for shop in range(shops):
        for number in range(of):
            key, fails = f"order-{shop}-{number}", number < (bad[shop] if shop < len(bad) else 0)
            client = "all" if tokens else f"shop-{shop}"
            observed = {"wall_at": BEGAN, "token": f"t-{shop}" if tokens else None}
            told.call(key, client=client, observed=observed, does="write").claim(key, "fail" if fails else "ok")
            if not fails:
                told.charge(key)
        if tokens:
            about = {"type": "client_credentials", "of": f"shop-{shop}", "issued": f"t-{shop}"}
            told.call(f"t{shop}", does="token", operation="oauth.token", observed={"wall_at": BEGAN, "grant": about})
    arm: dict[str, Any] = judge([told.run(seed=seed)])["arms"]["keyed"]
    return arm


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [False, True], ids=["by client", "by token"])
def test_orders_that_fail_together_are_fewer_cases(tokens: bool) -> None:  # noqa: FBT001
    """Two shops of twenty that lose all their orders tell less than twenty orders spread over all."""
    together, spread = _shops(10, 10, tokens=tokens), _shops(*[1] * 20, tokens=tokens)

    wilson = interval(0.1, 200)
    assert together["interval_methods"]["errors"] == "bootstrap"
    assert together["intervals"]["errors"][0] < wilson[0]
    assert together["intervals"]["errors"][1] > wilson[1]
    assert spread["interval_methods"]["errors"] == "wilson"
    assert spread["intervals"]["errors"] == wilson


@pytest.mark.parametrize(("shops", "of"), [(4, 50), (200, 1)], ids=["too few credentials", "each order has its own"])
def test_what_says_nothing_of_clusters_is_wilsons(shops: int, of: int) -> None:
    """Four credentials can't tell how they differ; operations with a credential each are independent."""
    arm = _shops(of, of=of, shops=shops)

    assert set(arm["interval_methods"].values()) == {"wilson"}


@pytest.mark.slow
def test_an_interval_is_the_same_for_the_same_seed() -> None:
    """And another one, by a little, for another."""
    bad = [3 * number % 11 for number in range(20)]
    first, again, other = (_shops(*bad, seed=seed)["intervals"]["errors"] for seed in (7, 7, 8))

    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.05)


def test_without_scipy_it_is_wilsons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base install judges too, and says how."""
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)

    assert set(_shops(10, 10)["interval_methods"].values()) == {"wilson"}


def test_what_was_never_sent_is_in_the_interval() -> None:
    """An order that nobody heard of is a case of its own, and a bad one."""
    told = Story(orders_planned=250)
    for number in range(200):
        told.order(
            f"order-{number}", "fail" if number < 20 else "ok", charges=int(number >= 20), client=f"s{number // 10}"
        )

    low, high = judge([told.run()])["arms"]["keyed"]["intervals"]["errors"]

    assert low < 70 / 250 < high


def test_many_clusters_are_drawn_in_groups() -> None:
    """So that a run with thousands of credentials is judged in a moment, with the interval that they have."""
    counts = [(4, 4) if number % 10 == 0 else (0, 4) for number in range(3000)]

    found = bootstrap(counts, seed=7, about="errors")

    assert found == pytest.approx(interval(0.1, 3000), abs=0.004)  # as many cases as there are clusters


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.just(6)), min_size=5, max_size=30))
def test_an_interval_holds_what_was_seen(counts: list[tuple[int, int]]) -> None:
    """Within [0, 1], and around the share."""
    found = bootstrap(counts, seed=1, about="x")

    share = sum(has for has, _ in counts) / sum(of for _, of in counts)
    assert found is None or 0 <= found[0] <= share <= found[1] <= 1


@pytest.mark.slow
def test_a_bootstrap_covers_what_it_should() -> None:
    """Of 200 runs with credentials that fail as a whole, 95 in 100 intervals hold the truth; Wilson's far fewer."""
    drawn, ours, naive = stats.bernoulli(0.3), 0, 0
    for run in range(200):
        counts = [(10 * int(bad), 10) for bad in drawn.rvs(60, random_state=run)]
        found, simple = bootstrap(counts, seed=run, about="x"), interval(sum(has for has, _ in counts) / 600, 600)
        ours += found is not None and found[0] <= 0.3 <= found[1]
        naive += simple[0] <= 0.3 <= simple[1]

    assert ours >= 180
    assert naive <= 120


@pytest.mark.parametrize(("has", "of"), [(0, 390), (1, 10), (50, 100), (390, 400), (7, 7)])
def test_wilsons_is_scipys(has: int, of: int) -> None:
    """The two lines are what the library has."""
    theirs = stats.binomtest(has, of).proportion_ci(0.95, method="wilson")

    assert interval(has / of, of) == pytest.approx((theirs.low, theirs.high), abs=2e-6)
