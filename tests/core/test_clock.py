"""World time: speed, freeze, jump, and what is told on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.dates import http_date
from brownout.core.moment import WORLD_MOST, Clock
from brownout.core.timers import Timers

seconds = st.floats(min_value=0, max_value=1e7)


def test_a_world_starts_at_the_walls_now_unless_told_otherwise() -> None:
    """`start` sets world time; without it world and wall agree."""
    assert Clock(wall=50.0).at(50.0).world == 50.0
    assert Clock(wall=50.0, start=7.0).at(50.0).world == 7.0


def test_a_frozen_world_stands_still_until_it_is_resumed() -> None:
    """Freezing keeps the moment; resuming goes on from there, not from where it would have been."""
    clock = Clock(wall=0.0)
    clock.freeze(10.0)

    assert clock.at(500.0).world == 10.0

    clock.resume(500.0)
    assert clock.at(501.0).world == 11.0


def test_a_change_of_speed_never_jumps() -> None:
    """The moment at which the speed changes is the same before and after."""
    clock = Clock(wall=0.0, speed=60.0)
    clock.set_speed(2.0, 10.0)

    assert clock.at(10.0).world == 600.0
    assert clock.at(11.0).world == 602.0


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_time_cannot_go_backwards(amount: float) -> None:
    """An advance is a finite number of at least 0; a refused one changes nothing."""
    clock = Clock(wall=0.0)

    with pytest.raises(ValueError, match="backwards"):
        clock.advance(amount, 5.0)
    assert clock.at(5.0).world == 5.0
    assert clock.jumped_seconds == 0.0


def test_time_ends_while_dates_can_still_be_written() -> None:
    """A jump beyond the year 8941 is refused and changes nothing."""
    clock = Clock(wall=0.0)

    with pytest.raises(ValueError, match="8941"):
        clock.advance(3e11, 1.0)
    assert clock.at(1.0).world == 1.0


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e7, float("nan"), float("inf")])
def test_a_speed_is_a_finite_number_above_zero(speed: float) -> None:
    """Anything else is refused when the clock is made and when it is changed."""
    with pytest.raises(ValueError, match="speed"):
        Clock(wall=0.0, speed=speed)
    with pytest.raises(ValueError, match="speed"):
        Clock(wall=0.0).set_speed(speed, 1.0)


def test_how_long_the_wall_takes_until_a_world_time() -> None:
    """Scaled by the speed; 0 for what is past; None while frozen before it."""
    clock = Clock(wall=0.0, speed=60.0)

    assert clock.wall_seconds_until(120.0, 0.0) == 2.0
    assert clock.wall_seconds_until(120.0, 3.0) == 0.0
    clock.freeze(1.0)
    assert clock.wall_seconds_until(120.0, 1.0) is None


def test_a_frozen_world_tells_its_own_seconds() -> None:
    """The speed plays no part in lengths told while frozen."""
    assert Clock(wall=0.0, speed=60.0, frozen=True).wire_seconds(90.0) == 90


@given(st.lists(st.tuples(st.sampled_from(["wait", "advance", "freeze", "resume", "faster"]), seconds), max_size=20))
def test_world_time_never_goes_back(steps: list[tuple[str, float]]) -> None:
    """Whatever is done to a clock, later moments are never earlier in world time."""
    clock, wall, last = Clock(wall=0.0), 0.0, 0.0
    for step, amount in steps:
        match step:
            case "wait":
                wall += amount
            case "advance":
                clock.advance(amount, wall)
            case "freeze":
                clock.freeze(wall)
            case "resume":
                clock.resume(wall)
            case _:
                clock.set_speed(1.0 + amount / 1e5, wall)
        now = clock.at(wall).world
        assert now >= last - 1e-6 * max(1.0, last)
        last = now


def test_timers_play_in_order_of_due_time_then_of_setting() -> None:
    """What an action sets is played too if it falls due; what is later stays."""
    timers, seen = Timers(), []
    timers.at(3.0, lambda at: seen.append(("third", at)))
    timers.at(1.0, lambda at: (seen.append(("first", at)), timers.at(2.0, lambda at: seen.append(("nested", at)))))
    timers.at(3.0, lambda at: seen.append(("fourth", at)))
    timers.at(9.0, lambda at: seen.append(("late", at)))

    assert timers.play(until=5.0) == 4
    assert seen == [("first", 1.0), ("nested", 2.0), ("third", 3.0), ("fourth", 3.0)]
    assert (len(timers), timers.next_due) == (1, 9.0)


def test_no_length_on_the_wire_is_beyond_measure() -> None:
    """However slow the world and however long the wait, it can be written down as a number and as a date."""
    slow = Clock(wall=0.0, speed=1e-300)

    assert slow.wire_seconds(1e20, up=True) == slow.pace(1e20) == WORLD_MOST
    assert http_date(slow.pace(1e20)).endswith("8941 07:06:40 GMT")
