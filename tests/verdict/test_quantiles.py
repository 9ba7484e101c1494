"""Quantiles and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.verdict.quantiles import interval, quantile, quantile_interval


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300), st.floats(0.01, 1))
def test_quantile_is_a_value_that_enough_stay_within(values: list[float], share: float) -> None:
    """At least the share asked for don't exceed a quantile, and it is one of the values."""
    found = quantile(sorted(values), share)

    assert found in [round(value, 6) for value in values]
    assert sum(round(value, 6) <= found for value in values) >= share * len(values) - 1e-6


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50), st.integers(0, 50), st.floats(0.01, 1))
def test_unknown_ones_are_longer_than_all(values: list[float], more: int, share: float) -> None:
    """Where some are only known to be longer, a quantile is what it would be if they were endless, or unknown."""
    endless = sorted([*values, *[float("inf")] * more])

    found = quantile(sorted(values), share, of=len(endless))

    assert found == (None if quantile(endless, share) == float("inf") else quantile(endless, share))


@pytest.mark.parametrize(
    ("rate", "number", "low", "high"),
    [(0.0, 390, 0.0, 0.0098), (0.5, 100, 0.4038, 0.5962), (1.0, 10, 0.7225, 1.0), (0.005, 1450, 0.0024, 0.0102)],
)
def test_interval_is_wilsons(rate: float, number: int, low: float, high: float) -> None:
    """Against figures computed elsewhere."""
    assert interval(rate, number) == pytest.approx((low, high), abs=2e-4)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_interval_holds_its_rate(number: int, share: float) -> None:
    """It lies in [0, 1], and what was seen lies in it."""
    rate = round(share * number) / number

    low, high = interval(rate, number)

    assert 0 <= low <= rate + 1e-6
    assert rate - 1e-6 <= high <= 1


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=400), st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_quantile_is_numpys(values: list[float], share: float) -> None:
    """As the library has it by the definition that the docs give: no interpolation, no histogram."""
    exact = np.percentile(values, share * 100, method="inverted_cdf")

    assert quantile(sorted(values), share) == pytest.approx(exact, rel=0.01, abs=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_an_interval_of_a_quantile_holds_it_as_often_as_it_says(share: float) -> None:
    """Of 400 samples with a long tail, about 95 in 100 intervals hold the true one."""
    draws = np.random.default_rng(7).lognormal(size=(400, 300))
    truth = float(np.quantile(np.random.default_rng(8).lognormal(size=2_000_000), share))

    found = [quantile_interval(sorted(map(float, each)), share) or (None, None) for each in draws]

    held = sum(low is not None and high is not None and low <= truth <= high for low, high in found)
    assert 0.93 <= held / 400 <= 0.99


def test_few_values_bound_no_quantile() -> None:
    """An end is open where so few can't bound it, or one that isn't known would."""
    values = [float(each) for each in range(1, 101)]

    assert quantile_interval(values[:20], 0.99) == (18.0, None)
    assert quantile_interval(values[:1], 0.01) == (None, 1.0)
    assert quantile_interval(values[:60], 0.5, of=100) == (40.0, 60.0)
    assert quantile_interval(values[:55], 0.5, of=100) == (40.0, None)
    assert quantile_interval([], 0.5) is None
