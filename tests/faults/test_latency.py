"""Latency: what each distribution adds up to, what is capped, and what grows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.effects import Delay
from brownout.core.errors import UsageError
from brownout.core.exchange import Exchange, Request
from brownout.core.moment import Moment
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.core.schedule import When
from brownout.core.spread import Lognormal, Normal, Pareto, Percentiles, Spread, Uniform
from brownout.faults.latency import Latency, Spikes
from brownout.testing import Simulator
from brownout.testing.transport import EngineTransport

if TYPE_CHECKING:
    from collections.abc import Sequence

SPREADS: list[Spread] = [
    Uniform(least=0.1, most=0.5),
    Normal(mean=0.3, deviation=0.1),
    Lognormal(median=0.1, p99=2.0),
    Pareto(least=0.05, shape=1.5),
    Percentiles(table={"p50": 0.1, "p90": 0.4, "p99": 3.0}),
]


def waits(fault: Latency, *draws: float, lasted: float = 0.0) -> Sequence[float]:
    """Return how long it waits where every draw is so."""
    exchange = Exchange(Request("GET", "/", headers={}), Moment(0.0, 0.0), seed=0)
    exchange.lasted = lasted
    found = []
    for draw in draws:
        effects = fault.effects(exchange, lambda _, draw=draw: draw)  # type: ignore[misc]
        found.append(sum(one.seconds for one in effects if isinstance(one, Delay)))
    return found


@given(st.sampled_from(SPREADS), st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=2))
def test_a_higher_draw_is_never_a_shorter_wait(spread: Spread, draws: list[float]) -> None:
    """Each is the inverse of its distribution, and a number for every draw."""
    low, high = sorted(draws)

    assert spread.at(low) <= spread.at(high)
    assert abs(spread.at(high)) < 1e12


@pytest.mark.parametrize(
    ("spread", "share", "seconds"),
    [
        (SPREADS[0], 0.25, 0.2),
        (SPREADS[1], 0.8413447, 0.4),
        (SPREADS[2], 0.5, 0.1),
        (SPREADS[2], 0.99, 2.0),
        (SPREADS[3], 0.0, 0.05),
        (SPREADS[3], 0.5, 0.05 * 2 ** (1 / 1.5)),
        (SPREADS[4], 0.0, 0.1),
        (SPREADS[4], 0.7, 0.25),
        (SPREADS[4], 0.9, 0.4),
        (SPREADS[4], 0.999, 3.0),
    ],
)
def test_a_distribution_is_what_it_says(spread: Spread, share: float, seconds: float) -> None:
    """Textbook values."""
    assert spread.at(share) == pytest.approx(seconds, rel=1e-6)


def test_what_a_thousand_calls_wait() -> None:
    """Over many identities the percentiles are the table's own, on virtual time."""
    fault = Latency(percentiles={"p50": 0.1, "p90": 0.4, "p99": 3.0})
    transport = EngineTransport(Plan(rules=(Rule(name="l", fault=fault, target="response"),)), registries=REGISTRIES)
    found = []
    for number in range(2000):
        before = transport.wall
        transport.send("GET", f"/toy/v1/payments/{number}", headers=KEY)
        found.append(transport.wall - before)
    found.sort()

    assert found[1000] == pytest.approx(0.1, abs=0.02)
    assert found[1800] == pytest.approx(0.4, rel=0.2)
    assert found[-1] == pytest.approx(3.0, abs=1e-3)


def test_everything_adds_up_and_is_capped() -> None:
    """Delay, jitter, distribution and spike; a tail is cut at a minute unless told otherwise."""
    uniform = Uniform(least=1, most=3)

    assert waits(Latency(delay=1, jitter=2, uniform=uniform), 0.5) == [4.0]
    assert waits(Latency(delay=1, spikes=Spikes(percentage=5, delay=2)), 0.04, 0.05) == [3.0, 1.0]
    assert waits(Latency(delay=1, uniform=uniform, most=2.5), 0.0, 0.9) == [2.0, 2.5]
    assert waits(Latency(pareto=Pareto(least=1, shape=0.5)), 0.9999) == [60.0]
    assert waits(Latency(delay=90, jitter=1), 0.0) == [90.0]
    assert waits(Latency(normal=Normal(mean=1, deviation=1)), 0.0001) == [0.0]


def test_it_rises() -> None:
    """Evenly from nothing, then it stays; without it, it is there at once."""
    fault = Latency(delay=2, rise=10)

    assert [waits(fault, 0.5, lasted=lasted)[0] for lasted in (0, 2.5, 10, 99)] == [0, 0.5, 2, 2]
    assert waits(Latency(delay=2), 0.5) == [2]


def test_it_rises_in_each_window_anew() -> None:
    """From when the rule's own window opened, in world time; the record says that time had a say (D2)."""
    when = When(at_seconds=100, for_seconds=50, repeat_seconds=100)
    rule = Rule(name="l", fault=Latency(delay=2, rise=20), target="response", when=when)
    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)
    seen = []
    for seconds in (90, 10, 10, 20, 70, 10):
        transport.advance(seconds)
        before = transport.wall
        transport.send("GET", "/toy/v1/payments", headers=KEY)
        seen.append(round(transport.wall - before, 3))
    records = list(transport.world.journal)

    assert seen == [0, 0, 1, 2, 0.3, 1.33]
    assert [[fired.state for fired in record.fired] for record in records[:3]] == [[], ["passed"], ["applied"]]
    assert {record.repeatability for record in records} == {"D2"}


async def test_yaml_to_wire_to_journal() -> None:
    """A table of percentiles, as a scenario spells it, is waited out and written down."""
    text = """
brownout: 1
title: t
faults:
  - {name: measured, kind: latency, match: {operation: toy.payments.list}, percentiles: {p0: 50ms, p100: 60ms}}
  - name: spiky
    kind: latency
    target: edge
    lognormal: {median: 1ms, p99: 2ms}
    spikes: {percentage: 100, delay: 20ms}
"""
    async with Simulator(scenario.load(text, REGISTRIES), registries=REGISTRIES) as box:
        started = time.monotonic()
        async with aiohttp.ClientSession() as session, session.get(f"{box.url_of('toy')}/v1/payments", headers=KEY):
            took = time.monotonic() - started
        fired = {one["rule"]: one for one in box.exchanges()[0].fired}

        assert took >= 0.07
        assert {name: one["state"] for name, one in fired.items()} == {"measured": "applied", "spiky": "applied"}
        assert 0.05 <= float(fired["measured"]["effects"][0].split()[1].rstrip("s")) <= 0.06


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("delay: 1s, most: 0s", "most must be above 0"),
        ("normal: {mean: 1s, deviation: 1s}, pareto: {least: 1s, shape: 2}", "exclude each other"),
        ("normal: {mean: 0s, deviation: 1s}", "mean must be above 0"),
        ("normal: {mean: 1s, deviaton: 1s}", "deviation"),
        ("lognormal: {median: 3s, p99: 1s}", "p99 must be above median"),
        ("uniform: {least: 3s, most: 1s}", "most must be above least"),
        ("pareto: {least: 1s, shape: 0}", "shape must be 0.1 or more"),
        ("pareto: {least: 0s, shape: 1}", "least must be above 0"),
        ("percentiles: {p50: 2s, p90: 1s}", "must not be shorter"),
        ("percentiles: {median: 2s}", "write p0 to p100"),
        ("percentiles: {p50: 2s, p50.0: 2s}", "twice"),
        ("percentiles: {}", "is empty"),
        ("percentiles: {p101: 2s}", "write p0 to p100"),
        ("spikes: {percentage: 0, delay: 1s}", "percentage must be above 0"),
        ("spikes: {percentage: 5, delay: 0s}", "delay must be above 0"),
        ("rise: 1m", "latency needs delay"),
        ("delay: 2", "not a duration"),
    ],
)
def test_a_mistake_has_its_line(given: str, said: str) -> None:
    """And says what was meant."""
    text = f"brownout: 1\ntitle: t\nfaults:\n  - {{name: l, kind: latency, {given}}}\n"

    with pytest.raises(UsageError, match=said) as problem:
        scenario.load(text, REGISTRIES)
    assert ":4:" in str(problem.value) or "line 4" in str(problem.value)


def test_a_table_from_code_may_not_be_negative() -> None:
    """YAML has no negative durations; Python has."""
    with pytest.raises(ValueError, match="p50 must not be negative"):
        Latency(percentiles={"p50": -1.0})


def test_every_distribution_says_what_it_is() -> None:
    """In words, with its units."""
    said: Any = [one.said for one in SPREADS]

    assert all("s" in one for one in said)
    assert len(set(said)) == len(SPREADS)
