"""Exact binomial probabilities."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from brownout.core.binomial import at_least, at_most

CASES = st.integers(1, 5000).flatmap(
    lambda of: st.tuples(st.integers(-1, of + 1), st.just(of), st.floats(0, 1, allow_subnormal=False))
)


@settings(deadline=None, derandomize=True)
@given(CASES)
def test_they_are_scipys(case: tuple[int, int, float]) -> None:
    """Ours and scipy's agree, for any number of cases, at the ends too."""
    number, of, share = case

    assert at_least(number, of, share) == pytest.approx(binom.sf(number - 1, of, share), abs=1e-9)
    assert at_most(number, of, share) == pytest.approx(binom.cdf(number, of, share), abs=1e-9)


def test_many_cases_take_no_time_and_stay_finite() -> None:
    """A million cases far out in the tail are neither an overflow nor more than certain."""
    assert at_least(20_000, 1_000_000, 0.02) == pytest.approx(0.5, abs=0.01)
    assert 0 <= at_least(40_000, 1_000_000, 0.02) < 1e-12
