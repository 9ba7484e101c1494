"""Faults that a request asks for itself: `Brownout-Fault: abort; status=503; target=response`.

A kind, then its keys as a scenario spells them; `headers.Retry-After=5` reaches into a mapping, and a text may stand in
double quotes. Several are separated by commas, or come in headers of their own. Whoever asks wants to see it, so it
always strikes: ways of counting, windows and `match` have no place here.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import ScenarioError, UsageError
from brownout.core.live import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brownout.core.registries import Registries
    from brownout.core.rules import Rule

IGNORED: Final = "Brownout-Fault-Ignored"
"""The header that says so where a scenario doesn't let requests ask."""
NOT_ALLOWED: Final = "the scenario doesn't let requests ask for faults; it would with fault_header: true"
_KEPT_MOST: Final = 256
"""So many texts are remembered with what they ask for; the one longest unused is read again."""
_LETTERS_MOST: Final = 2_000
_ASKED_MOST: Final = 8
_PIECES: Final = re.compile(r""""(?:[^"\\]|\\.)*+"|[^"\[\]{},;]++|.""")
"""A text in quotes, what has no meaning of its own, or one character that has. Possessive: each is looked at once."""
_KEY: Final = re.compile(r"[A-Za-z_][\w.-]*")
_ITS_OWN: Final = frozenset(("kind", "target"))
_NO_PLACE: Final = frozenset(("one_of", "ttl"))


def texts_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what stands in the headers that ask for faults."""
    every = getattr(headers, "getall", None)
    if every is not None:
        return tuple(every(HEADER, ()))
    return (headers[HEADER],) if HEADER in headers else ()


class Asked:
    """Reads such headers, each text once."""

    def __init__(self, registries: Registries) -> None:
        """Choose from the faults of `registries`."""
        self._registries = registries
        self._known: OrderedDict[tuple[str, ...], tuple[Rule, ...] | UsageError] = OrderedDict()

    def rules(self, texts: tuple[str, ...]) -> tuple[Rule, ...]:
        """Return a rule for each fault that is asked for.

        Raises:
            UsageError: naming what is wrong with it.
        """
        found = self._known.get(texts)
        if found is None:
            try:
                found = self._read(texts)
            except UsageError as wrong:
                found = wrong
            self._known[texts] = found
            if len(self._known) > _KEPT_MOST:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(texts)
        if isinstance(found, UsageError):
            raise UsageError(str(found))
        return found

    def _read(self, texts: Iterable[str]) -> tuple[Rule, ...]:
        entries = [entry for text in texts for entry in _entries(text)]
        if len(entries) > _ASKED_MOST:
            raise UsageError(f"{HEADER}: at most {_ASKED_MOST} faults, not {len(entries)}")
        numbers: dict[str, int] = {}
        rules = []
        for entry in entries:
            kind = entry["kind"]
            numbers[kind] = numbers.get(kind, 0) + 1
            number = f"-{numbers[kind]}" if numbers[kind] > 1 else ""
            # No rule of a scenario can have a colon in its name.
            rules.append(replace(self._rule(entry), name=f"header:{kind}{number}", origin="header"))
        return tuple(rules)

    def _rule(self, entry: dict[str, Any]) -> Rule:
        from brownout import scenario  # noqa: PLC0415 - pydantic is loaded when a fault is asked for, not before
        from brownout.scenario.rules import COMMON  # noqa: PLC0415 - as above

        for key in entry:
            if key in (COMMON - _ITS_OWN) | _NO_PLACE:
                raise UsageError(f"{HEADER}: {key} has no place here: what a request asks for itself always strikes it")
        try:
            text = orjson.dumps({"brownout": 1, "faults": [{**entry, "name": "asked"}]}).decode()
        except orjson.JSONEncodeError:
            raise UsageError(f"{HEADER}: holds a number or a nesting that is beyond measure") from None
        try:
            return scenario.load(text, self._registries, file=HEADER).rules[0]
        except ScenarioError as wrong:
            said = (f"{one.key.removeprefix('faults[0]').lstrip('.')}: {one.message}" for one in wrong.mistakes)
            raise UsageError(f"{HEADER}: {'; '.join(one.removeprefix(': ') for one in said)}") from None


def _entries(text: str) -> Iterator[dict[str, Any]]:
    """Yield each fault of one header as an entry of a scenario's `faults`.

    >>> list(_entries('abort; status=503; headers.Retry-After="5", latency; delay=2s'))
    [{'kind': 'abort', 'status': 503, 'headers': {'Retry-After': '5'}}, {'kind': 'latency', 'delay': '2s'}]
    """
    if len(text) > _LETTERS_MOST:
        raise UsageError(f"{HEADER}: at most {_LETTERS_MOST} letters, not {len(text)}")
    entry: dict[str, Any] = {}
    for part, end in _parts(text):
        _take(entry, part.strip())
        if end != ";":
            yield entry
            entry = {}


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands between commas and semicolons, each with what ends it; those inside of brackets are no end.

    >>> list(_parts('drift; to={"a": {"b": 1}, "c": ";"}, abort'))
    [('drift', ';'), (' to={"a": {"b": 1}, "c": ";"}', ','), (' abort', '')]
    """
    depth = begin = 0
    for found in _PIECES.finditer(text):
        piece = found[0]
        if piece in ("[", "{"):
            depth += 1
        elif piece in ("]", "}"):
            depth = max(0, depth - 1)
        if piece == '"':
            break
        if piece in (",", ";") and not depth:
            yield text[begin : found.start()], piece
            begin = found.end()
    else:
        if not depth:
            yield text[begin:], ""
            return
    where = text[begin : begin + 20]
    raise UsageError(f"{HEADER}: can't be read from {where!r} on: is a quote or bracket open?")


def _take(entry: dict[str, Any], part: str) -> None:
    """Add one part to an entry: the first is its kind, the others are keys with values."""
    if "kind" not in entry:
        if not part or "=" in part:
            raise UsageError(f"{HEADER}: begin with a kind, such as abort; status=503")
        entry["kind"] = part
        return
    key, equals, value = part.partition("=")
    key = key.strip()
    if not equals or _KEY.fullmatch(key) is None:
        raise UsageError(f"{HEADER}: write KEY=VALUE after the kind, not {part[:40]!r}")
    *outer, last = key.split(".", 1)
    inside = entry.setdefault(outer[0], {}) if outer else entry
    if not isinstance(inside, dict) or last in inside:
        raise UsageError(f"{HEADER}: {key} is given twice")
    inside[last] = _value(value.strip())


def _value(text: str) -> Any:
    """Return what a value means: JSON in quotes and brackets, else a plain word as YAML reads it."""
    if text[:1] in ('"', "[", "{"):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            raise UsageError(f"{HEADER}: {text[:40]!r} isn't JSON, as what is in quotes or brackets must be") from None
    from brownout.scenario.words import plain  # noqa: PLC0415 - as above

    return plain(text)
