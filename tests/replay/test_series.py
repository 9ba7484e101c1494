"""Several runs of one command."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from brownout.core.errors import UsageError
from brownout.core.plan import Plan
from brownout.replay import series
from brownout.replay.child import Ending
from brownout.replay.session import Played

if TYPE_CHECKING:
    from brownout.replay.session import Session


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write a range"),
        ("a..b", "write a range"),
        ("1...3", "write a range"),
        ("5..1", "runs backwards; write 1..5"),
        ("1..200000", "at most 100,000"),
        (f"{2**63}", "64 bits"),
    ],
)
def test_what_is_no_range_of_seeds_is_refused(text: str, message: str) -> None:
    """With what was meant."""
    with pytest.raises(UsageError, match=message):
        series.seeds(text)


def test_seeds_are_ranges_and_single_ones() -> None:
    """Below zero too."""
    assert series.seeds("-1..1,7") == [-1, 0, 1, 7]


@pytest.mark.parametrize(
    ("wanted", "times", "until_fails", "first"),
    [
        (None, 3, False, [5, 5, 5]),
        ([1, 2], None, False, [1, 2]),
        ([1, 2], 2, False, [1, 1, 2, 2]),
        (None, None, True, [5, 6, 7, 8]),
        (None, 2, True, [5, 5]),
    ],
)
def test_which_seed_each_run_has(wanted: list[int] | None, times: int, until_fails: bool, first: list[int]) -> None:  # noqa: FBT001
    """The first four."""
    assert [*islice(series.planned(5, wanted, times, until_fails=until_fails), 4)] == first


class Scripted:
    """Stands for a session whose command ends with the codes that it is given."""

    def __init__(self, *codes: int, interrupted: int | None = None) -> None:
        self.codes = list(codes)
        self.interrupted = interrupted
        self.words: list[str | None] = []

    def play(self, *, seed: int, word: str | None, keep: Path | None) -> Played:
        """Return the next run."""
        number = len(self.words)
        self.words.append(word)
        return Played(
            plan=Plan(seed=seed),
            repeat=f"again {seed}",
            ending=Ending(code=self.codes[number], interrupted=number == self.interrupted),
            seconds=1.0,
            chapters=(),
            forgotten=0,
            unparsed=0,
            journal=None,
            trouble=None,
            interception=None,
        )


def play(session: Any, order: list[int], *, until_fails: bool = False) -> tuple[series.Series, list[str]]:
    """Return the series and the lines of its table."""
    said: list[str] = []
    scripted: Session = session
    done = series.play(scripted, order, until_fails=until_fails, keep=lambda _: Path("x"), say=said.append)
    return done, said


def test_the_table_the_failing_seeds_and_the_first_failure() -> None:
    """A line for each run; the exit code is the first failure's."""
    done, said = play(Scripted(0, 3, 0, 4), [1, 2, 3, 4])

    assert [line.split() for line in said[:3]] == [
        ["seed", "exit", "code", "faults", "invariants", "seconds"],
        ["1", "0", "0", "held", "1.0"],
        ["2", "3", "0", "held", "1.0"],
    ]
    assert done.code == 3
    assert done.first is not None
    assert done.first[0].plan.seed == 2
    assert series.closing(done)[:2] == ["brownout: 4 runs in 4.0 s: 2 failed, 2 did not", "failing seeds: 2, 4"]


def test_it_stops_at_the_first_failure_if_asked_to() -> None:
    """Later seeds aren't tried."""
    done, _ = play(Scripted(0, 3, 0), [1, 2, 3], until_fails=True)

    assert [row.seed for row in done.rows] == [1, 2]


def test_ctrl_c_ends_the_series() -> None:
    """The interrupted run is no failure of the program's."""
    done, _ = play(Scripted(0, 0, 0, interrupted=1), [1, 2, 3])

    assert len(done.rows) == 2
    assert done.code == 130
    assert done.first is None
    assert "the last one was interrupted" in series.closing(done)


def test_a_seed_that_ends_in_two_ways_is_called_unsteady() -> None:
    """What a seed can't fix is the program's own."""
    done, _ = play(Scripted(0, 1), [7, 7])

    assert any("seed 7 did not end the same way each time" in line for line in series.closing(done))


def test_each_run_has_a_journal_of_its_own() -> None:
    """Named by its seed, and by its number where that comes again."""
    session = Scripted(0, 0, 0)
    play(session, [7, 7, 8])

    assert session.words == ["7", "7-2", "8"]
