"""How long operations took, and how late they began."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story, phased

from brownout.verdict.history import history
from brownout.verdict.measures import Values, lag, latency, measure, service, why_not


def _measure(run: Any) -> Values:
    return measure(history(run).whole)


def _value(run: Any, metric: str) -> float | None:
    return next(iter(_measure(run)[metric].values()))


def test_lag_and_latency_count_from_the_scheduled_start() -> None:
    """Time spent waiting for a turn counts as latency, and is told apart as lag."""
    told = Story().order("order-1", late=0.5).order("order-2")

    scope = history(told.run()).whole
    assert lag(scope)["max_seconds"] == 0.5
    assert latency(scope)["max_seconds"] == 0.51
    assert service(scope)["max_seconds"] == 0.01


def test_unmeasured_lag_is_none() -> None:
    """Claims that carry no times say nothing of lag."""
    told = Story()
    told.claims = [{"key": "order-1", "outcome": "ok"}]

    assert lag(history(told.run()).whole) == {
        "measured": 0,
        "p50_seconds": None,
        "p95_seconds": None,
        "p99_seconds": None,
        "max_seconds": None,
        "late_share": None,
    }


def test_latency_has_percentiles_from_the_scheduled_start() -> None:
    """An operation that waited for its turn took that long."""
    told = phased(but={0: {"late": 2.0}})

    values = _measure(told.run())["op.latency"]

    assert (values["p(50)"], values["p(95)"], values["max"]) == (0.01, 0.01, 2.01)
    assert values["avg"] == pytest.approx((29 * 0.01 + 2.01) / 30, abs=1e-6)


def test_p99_needs_a_thousand_operations() -> None:
    """Below that, one or two operations would decide it."""
    few, enough = (history(phased(rate=rate).run()).whole for rate in (33, 34))

    assert measure(few)["op.latency"]["p(99)"] is None
    assert why_not("op.latency", "p(99)", few) == "that takes 1,000 operations and there were 990"
    assert measure(enough)["op.latency"]["p(99)"] == 0.01


def test_who_was_never_sent_took_longest() -> None:
    """An operation that nobody heard of doesn't make the others look faster: what it would decide isn't measured."""
    values = _measure(phased(but={5: None}).run())["op.latency"]

    assert (values["p(95)"], values["max"], values["avg"]) == (0.01, None, None)


def test_good_and_bad_take_their_own_time() -> None:
    """Failing fast doesn't pass for being fast."""
    told = phased(but={1: {"outcome": "fail", "charges": 0, "late": 1.0}})

    found = latency(history(told.run()).whole)

    assert (found["good"]["max_seconds"], found["failed"]["max_seconds"]) == (0.01, 1.01)
    assert (found["good"]["measured"], found["failed"]["measured"]) == (29, 1)


def test_the_wait_for_a_turn_is_told_apart() -> None:
    """The gap between latency and service is what a closed loop would have hidden."""
    told = phased(rate=34, but={number: {"late": 3.0} for number in range(20)})

    assert latency(history(told.run()).whole)["co_gap_seconds"] == 3.0


def test_percentiles_have_intervals() -> None:
    """In the verdict, beside each: as many operations tell more as there are."""
    found = latency(history(phased(rate=34, but={number: {"late": 1.0} for number in range(100)}).run()).whole)

    assert found["p50_interval"] == (0.01, 0.01)
    assert found["p95_seconds"] == found["p95_interval"][1] == 1.01
    assert found["p99_interval"] == (1.01, 1.01)
    assert latency(history(phased().run()).whole)["p99_interval"] is None
