"""A world's journal on disk: one file of JSON lines that only grows, readable at any moment (`verdict/files.py`).

Each group of lines goes out in one write, so that a killed server loses at most the group that it was writing. What
moved money is written when it has moved, before anybody is answered; a line at the exchange's end adds what became of
it on the wire. Everything else is written at its end. Nothing is kept in memory but exchanges under way.

A disk that fails ends the journal, not the server: that is said once, and without its last line the file says itself
that it isn't whole.
"""

from __future__ import annotations

import contextlib
import os
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout import __version__
from brownout.core.errors import UsageError
from brownout.core.plan import Arm
from brownout.verdict.arm import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from brownout.core.journal import Record
    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox

ARM: Final = "the client"
"""What a journal calls the program under test, where no drill named it."""
_OPEN: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opened without waiting: a named pipe that nobody reads would hold us forever."""
_LINE: Final = orjson.OPT_APPEND_NEWLINE
_FIRST_WORDS: Final = b'{"brownout_journal"'


def heads(registries: Registries, repeat: str, command: str = "") -> Callable[[Plan], Head]:
    """Return what makes the heads of journals that no drill planned.

    They have one client, `command`, and nobody knows how much it does. `repeat` is the line that makes the run again,
    with `{seed}` where its seed goes.
    """
    versions = {"brownout": __version__, "python": platform.python_version()}

    def head(plan: Plan) -> Head:
        alone = replace(plan, arms={ARM: Arm(name=ARM, client=_utf8(command))}, load=None)
        again = _utf8(repeat).replace("{seed}", str(plan.seed), 1)
        return Head.of(alone, ARM, operations=registries.met_by(plan.rules), versions=versions, repeat=again)

    return head


class Tape:
    """Writes the journal of one world to a file. `broken` says why it gave up, None as long as it didn't."""

    def __init__(
        self, path: Path, head: Callable[[Plan], Head], trouble: Callable[[str], None], *, go_on: bool = False
    ) -> None:
        """Open the file; an earlier journal in its place goes, but with `go_on`.

        `trouble` is called once if it can't be written any more.

        Raises:
            UsageError: if it can't be written, or is there and no journal.
        """
        self.path = path
        self.broken: str | None = None
        self._head = head
        self._trouble = trouble
        self._pending: list[bytes] = []  # entries whose record follows
        self._under_way: dict[int, Record] = {}  # written before their end
        self._records = self._entries = 0
        self._file: int | None = _opened(path, go_on=go_on)

    def begins(self, plan: Plan) -> None:
        """Begin a part of the file: all before it belongs to a world that is forgotten."""
        self._under_way.clear()
        self._pending.clear()
        self._write(orjson.dumps({**self._head(plan).as_dict(), "one_file": True}, option=_LINE))

    def changes(self, plan: Plan) -> None:
        """Say under which plan the world goes on."""
        self._write(orjson.dumps({"now_under": self._head(plan).as_dict()}, option=_LINE))

    def posted(self, entry: Entry) -> None:
        """Keep an entry until its record is there."""
        self._pending.append(orjson.dumps({"entry": entry.as_dict()}, option=_LINE))
        self._entries += 1

    def wrote(self, record: Record) -> None:
        """Write what moved money, before anybody is answered."""
        if self._pending:
            self._under_way[record.number] = record
            self._records += 1
            self._write(record.line())

    def flushed(self, record: Record) -> None:
        """Write a record at its end; of one that is written, what became of it."""
        if self._under_way.pop(record.number, None) is None:
            self._records += 1
            self._write(record.line())
        else:
            self._write(orjson.dumps({"number": record.number, "observed": record.observed()}, option=_LINE))

    def claimed(self, claims: Sequence[Mapping[str, Any]]) -> None:
        """Write claims."""
        self._write(b"".join(orjson.dumps({"claim": claim}, option=_LINE) for claim in claims))

    def played(self) -> None:
        """Write entries that timers made."""
        if self._pending:
            self._write(b"")

    def close(self, *, interrupted: bool = False) -> None:
        """Write the last line, which says that the file is whole."""
        if self._file is None:
            return
        ended = {"records": self._records, "entries": self._entries, "interrupted": interrupted}
        self._write(orjson.dumps({"ended": ended}, option=_LINE))
        self._shut()

    def _write(self, line: bytes) -> None:
        """Write what is pending and `line`, at once."""
        if self._pending:
            line = b"".join((*self._pending, line))
            self._pending.clear()
        if self._file is None:
            return
        try:
            written = os.write(self._file, line)
            while written < len(line):  # a disk that is almost full takes a part, and then says why
                written += os.write(self._file, line[written:])
        except OSError as problem:
            self.broken = f"{self.path}: the journal ends here: {problem.strerror or problem}"
            self._shut()
            self._trouble(self.broken)

    def _shut(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def dump(world: Sandbox, path: Path, head: Callable[[Plan], Head]) -> None:
    """Write what a world still knows, as a tape would have.

    Raises:
        UsageError: if the file can't be written.
    """

    def refuse(trouble: str) -> None:
        raise UsageError(trouble)

    tape = Tape(path, head, refuse)
    tape.begins(world.plan)
    for entry in world.ledger:
        tape.posted(entry)
    tape.played()
    for record in world.journal:
        tape.flushed(record)
    tape.claimed(world.claims)
    tape.close()


def _opened(path: Path, *, go_on: bool) -> int:
    try:
        if path.is_file() and _first_words(path) not in (b"", _FIRST_WORDS):
            raise UsageError(f"--journal {path}: the file is there and is no journal, so it stays; name another")
        file = os.open(path, _OPEN, 0o644)
    except OSError as problem:
        raise UsageError(f"--journal {path}: {problem.strerror or problem}") from problem
    try:
        if hasattr(os, "O_NONBLOCK"):
            os.set_blocking(file, True)
        _locked(file, path)
        if not go_on and path.is_file():
            os.ftruncate(file, 0)
    except BaseException:
        os.close(file)
        raise
    return file


def _locked(file: int, path: Path) -> None:
    """Keep other servers out of the file as long as it is open, where the system can.

    Raises:
        UsageError: if one writes to it.
    """
    with contextlib.suppress(ImportError, OSError):  # Windows; file systems without locks; what isn't a file
        import fcntl  # noqa: PLC0415 - not everywhere

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"--journal {path}: another brownout is writing to it; name another file") from None


def _utf8(text: str) -> str:
    """Return what can be written: an argument needn't be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _first_words(path: Path) -> bytes:
    with path.open("rb") as there:
        return there.read(len(_FIRST_WORDS))
