"""When the orders of a load are due."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brownout.core.executors import due, due_before, due_times, expected, how_many, in_words, longest_pause
from brownout.core.plan import Load, Phase, Plan, Stage
from brownout.verdict.phases import PlannedPhase, phase_at

SEEDS = st.integers(-(2**63), 2**63 - 1)
RATES = st.floats(0.5, 60)
LENGTHS = st.floats(0.05, 20)
STAGES = st.lists(
    st.builds(lambda length, rate: Stage(duration_seconds=length, rate_per_second=rate), st.just(0.0) | LENGTHS, RATES),
    min_size=1,
    max_size=4,
).map(tuple)


def _load(executor: Any, **more: Any) -> Load:
    return Load(executor=executor, **{"rate_per_second": None, **more})


CONSTANT = st.builds(Load, rate_per_second=RATES, duration_seconds=LENGTHS)
POISSON = st.builds(_load, st.just("poisson"), rate_per_second=RATES, duration_seconds=LENGTHS)
RAMPING = st.builds(
    _load,
    st.just("ramping_arrival_rate"),
    start_rate_per_second=st.just(0.0) | RATES,
    stages=STAGES,
    duration_seconds=LENGTHS,
)
AT_ONCE = st.builds(
    _load, st.just("bursts"), size=st.integers(1, 30), repeat_seconds=st.floats(0.1, 5), duration_seconds=LENGTHS
)
ON_AND_OFF = st.builds(
    lambda on, off, **more: _load("bursts", for_seconds=on, repeat_seconds=on + off, **more),
    st.floats(0.1, 3),
    st.floats(0.1, 3),
    rate_per_second=RATES,
    duration_seconds=LENGTHS,
)
OPEN = CONSTANT | POISSON | RAMPING | AT_ONCE | ON_AND_OFF


@given(SEEDS, OPEN)
def test_a_plan_is_sorted_and_within_its_load(seed: int, load: Load) -> None:
    """Orders are due one after the other or together, from the beginning until before the end, and can be counted."""
    times = due_times(seed, load)

    assert list(times) == sorted(times)
    assert all(0 <= at < load.duration_seconds + 1e-6 for at in times)
    assert how_many(seed, load) == len(times)
    assert [due(seed, load, number) for number in range(len(times))] == list(times)
    assert longest_pause(seed, load) >= max((b - a for a, b in pairwise(times)), default=0) - 2e-6


@given(SEEDS, OPEN)
def test_a_plan_is_the_seeds_and_the_loads(seed: int, load: Load) -> None:
    """Drawn twice, it is the same: no arm meets another one."""
    first = due_times(seed, load)
    due_times.cache_clear()

    assert due_times(seed, load) == first


@pytest.mark.slow
def test_a_plan_is_the_same_in_every_process() -> None:
    """Nothing of it hangs on how a process hashes."""
    program = (
        "from brownout.core.executors import due_times; from brownout.core.plan import Load\n"
        "print(due_times(7, Load(executor='poisson', rate_per_second=20)))"
    )
    plans = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hashed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashed in ("1", "2")
    }

    assert plans == {f"{due_times(7, Load(executor='poisson', rate_per_second=20))}\n"}


@given(SEEDS, OPEN, st.lists(LENGTHS, min_size=1, max_size=4))
def test_phases_hold_every_order_once(seed: int, load: Load, lengths: list[float]) -> None:
    """What is counted before a run is what the engine and the verdict find: each order in one phase."""
    plan = Plan(phases=tuple(Phase(name=f"p{n}", duration_seconds=each) for n, each in enumerate(lengths)))
    phases = [PlannedPhase.of(phase) for phase in plan.phases]
    times = due_times(seed, load)
    found = [phase_at(phases, at) for at in times]

    assert sum(found.count(phase.name) for phase in phases) == len(times)
    assert [plan.phase_at(at) or plan.phases[-1].name for at in times] == found
    for phase in plan.phases[1:]:
        begins_at = plan.begins_at(phase.name)
        if all(abs(begins_at - at) > 1e-5 for at in times):  # on the very border, the last digit decides
            before = due_before(seed, load, begins_at)
            assert before == sum(one < int(phase.name[1:]) for one in (int(str(name)[1:]) for name in found))


@given(CONSTANT, st.floats(0, 20), st.floats(0, 20))
def test_a_constant_rate_is_exact_in_every_window(load: Load, one: float, other: float) -> None:
    """No window has an order more or less than rate times length; the whole has what that makes, rounded."""
    since, until = sorted((one, other))
    rate, times = load.rate_per_second or 0.0, due_times(1, load)

    there = sum(since <= at < until for at in times)

    assert abs(there - (min(until * rate, len(times)) - min(since * rate, len(times)))) <= 1 + 1e-3
    assert len(times) == round(rate * load.duration_seconds)


@given(RAMPING, st.floats(0, 1), st.floats(0, 1))
def test_a_ramp_is_exact_in_every_window(load: Load, one: float, other: float) -> None:
    """No window has an order more or less than lies under the line; the whole has what that makes, rounded."""
    since, until = sorted((one * load.duration_seconds, other * load.duration_seconds))
    times = due_times(1, load)

    there = sum(since <= at < until for at in times)

    assert abs(there - (min(_under(load, until), len(times)) - min(_under(load, since), len(times)))) <= 1 + 1e-2
    assert abs(len(times) - _under(load, load.duration_seconds)) <= 0.5 + 1e-6


def _under(load: Load, moment: float) -> float:
    """Return how many orders should have come by then, by adding up thin slices."""
    begins_at, rate, total = 0.0, load.start_rate_per_second, 0.0
    for stage in (*load.stages, Stage(duration_seconds=1e9, rate_per_second=load.stages[-1].rate_per_second)):
        inside = min(stage.duration_seconds, max(0.0, moment - begins_at))
        if stage.duration_seconds:
            reached = rate + (stage.rate_per_second - rate) * inside / stage.duration_seconds
            total += (rate + reached) / 2 * inside
        begins_at, rate = begins_at + stage.duration_seconds, stage.rate_per_second
    return total


@given(AT_ONCE)
def test_bursts_come_at_once(load: Load) -> None:
    """As many as were asked for, each time, and nothing in between."""
    times = due_times(1, load)
    moments = sorted(set(times))

    assert len(times) == expected(load)
    assert all(times.count(at) == load.size for at in moments)
    assert moments == [round(n * (load.repeat_seconds or 0), 6) for n in range(len(moments))]


@given(ON_AND_OFF)
def test_bursts_are_on_and_off(load: Load) -> None:
    """Orders come only while a burst is on, at its rate."""
    repeat, on = load.repeat_seconds or 0.0, load.for_seconds or 0.0

    inside = [at - repeat * int((at + 1e-5) / repeat) for at in due_times(1, load)]

    assert all(-1e-4 <= at < on + 1e-4 for at in inside)
    assert len(inside) <= (expected(load) or 0)


@settings(max_examples=25)
@given(SEEDS)
def test_poisson_has_its_rate(seed: int) -> None:
    """The number in a window, and in the whole, lies where a Poisson's does but once in a thousand seeds and more."""
    load = _load("poisson", rate_per_second=40.0, duration_seconds=100)
    times = due_times(seed, load)
    most = 5.0  # standard deviations: with this many windows and seeds, 3.3 (99.9%) would be met by chance

    for since in range(0, 100, 20):
        there = sum(since <= at < since + 20 for at in times)
        assert abs(there - 800) < most * sqrt(800)
    assert abs(len(times) - 4000) < most * sqrt(4000)


def test_poisson_has_its_rate_for_999_seeds_in_1000() -> None:
    """Over many seeds, the share outside of the band that holds 99.9% is what it should be, and so is the spread."""
    load = _load("poisson", rate_per_second=20.0, duration_seconds=5)
    counts = [len(due_times(seed, load)) for seed in range(1000)]

    outside = sum(abs(count - 100) > 3.2905 * 10 for count in counts)
    mean = sum(counts) / len(counts)
    spread = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert outside <= 5
    assert abs(mean - 100) < 3.2905 * 10 / sqrt(1000)
    assert 85 < spread < 115  # a Poisson's variance is its mean; of 1,000 counts, within 3.29 * sqrt(2 / 1000)


def test_a_longer_poisson_begins_as_a_shorter_one() -> None:
    """A drill of another length meets the same orders at the same times, as far as it goes."""
    short, long = (due_times(7, _load("poisson", rate_per_second=9.0, duration_seconds=each)) for each in (3, 30))

    assert short == long[: len(short)]


def test_a_ramp_from_nothing() -> None:
    """The first order is due at once; where nothing is due, nothing comes; a stage of no duration jumps."""
    stages = tuple(
        Stage(duration_seconds=length, rate_per_second=rate) for length, rate in ((2, 0), (2, 2), (0, 4), (1, 4))
    )
    load = _load("ramping_arrival_rate", stages=stages, duration_seconds=5)

    assert due_times(1, load) == (2.0, 3.414214, 4.0, 4.25, 4.5, 4.75)
    assert longest_pause(1, load) == 2.0
    assert in_words(load) == "from 0 a second to 0 in 2s, to 2 in 2s, to 4 in 0s, to 4 in 1s,"


def test_the_last_rate_holds_to_the_end() -> None:
    """A load that is longer than its stages goes on, and one that is shorter cuts them."""
    stages = (Stage(duration_seconds=1, rate_per_second=10),)
    load = _load("ramping_arrival_rate", start_rate_per_second=10, stages=stages, duration_seconds=3)

    assert due_times(1, load) == tuple(round(number / 10, 6) for number in range(30))
    half = _load("ramping_arrival_rate", stages=stages, duration_seconds=0.5)
    assert expected(half) == pytest.approx(1.25)


def test_a_closed_load_plans_nothing() -> None:
    """How many orders its users get done is for the run to show."""
    load = _load("users", users=3, think_seconds=0.5)

    assert (how_many(1, load), expected(load), due_times(1, load), load.open) == (None, None, (), False)
    assert longest_pause(1, load) == 0.5
    assert str(load) == "3 users, each 0.5s after its last is done, for 7s"


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (Load(), "15 a second for 7s"),
        (_load("poisson", rate_per_second=2.5), "2.5 a second on average (poisson) for 7s"),
        (_load("bursts", size=20, repeat_seconds=5), "20 at once each 5s for 7s"),
        (_load("bursts", rate_per_second=4, for_seconds=1, repeat_seconds=5), "4 a second for 1s each 5s for 7s"),
        (_load("users", users=1), "1 user, each after its last is done, for 7s"),
    ],
)
def test_a_load_in_words(load: Load, words: str) -> None:
    """What `check` says of it."""
    assert str(load) == words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"executor": "users"}, "rate doesn't belong to users, which takes think"),
        ({"think_seconds": 1}, "think doesn't belong to constant_arrival_rate, which takes rate"),
        ({"executor": "poisson", "rate_per_second": None}, "poisson needs rate above 0"),
        ({"executor": "ramping_arrival_rate", "rate_per_second": None}, "ramping_arrival_rate needs stages"),
        ({"executor": "bursts", "rate_per_second": None, "size": 3}, "bursts needs repeat above 0"),
        ({"executor": "bursts", "repeat_seconds": 3}, "bursts needs size, or rate and for"),
        ({"executor": "bursts", "repeat_seconds": 3, "size": 3}, "size is how many come at once"),
        ({"executor": "bursts", "repeat_seconds": 3, "size": 0, "rate_per_second": None}, "size must be at least 1"),
        ({"executor": "bursts", "repeat_seconds": 3, "for_seconds": 3}, "repeat must be longer than for"),
        ({"executor": "users", "rate_per_second": None, "think_seconds": -1}, "start_rate and think must not be"),
    ],
)
def test_what_an_executor_does_not_take(more: dict[str, Any], words: str) -> None:
    """A load that can't be planned isn't made."""
    with pytest.raises(ValueError, match=words):
        Load(**more)


@pytest.mark.parametrize(("length", "rate"), [(-1, 1), (1, -1)])
def test_a_stage_is_not_negative(length: float, rate: float) -> None:
    """Neither its duration nor its rate."""
    with pytest.raises(ValueError, match="must not be negative"):
        Stage(duration_seconds=length, rate_per_second=rate)


def test_more_than_is_planned_is_told_beforehand() -> None:
    """How many there are about is known without drawing any."""
    assert expected(Load(rate_per_second=1e9, duration_seconds=1e9)) == 1e18
    assert due_before(1, Load(rate_per_second=1e9, duration_seconds=1e9), 3) == ceil(3e9)
