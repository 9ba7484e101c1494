"""Admin calls that read a journal whole, as a drill's files have it: lines of JSON, some at a time."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.journal import Record
from brownout.server.admin.routes import Lines, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from brownout.server.admin.routes import Ask

T = TypeVar("T")
LINES_MOST: Final = 2_000
"""So many lines are answered at once at most."""
AT_ONCE: Final = 100
"""So many are made before others have their turn: two or three milliseconds."""
_QUERY: Final = ("since", "limit")


async def get_records(ask: Ask) -> Lines:
    """Return the records after number `since`, oldest first, each as a journal has it; `observed.number` goes on."""
    since, limit = _range(ask)
    journal = ask.world.journal
    first = journal.written - len(journal)  # the number before the oldest that is kept
    begin = max(0, since - first)
    return await _lines(islice(journal, begin, begin + limit), Record.line)


async def get_entries(ask: Ask) -> Lines:
    """Return the ledger's entries after the first `since`."""
    since, limit = _range(ask)
    return await _lines(ask.world.ledger.since(since)[:limit], lambda entry: _line(entry.as_dict()))


async def get_claims(ask: Ask) -> Lines:
    """Return the claims after the first `since`."""
    since, limit = _range(ask)
    return await _lines(ask.world.claims[since : since + limit], _line)


def _range(ask: Ask) -> tuple[int, int]:
    for name in ask.query:
        if name not in _QUERY:
            raise UsageError(did_you_mean(name, _QUERY))
    since, limit = (_whole(ask, name, default) for name, default in (("since", 0), ("limit", LINES_MOST)))
    return since, min(limit, LINES_MOST)


def _whole(ask: Ask, name: str, default: int) -> int:
    text = ask.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise UsageError(f"{name} must be a whole number of at least 0, not {text!r}")
    return int(text)


async def _lines(values: Iterable[T], line: Callable[[T], bytes]) -> Lines:
    """Return a line for each of the values that there are now; in between, requests are answered."""
    found = list(values)
    made: list[bytes] = []
    for first in range(0, len(found), AT_ONCE):
        if first:
            await asyncio.sleep(0)
        made += map(line, found[first : first + AT_ONCE])
    return Lines(b"".join(made))


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


ROUTES = [
    Route(method="GET", path="/journal", run=get_records, summary="Records as a journal has them (NDJSON)",
          query=_QUERY, lines=True),
    Route(method="GET", path="/journal/ledger", run=get_entries, summary="Ledger entries (NDJSON)", query=_QUERY,
          lines=True),
    Route(method="GET", path="/journal/claims", run=get_claims, summary="Claims (NDJSON)", query=_QUERY, lines=True),
]  # fmt: skip
