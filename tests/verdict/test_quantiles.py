"""Quantiles and intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.verdict.quantiles import interval, quantile


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
