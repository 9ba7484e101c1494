"""Limits admit exactly what their definition says."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.limits import Lie, Limit, Limits, Penalty, Refusal
from brownout.core.limits.tell import told
from brownout.core.match import Match

BUCKET = Limit(name="bucket", match=Match(), algorithm="token_bucket", rate_per_second=10.0, burst=3.0)
SLOTS = Limit(name="slots", match=Match(), algorithm="concurrency", quota=2)


def test_a_burst_is_admitted_at_once_and_no_more() -> None:
    """A full bucket holds `burst`; the next request is told how long the refill takes."""
    limits = Limits()

    got = [limits.take([(BUCKET, "a")], cost=1, now=0.0) for _ in range(4)]

    assert got[:3] == [[], [], []]
    assert isinstance(got[3], Refusal)
    assert got[3].retry_after_seconds == pytest.approx(0.1)


def test_partitions_do_not_share() -> None:
    """One partition's burst leaves the other's full."""
    limits = Limits()
    for _ in range(3):
        limits.take([(BUCKET, "a")], cost=1, now=0.0)

    assert limits.take([(BUCKET, "b")], cost=1, now=0.0) == []


def test_a_slot_is_free_again_when_its_exchange_is_settled() -> None:
    """Concurrency counts what is under way."""
    limits = Limits()
    first = limits.take([(SLOTS, "a")], cost=1, now=0.0)
    limits.take([(SLOTS, "a")], cost=1, now=0.0)

    assert isinstance(limits.take([(SLOTS, "a")], cost=1, now=0.0), Refusal)
    assert isinstance(first, list)
    limits.settle(first)
    assert isinstance(limits.take([(SLOTS, "a")], cost=1, now=0.0), list)


def test_a_refused_request_takes_from_none() -> None:
    """All limits or none: what one refuses leaves the other untouched."""
    limits = Limits()
    limits.take([(SLOTS, "a")], cost=1, now=0.0)
    limits.take([(SLOTS, "a")], cost=1, now=0.0)

    limits.take([(BUCKET, "a"), (SLOTS, "a")], cost=1, now=0.0)

    assert limits.describe([BUCKET, SLOTS], 0.0)[0]["levels"] == {"a": 3.0}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"algorithm": "token_bucket", "burst": 1.0}, "token_bucket needs rate above 0"),
        ({"algorithm": "token_bucket", "rate_per_second": 1.0, "burst": 0.0}, "token_bucket needs burst above 0"),
        ({"algorithm": "concurrency"}, "concurrency needs quota above 0"),
        ({"algorithm": "concurrency", "quota": 1, "burst": 1.0}, "burst doesn't belong to concurrency"),
        ({"algorithm": "token_bucket", "rate_per_second": 1.0, "burst": 0.5}, "burst must be at least 1"),
        ({"algorithm": "shed", "quota": 1, "shares": {"read": 120}}, "shares must be from 0 to 100"),
        ({"algorithm": "quota", "quota": 1, "cost": {"*": -1}}, "cost must be at least 0"),
        ({"algorithm": "quota", "quota": 1, "status": 700}, "status must be from 200 to 599"),
        ({"algorithm": "quota", "quota": 1, "partition": ()}, "partition must name each part once"),
    ],
)
def test_a_limit_with_the_wrong_numbers_is_refused(fields: dict, message: str) -> None:
    """What could never admit anything, or belongs to another algorithm, fails when it is made."""
    with pytest.raises(ValueError, match=message):
        Limit(name="x", match=Match(), **fields)


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=60))
def test_a_token_bucket_admits_what_a_slow_reference_admits(gaps_hundredths: list[int]) -> None:
    """Against exact fractions, refilled one request at a time."""
    limits, now = Limits(), Fraction(0)
    tokens = Fraction(3)
    for gap in gaps_hundredths:
        now += Fraction(gap, 100)
        tokens = min(Fraction(3), tokens + Fraction(gap, 100) * 10)
        expected = tokens >= 1
        tokens -= 1 if expected else 0

        got = limits.take([(BUCKET, "a")], cost=1, now=float(now))

        assert isinstance(got, list) == expected


def test_a_penalty_or_a_lie_says_something() -> None:
    """A block has a length, and what is said to remain isn't nothing."""
    with pytest.raises(ValueError, match="block must be above 0"):
        Penalty(block_seconds=0.0)
    with pytest.raises(ValueError, match="remaining must be at least 1"):
        Lie(remaining=0)


def test_refusals_of_older_journals_are_told_without_numbers() -> None:
    """They have only the limit's name."""
    assert told("burst", None) == "The limit 'burst' refused it; nothing was executed."


def test_a_large_quota_is_told_in_full() -> None:
    """Nobody counts in powers of ten."""
    numbers = {"algorithm": "quota", "level": 2_500_000.0, "most": 2_500_000, "cost": 1, "partition": "account"}

    assert "2500000 of 2500000 were taken for this account in this day" in told("daily", numbers)
