"""Journals, ledgers and claims as lines of text, both ways. Whoever calls opens the files; nothing here does.

A journal begins with its head (`Head`), then has one record a line as `core.journal` writes it. A ledger has one entry
a line, a file of claims one claim: that is how a drill leaves them. A journal of one file, as `server/tape.py` writes
it, has `"one_file": true` in its head, and these lines between its records:

    {"entry": ...}      of the ledger
    {"claim": ...}      of a client
    {"number": ..., "observed": ...}   what became of the record of that number, which was written before its end
    {"now_under": ...}  the head of another scenario, under which the world goes on
    {"ended": ...}      the last line: nothing is missing

Another head in the middle begins another part: the world began again, and forgot what was before. A killed server
leaves its last line cut, which a journal may have.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from brownout.core.errors import UsageError
from brownout.core.ledger import Entry
from brownout.verdict.arm import JOURNAL_VERSION, ArmRun, Head
from brownout.verdict.claims import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_DECIDED = ("id", "offset", "client", "account", "operation", "key", "key_source", "occurrence", "repeatability",
            "method", "path", "stage", "status", "answered", "fired", "effects", "objects")  # fmt: skip
"""What a record's decided part must have to be judged and explained."""


def journal_lines(head: Head, records: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines of a journal: its head, then `records` as `Record.line` gives them."""
    yield _line(head.as_dict())
    yield from records


def ledger_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Return the lines of a ledger."""
    return (_line(entry.as_dict()) for entry in entries)


def claim_lines(claims: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Return the lines of a file of claims."""
    return (_line(claim) for claim in claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A journal as read. `parts` are the lives of its world, the newest last; a drill's has one, without money.

    `one_file` is whether ledger and claims are in it too. `missing` says what the file itself tells is missing from
    its end, None if nothing is.
    """

    parts: Sequence[ArmRun]
    one_file: bool
    missing: str | None


def read_journal(lines: Iterable[bytes], file: str) -> Kept:
    """Return what a journal holds.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    reading = _Reading(file)
    objects = _Objects(lines, file, may_be_cut=True)
    for number, value in objects:
        reading.take(number, value)
    return reading.kept(cut=objects.cut)


@dataclass(slots=True)
class _Part:
    head: Head
    records: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)  # of records that a later line completes, by their number

    def run(self, *, one_file: bool) -> ArmRun:
        return ArmRun(
            head=self.head,
            records=self.records,
            entries=self.entries,
            claims=(self.claims or None) if one_file else None,
        )


class _Reading:
    """Takes a journal's lines one after the other."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._parts: list[_Part] = []
        self._one_file = False
        self._ended: dict[str, Any] | None = None

    def take(self, number: int, value: dict[str, Any]) -> None:
        """Take the line of this number."""
        if "brownout_journal" in value or not self._parts:
            self._parts.append(_Part(self._read_head(number, value)))
            self._ended = None
            return
        part = self._parts[-1]
        match value:
            case {"entry": dict(entry)} if self._one_file:
                part.entries.append(_entry(entry, self._file, number))
            case {"claim": dict(claim)} if self._one_file:
                part.claims.append(_claim(claim, self._file, number))
            case {"number": int(which), "observed": dict(observed)} if self._one_file and which in part.places:
                part.records[part.places.pop(which)]["observed"] = observed
            case {"now_under": dict(head)} if self._one_file:
                part.head = self._head(number, head)
            case {"ended": dict(ended)} if self._one_file:
                self._ended = ended
            case _:
                record = _record(value, self._file, number)
                seen = record.get("observed") or {}
                if self._one_file and seen.get("outcome") is None and isinstance(seen.get("number"), int):
                    part.places[seen["number"]] = len(part.records)
                part.records.append(record)

    def kept(self, *, cut: bool) -> Kept:
        """Return what was taken; `cut` is whether the last line was."""
        if not self._parts:
            self._read_head(1, {})
        missing = None
        if cut:
            missing = "the journal's last line is cut: what wrote it was killed, or the disk was full"
        elif self._one_file and self._ended is None:
            missing = "the journal has no last line: what wrote it was killed, or still runs"
        if self._one_file:
            interrupted = bool((self._ended or {}).get("interrupted"))
            head = self._parts[-1].head
            self._parts[-1].head = replace(head, trouble=head.trouble or missing, interrupted=interrupted)
        elif cut:
            self._parts[-1].head = replace(self._parts[-1].head, trouble=missing)
        return Kept(
            parts=[part.run(one_file=self._one_file) for part in self._parts], one_file=self._one_file, missing=missing
        )

    def _read_head(self, number: int, value: dict[str, Any]) -> Head:
        place, version = f"{self._file}:{number}", value.get("brownout_journal")
        if version is None:
            raise UsageError(
                f'{place}: not a journal: its first line must begin with {{"brownout_journal":{JOURNAL_VERSION}'
            )
        if version != JOURNAL_VERSION:
            raise UsageError(
                f"{place}: this journal has version {version}, and this Brownout reads version {JOURNAL_VERSION}"
            )
        self._one_file = value.pop("one_file", False) is True
        return self._head(number, value)

    def _head(self, number: int, value: Mapping[str, Any]) -> Head:
        try:
            return Head.from_dict(value)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            which = "the journal's first line" if number == 1 else "this head of a journal"
            raise UsageError(f"{self._file}:{number}: {which} is broken: {problem}") from problem


def read_ledger(lines: Iterable[bytes], file: str) -> list[Entry]:
    """Return a ledger's entries.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    return [_entry(value, file, number) for number, value in _Objects(lines, file)]


def read_claims(lines: Iterable[bytes], file: str) -> list[dict[str, Any]]:
    """Return claims.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    return [_claim(value, file, number) for number, value in _Objects(lines, file)]


def _entry(value: dict[str, Any], file: str, number: int) -> Entry:
    try:
        return Entry.from_dict(value)
    except (KeyError, TypeError, AttributeError) as problem:
        raise UsageError(f"{file}:{number}: not a ledger entry: {_said(problem)}") from problem


def _claim(value: dict[str, Any], file: str, number: int) -> dict[str, Any]:
    if not isinstance(value.get("key"), str):
        raise UsageError(f"{file}:{number}: not a claim: key must be the operation's business key, a text")
    if value.get("outcome") not in OUTCOMES:
        raise UsageError(
            f"{file}:{number}: not a claim: outcome must be one of {', '.join(OUTCOMES)}, not {value.get('outcome')!r}"
        )
    amount = value.get("amount_minor")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
        raise UsageError(
            f"{file}:{number}: not a claim: amount_minor must be an integer of minor units, not {amount!r}"
        )
    return value


def _record(value: dict[str, Any], file: str, number: int) -> dict[str, Any]:
    decided = value.get("decided")
    if not isinstance(decided, dict):
        raise UsageError(f"{file}:{number}: not a journal record: it has no decided part")
    missing = [name for name in _DECIDED if name not in decided]
    if missing:
        raise UsageError(f"{file}:{number}: not a journal record: its decided part has no {', '.join(missing)}")
    return value


class _Objects:
    """Yields the numbers and objects of lines. `cut` is then whether there was half a line at the end."""

    def __init__(self, lines: Iterable[bytes], file: str, *, may_be_cut: bool = False) -> None:
        self._lines = lines
        self._file = file
        self._may_be_cut = may_be_cut
        self.cut = False

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        half: UsageError | None = None
        for number, line in enumerate(self._lines, 1):
            if half is not None:
                raise half
            if not line.strip():
                continue
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError as problem:
                half = UsageError(f"{self._file}:{number}: not JSON: {problem}")
                if self._may_be_cut and number > 1 and not line.endswith(b"\n"):
                    continue  # if it is the last one
                raise half from problem
            if not isinstance(value, dict):
                raise UsageError(f"{self._file}:{number}: each line must be a JSON object")
            yield number, value
        self.cut = half is not None


def _said(problem: Exception) -> str:
    return f"{problem.args[0]!r} is missing" if isinstance(problem, KeyError) else str(problem)


def _line(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
