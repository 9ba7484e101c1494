"""What a service's database believes, from a CSV file; and which of several claims about an operation counts."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.errors import Mistake, ScenarioError, UsageError, did_you_mean
from brownout.drill.attach.terms import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

COLUMNS: Final = ("key", "outcome", "amount_minor", "currency", "object", "at")
FROM_ANSWER: Final = "answer"
"""What `by` says of a claim that was read from an answer: the service's own word goes before it."""
WAIT_SECONDS: Final = 30.0
"""How long a file may take to be written once the load has ended."""
_NEEDED: Final = COLUMNS[:2]
_AT_MOST: Final = 253_402_300_799.0
"""The last second of the year 9999: what is later, or no number, is no time."""
_LOOK_SECONDS: Final = 0.2
_MISTAKES_MOST: Final = 20
_OF_THE_END: Final = ("error", "detail", "by")


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Return the claims in a CSV file with a line of headings: `key`, `outcome`, and as many others as there are.

    Raises:
        UsageError: naming file and line of each mistake.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _claims(csv.reader(lines, strict=True), str(path))
    except UnicodeDecodeError as problem:
        raise UsageError(f"{path}: not UTF-8: {problem.reason} at byte {problem.start}") from None
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror or problem}") from None


def _claims(rows: Any, file: str) -> list[dict[str, Any]]:
    try:
        headings = [one.strip() for one in next(rows, [])]
        _check_headings(headings, file)
        found: list[dict[str, Any]] = []
        mistakes: list[Mistake] = []
        for row in rows:
            if not any(row):
                continue
            if len(mistakes) >= _MISTAKES_MOST:
                break
            try:
                found.append(_claim(headings, row))
            except ValueError as problem:
                mistakes.append(Mistake(file=file, line=rows.line_num, message=str(problem)))
    except csv.Error as problem:
        raise UsageError(f"{file}:{rows.line_num}: not CSV: {problem}") from None
    if mistakes:
        raise ScenarioError(mistakes)
    return found


def _check_headings(headings: list[str], file: str) -> None:
    for name in headings:
        if name not in COLUMNS:
            raise UsageError(f"{file}:1: column {did_you_mean(name, COLUMNS)}")
    missing = [name for name in _NEEDED if name not in headings]
    if missing:
        raise UsageError(f"{file}:1: there is no column {' and no '.join(missing)}; the first line names the columns")
    if len(set(headings)) < len(headings):
        raise UsageError(f"{file}:1: a column is there twice")


def _claim(headings: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(headings):
        raise ValueError(f"{len(row)} fields, and there are {len(headings)} columns")
    values = {name: text.strip() for name, text in zip(headings, row, strict=True)}
    given: dict[str, Any] = {name: text for name, text in values.items() if text}
    if "key" not in given:
        raise ValueError("key is empty: it names the operation")
    if given.get("outcome") not in OUTCOMES:
        raise ValueError(f"outcome: {did_you_mean(given.get('outcome', ''), OUTCOMES)}")
    if "amount_minor" in given:
        text = given["amount_minor"]
        if not (text.isascii() and text.isdecimal() and len(text) <= 12):
            raise ValueError(f"amount_minor must be whole minor units, such as 2499 for $24.99, not {text!r}")
        given["amount_minor"] = int(text)
    if "currency" in given:
        given["currency"] = given["currency"].lower()
    if "at" in given:
        given["at"] = _moment(given["at"])
    return given


def _moment(text: str) -> float:
    """Return unix seconds.

    >>> _moment("2026-11-23T12:00:00Z"), _moment("1764000012.5")
    (1795435200.0, 1764000012.5)
    """
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if not 0 <= seconds <= _AT_MOST:
            raise ValueError(f"at must be unix seconds or an ISO 8601 time, not {text!r}")
        return seconds
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"at must be unix seconds or an ISO 8601 time, not {text!r}") from None
    return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()


class _Seen(NamedTuple):
    """A file as it was at one look; `old` is whether it is another run's."""

    size: int
    changed_ns: int
    old: bool


class Database:
    """A CSV file that somebody writes when the load has ended; None: there is none.

    One that is older than `since`, in unix seconds, is another run's. `pause` waits so many seconds.
    """

    def __init__(
        self,
        path: Path | None,
        since: float,
        pause: Callable[[float], None],
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._path = path
        self._since = since
        self._pause = pause
        self._wait_seconds = wait_seconds
        self._wrong: UsageError | None = None

    def claims(self) -> list[dict[str, Any]]:
        """Return what it holds, having waited for it; nothing if it can't be used, which `check` tells."""
        if self._path is None:
            return []
        try:
            self._wait(self._path)
            return read_csv(self._path)
        except UsageError as wrong:
            self._wrong = wrong
            return []

    def check(self, journal: Path) -> None:
        """Return if the file could be used.

        Raises:
            UsageError: saying why not, and how `journal` is judged with it once it is mended.
        """
        if self._wrong is not None:
            raise UsageError(
                f"{self._wrong}\n"
                f"The run itself is kept. Once the file is right: brownout verdict {journal} {self._path}"
            )

    def _wait(self, path: Path) -> None:
        """Return once the file is of this run, and was the same at two looks: whoever writes it may not be done."""
        waited, seen = 0.0, self._look(path)
        while True:
            if waited >= self._wait_seconds:
                why = "isn't there" if seen is None else "is older than this run" if seen.old else "is still written to"
                raise UsageError(f"{path} {why}, {self._wait_seconds:g} s after the load has ended")
            self._pause(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
            before, seen = seen, self._look(path)
            if seen is not None and seen == before and not seen.old:
                return

    def _look(self, path: Path) -> _Seen | None:
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise UsageError(f"{path}: {problem.strerror or problem}") from None
        old = found.st_mtime < self._since - 1  # a file system's seconds may be whole
        return _Seen(found.st_size, found.st_mtime_ns, old)


def settled(claims: Iterable[Mapping[str, Any]], database: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return the last word on each operation, with the times that any word on it had.

    What the database believes goes before what the service posted itself, that before what its answers said; of a
    kind, the later before the earlier.

    >>> answer = {"key": "a", "outcome": "unknown", "by": "answer", "due": 1.0}
    >>> settled([{"key": "a", "outcome": "ok"}, answer])
    [{'key': 'a', 'outcome': 'ok', 'due': 1.0}]
    """
    words: tuple[list[Mapping[str, Any]], ...] = ([], [], list(database))
    for claim in claims:
        words[0 if claim.get("by") == FROM_ANSWER else 1].append(claim)
    found: dict[str, dict[str, Any]] = {}
    for claim in (one for kind in words for one in kind):
        earlier = found.get(claim["key"], {})
        times = {name: value for name, value in earlier.items() if name not in _OF_THE_END}
        found[claim["key"]] = {**times, **claim}
    return list(found.values())
