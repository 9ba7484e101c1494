"""`brownout explain`: why requests got their answers, from a journal."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.cli.verdict import as_written, parts_of
from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.ledger import Entry

_SUGGESTED_FROM_MOST: Final = 5_000
"""Among so many names at most is a similar one looked for: comparing takes time."""


@click.command()
@click.argument("journal", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("name", metavar="ID")
def command(journal: Path, name: str) -> int:
    """Explain what JOURNAL holds of ID: an exchange, an order (all of its exchanges), or a payment or other object.

    \b
    Examples:
      brownout explain brownout-report/lost-answer/journal-naive.jsonl order-0017
      brownout explain brownout-report/lost-answer/journal-naive.jsonl ex_5hVQ0mDq7B2cXyLw9TzA
      brownout explain brownout-report/lost-answer/journal-naive.jsonl pi_3Nq1zKDq7B2cXyLw
    """
    from brownout.core.explain import explain

    with as_written(journal):
        runs = parts_of(journal)
        parts: list[str] = []
        for number, run in enumerate(runs, 1):
            found = _about(run.records, name)
            told = [*_truth(run.entries, name), *map(explain, found)] if found else []
            parts += [f"part {number} of {len(runs)}", *told] if told and len(runs) > 1 else told
        if not parts:
            records = [record for run in runs for record in run.records]
            raise UsageError(f"{journal}: nothing is called {name!r}; {_instead(records, name)}")
    click.echo("\n\n".join(parts))
    return 0


def _about(records: Iterable[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [record for record in records if name in _names(record["decided"])]


def _names(decided: Mapping[str, Any]) -> set[str]:
    return {decided["id"], decided["key"], *decided["objects"], *decided["path"].split("/")} - {"", "v1"}


def _instead(records: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return what to ask for instead."""
    decided = [record["decided"] for record in records]
    if not decided:
        return "the journal holds no exchanges"
    known = dict.fromkeys(one["key"] for one in decided)
    known |= dict.fromkeys(one["id"] for one in decided)
    known |= dict.fromkeys(each for one in decided for each in one["objects"])
    alike = [one for one in known if one[:3] == name[:3]] or list(known)
    close = get_close_matches(name, alike[:_SUGGESTED_FROM_MOST], n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"it has exchanges such as {decided[0]['id']!r} and keys such as {decided[0]['key']!r}"


def _truth(entries: Iterable[Entry], name: str) -> list[str]:
    """Return what the ledger says of a double charge, if `name` is its order or one of its payments."""
    from brownout.core.invariants import duplicated

    return [
        f"{one}. Its payments: {', '.join(one.payments)}."
        for one in duplicated(entries)
        if name == one.key or name in one.payments
    ]
