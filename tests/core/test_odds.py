"""The binomial figures that `check` prints."""

from __future__ import annotations

from math import comb, exp, inf

import pytest

from brownout.core import odds
from brownout.core.odds import Odds, capped, interval, needed, never


@pytest.mark.parametrize(("n", "share"), [(1, 0.5), (10, 0.1), (105, 0.08), (400, 0.97), (57, 0.001)])
def test_the_interval_holds_95_percent(n: int, share: float) -> None:
    """At most 2.5% lie below the interval and at most 2.5% above it, and no narrower one does."""
    low, high = interval(n, share)

    chances = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    assert sum(chances[:low]) <= 0.025 < sum(chances[: low + 1])
    assert sum(chances[high + 1 :]) <= 0.025 + 1e-12
    assert high == low or sum(chances[high:]) > 0.025


@pytest.mark.parametrize(("n", "share", "bounds"), [(0, 0.5, (0, 0)), (9, 0.0, (0, 0)), (9, 1.0, (9, 9))])
def test_certainties_have_no_width(n: int, share: float, bounds: tuple[int, int]) -> None:
    """Nothing, never and always are exact."""
    assert interval(n, share) == bounds


def test_large_numbers_meet_the_exact_ones() -> None:
    """Beyond what is summed the normal interval takes over without a jump."""
    exact, normal = interval(200_000, 0.3), interval(200_001, 0.3)

    assert abs(exact[0] - normal[0]) <= 2
    assert abs(exact[1] - normal[1]) <= 2


def test_only_what_counts_is_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server asks while requests wait: a tenth of a second for each rule would make them late."""
    summed = []
    monkeypatch.setattr(odds, "exp", lambda x: summed.append(x) or exp(x))

    assert interval(190_000, 0.9) == (170_743, 171_256)
    assert len(summed) < 3_000


def test_never_and_how_many_are_needed() -> None:
    """The chance that nothing fires falls with n; `needed` is the first n that brings it below the risk."""
    enough = needed(0.01, 0.01)

    assert never(int(enough), 0.01) < 0.01 <= never(int(enough) - 1, 0.01)
    assert (never(0, 1.0), never(5, 1.0), never(5, 0.0)) == (1.0, 0.0, 1.0)
    assert (needed(0.0, 0.01), needed(1.0, 0.01)) == (inf, 1)


@pytest.mark.parametrize(
    ("n", "share", "most", "average"),
    [(0, 0.5, 3, 0.0), (10, 0.0, 3, 0.0), (10, 0.5, 10, 5.0), (10, 1.0, 3, 3.0), (1_000_000, 0.5, 7, 7.0)],
)
def test_an_end_caps_the_average(n: int, share: float, most: int, average: float) -> None:
    """Few draws or many, never or always: no more come true than may."""
    assert capped(n, share, most) == average
    assert Odds.of(n, share, most).high <= most
