"""The journals on disk of one server: the default world's in the file that was asked for, the others' beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.errors import UsageError
from brownout.server.tape import Tape
from brownout.server.worlds import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brownout.core.plan import Plan
    from brownout.core.sandbox import Sandbox
    from brownout.verdict import Head


def beside(path: Path, word: str) -> Path:
    """Return `path` with a word inserted before its suffix.

    >>> from pathlib import Path
    >>> beside(Path("out/run.jsonl"), "7").name
    'run.7.jsonl'
    """
    return path.with_name(f"{path.stem}.{word}{path.suffix}")


class Tapes:
    """One tape a world.

    `trouble` says why one of them ended early, None as long as none did. Set `interrupted` if the program under test
    was, and the last lines will say so.
    """

    def __init__(self, path: Path, head: Callable[[Plan], Head], say: Callable[[str], None]) -> None:
        """Open the default world's file; `say` is called with what goes wrong later.

        Raises:
            UsageError: if it can't be written, or is there and no journal.
        """
        self.trouble: str | None = None
        self.interrupted = False
        self._path = path
        self._head = head
        self._say = say
        self._open = {DEFAULT: Tape(path, head, self._gave_up)}
        self._closed: set[str] = set()

    def follow(self, world: Sandbox) -> None:
        """Write the journal of `world`. One that comes again under a name goes on in that name's file."""
        tape = self._open.get(world.name)
        if tape is None:
            path = beside(self._path, world.name)
            try:
                tape = Tape(path, self._head, self._gave_up, go_on=world.name in self._closed)
            except UsageError as problem:
                self._gave_up(str(problem))
                return
            self._open[world.name] = tape
        world.record_to(tape)
        world.on_end.append(self._ended)

    def close(self) -> None:
        """Write all last lines."""
        for tape in self._open.values():
            tape.close(interrupted=self.interrupted)

    def _ended(self, world: Sandbox) -> None:
        if world.dropped:
            self._open.pop(world.name).close()
            self._closed.add(world.name)

    def _gave_up(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble
        self._say(trouble)
