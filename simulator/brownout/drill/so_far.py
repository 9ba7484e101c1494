"""What a world has written down while it still runs, read a little at a time so that its server is not held up."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.core.journal import Record
    from brownout.core.ledger import Entry
    from brownout.core.sandbox import Sandbox

AT_ONCE: Final = 100
"""So many records are read between two requests: two or three milliseconds."""


class Part(NamedTuple):
    """What there is of a run: its journal's records, its money, its clients' claims."""

    records: Sequence[Mapping[str, Any]]
    entries: Sequence[Entry]
    claims: Sequence[Mapping[str, Any]]


class SoFar:
    """Reads one world again and again. A record that is complete is read once; `call` runs on the server's thread."""

    def __init__(self, world: Sandbox, call: Callable[[Callable[[], Any]], Any]) -> None:
        self._world = world
        self._call = call
        self._records: dict[int, Mapping[str, Any]] = {}
        self._open: list[Record] = []
        self._read = 0
        self._entries: list[Entry] = []
        self._claims: list[Mapping[str, Any]] = []

    def read(self) -> Part:
        """Return what there is by now.

        Claims are read before money: what a client claims to have paid was charged by then.
        """
        self._claims += self._call(lambda: self._world.claims[len(self._claims) :])
        self._entries += self._call(lambda: self._world.ledger.since(len(self._entries)))
        waiting, self._open = self._open, []
        for first in range(0, len(waiting), AT_ONCE):
            self._take(waiting[first : first + AT_ONCE])
        while fresh := self._call(self._fresh):
            self._take(fresh)
        return Part([self._records[number] for number in sorted(self._records)], self._entries, self._claims)

    def _fresh(self) -> list[Record]:
        journal = self._world.journal
        begin = max(0, self._read - (journal.written - len(journal)))
        found = list(islice(journal, begin, begin + AT_ONCE))
        if found:
            self._read = found[-1].number
        return found

    def _take(self, records: Sequence[Record]) -> None:
        lines = self._call(lambda: [(one.line(), one.outcome is None) for one in records])
        for record, (line, is_open) in zip(records, lines, strict=True):
            self._records[record.number] = orjson.loads(line)
            if is_open:
                self._open.append(record)
