"""A simulator that was the bottleneck, and a load that was closed: what such a run can't show."""

from __future__ import annotations

from typing import Any

import pytest
from story import LOAD, Story, phased

from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.lateness import all_busy, excused
from brownout.verdict.measures import lag, measure, why_not
from brownout.verdict.server import bottleneck, server


def _lagging(measured: int, p99: float) -> dict[str, Any]:
    return {"measured": measured, "p50_seconds": 0.0, "p99_seconds": p99, "max_seconds": p99}


@pytest.mark.parametrize(
    ("loop_lag", "doubted"),
    [
        (None, False),
        (_lagging(99, 0.2), False),
        (_lagging(100, 0.05), False),
        (_lagging(100, 0.051), True),
    ],
    ids=["nobody measured", "too few to tell", "in time", "late"],
)
def test_a_late_event_loop_is_told(loop_lag: dict[str, Any] | None, *, doubted: bool) -> None:
    """A server whose loop lets calls wait makes every client look slow, so the run isn't green."""
    verdict = judge([Story(loop_lag=loop_lag).orders(3).run()])

    assert verdict["status"] == ("inconclusive" if doubted else "pass")
    assert ("the simulator was the bottleneck: its event loop" in " ".join(verdict["reasons"])) is doubted
    assert verdict["arms"]["keyed"]["server"]["loop_lag"] == loop_lag


@pytest.mark.parametrize("metric", ["op.latency", "recovery.time", "resilience.loss", "detection.time", "staleness"])
def test_a_slow_server_excuses_every_length_of_time(metric: str) -> None:
    """Not only latencies: who waits for a slow server recovers late and knows late. Counts are excused by nothing."""
    check = {"metric": metric, "assertion": "value < 1s"}

    assert excused(check, {}, generator_late=False, server_slow=True)
    assert not excused(
        {"metric": "payments.lost", "assertion": "count == 0"}, {}, generator_late=True, server_slow=True
    )


@pytest.mark.parametrize(("cost_ms", "full"), [(20, 0), (21, 1)])
def test_a_busy_engine_is_told(cost_ms: float, full: int) -> None:
    """A second of which more than half is the engine's own work leaves too little for the rest."""
    told = Story().orders(25)
    for number, record in enumerate(told.records):
        record["observed"] = {"wall_at": 100.0 + number / 30, "cost_ms": cost_ms + 0.0}

    found = server(told.run())

    assert (found["seconds"], found["seconds_full"]) == (1, full)
    assert found["busiest_second_share"] == pytest.approx(25 * cost_ms / 1000)
    assert len([*bottleneck(found)]) == full


def test_without_costs_nothing_is_said_of_the_server() -> None:
    """A journal that doesn't tell them is not one of an idle server."""
    found = server(Story().orders(3).run())

    assert (found["busy_share"], found["busiest_second_share"], found["seconds"]) == (None, None, 0)
    assert [*bottleneck(found)] == []


def test_how_many_began_late() -> None:
    """The share beyond the bound is told beside the percentiles; who began exactly then is in time."""
    told = phased(but={1: {"late": 0.06}, 2: {"late": 0.2}, 3: {"late": 0.04}})

    found = lag(history(told.run()).whole)

    assert (found["measured"], found["late_share"]) == (30, round(2 / 30, 6))


def test_the_gap_is_a_metric() -> None:
    """A threshold can ask for it, from a thousand operations on; it is the wait and nothing else."""
    few, many = (
        measure(history(phased(rate=rate, but={n: {"late": 3.0} for n in range(20)}).run()).whole) for rate in (33, 34)
    )

    assert few["op.co_gap"]["value"] is None
    assert many["op.co_gap"]["value"] == 3.0
    assert (many["op.service"]["p(99)"], many["op.latency"]["p(99)"]) == (0.01, 3.01)
    asked = phased(rate=34, but={n: {"late": 3.0} for n in range(20)}, thresholds={"op.co_gap": ("value < 1s",)})
    assert "keyed: op.co_gap is 3000 ms, but a threshold asks for value < 1s" in judge([asked.run()])["reasons"]


def test_a_closed_load_has_no_gap() -> None:
    """Nothing is due before it begins, so nothing waits, nobody is late, and the verdict says what that hides."""
    told = phased(rate=34, load=LOAD | {"executor": "users", "rate_per_second": None}, orders_planned=None)

    verdict = judge([told.run()])
    scope = history(told.run()).whole

    assert measure(scope)["op.co_gap"]["value"] is None
    assert why_not("op.co_gap", "value", scope) == "in a closed load nothing is due before it begins"
    assert (lag(scope)["measured"], lag(scope)["late_share"]) == (0, None)
    assert (verdict["status"], verdict["arms"]["keyed"]["orders"]["planned"]) == ("pass", None)
    assert any("the load was closed" in note for note in verdict["notes"])


def test_what_was_never_sent_counts_against_goodput() -> None:
    """Orders that nobody heard of are in the denominator, phase by phase, and 1 in 100 of them makes a doubt."""
    told = phased(but=dict.fromkeys((11, 12, 13)))

    arm = judge([told.run()])["arms"]["keyed"]

    assert arm["metrics"]["goodput.rate"]["value"] == 27 / 30
    assert [phase["unsent"] for phase in arm["phases"]] == [0, 3, 0]
    assert any("3 of 30 planned orders were not sent" in doubt for doubt in arm["doubts"])


def test_too_few_users_are_told_from_a_slow_generator() -> None:
    """If every user was busy when a late operation was due, more of them help; otherwise they don't."""
    crowded = Story(load={"users": 1}, orders_planned=4)
    paused = Story(load={"users": 2}, orders_planned=4)
    for told in (crowded, paused):
        for number in range(4):
            times = {"scheduled_at": number / 10, "started_at": float(number), "at": number + 1.0}
            told.call(f"order-{number}").charge(f"order-{number}").claim(f"order-{number}", due=number / 10, **times)

    assert (all_busy(history(crowded.run()).whole, 1), all_busy(history(paused.run()).whole, 2)) == (1.0, 0.0)
    assert all_busy(history(Story().orders(2).run()).whole, 1) is None
    [few] = [each for each in judge([crowded.run()])["reasons"] if "generator was late" in each]
    [slow] = [each for each in judge([paused.run()])["reasons"] if "generator was late" in each]
    assert few.endswith("; all 1 users were busy with earlier ones then: raise load.users")
    assert slow.endswith("50 ms is the most")


@pytest.mark.parametrize(
    ("threshold", "told", "status"),
    [
        ({"op.latency": ("max < 1s",)}, {"late": 3.0}, "inconclusive"),
        ({"op.latency{phase:storm}": ("max < 1s",)}, {"late": 3.0}, "inconclusive"),
        ({"op.latency": ("max < 1ms",)}, {"late": 3.0}, "fail"),
        ({"op.service": ("max < 1ms",)}, {"late": 3.0}, "fail"),
        ({"op.co_gap": ("value < 1s",)}, {"late": 3.0}, "inconclusive"),
        ({"goodput.rate": ("value > 0.999",)}, {"late": 3.0, "outcome": "fail", "charges": 0}, "fail"),
        ({"op.latency": ("max < 1ms",)}, {}, "fail"),
    ],
    ids=[
        "the wait alone", "the wait alone, in its phase", "also without the wait", "not from the schedule", "the gap",
        "no length of time", "in time",
    ],
)  # fmt: skip
def test_a_late_generator_excuses_what_it_caused(
    threshold: dict[str, tuple[str, ...]], told: dict[str, Any], status: str
) -> None:
    """A latency that was missed only by waiting for a late generator isn't held against the client; never green."""
    run = phased(rate=34, but=dict.fromkeys(range(400, 420), told), thresholds=threshold).run()

    assert judge([run])["status"] == status


@pytest.mark.parametrize("metric", ["op.latency", "op.service"])
def test_a_slow_server_excuses_slowness(metric: str) -> None:
    """How long operations took says nothing of the client if Brownout couldn't keep up."""
    verdict = judge([phased(thresholds={metric: ("max < 1ms",)}, loop_lag=_lagging(200, 0.3)).run()])

    assert verdict["status"] == "inconclusive"
    assert any(f"{metric} is 10 ms" in reason for reason in verdict["reasons"])
