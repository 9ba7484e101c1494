"""`brownout verdict`: the verdict again, from a journal, its ledger and its claims."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    T = TypeVar("T")

_CODES: Final = {"pass": 0, "fail": 1, "inconclusive": 3}
_INTERRUPTED: Final = 130
_FILE = click.Path(path_type=Path, dir_okay=False)


def code_of(verdict: Mapping[str, Any]) -> int:
    """Return the exit code that says what `verdict` says."""
    return _INTERRUPTED if verdict["interrupted"] else _CODES[verdict["status"]]


def print_verdict(verdict: Mapping[str, Any]) -> None:
    """Print a verdict for a person, in colour where the terminal has it."""
    from rich.console import Console

    from brownout.reports.terminal import TerminalReport

    console = Console()
    color = console.is_terminal and not console.no_color
    click.echo(TerminalReport(color=color, width=console.width).render(verdict), nl=False, color=color)


def read(path: Path, parse: Callable[[Iterable[bytes], str], T]) -> T:
    """Return what `parse` makes of the lines of the file at `path`.

    Raises:
        UsageError: if it can't be read, by the system or by `parse`.
    """
    try:
        with path.open("rb") as lines:
            return parse(lines, str(path))
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror or problem}") from problem


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
        UsageError: if what is read isn't of the types that a drill writes.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        said = f"{type(problem).__name__}: {problem}"
        raise UsageError(
            f"{journal}: the files aren't as a drill writes them ({said}); run the drill again"
        ) from problem


@click.command()
@click.argument("journal", type=_FILE)
@click.argument("claims", type=_FILE, required=False)
@click.option("--ledger", type=_FILE, help="The ledger (default: the file beside the journal).")
@click.option("--json", "form", flag_value="json", help="Print the verdict as JSON.")
@click.option("--junit", "form", flag_value="junit", help="Print the verdict as JUnit XML, for CI servers.")
def command(journal: Path, claims: Path | None, ledger: Path | None, form: str | None) -> int:
    """Judge JOURNAL again: one arm of a drill, by the thresholds that it was run under.

    The ledger and, if CLAIMS isn't given, the claims are those that the drill wrote beside the journal. Without claims
    what needs them is not measured. Exit code 0: passed, 1: failed, 3: inconclusive.

    \b
    Examples:
      brownout verdict brownout-report/lost-answer/journal-keyed.jsonl
      brownout verdict journal.jsonl claims.jsonl --ledger ledger.jsonl
      brownout verdict journal.jsonl --json
      brownout verdict journal.jsonl --junit > junit.xml
    """
    from brownout.verdict import ArmRun, judge
    from brownout.verdict.files import read_claims, read_journal, read_ledger

    with as_written(journal):
        head, records = read(journal, read_journal)
    ledger = ledger or beside(journal, "ledger")
    if ledger is None:
        raise UsageError(f"{journal}: there is no ledger beside it; name it with --ledger")
    claims = claims or beside(journal, "claims")
    with as_written(journal):
        run = ArmRun(
            head=head,
            records=records,
            entries=read(ledger, read_ledger),
            claims=None if claims is None else read(claims, read_claims),
        )
    with as_written(journal):
        try:
            verdict = judge([run])
        except ValueError as problem:
            raise UsageError(f"{journal}:1: thresholds: {problem}") from problem
    verdict["folder"] = str(journal.parent)
    with as_written(journal):
        if form is None:
            print_verdict(verdict)
        else:
            _print_as(form, verdict)
    return code_of(verdict)


def _print_as(form: str, verdict: Mapping[str, Any]) -> None:
    from brownout.reports.json_ import JsonReport
    from brownout.reports.junit import JunitReport

    report = JsonReport() if form == "json" else JunitReport()
    click.echo(report.render(verdict), nl=False)
