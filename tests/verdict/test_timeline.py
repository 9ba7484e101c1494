"""An arm along its time."""

from __future__ import annotations

from typing import Any

import pytest
from story import BEGAN, Story, phased

from brownout.verdict.history import history
from brownout.verdict.timeline import BUCKETS_MOST, timeline


def _timeline(told: Story, **head: Any) -> dict[str, Any]:
    return timeline(history(told.run(**head)))


def test_operations_stand_where_they_were_due() -> None:
    """Good ones and bad ones by class, in the second that they were due in, however late they were."""
    told = phased(but={12: {"outcome": "fail", "charges": 0, "status": 503}, 13: {"outcome": "unknown", "late": 4.0}})

    found = _timeline(told)

    assert found["at"] == [float(second) for second in range(30)]
    assert found["scheduled"] == [1] * 30
    assert [second for second, number in enumerate(found["good"]) if not number] == [12, 13]
    assert found["failed"] == {"server": [0] * 12 + [1] + [0] * 17, "unresolved": [0] * 13 + [1] + [0] * 16}
    assert (found["latency_p50_seconds"][13], found["latency_p95_seconds"][14]) == (4.01, 0.01)


def test_requests_stand_where_they_were() -> None:
    """By their wall time: first tries and retries, tokens, errors and faults."""
    told = phased(rate=0.1, orders_planned=3)
    wall = {"wall_at": BEGAN + 5.5}
    told.call("order-0000", does="write", observed=wall, fired=["lost-answer"], answered="reset", status=0)
    told.call("t", does="token", observed={"wall_at": BEGAN - 3}, status=401)

    found = _timeline(told)

    assert [found["requests"][second] for second in (0, 5, 10, 20)] == [2, 1, 1, 1]
    assert (found["retries"][5], sum(found["retries"])) == (1, 1)
    assert found["token_requests"] == [1] + [0] * 29
    assert found["errors"] == {"auth": [1] + [0] * 29, "transport": [0] * 5 + [1] + [0] * 24}
    assert found["faults"] == {"lost-answer": [0] * 5 + [1] + [0] * 24}


def test_empty_seconds_have_no_latency() -> None:
    """None, not 0."""
    found = _timeline(phased(rate=0.1))

    assert found["latency_p50_seconds"][:2] == [0.01, None]


@pytest.mark.parametrize("began", [BEGAN, None])
def test_beginning_is_the_heads_else_the_claims(began: float | None) -> None:
    """Claims that say both when they were due and at what time tell when the load began."""
    assert _timeline(phased(), load_began_at=began)["requests"] == [1] * 30


def test_without_dues_the_first_scheduled_start_is_the_beginning() -> None:
    """A client that only knows the hour has a time line too."""
    told = Story().claim("a", scheduled_at=BEGAN).claim("b", scheduled_at=BEGAN + 2).claim("c", scheduled_at=None)

    assert _timeline(told)["scheduled"] == [1, 0, 1]


def test_without_any_claim_the_first_request_is_the_beginning() -> None:
    """What was on the wire has its own time."""
    told = Story().call("a", observed={"wall_at": BEGAN}).call("a", observed={"wall_at": BEGAN + 1.5})
    told.claims = None

    found = _timeline(told)

    assert (found["requests"], found["scheduled"]) == ([1, 1], [0, 0])


def test_nothing_has_no_columns() -> None:
    """A run of which nobody knows when anything was."""
    found = _timeline(Story().call("a").claim("a", scheduled_at=None))

    assert found["at"] == found["good"] == found["requests"] == []
    assert found["failed"] == {}


@pytest.mark.parametrize(("last", "bucket"), [(1199.0, 1.0), (1200.0, 2.0), (7200.0, 10.0), (90_000.0, 300.0)])
def test_long_runs_have_longer_buckets(last: float, bucket: float) -> None:
    """So that no chart has more columns than a screen."""
    found = _timeline(Story().order("a", due=0.0).order("b", due=last))

    assert found["bucket_seconds"] == bucket
    assert len(found["at"]) <= BUCKETS_MOST
    assert sum(found["scheduled"]) == 2


@pytest.mark.parametrize("odd", [1e10, 99_999_999_999.0])
def test_an_odd_moment_makes_no_endless_chart(odd: float) -> None:
    """A client with a broken clock costs resolution, not memory."""
    found = _timeline(Story().order("a", due=0.0).order("b", due=odd))

    assert len(found["at"]) <= BUCKETS_MOST
    assert sum(found["scheduled"]) == 2
