"""Assertions: JWTs by which a client proves who it is, or asks for a token on somebody's behalf (RFC 7523 §3).

Times in them are wall time: clients write them by their own clock. (RFC 7521, 7523; read 2026-11-23.)
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
IDS_KEPT: Final = 10_000
"""How many `jti`s a sandbox remembers; the oldest goes first, so that its assertion could be used once more."""
LEEWAY_SECONDS: Final = 60
LIFE_MOST_SECONDS: Final = 3600
"""An assertion that is good for longer is refused, as RFC 7523 §3 allows."""
_TEXT_MOST: Final = 16_384


class AssertionRefused(Exception):
    """An assertion isn't good; the message says why, in printable ASCII without quotes.

    `timely` is true of one that was good at another time.
    """

    def __init__(self, message: str, *, timely: bool = False) -> None:
        """Say why."""
        self.timely = timely
        super().__init__(message)


class Assertions:
    """The ids of the assertions that were used in one sandbox: each is good once (RFC 7523 §3, 7)."""

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        """Start with none."""
        self._ids: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def use(self, provider: str, issuer: str, jti: str) -> bool:
        """Note that an assertion was used; return whether it is the first time."""
        slot = provider, issuer, jti
        if slot in self._ids:
            return False
        if len(self._ids) >= IDS_KEPT:
            self._ids.popitem(last=False)
        self._ids[slot] = None
        return True


def unverified(text: str) -> dict[str, Any]:
    """Return the claims of a JWT that nobody has verified: only to see whom it speaks of; empty if it has none."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - loaded when the first JWT is, see `signing`
    from joserfc.jws import extract_compact  # noqa: PLC0415

    if len(text) > _TEXT_MOST:
        return {}
    try:
        found = orjson.loads(extract_compact(text.encode()).payload)  # strict: no NaN, no half of a character
    except (JoseError, ValueError, RecursionError):  # joserfc follows brackets as deep as they go
        return {}
    return found if isinstance(found, dict) else {}


def verify(
    text: str, keys: Mapping[str, Any], *, issuer: str, subject: str | None, audiences: Iterable[str], wall: float
) -> dict[str, Any]:
    """Return the claims of an assertion signed with one of `keys` (a JWK set), issued by `issuer` for us.

    `subject` is who it must speak of, None for anybody; `audiences` are the names that mean us.

    Raises:
        AssertionRefused: if it can't be read, is signed by no such key, or a claim is missing, wrong or out of date.
    """
    from joserfc import jwt  # noqa: PLC0415 - as above
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    if len(text) > _TEXT_MOST:
        raise AssertionRefused("The assertion is too long.")
    try:
        known = KeySet.import_key_set({"keys": list(keys["keys"])})
        jwt.decode(text, known, list(ALGORITHMS))
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        raise AssertionRefused("The assertion is not signed with a key of the client.") from None
    claims = unverified(text)  # by now they are verified
    _check_parties(claims, issuer, subject, frozenset(audiences))
    _check_times(claims, wall)
    return claims


def _check_parties(claims: Mapping[str, Any], issuer: str, subject: str | None, audiences: frozenset[str]) -> None:
    if claims.get("iss") != issuer:
        raise AssertionRefused("The assertion's iss is not the client's id.")
    named = claims.get("sub")
    if not isinstance(named, str) or not named or subject not in (None, named):
        raise AssertionRefused("The assertion's sub is missing, or not the client's id.")
    aud = claims.get("aud")
    given = [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []
    if not any(isinstance(one, str) and one in audiences for one in given):
        raise AssertionRefused("The assertion's aud is not this server: use its issuer or its token endpoint.")


def _check_times(claims: Mapping[str, Any], wall: float) -> None:
    moments = {name: _moment(claims, name) for name in ("exp", "nbf", "iat")}
    exp, nbf, iat = moments["exp"], moments["nbf"], moments["iat"]
    if exp is None:
        raise AssertionRefused("The assertion has no exp.")
    if exp <= wall - LEEWAY_SECONDS:
        raise AssertionRefused("The assertion expired.", timely=True)
    if exp > wall + LIFE_MOST_SECONDS + LEEWAY_SECONDS:
        raise AssertionRefused("The assertion's exp is more than an hour ahead.", timely=True)
    if max(nbf or 0.0, iat or 0.0) > wall + LEEWAY_SECONDS:
        raise AssertionRefused("The assertion is from the future: look at the client's clock.", timely=True)


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise AssertionRefused(f"The assertion's {name} is not a number.")
    return value
