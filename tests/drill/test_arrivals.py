"""The orders of a drill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.executors import due_times
from brownout.core.plan import Load, Stage
from brownout.drill.arrivals import AMOUNT_LEAST_MINOR, AMOUNT_MOST_MINOR, arrivals


def test_orders_come_at_a_constant_rate() -> None:
    """The first order is due at once, the others at equal distances, as many as fit."""
    found = arrivals(7, Load(rate_per_second=4, duration_seconds=1.5))

    assert [one.due_seconds for one in found] == [0, 0.25, 0.5, 0.75, 1, 1.25]
    assert found[0].order == "order-0001"


@pytest.mark.parametrize(
    "load",
    [
        Load(executor="poisson", rate_per_second=10),
        Load(executor="bursts", rate_per_second=None, size=5, repeat_seconds=1),
        Load(
            executor="ramping_arrival_rate",
            rate_per_second=None,
            stages=(Stage(duration_seconds=7, rate_per_second=9),),
        ),
    ],
)
def test_orders_come_as_their_load_plans_them(load: Load) -> None:
    """Whatever plans them, an order is what it is by its number, and due when the plan says."""
    found = arrivals(7, load)

    assert [one.due_seconds for one in found] == list(due_times(7, load))
    assert [one._replace(due_seconds=0) for one in found[:20]] == [
        one._replace(due_seconds=0) for one in arrivals(7, Load(rate_per_second=10, duration_seconds=2))
    ]


def test_closed_loads_have_no_orders_beforehand() -> None:
    """Their users take them when they are ready."""
    assert arrivals(7, Load(executor="users", rate_per_second=None)) == []


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
