"""Chance as a pure function of the seed and a key; the only source of chance in Brownout.

No generator is shared and none is advanced: the same question always has the same answer, whatever else was
asked before it and in whatever order. That is what makes a seed hold under concurrency.
"""

from __future__ import annotations

import string
from hashlib import blake2b

_ALNUM = (string.digits + string.ascii_uppercase + string.ascii_lowercase).encode()
# Byte to letter. 256 is no multiple of 62, so eight letters are a quarter likelier: harmless for ids, and
# `bytes.translate` is ten times faster than arithmetic on big integers.
_TO_ALNUM = bytes(_ALNUM[i % len(_ALNUM)] for i in range(256))
_MOST_LETTERS = 64
_UNIT = 2.0**-53


def pack(*parts: str | int) -> bytes:
    """Return one unambiguous byte string for `parts`: no two different tuples share one.

    >>> pack("a", "bc") == pack("ab", "c")
    False
    """
    return repr(parts).encode()


class Chance:
    """Draws that are fixed by `seed`, `scope` and the key given with each draw.

    The scope is hashed once and the hash state copied for each draw, so a draw costs about a microsecond.

    >>> Chance(7, "rule", "slow").uniform(b"x") == Chance(7, "rule", "slow").uniform(b"x")
    True
    >>> Chance(7, "rule", "slow").uniform(b"x") == Chance(8, "rule", "slow").uniform(b"x")
    False
    """

    __slots__ = ("_base",)

    def __init__(self, seed: int, *scope: str | int) -> None:
        """Fix the seed (any integer) and the scope (who is asking, and for what)."""
        self._base = blake2b(pack(*scope), key=repr(seed).encode()[:64], digest_size=64)

    def digest(self, key: bytes) -> bytes:
        """Return 64 bytes fixed by seed, scope and `key`."""
        state = self._base.copy()
        state.update(key)
        return state.digest()

    def uniform(self, key: bytes) -> float:
        """Return a number in [0, 1)."""
        return (int.from_bytes(self.digest(key)[:7], "big") >> 3) * _UNIT

    def text(self, key: bytes, length: int) -> str:
        """Return `length` (at most 64) letters and digits, as providers use them in ids."""
        if length > _MOST_LETTERS:
            message = f"at most {_MOST_LETTERS} letters a draw, not {length}"
            raise ValueError(message)
        return self.digest(key)[:length].translate(_TO_ALNUM).decode()

    def uuid(self, key: bytes) -> str:
        """Return a lower-case UUID that reads as version 4 (RFC 9562 §5.4).

        >>> Chance(7).uuid(b"x")[14], Chance(7).uuid(b"x")[19] in "89ab"
        ('4', True)
        """
        drawn = self.digest(key)[:16].hex()
        variant = "89ab"[int(drawn[16], 16) & 3]
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:]}"


def uniform(seed: int, *key: str | int) -> float:
    """Return a number in [0, 1), fixed by `seed` and `key`.

    >>> uniform(7, "slow", "jitter", "a-1") == uniform(7, "slow", "jitter", "a-1")
    True
    """
    return Chance(seed).uniform(pack(*key))


def pseudonym(secret: str) -> str:
    """Return twelve hex digits that stand for `secret` wherever it must not be shown: same input, same output.

    >>> pseudonym("sk_test_a") == pseudonym("sk_test_a"), "sk_test_a" in pseudonym("sk_test_a")
    (True, False)
    """
    return blake2b(secret.encode("utf-8", "surrogateescape"), digest_size=6, person=b"pseudonym").hexdigest()
