"""The orders of a drill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.plan import Load
from brownout.drill.arrivals import AMOUNT_LEAST_MINOR, AMOUNT_MOST_MINOR, arrivals


def test_orders_come_at_a_constant_rate() -> None:
    """The first order is due at once, the others at equal distances, as many as fit."""
    found = arrivals(7, Load(rate_per_second=4, duration_seconds=1.5))

    assert [one.due_seconds for one in found] == [0, 0.25, 0.5, 0.75, 1, 1.25]
    assert found[0].order == "order-0001"


@given(st.integers(-(2**63), 2**63 - 1))
def test_amounts_are_the_seeds_and_the_orders(seed: int) -> None:
    """An order costs the same however long the drill is, and always something payable."""
    short = arrivals(seed, Load(rate_per_second=10, duration_seconds=1))
    long = arrivals(seed, Load(rate_per_second=5, duration_seconds=4))

    assert [one.amount_minor for one in short] == [one.amount_minor for one in long[:10]]
    assert all(AMOUNT_LEAST_MINOR <= one.amount_minor <= AMOUNT_MOST_MINOR for one in long)


@pytest.mark.parametrize(("rate", "duration"), [(0.1, 1), (1, 0.4)])
def test_too_little_load_is_no_order(rate: float, duration: float) -> None:
    """A load can be too little for a single order."""
    assert arrivals(7, Load(rate_per_second=rate, duration_seconds=duration)) == []
