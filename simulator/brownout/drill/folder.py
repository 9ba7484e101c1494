"""The folder a drill leaves behind: the verdict, and for each arm its journal, ledger and claims."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from brownout.core.errors import UsageError
from brownout.verdict.files import claim_lines, journal_lines, ledger_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any, BinaryIO

    from brownout.core.report import Report
    from brownout.drill.arrivals import Arrival
    from brownout.verdict import ArmRun

_PER_ARM = ("journal-{}.jsonl", "ledger-{}.jsonl", "claims-{}.jsonl", "client-{}.log")


class Folder:
    """A report folder. What an earlier drill left in it goes; what is the user's own stays."""

    def __init__(self, path: Path, reports: Iterable[str] = ()) -> None:
        """Name it, and the files that reports make in it; nothing is touched before `prepare`.

        Raises:
            UsageError: if it has no name.
        """
        if not path.name:
            raise UsageError("--report: name a folder, such as --report out")
        self.path = path
        self.reports = tuple(filter(None, reports))
        self.arrivals = path / "arrivals.jsonl"

    def prepare(self) -> None:
        """Make it ready for a run, and take out the report that is there.

        Raises:
            UsageError: if it can't be written to, or holds a verdict.json that no drill wrote.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for old in self._earlier():
                old.unlink(missing_ok=True)
            self.arrivals.touch()
        except OSError as problem:
            raise UsageError(f"--report {self.path}: {problem.strerror or problem}") from problem

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make it ready for a run, and keep other drills out for as long as that takes: they would change its orders.

        Raises:
            UsageError: if another drill is at work in it, or as `prepare` does.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._earlier()  # before anything is touched
            held = self.arrivals.open("ab")
        except OSError as problem:
            raise UsageError(f"--report {self.path}: {problem.strerror or problem}") from problem
        with held:
            if not _locked(held):
                raise UsageError(f"--report {self.path}: another drill is at work there; name another folder")
            self.prepare()
            yield

    def _earlier(self) -> list[Path]:
        """Return the files of the report that is there, by its own verdict."""
        verdict = self.path / "verdict.json"
        if not verdict.exists():
            return []
        try:
            found = orjson.loads(verdict.read_bytes())
            _version, arms = found["brownout_verdict"], list(found["arms"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise UsageError(f"--report {self.path}: its verdict.json is no drill's; name another folder") from None
        per_arm = [self.path / name.format(arm) for arm in arms for name in _PER_ARM]
        return [verdict, *(self.path / name for name in self.reports), *per_arm]

    def log(self, arm: str) -> Path:
        """Return where the client's own output goes; the file is there only if it said anything."""
        return self.path / f"client-{arm}.log"

    def journal(self, arm: str) -> Path:
        """Return where an arm's journal is."""
        return self.path / f"journal-{arm}.jsonl"

    def plan(self, orders: Iterable[Arrival]) -> None:
        """Write the orders that every arm will be sent."""
        _write(self.arrivals, (orjson.dumps(one.as_dict(), option=orjson.OPT_APPEND_NEWLINE) for one in orders))

    def keep(self, run: ArmRun, lines: Iterable[bytes]) -> None:
        """Write an arm's journal (its records as `lines`), ledger and claims."""
        _write(self.journal(run.name), journal_lines(run.head, lines))
        _write(self.path / f"ledger-{run.name}.jsonl", ledger_lines(run.entries))
        _write(self.path / f"claims-{run.name}.jsonl", claim_lines(run.claims or ()))

    def report(self, report: Report, verdict: Mapping[str, Any]) -> None:
        """Write one report, unless it is one that is only printed."""
        if report.filename:
            (self.path / report.filename).write_text(report.render(verdict), encoding="utf-8")


def _locked(file: BinaryIO) -> bool:
    """Return whether a file is ours alone until it is closed, or our end, whichever way that comes."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # nor have some file systems
        return True
    return True


def _write(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(lines)
