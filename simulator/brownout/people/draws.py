"""Draws for one person: each topic has its own, so that a new field never moves an old one."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from operator import index
from typing import TYPE_CHECKING, TypeVar

from brownout.core.chance import Chance, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

# In a pattern: # a digit, % a digit that isn't 0, @ a letter. The letters are those that both British and Dutch
# postcodes allow: without C I K M O V, without F I O Q U Y, and without S, since SA, SD and SS aren't issued.
_BLANKS = {"#": b"0123456789", "%": b"123456789", "@": b"ABDEGHJLNPRTWXZ"}
# A byte to a letter. 256 is a multiple of none of them, so some are a few percent likelier: harmless here, and fast.
_TABLES = {blank: bytes(letters[byte % len(letters)] for byte in range(256)) for blank, letters in _BLANKS.items()}


@lru_cache(maxsize=64)
def _chance(kind: str, seed: int) -> Chance:
    return Chance(seed, "people", kind)


class Draws:
    """What chance says of one person or merchant, topic by topic.

    >>> Draws("person", 7, "order-0117").fill("phone", ("+1212555 01##",)).startswith("+1212555 01")
    True
    """

    __slots__ = ("_chance", "_key")

    def __init__(self, kind: str, seed: int, key: str) -> None:
        """Fix whose draws these are.

        Raises:
            TypeError: if the seed is no integer or the key no text. 117 and "117" would else be two people, unseen.
        """
        if not isinstance(key, str):
            raise TypeError(f"key: expected text such as 'order-0117', not {key!r}")
        try:
            self._chance = _chance(kind, index(seed))
        except TypeError:
            raise TypeError(f"seed: expected an integer, not {seed!r}") from None
        self._key = pack(key)

    def digest(self, topic: str) -> bytes:
        """Return 64 bytes for `topic`."""
        return self._chance.digest(topic.encode() + b"\0" + self._key)

    def number(self, topic: str, count: int) -> int:
        """Return a number from 0 to `count` - 1."""
        return int.from_bytes(self.digest(topic)[:6], "big") % count

    def pick(self, topic: str, choices: Sequence[T]) -> T:
        """Return one of `choices`, each as likely as the others."""
        return choices[self.number(topic, len(choices))]

    def fill(self, topic: str, patterns: Sequence[str]) -> str:
        """Return one of `patterns` (at most 63 characters each) with its blanks filled."""
        digest = self.digest(topic)
        parts = _parts(patterns[digest[0] % len(patterns)])
        return "".join(
            [
                text if table is None else digest[start:end].translate(table).decode()
                for text, table, start, end in parts
            ]
        )


@cache
def _parts(pattern: str) -> tuple[tuple[str, bytes | None, int, int], ...]:
    """Return runs of one kind of blank, or of none, with the bytes of chance that fill them. Patterns are few: data."""
    runs = [match[0] for match in re.finditer(r"#+|%+|@+|[^#%@]+", pattern)]
    parts, end = [], 1  # byte 0 chose the pattern
    for run in runs:
        start, end = end, end + len(run)
        parts.append((run, _TABLES.get(run[0]), start, end))
    return tuple(parts)
