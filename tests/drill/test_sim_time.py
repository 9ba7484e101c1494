"""Virtual time: who runs when, who waits for whom, and what takes it out of a simulation's hands."""

from __future__ import annotations

import threading
import time

import pytest

from brownout.drill.sim.scheduler import Scheduler
from brownout.drill.sim.watchdog import Stuck, WaitedInReal, watched


def test_time_jumps_to_whoever_is_next() -> None:
    """Each runs when its moment has come; of equal moments, the one runs first that asked first."""
    scheduler, seen = Scheduler(), []

    def user(name: str, *waits: float) -> None:
        for seconds in waits:
            scheduler.sleep(seconds)
            seen.append((name, scheduler.now))

    scheduler.spawn(lambda: user("a", 86_400.0, 1.0))
    scheduler.spawn(lambda: user("b", 3_600.0, 82_800.0))
    scheduler.spawn(lambda: user("c", -5.0))

    assert scheduler.run()
    assert seen == [("c", 0.0), ("b", 3600.0), ("a", 86400.0), ("b", 86400.0), ("a", 86401.0)]


def test_a_lock_is_had_in_the_order_of_asking() -> None:
    """Also by one that asks while it is free for a moment: it was promised to whoever waits."""
    scheduler, seen = Scheduler(), []
    lock = scheduler.lock()

    def user(name: str, comes_at: float) -> None:
        scheduler.sleep(comes_at)
        with lock:
            seen.append((name, scheduler.now))
            scheduler.sleep(1.0)

    for name, comes_at in (("third", 0.3), ("first", 0.1), ("late", 1.1), ("second", 0.2)):
        scheduler.spawn(lambda name=name, comes_at=comes_at: user(name, comes_at))

    assert scheduler.run()
    assert [(name, round(at, 6)) for name, at in seen] == [
        ("first", 0.1), ("second", 1.1), ("third", 2.1), ("late", 3.1)
    ]  # fmt: skip
    assert lock.acquire(blocking=False)
    assert not lock.acquire(blocking=False)
    lock.release()
    with pytest.raises(RuntimeError, match="unlocked"):
        lock.release()


def test_what_nobody_gives_back_is_noticed() -> None:
    """Users that wait for a lock for ever are counted, and ended with what they have to tidy up."""
    scheduler, tidied = Scheduler(), []
    lock = scheduler.lock()

    def greedy() -> None:
        lock.acquire()

    def waiting() -> None:
        try:
            with lock:
                pass
        finally:
            tidied.append(True)

    for user in (greedy, waiting, waiting):
        scheduler.spawn(user)

    assert scheduler.run()
    scheduler.end()
    assert (scheduler.stuck, tidied) == (2, [True, True])


def test_the_end_holds_against_whoever_wants_to_wait_once_more() -> None:
    """A wait in somebody's `finally` is no way to stay."""
    scheduler, seen = Scheduler(), []

    def stubborn() -> None:
        try:
            scheduler.sleep(10.0)
        finally:
            scheduler.sleep(10.0)
            seen.append("stayed")

    scheduler.spawn(stubborn)

    assert not scheduler.run(until=5.0)
    scheduler.end()
    assert seen == []


@pytest.mark.parametrize("seconds", [float("inf"), float("nan")])
def test_nobody_sleeps_for_ever(seconds: float) -> None:
    """A wait that has no end is a mistake of its client's, and told where it is made."""
    scheduler = Scheduler()
    scheduler.spawn(lambda: scheduler.sleep(seconds))

    with pytest.raises(ValueError, match="nobody sleeps for"):
        scheduler.run()


def test_a_real_wait_is_refused_with_its_line() -> None:
    """`time.sleep` is for real time; elsewhere in the process it is what it was."""
    scheduler = Scheduler()
    real = time.sleep
    scheduler.spawn(lambda: time.sleep(60.0))

    with watched(scheduler):
        elsewhere = threading.Thread(target=lambda: time.sleep(0.0))
        elsewhere.start()
        elsewhere.join()
        with pytest.raises(WaitedInReal, match=r"time.sleep\(60\) at .*test_sim_time.py:\d+ waits in real time"):
            scheduler.run()
    assert time.sleep is real


@pytest.mark.slow
def test_a_client_that_holds_up_everybody_is_ended_with_its_line() -> None:
    """A lock of threading's, held over a wait, can never be had by the next: nobody else runs to give it back."""
    scheduler, lock = Scheduler(), threading.Lock()

    def user() -> None:
        with lock:
            scheduler.sleep(1.0)

    scheduler.spawn(user)
    scheduler.spawn(user)

    with watched(scheduler, stuck_seconds=0.3), pytest.raises(Stuck, match=r"test_sim_time.py:\d+; .*around.lock\(\)"):
        scheduler.run()
    scheduler.end()
