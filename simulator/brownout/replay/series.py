"""Several runs of one command: the same seed again and again, or one seed after the other, until it fails or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, count, islice, repeat
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.replay.outcome import broken, exit_code
from brownout.verdict.rules import tally
from brownout.verdict.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from brownout.replay.session import Played, Session

_RANGE: Final = re.compile(r"(-?\d+)(?:\.\.(-?\d+))?")
SEEDS: Final = range(-(2**63), 2**63)
RUNS_MOST: Final = 100_000
_SHOWN_MOST: Final = 20
_HEADS: Final = ("seed", "exit code", "faults", "invariants", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of a series in short. `code` is the exit code that it has by itself."""

    seed: int
    code: int
    fired: int
    broken: int
    seconds: float
    interrupted: bool

    @property
    def failed(self) -> bool:
        """Whether the command failed or an invariant broke."""
        return self.code != 0

    def cells(self) -> tuple[str, ...]:
        """Return it as a line of the table."""
        invariants = f"{self.broken} BROKEN" if self.broken else "held"
        return str(self.seed), str(self.code), str(self.fired), invariants, f"{self.seconds:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What ran. `first` is the first run that failed, with what broke in it; None if none did."""

    rows: Sequence[Row]
    first: tuple[Played, Sequence[Mapping[str, Any]]] | None

    @property
    def code(self) -> int:
        """The exit code of all: the first failure's, 0 if there is none."""
        interrupted = next((row.code for row in self.rows if row.interrupted), None)
        return interrupted or next((row.code for row in self.rows if row.failed), 0)


def seeds(text: str) -> list[int]:
    """Return the seeds that `--seeds` names: `1..50`, `3`, `1..5,9`.

    >>> seeds("1..3,9")
    [1, 2, 3, 9]

    Raises:
        UsageError: if it isn't of that form, or too many.
    """
    found: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise UsageError(f"--seeds {text}: write a range, such as 1..50, or seeds with commas, such as 3,7,12")
        low, high = int(match[1]), int(match[2] or match[1])
        if high < low:
            raise UsageError(f"--seeds {text}: {low}..{high} runs backwards; write {high}..{low}")
        if low not in SEEDS or high not in SEEDS:
            raise UsageError(f"--seeds {text}: a seed has 64 bits at most")
        if high - low >= RUNS_MOST or len(found) > RUNS_MOST:
            raise UsageError(f"--seeds {text}: at most {RUNS_MOST:,} seeds")
        found += range(low, high + 1)
    return found


def planned(first: int, wanted: Sequence[int] | None, times: int | None, *, until_fails: bool) -> Iterable[int]:
    """Return the seed of each run, in order.

    `wanted` seeds run `times` each; without them, the `first` one does. Until it fails, and without either, each run
    has the next seed, without an end.
    """
    if wanted is None and times is None and until_fails:
        return islice(count(first), RUNS_MOST)
    return chain.from_iterable(repeat(seed, times or 1) for seed in (wanted if wanted is not None else [first]))


def play(
    session: Session,
    order: Iterable[int],
    *,
    until_fails: bool,
    keep: Callable[[int], Path],
    say: Callable[[str], None],
) -> Series:
    """Run the command under each seed of `order`, and say of each how it went.

    Raises:
        UsageError: if it can't be started.
    """
    rows: list[Row] = []
    first = None
    words = _words()
    say(_line(_HEADS))
    for seed in order:
        played = session.play(seed=seed, word=words(seed), keep=None if first else keep(seed))
        breaks = broken(played)
        row = _row(played, breaks)
        rows.append(row)
        say(_line(row.cells()))
        if row.failed and first is None and not row.interrupted:
            first = played, breaks
        if row.interrupted or (row.failed and until_fails):
            break
    return Series(rows=rows, first=first)


def closing(series: Series) -> list[str]:
    """Return the lines that a series ends with."""
    rows = series.rows
    failing = list(dict.fromkeys(row.seed for row in rows if row.failed and not row.interrupted))
    failures = sum(row.failed and not row.interrupted for row in rows)
    seconds = sum(row.seconds for row in rows)
    lines = [
        f"brownout: {counted(len(rows), 'run')} in {seconds:.1f} s: {failures} failed, {len(rows) - failures} did not"
    ]
    if any(row.interrupted for row in rows):
        lines.append("the last one was interrupted")
    if failing:
        shown = ", ".join(map(str, failing[:_SHOWN_MOST]))
        more = f" and {len(failing) - _SHOWN_MOST} more" if len(failing) > _SHOWN_MOST else ""
        lines.append(f"failing seeds: {shown}{more}")
    if not sum(row.fired for row in rows):
        lines.append("no fault fired in any of them, so they show nothing")
    unsteady = _unsteady(rows)
    if unsteady:
        lines.append(
            f"seed {unsteady[0]} did not end the same way each time: what the program does hangs on more than the "
            "seed, such as time, threads or chance of its own"
        )
    return lines


def _unsteady(rows: Iterable[Row]) -> list[int]:
    """Return the seeds whose runs ended differently."""
    seen: dict[int, set[tuple[int, int, int]]] = {}
    for row in rows:
        if not row.interrupted:
            seen.setdefault(row.seed, set()).add((row.code, row.fired, row.broken))
    return [seed for seed, ways in seen.items() if len(ways) > 1]


def _row(played: Played, breaks: Sequence[object]) -> Row:
    fired = sum(
        rule.fired
        for chapter in played.chapters
        for rule in tally(chapter.run.head.rules, chapter.run.records, seed=played.plan.seed)
    )
    return Row(
        seed=played.plan.seed,
        code=exit_code(played, breaks),
        fired=fired,
        broken=len(breaks),
        seconds=played.seconds,
        interrupted=played.ending.interrupted,
    )


def _words() -> Callable[[int], str]:
    """Return what gives each run's journal a name of its own: its seed, and its number if that comes again."""
    seen: dict[int, int] = {}

    def word(seed: int) -> str:
        seen[seed] = seen.get(seed, 0) + 1
        return f"{seed}" if seen[seed] == 1 else f"{seed}-{seen[seed]}"

    return word


def _line(cells: Iterable[str]) -> str:
    return "  ".join(_padded(cells)).rstrip()


def _padded(cells: Iterable[str]) -> Iterator[str]:
    for cell, head in zip(cells, _HEADS, strict=True):
        yield cell.rjust(max(len(head), 8))
