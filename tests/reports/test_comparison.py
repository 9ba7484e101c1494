"""A comparison as a person reads it."""

from __future__ import annotations

from typing import Any

from brownout.reports.comparison import render


def _told(**metric: Any) -> str:
    """Return how one metric is told that differs over seeds."""
    one = {"metric": "op.latency", "aggregation": "p(95)", "a": 0.0628, "b": 0.7255, "difference": 0.6627,
           "interval": (0.5622, 0.7498), "judged": True, "margin": None, "outcome": "worse", "reduction": None,
           "reduction_interval": None, **metric}  # fmt: skip
    arms = [{"a": "shop", "b": "shop", "metrics": [one], "orders": None}]
    scenario = {"title": "Lost", "name": "lost-answer"}
    return render({"status": "fail", "scenario": scenario, "reasons": [], "seeds": list(range(20)), "arms": arms})


def test_an_interval_has_the_unit_of_its_value() -> None:
    """A difference in milliseconds isn't bounded by bare seconds."""
    text = _told()

    assert "+663 ms" in text
    assert "562 ms to 750 ms" in text


def test_what_became_less_is_a_share_with_its_interval() -> None:
    """Whichever way it went, as long as it didn't double."""
    assert "37% (20 to 50)" in _told(reduction=0.37, reduction_interval=(0.2, 0.5))
    assert "-40% (-60 to -25)" in _told(reduction=-0.4, reduction_interval=(-0.6, -0.25))


def test_what_more_than_doubled_is_told_in_times() -> None:
    """Nothing is less by -1056%, and an interval holds the value that it is about."""
    text = _told(reduction=-10.56, reduction_interval=(-11.2, -9.99))

    assert "× 11.6 (11 to 12.2)" in text
    assert "%" not in text.replace("95%", "")
