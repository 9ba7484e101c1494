"""What the admin API and the in-process `Simulator` can do with tokens and their clients. Plain values in and out.

Times are offsets in world seconds since the world began, as in the journal. No text of a token and no secret is shown,
but the one that `rotate` gives out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from brownout.core.causes import ADMIN
from brownout.core.chance import pack, pseudonym
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.sandbox import Sandbox
    from brownout.core.tokens import Token
    from brownout.core.tokens.clients import Attempt, Client

    Needed = dict[tuple[str, str], frozenset[str]]

FILTERS: Final = ("provider", "client", "kind", "state", "limit")
STATES: Final = ("valid", "expiring", "early", "blocked", "expired", "revoked", "spent", "void")
_KINDS: Final = ("access", "refresh")
_DEAD: Final = {
    "token_revoked": "revoked",
    "token_expired": "expired",
    "token_spent": "spent",
    "token_unknown": "void",
    "token_misaddressed": "void",
}
_RESTING: Final = {"token_early": "early", "user_needed": "blocked"}
_EXPIRING_SECONDS: Final = 300.0
_EXPIRING_SHARE: Final = 0.1
_LIMIT: Final = 1_000
_SECRET_LETTERS: Final = 40
_MOST_SKEW_SECONDS: Final = 10 * 365 * 86_400.0
_NONE: Final[frozenset[str]] = frozenset()


class NoSuchToken(UsageError):
    """There is no such token or client."""


class Ambiguous(UsageError):
    """Several providers have a client of that id."""


def state(token: Token, now: float) -> str:
    """Return one of STATES. `expiring`: in the last tenth of its life, or its last 300 seconds if that is less.

    `early`: not valid yet, since a wrong clock issued it. `blocked`: its user has to be asked again first. `void`:
    issued so that it is good for nothing. Of a token that is several at once: void before revoked before expired before
    spent.
    """
    reason = token.reason(now) or ""
    other = _DEAD.get(reason) or _RESTING.get(reason)
    if other is not None:
        return other
    if token.expires_at is None:
        return "valid"
    last = min(_EXPIRING_SECONDS, _EXPIRING_SHARE * (token.expires_at - token.issued_at))
    return "expiring" if _left(token, now) <= last else "valid"


def _left(token: Token, now: float) -> float:
    return (token.expires_at if token.expires_at is not None else math.inf) - token.skew_seconds - now


def tokens(world: Sandbox, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return each client with its tokens that fit `filters` (see FILTERS), the newest `limit` of all of them.

    Raises:
        UsageError: if a filter is unknown or malformed.
    """
    _check(filters)
    now = world.moment.world
    fitting = [one for one in world.tokens if _fits(one, filters, now)]
    fitting.sort(key=lambda one: one.number)
    limit = _whole(filters.get("limit", _LIMIT))
    shown = fitting[-limit:] if limit else []
    own: dict[tuple[str, str], list[Token]] = {(one.provider, one.client_id): [] for one in fitting}
    for one in shown:
        own[one.provider, one.client_id].append(one)
    if not filters.keys() & {"kind", "state"}:
        own |= {slot: [] for slot in _silent(world, filters) if slot not in own}
    needed = _needed(world.tokens)
    return {
        "clients": [_client(world, slot, own[slot], needed) for slot in sorted(own)],
        "tokens": len(fitting),
        "shown": len(shown),
        "evicted": world.tokens.evicted,
    }


def _silent(world: Sandbox, filters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the clients that are remembered, whether they have tokens or not."""
    return [
        (one.provider, one.id)
        for one in world.tokens.clients
        if filters.get("provider", one.provider) == one.provider and filters.get("client", one.id) == one.id
    ]


def _check(filters: Mapping[str, Any]) -> None:
    for name in filters:
        if name not in FILTERS:
            raise UsageError(f"filter: {did_you_mean(name, FILTERS)}")
    for name, known in (("kind", _KINDS), ("state", STATES)):
        if name in filters and filters[name] not in known:
            raise UsageError(f"{name}: {did_you_mean(str(filters[name]), known)}")


def _whole(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise UsageError(f"limit must be a whole number of at least 0, not {value!r}")
    return int(text)


def _fits(token: Token, filters: Mapping[str, Any], now: float) -> bool:
    return (
        filters.get("provider", token.provider) == token.provider
        and filters.get("client", token.client_id) == token.client_id
        and filters.get("kind", token.kind) == token.kind
        and ("state" not in filters or filters["state"] == state(token, now))
    )


def _needed(of: Iterable[Token]) -> Needed:
    """Return what the calls of each grant needed: a refresh token itself is never presented for one."""
    needed: Needed = {}
    for token in of:
        if token.needed_scopes:
            slot = token.provider, token.family
            needed[slot] = needed.get(slot, frozenset()) | token.needed_scopes
    return needed


def _client(world: Sandbox, slot: tuple[str, str], own: list[Token], needed: Needed) -> dict[str, Any]:
    (provider, name), now = slot, world.moment.world
    known = world.tokens.clients.find(provider, name)
    account = known.account if known is not None else own[0].account if own else name
    states = [state(one, now) for one in own]
    out: dict[str, Any] = {
        "provider": provider,
        "client": name,
        "account": account,
        "states": {word: states.count(word) for word in STATES if word in states},
        "scopes": _scopes(own, needed),
        "tokens": [_token(world, one, needed) for one in own],
    }
    return out | _book(world, known)


def _book(world: Sandbox, known: Client | None) -> dict[str, Any]:
    """Return what is remembered of a client beside its tokens; nothing was, if it never asked for any itself."""
    if known is None:
        return {"skew": 0.0, "rotated": None, "grants": _rate(0, 0), "refreshes": _rate(0, 0), "newest": []}
    return {
        "skew": known.skew_seconds,
        "rotated": _offset(world, known.rotated_at),
        "grants": _rate(known.tried, known.good),
        "refreshes": _rate(known.refreshed_tried, known.refreshed_good),
        "newest": [_attempt(world, one) for one in known.attempts],
    }


def _rate(tried: int, good: int) -> dict[str, Any]:
    return {"tried": tried, "good": good, "rate": round(good / tried, 4) if tried else None}


def _attempt(world: Sandbox, attempt: Attempt) -> dict[str, Any]:
    return {**attempt._asdict(), "at": _offset(world, attempt.at)}


def _token(world: Sandbox, token: Token, needed: Needed) -> dict[str, Any]:
    now = world.moment.world
    return {
        "id": token.id,
        "provider": token.provider,
        "client": token.client_id,
        "kind": token.kind,
        "state": state(token, now),
        "cause": _cause(token, now),
        "grant": token.family,
        "issued": _offset(world, token.issued_at),
        "expires": _offset(world, None if token.expires_at is None else token.expires_at - token.skew_seconds),
        "left": _left_shown(token, now),
        "told": token.told_seconds,
        "used": _offset(world, token.used_at),
        "scopes": _scopes((token,), needed),
    }


def _left_shown(token: Token, now: float) -> float | None:
    if state(token, now) in _DEAD.values():
        return 0.0
    return None if token.expires_at is None else round(_left(token, now), 3)


def _cause(token: Token, now: float) -> str | None:
    """Return who took the token's worth, or a part of it."""
    match token.reason(now):
        case "token_revoked":
            return token.cause
        case "token_expired":
            return token.shortened_by
        case "token_unknown" | "token_misaddressed":
            return token.spoiled_by
        case "token_spent":
            return token.spent_by
        case "token_early":
            return token.stamped_by
        case "user_needed":
            return token.demanded_by
        case _:
            return token.narrowed_by


def _scopes(of: Iterable[Token], needed_by: Needed) -> dict[str, list[str]]:
    needed, asked, granted = set[str](), set[str](), set[str]()
    for token in of:
        whole_grant = token.kind == "refresh"
        needed |= needed_by.get((token.provider, token.family), _NONE) if whole_grant else token.needed_scopes
        asked |= token.asked_scopes
        granted |= token.scopes
    return {
        "needed": sorted(needed),
        "asked": sorted(asked),
        "granted": sorted(granted),
        "unused": sorted(granted - needed),
        "lacking": sorted(needed - granted),
    }


def _offset(world: Sandbox, at: float | None) -> float | None:
    return None if at is None else round(at - world.clock.started_at, 3)


def find(world: Sandbox, name: str) -> Token:
    """Return the token with this id, or this text.

    Raises:
        NoSuchToken: if there is none (any more).
    """
    wanted = pseudonym(name)
    found = next((one for one in world.tokens if one.id in (name, wanted)), None)
    if found is None:
        gone = f"; {world.tokens.evicted} older ones are forgotten" if world.tokens.evicted else ""
        raise NoSuchToken(f"no token {name if len(name) == len(wanted) else '***'!r} in sandbox {world.name!r}{gone}")
    return found


def shown(world: Sandbox, token: Token) -> dict[str, Any]:
    """Return one token as `tokens` shows it."""
    return _token(world, token, _needed(world.tokens))


def revoke(world: Sandbox, token: Token, *, grant: bool = False) -> int:
    """Revoke a token, with `grant` everything of its grant; return how many were good."""
    now = world.moment.world
    return world.tokens.revoke_family(token, now, ADMIN) if grant else int(world.tokens.revoke(token, now, ADMIN))


def expire(world: Sandbox, token: Token) -> bool:
    """Let a token expire now; return whether it was alive."""
    return world.tokens.expire(token, world.moment.world, ADMIN)


def drop(world: Sandbox, token: Token, scopes: tuple[str, ...]) -> bool:
    """Take the scopes that fit these globs from a token; return whether it had any."""
    return world.tokens.drop_scopes(token.provider, token.text, scopes, ADMIN)


def unblock(world: Sandbox, token: Token) -> int:
    """Say that a token's user was asked again; return how many of the client's tokens waited for that."""
    return world.tokens.unblock(token.provider, token.client_id, token.subject)


def client(world: Sandbox, name: str, provider: str | None = None) -> Client:
    """Return a client that asked for tokens, has some, or is named by the scenario.

    Raises:
        NoSuchToken: if there is none.
        Ambiguous: if several providers have one, and `provider` doesn't say which.
    """
    known = {(one.provider, one.client_id): one.account for one in world.tokens}
    known |= {(one.provider, one.id): one.account for one in world.tokens.clients}
    for one in world.providers:
        for named in _configured(world, one):
            known.setdefault((one, named), "")  # told by its first call
    found = [slot for slot in known if slot[1] == name and provider in (None, slot[0])]
    if not found:
        raise NoSuchToken(f"client: {did_you_mean(name, {slot[1] for slot in known})}")
    if len(found) > 1:
        listed = " and ".join(sorted(slot[0] for slot in found))
        raise Ambiguous(f"client {name!r} is known to {listed}: say which with provider")
    return world.tokens.clients.know(*found[0], known[found[0]])


def _configured(world: Sandbox, provider: str) -> Mapping[str, Any]:
    """Return the clients that a provider's options name; not every provider has such."""
    given: Mapping[str, Any] = getattr(world.options(provider), "clients", {})
    return given


def rotate(world: Sandbox, of: Client, *, secret: str | None = None, grace: Any = 0) -> str:
    """Give a client another secret, drawn unless it is named, and return it; the one before is good for the grace.

    Raises:
        UsageError: if the secret isn't visible ASCII, or the grace no duration.
    """
    if secret is not None and not (secret and secret.isascii() and secret.isprintable() and " " not in secret):
        raise UsageError("secret must be visible ASCII without spaces, and not empty")
    seconds = _seconds(grace, "grace")
    given = _configured(world, of.provider).get(of.id)
    before = given if given is None or isinstance(given, str) else getattr(given, "secret", None)
    if secret is None:
        drawn = pack("secret", of.provider, of.id, of.rotations)
        secret = world.id_chance.text(drawn, _SECRET_LETTERS)
    world.tokens.clients.rotate(of, secret, world.moment.world, configured=before, grace_seconds=seconds)
    return secret


def skew(world: Sandbox, of: Client, by: Any) -> float:
    """Put the authority's clock ahead of a client's by seconds or a duration ("30s", "-30s"), and return the seconds.

    Raises:
        UsageError: if it is neither, or more than ten years.
    """
    negative = isinstance(by, str) and by.startswith("-")
    if isinstance(by, int | float) and not isinstance(by, bool) and math.isfinite(by):
        seconds = float(by)
    else:
        seconds = _seconds(by[1:] if negative else by, "by") * (-1 if negative else 1)
    if abs(seconds) > _MOST_SKEW_SECONDS:
        raise UsageError(f"by: a clock is ten years off at most, not {seconds:g} seconds")
    world.tokens.skew(of, seconds)
    return seconds


def _seconds(value: Any, name: str) -> float:
    try:
        return parse_duration(value)
    except ValueError as problem:
        raise UsageError(f"{name}: {problem}") from problem
