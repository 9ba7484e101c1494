"""Limits admit exactly what a slow reference admits, written independently (tests/support/slow_limits.py)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import slow_limits
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.limits import Held, Limit, Limits, Penalty, Refusal
from brownout.core.match import Match

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

START = 1_767_225_600
"""2026-01-01: numbers as large as unix time, where a float holds no more than a quarter of a microsecond."""
EDGES = (0, 1, 99_999, 100_000, 100_001, 333_333, 333_334, 500_000, 999_999, 1_000_000, 1_000_001, 2_000_000, 2_500_000)
GAPS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(EDGES), st.integers(min_value=0, max_value=4_000_000)),
        st.integers(min_value=1, max_value=3),
    ),
    max_size=50,
)
"""Microseconds since the one before, and the cost: many at the edges of windows of a second."""
SECOND = Fraction(1)


def limit(**fields: Any) -> Limit:
    """Return a limit of everything."""
    return Limit(name="x", match=Match(), **fields)


CASES: dict[str, tuple[Limit, Callable[[], slow_limits.Reference]]] = {
    "token_bucket": (
        limit(algorithm="token_bucket", rate_per_second=10.0, burst=3.0),
        lambda: slow_limits.Bucket(Fraction(10), Fraction(3)),
    ),
    "token_bucket of a third": (
        limit(algorithm="token_bucket", rate_per_second=20 / 60, burst=3.5),
        lambda: slow_limits.Bucket(Fraction(1, 3), Fraction(7, 2)),
    ),
    "leaky_bucket": (
        limit(algorithm="leaky_bucket", rate_per_second=3.0, burst=3.0),
        lambda: slow_limits.Bucket(Fraction(3), Fraction(3)),
    ),
    "fixed_window": (
        limit(algorithm="fixed_window", quota=4, window_seconds=1.0),
        lambda: slow_limits.FixedWindow(4, SECOND),
    ),
    "fixed_window of 0.3 s": (
        limit(algorithm="fixed_window", quota=3, window_seconds=0.3),
        lambda: slow_limits.FixedWindow(3, Fraction(3, 10)),
    ),
    "fixed_window from the first request": (
        limit(algorithm="fixed_window", quota=4, window_seconds=1.0, window_from="first_request"),
        lambda: slow_limits.FirstRequestWindow(4, SECOND),
    ),
    "sliding_window": (
        limit(algorithm="sliding_window", quota=4, window_seconds=1.0),
        lambda: slow_limits.SlidingLog(4, SECOND),
    ),
    "sliding_window by counter": (
        limit(algorithm="sliding_window", quota=4, window_seconds=1.0, precision="counter"),
        lambda: slow_limits.SlidingCounter(4, SECOND),
    ),
    "quota of some hours": (
        limit(algorithm="quota", quota=5, window_seconds=2.0),
        lambda: slow_limits.FixedWindow(5, Fraction(2)),
    ),
    "shed by rate": (
        limit(algorithm="shed", quota=4, window_seconds=1.0, shares={"read": 50}),
        lambda: slow_limits.SlidingLog(4, SECOND),
    ),
}


@pytest.mark.parametrize("case", CASES)
@given(GAPS)
def test_an_algorithm_admits_what_its_definition_says(case: str, gaps: list[tuple[int, int]]) -> None:
    """Request by request, at the edges of windows and between them; what it says of the wait is true too."""
    one, make = CASES[case]
    limits, reference, now = Limits(), make(), Fraction(START)
    for gap, cost in gaps:
        now += Fraction(gap, 1_000_000)

        got = limits.take([(one, "a")], cost=cost, now=float(now))

        assert isinstance(got, Refusal) != reference.admits(now, cost)
        if isinstance(got, Refusal) and got.retry_after_seconds is not None:
            wait = Fraction(round(got.retry_after_seconds * 1_000_000), 1_000_000)
            assert wait > 0
            assert _fits(reference, now + wait, cost)
            assert not _fits(reference, now + wait - Fraction(1, 1_000_000), cost)


def _fits(reference: slow_limits.Reference, now: Fraction, cost: int) -> bool:
    return reference.tokens(now) >= cost if isinstance(reference, slow_limits.Bucket) else reference.fits(now, cost)


@pytest.mark.parametrize("extend", [False, True])
@pytest.mark.parametrize("case", ["token_bucket", "fixed_window", "sliding_window", "sliding_window by counter"])
@given(GAPS)
def test_a_penalty_box_keeps_who_went_over(case: str, extend: bool, gaps: list[tuple[int, int]]) -> None:  # noqa: FBT001
    """Everything is refused for as long as it says, and longer for who comes back early if it extends."""
    plain, make = CASES[case]
    fields = {name: getattr(plain, name) for name in plain.__slots__}
    one = Limit(**{**fields, "penalty": Penalty(block_seconds=1.5, extend=extend)})
    limits, now = Limits(), Fraction(START)
    reference = slow_limits.Penalised(make(), Fraction(3, 2), extend=extend)
    for gap, cost in gaps:
        now += Fraction(gap, 1_000_000)

        got = limits.take([(one, "a")], cost=cost, now=float(now))

        assert isinstance(got, Refusal) != reference.admits(now, cost)


@pytest.mark.parametrize("count", ["successes", "failures"])
@pytest.mark.parametrize("case", [name for name in CASES if "shed" not in name and "token_bucket of" not in name])
@given(st.lists(st.tuples(st.sampled_from(EDGES), st.booleans(), st.booleans()), max_size=50))
def test_what_does_not_count_is_given_back(case: str, count: str, steps: list[tuple[int, bool, bool]]) -> None:
    """A request under way holds its place; when it ends otherwise than counts, the place is free as if never taken."""
    plain, make = CASES[case]
    fields = {name: getattr(plain, name) for name in plain.__slots__}
    one = Limit(**{**fields, "count": count})
    limits, reference, now = Limits(), make(), Fraction(START)
    under_way: list[tuple[int, list[Held]]] = []
    for gap, ends, succeeded in steps:
        now += Fraction(gap, 1_000_000)
        if ends and under_way:
            number, held = under_way.pop(0)
            limits.settle(held, succeeded=succeeded)
            if succeeded == (count == "failures"):
                reference.give_back(number)
            continue

        got = limits.take([(one, "a")], cost=1, now=float(now))

        assert isinstance(got, Refusal) != reference.admits(now, 1)
        if not isinstance(got, Refusal):
            under_way.append((len(reference.taken) - 1, got))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
@given(st.lists(st.integers(min_value=0, max_value=40 * 3600), max_size=30), st.integers(min_value=0, max_value=365))
def test_a_days_quota_begins_anew_at_midnight(zone: str, gaps: list[int], day: int) -> None:
    """In its time zone, on days of 23 and of 25 hours too."""
    one = limit(algorithm="quota", quota=3, zone=ZoneInfo(zone))
    limits, now = Limits(), Fraction(START + day * 86_400)
    reference = slow_limits.Day(3, ZoneInfo(zone))
    for gap in gaps:
        now += gap

        got = limits.take([(one, "a")], cost=1, now=float(now))

        assert isinstance(got, Refusal) != reference.admits(now, 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(min_value=0, max_value=2)), max_size=60))
def test_no_more_are_under_way_than_the_limit_says(steps: list[tuple[bool, int]]) -> None:
    """Places are taken while there are any, and free again when their request is done."""
    one, limits = limit(algorithm="concurrency", quota=2), Limits()
    under_way: dict[str, list[list[Held]]] = {"0": [], "1": [], "2": []}
    for ends, who in steps:
        mine = under_way[str(who)]
        if ends and mine:
            limits.settle(mine.pop(0))
            continue

        got = limits.take([(one, str(who))], cost=5, now=0.0)

        assert isinstance(got, Refusal) == (len(mine) == 2)
        if not isinstance(got, Refusal):
            mine.append(got)


@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("case", [name for name in CASES if "_bucket" not in name or name == "token_bucket"])
@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=12), st.sampled_from((0, 1, 500_000, 1_000_000, 2_000_000))),
        max_size=80,
    )
)
def test_forgetting_never_admits_more(case: str, penalised: bool, calls: list[tuple[int, int]]) -> None:  # noqa: FBT001
    """With room for four partitions, what a partition gets is never more than it might by itself."""
    plain, make = CASES[case]
    fields = {name: getattr(plain, name) for name in plain.__slots__}
    one = Limit(**{**fields, "penalty": Penalty(block_seconds=1.5) if penalised else None})
    limits, now = Limits(), Fraction(START)
    limits._book(one)._kept = 4  # noqa: SLF001 - the real bound needs thousands of partitions
    references: dict[int, slow_limits.Reference] = {}
    for who, gap in calls:
        now += Fraction(gap, 1_000_000)

        got = limits.take([(one, str(who))], cost=1, now=float(now))

        if not isinstance(got, Refusal):
            assert references.setdefault(who, make()).admits(now)
        assert len(limits._book(one).levels) <= 4  # noqa: SLF001


def test_a_full_book_is_not_searched_for_each_newcomer() -> None:
    """Where nobody can be forgotten, newcomers share a level; they are looked for a place again a second later."""
    one, limits = limit(algorithm="concurrency", quota=1), Limits()
    book = limits._book(one)  # noqa: SLF001
    book._kept = 20  # noqa: SLF001
    held = [limits.take([(one, f"p{number}")], cost=1, now=0.0) for number in range(20)]
    for number in range(5):
        newcomer = limits.take([(one, f"n{number}")], cost=1, now=0.0)
        assert isinstance(limits.take([(one, "another")], cost=1, now=0.0), Refusal)
        assert isinstance(newcomer, list)
        limits.settle(newcomer)
    for one_held in held:
        assert isinstance(one_held, list)
        limits.settle(one_held)

    assert "(others)" in limits.describe([one], 0.0)[0]["levels"]
    limits.take([(one, "late")], cost=1, now=2.0)
    assert limits.describe([one], 2.0)[0]["levels"] == {"late": 1.0}


def test_what_costs_nothing_is_never_refused() -> None:
    """In each algorithm, however full."""
    for one, _ in CASES.values():
        limits = Limits()
        while not isinstance(limits.take([(one, "a")], cost=1, now=START), Refusal):
            pass

        assert isinstance(limits.take([(one, "a")], cost=0, now=START), list)
        assert limits.describe([one], START)[0]["refused"] == 1


def test_what_costs_more_than_there_is_is_never_admitted() -> None:
    """In each algorithm, and nobody is told when to come back."""
    for one, _ in CASES.values():
        got = Limits().take([(one, "a")], cost=99, now=START)

        assert isinstance(got, Refusal)
        assert got.retry_after_seconds is None
