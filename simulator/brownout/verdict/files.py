"""Journals, ledgers and claims as lines of text, both ways. Whoever calls opens the files; nothing here does.

A journal begins with its head (`Head`), then has one record a line as `core.journal` writes it. A ledger has one entry
a line, a file of claims one claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from brownout.core.errors import UsageError
from brownout.core.ledger import Entry
from brownout.verdict.arm import JOURNAL_VERSION, Head
from brownout.verdict.claims import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def read_journal(lines: Iterable[bytes], file: str) -> tuple[Head, list[dict[str, Any]]]:
    """Return a journal's head and records.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    objects = _objects(lines, file)
    _, first = next(objects, (1, {}))
    version = first.get("brownout_journal")
    if version is None:
        raise UsageError(
            f'{file}:1: not a journal: its first line must begin with {{"brownout_journal":{JOURNAL_VERSION}'
        )
    if version != JOURNAL_VERSION:
        raise UsageError(
            f"{file}:1: this journal has version {version}, and this Brownout reads version {JOURNAL_VERSION}"
        )
    try:
        head = Head.from_dict(first)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise UsageError(f"{file}:1: the journal's first line is broken: {problem}") from problem
    return head, [_record(value, file, number) for number, value in objects]


def read_ledger(lines: Iterable[bytes], file: str) -> list[Entry]:
    """Return a ledger's entries.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    entries = []
    for number, value in _objects(lines, file):
        try:
            entries.append(Entry.from_dict(value))
        except (KeyError, TypeError, AttributeError) as problem:
            raise UsageError(f"{file}:{number}: not a ledger entry: {_said(problem)}") from problem
    return entries


def read_claims(lines: Iterable[bytes], file: str) -> list[dict[str, Any]]:
    """Return claims.

    Raises:
        UsageError: naming file and line of what can't be read.
    """
    claims = []
    for number, value in _objects(lines, file):
        if not isinstance(value.get("key"), str):
            raise UsageError(f"{file}:{number}: not a claim: key must be the operation's business key, a text")
        if value.get("outcome") not in OUTCOMES:
            raise UsageError(
                f"{file}:{number}: not a claim: outcome must be one of {', '.join(OUTCOMES)}, "
                f"not {value.get('outcome')!r}"
            )
        amount = value.get("amount_minor")
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
            raise UsageError(
                f"{file}:{number}: not a claim: amount_minor must be an integer of minor units, not {amount!r}"
            )
        claims.append(value)
    return claims


def _record(value: dict[str, Any], file: str, number: int) -> dict[str, Any]:
    decided = value.get("decided")
    if not isinstance(decided, dict):
        raise UsageError(f"{file}:{number}: not a journal record: it has no decided part")
    missing = [name for name in _DECIDED if name not in decided]
    if missing:
        raise UsageError(f"{file}:{number}: not a journal record: its decided part has no {', '.join(missing)}")
    return value


def _objects(lines: Iterable[bytes], file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            raise UsageError(f"{file}:{number}: not JSON: {problem}") from problem
        if not isinstance(value, dict):
            raise UsageError(f"{file}:{number}: each line must be a JSON object")
        yield number, value


def _said(problem: Exception) -> str:
    return f"{problem.args[0]!r} is missing" if isinstance(problem, KeyError) else str(problem)


def _line(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
