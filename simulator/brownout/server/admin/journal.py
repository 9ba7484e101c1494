"""Admin calls that read a journal whole, as a drill's files have it: lines of JSON, some at a time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import UsageError, did_you_mean
from brownout.server.admin.routes import Lines, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.server.admin.routes import Ask

LINES_MOST: Final = 2_000
"""So many lines are answered at once at most: making them holds up everybody else."""
_QUERY: Final = ("since", "limit")


def get_records(ask: Ask) -> Lines:
    """Return the records after number `since`, oldest first, each as a journal has it; `observed.number` goes on."""
    since, limit = _range(ask)
    journal = ask.world.journal
    first = journal.written - len(journal)  # the number before the oldest that is kept
    kept = islice(journal, max(0, since - first), None)
    return Lines(b"".join(record.line() for record in islice(kept, limit)))


def get_entries(ask: Ask) -> Lines:
    """Return the ledger's entries after the first `since`."""
    since, limit = _range(ask)
    return _lines(entry.as_dict() for entry in islice(ask.world.ledger, since, since + limit))


def get_claims(ask: Ask) -> Lines:
    """Return the claims after the first `since`."""
    since, limit = _range(ask)
    return _lines(islice(ask.world.claims, since, since + limit))


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


def _lines(values: Iterable[Any]) -> Lines:
    return Lines(b"".join(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) for value in values))


ROUTES = [
    Route(method="GET", path="/journal", run=get_records, summary="Records as a journal has them (NDJSON)",
          query=_QUERY),
    Route(method="GET", path="/journal/ledger", run=get_entries, summary="Ledger entries (NDJSON)", query=_QUERY),
    Route(method="GET", path="/journal/claims", run=get_claims, summary="Claims (NDJSON)", query=_QUERY),
]  # fmt: skip
