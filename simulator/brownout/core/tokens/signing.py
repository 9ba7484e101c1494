"""Tokens as JWTs: fixed test keys that everybody may know, which of them signs when, and the set of public ones.

Signed with RS256, whose signatures are the same for the same text: a seed holds. joserfc is loaded when the first JWT
is made, since that takes a tenth of a second that most runs have no use for.
(RFC 7515, 7517, 7519, 9068; read 2026-11-23.)
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joserfc.jwk import RSAKey

ALGORITHM: Final = "RS256"
KEYS: Final = 4
"""How many keys there are: after the last the first comes again."""


def sign(claims: Mapping[str, Any], *, key: int, typ: str = "JWT") -> str:
    """Return a JWT with these claims, signed with key number `key` (counted from 0, beginning again after the last)."""
    from joserfc import jwt  # noqa: PLC0415 - see above

    one = _key(key % KEYS)
    return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": one.kid}, dict(claims), one, [ALGORITHM], default_type=typ)


def key_set(keys: Iterable[int]) -> dict[str, Any]:
    """Return the public halves of these keys as a JWK set (RFC 7517 §5), each once."""
    numbers = dict.fromkeys(key % KEYS for key in keys)
    return {"keys": [_key(number).as_dict(private=False, use="sig", alg=ALGORITHM) for number in numbers]}


def key_at(seconds: float, rotation_seconds: float | None, first: int = 0) -> int:
    """Return which key signs `seconds` after a world began, if each signs for `rotation_seconds` (None: for ever).

    >>> [key_at(seconds, 60.0) for seconds in (0.0, 59.0, 60.0)]
    [0, 0, 1]
    """
    return first if rotation_seconds is None else first + int(seconds // rotation_seconds)


def client_key() -> dict[str, Any]:
    """Return the private JWK of the client that tests may be: what it signs, anybody could have signed."""
    one: dict[str, Any] = _material()["client"]
    return one


@cache
def _key(number: int) -> RSAKey:
    from joserfc.jwk import RSAKey  # noqa: PLC0415 - see above

    return RSAKey.import_key(_material()["server"][number])


@cache
def _material() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(files(__package__).joinpath("test_keys.json").read_bytes())
    return made
