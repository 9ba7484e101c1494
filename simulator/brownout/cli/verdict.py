"""`brownout verdict`: the verdict again, from a journal, its ledger and its claims."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brownout.cli.outcome import Doubt, code_of, summarise, taken_for_good
from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from brownout.verdict import ArmRun
    from brownout.verdict.files import Kept

    T = TypeVar("T")

_FILE = click.Path(path_type=Path, dir_okay=False)


def print_verdict(verdict: Mapping[str, Any]) -> None:
    """Print a verdict for a person, in colour where the terminal has it."""
    from brownout.reports.terminal import TerminalReport

    color, width = console_width()
    click.echo(TerminalReport(color=color, width=width).render(verdict), nl=False, color=color)


def console_width() -> tuple[bool, int]:
    """Return whether standard output shows colours, and how many columns it has."""
    from rich.console import Console

    console = Console()
    return console.is_terminal and not console.no_color, console.width


def read(path: Path, parse: Callable[[Iterable[bytes], str], T]) -> T:
    """Return what `parse` makes of the lines of the file at `path`.

    Raises:
        UsageError: if it can't be read, by the system or by `parse`.
    """
    try:
        with path.open("rb") as lines:
            if lines.peek(1)[:1] == b"\0":  # such as /dev/zero: its first line has no end
                raise UsageError(f"{path}: not JSON: it begins with a zero byte")
            return parse(lines, str(path))
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror or problem}") from problem


def parts_of(journal: Path) -> list[ArmRun]:
    """Return the lives of a journal's world with their money, and say so if something is missing from its end.

    Raises:
        UsageError: if it can't be read.
    """
    from brownout.verdict.files import read_journal, read_ledger

    kept = read(journal, read_journal)
    if kept.missing:
        click.echo(f"{journal}: {kept.missing}", err=True)
    ledger = None if kept.one_file else beside(journal, "ledger")
    return [run if ledger is None else replace(run, entries=read(ledger, read_ledger)) for run in kept.parts]


def beside(journal: Path, what: str) -> Path | None:
    """Return the file that a drill wrote beside `journal`, such as its ledger, None if there is none."""
    if not journal.name.startswith("journal-"):
        return None
    path = journal.with_name(what + journal.name.removeprefix("journal"))
    return path if path.is_file() else None


@contextmanager
def as_written(journal: Path) -> Iterator[None]:
    """Tell a file that somebody has edited from a bug of ours.

    Raises:
        UsageError: if what is read isn't of the types that we write.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        said = f"{type(problem).__name__}: {problem}"
        raise UsageError(f"{journal}: the files aren't as Brownout writes them ({said}); make them again") from problem


@click.command()
@click.argument("journal", type=_FILE)
@click.argument("claims", type=_FILE, required=False)
@click.option("--ledger", type=_FILE, help="The ledger (default: the file beside the journal).")
@click.option("--part", type=click.IntRange(min=1), metavar="N",
              help="Which life of a world that began again (default: the last one).")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="Print the verdict as JSON.")
@click.option("--junit", "form", flag_value="junit", help="Print the verdict as JUnit XML, for CI servers.")
@click.option("--on-inconclusive", "on_doubt", callback=taken_for_good, metavar="fail|pass",
              help="What an inconclusive verdict is taken for.")  # fmt: skip
def command(
    journal: Path, claims: Path | None, ledger: Path | None, part: int | None, form: str | None, on_doubt: Doubt
) -> int:
    """Judge JOURNAL by the thresholds that it was made under: one arm of a drill, or what --journal kept.

    Ledger and claims are those in the journal, or those that the drill wrote beside it, unless they are given. Without
    claims what needs them is not measured. Exit code 0: passed, 1: failed, 3: inconclusive.

    \b
    Examples:
      brownout verdict brownout-report/lost-answer/journal-keyed.jsonl
      brownout verdict run.jsonl                    what `run` or `serve` kept with --journal
      brownout verdict journal.jsonl claims.jsonl --ledger ledger.jsonl
      brownout verdict journal.jsonl orders.csv     what a database believes (columns key, outcome, …)
      brownout verdict journal.jsonl --json
      brownout verdict journal.jsonl --junit > junit.xml
    """
    from brownout.drill.invariants import load_any
    from brownout.verdict import judge
    from brownout.verdict.files import read_journal

    with as_written(journal):
        kept = read(journal, read_journal)
        run = _part(journal, kept, part)
        if not kept.one_file:
            ledger, claims = ledger or beside(journal, "ledger"), claims or beside(journal, "claims")
            if ledger is None:
                raise UsageError(f"{journal}: there is no ledger beside it; name it with --ledger")
        run = _joined(journal, run, ledger, claims)
    with as_written(journal):
        try:
            verdict = judge([run], invariants=load_any(run.head.invariants, [journal.parent]))
        except ValueError as problem:
            raise UsageError(f"{journal}:1: thresholds: {problem}") from problem
    verdict["folder"] = str(journal.parent)
    with as_written(journal):
        if form is None:
            print_verdict(verdict)
        else:
            _print_as(form, verdict)
        summarise(verdict)
    return code_of(verdict, on_doubt)


def _part(journal: Path, kept: Kept, number: int | None) -> ArmRun:
    """Return one life of a journal's world; say so if there are others that nobody chose among.

    Raises:
        UsageError: if there is none of that number.
    """
    lives = len(kept.parts)
    if number is not None and number > lives:
        raise UsageError(f"--part {number}: {journal} has {lives}")
    if number is None and lives > 1:
        click.echo(f"{journal}: the world began again {lives - 1} times; this is about its last life (--part {lives})",
                   err=True)  # fmt: skip
    return kept.parts[(number or lives) - 1]


def _joined(journal: Path, run: ArmRun, ledger: Path | None, claims: Path | None) -> ArmRun:
    """Return `run` with what is in the files that are given; a CSV of claims is joined with those that there are."""
    from brownout.verdict.files import read_claims, read_ledger

    if ledger is not None:
        run = replace(run, entries=read(ledger, read_ledger))
    if claims is not None and claims.suffix.lower() == ".csv":
        from brownout.drill.attach.database import read_csv, settled

        told = beside(journal, "claims")
        known = run.claims if told is None else read(told, read_claims)
        return replace(run, claims=settled(known or (), read_csv(claims)))
    return run if claims is None else replace(run, claims=read(claims, read_claims))


def _print_as(form: str, verdict: Mapping[str, Any]) -> None:
    from brownout.reports.json_ import JsonReport
    from brownout.reports.junit import JunitReport

    report = JsonReport() if form == "json" else JunitReport()
    click.echo(report.render(verdict), nl=False)
