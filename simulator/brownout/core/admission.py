"""Whether a request may reach its operation: limits, credential, a readable body, its idempotency key.

What is reserved here (slots, the key) is settled by `Engine.finish`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import orjson

from brownout.core import causes, gateway
from brownout.core.effects.tokens import TakeFor
from brownout.core.exchange import Answer
from brownout.core.limits import Announcement, Refusal
from brownout.core.provider import Problem
from brownout.core.tokens.doubts import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Exchange
    from brownout.core.idempotency import Stored
    from brownout.core.limits import Limit
    from brownout.core.moment import Moment
    from brownout.core.provider import Provider, Reason
    from brownout.core.sandbox import Sandbox
    from brownout.core.tokens.doubts import Doubted

_DATED: Final = frozenset({"token_expired", "token_early"})
_TIMELY: Final = _DATED | {"token_revoked", "token_spent", "user_needed"}
_TOLD: Final = _TIMELY | {"scope_missing", "token_unknown", "token_misaddressed"}
"""Words of `tokens.Reason` for credentials that were good once, or for something else."""


def admit(world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> tuple[Answer | None, Stored | None]:
    """Return the refusal, or the stored answer to replay, or (None, None) to go on."""
    early, others = world.limits_of(exchange.operation, exchange.phase)
    if early and (refused := _limited(world, provider, exchange, early, now)) is not None:
        return refused, None
    if not exchange.operation.public:
        refused = authorise(world, provider, exchange, now)
        if refused is not None:
            return refused, None
    if others and (refused := _limited(world, provider, exchange, others, now)) is not None:
        return refused, None
    if exchange.refusal is not None:
        exchange.stage = "route"
        return exchange.refusal, None
    if exchange.key_text is not None:
        exchange.stage = "idempotency"
        return _reserve(world, provider, exchange, exchange.key_text, now)
    return None, None


def authorise(world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> Answer | None:
    """Return the refusal of a credential that isn't good, or isn't any more, and why; None if it is."""
    stage, exchange.stage = exchange.stage, "authorise"
    exchange.unsettled = False
    world.tokens.ahead_seconds = exchange.ahead_seconds
    refused = provider.authorise(exchange, world)
    if refused is None:
        if exchange.doubts:
            refused = _doubted(world, provider, exchange, exchange.doubts)
        if refused is None:
            exchange.stage = stage
        return refused
    if refused.cause is not None:
        exchange.cause = refused.cause
        exchange.stateful = exchange.stateful or causes.tells_of_others(refused.cause)
    elif refused.error in _TOLD:
        _blame(world, exchange, refused.error, now)
    return refused


def recheck(world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> Answer | None:
    """Return the refusal of a credential that was let in, and that a fault has taken something from since.

    Nothing was executed, so nothing is kept under an idempotency key.
    """
    if exchange.operation.public:
        return None
    refused = authorise(world, provider, exchange, now)
    if refused is not None:
        refused.stored = False
    return refused


def _doubted(world: Sandbox, provider: Provider, exchange: Exchange, doubts: Iterable[Doubted]) -> Answer | None:
    """Return how a good credential is refused that a rule takes for another, None if none does."""
    for one in doubts:
        reason = REASONS.get(one.effect.mistake) if isinstance(one.effect, TakeFor) else None
        if reason is None:
            continue
        world.tokens.doubted = reason
        try:
            refused = provider.authorise(exchange, world)
        finally:
            world.tokens.doubted = None
        if refused is not None:
            exchange.cause = one.feigned(one.effect.mistake)  # type: ignore[union-attr]
            return refused
    return None


def _blame(world: Sandbox, exchange: Exchange, reason: str, now: Moment) -> None:
    """Note who made the credential bad, and that this depended on time or on other requests."""
    secret = exchange.credential.secret if exchange.credential is not None else ""
    unjumped = now.world - world.clock.jumped_seconds
    tokens, provider = world.tokens, exchange.operation.provider
    exchange.cause = tokens.blame(provider, secret, reason, unjumped)
    token = tokens.find(provider, secret) if exchange.ahead_seconds else None
    if token is not None and reason in _DATED and token.reason(now.world) != reason:
        exchange.cause = exchange.ahead_by
    exchange.stateful = exchange.stateful or causes.tells_of_others(exchange.cause) or reason in _TIMELY


def _limited(
    world: Sandbox, provider: Provider, exchange: Exchange, limits: Iterable[Limit], now: Moment
) -> Answer | None:
    exchange.stage = "limit"
    got = world.limits.admit(limits, exchange, now.world)
    if got is None:
        return None
    before = exchange.announced.told if exchange.announced is not None else ()
    if isinstance(got, Refusal):
        exchange.limit = got.limit.name
        exchange.limited = got
        exchange.announced = Announcement(before, world.clock, now, got)
        return _refused(provider, exchange, got.limit, exchange.announced)
    if got.held:
        exchange.held = [*(exchange.held or ()), *got.held]
    if got.told:
        exchange.announced = Announcement((*before, *got.told), world.clock, now)
    return None


def _refused(provider: Provider, exchange: Exchange, limit: Limit, announced: Announcement) -> Answer:
    """Return the refusal as the limit spells it."""
    if limit.body == "html":
        page = gateway.page(limit.status or 429)
        return Answer(page.status, page.body, headers=page.headers, error="gateway", stored=False)
    status = limit.status if limit.status is not None else 503 if limit.algorithm == "shed" else None
    if limit.code is not None or (status is not None and status >= 500):
        return provider.injected(exchange, status or 429, limit.code)
    seconds = announced.again.get("Retry-After", "")
    reason: Reason = "rate_limited"
    if limit.algorithm == "lock":
        reason = "object_locked"
    elif limit.in_flight:
        reason = "concurrency_limited"
    detail = {
        "retry_after": int(seconds) if seconds.isdigit() else None,
        "partition": limit.parts,
        "operations": limit.match.operation,
    }
    answer = provider.refuse(exchange, Problem(reason=reason, detail=detail))
    if status is not None:
        answer.status = status
    return answer


def _fingerprint(exchange: Exchange) -> bytes:
    return blake2b(orjson.dumps(exchange.params, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _reserve(
    world: Sandbox, provider: Provider, exchange: Exchange, key: str, now: Moment
) -> tuple[Answer | None, Stored | None]:
    request = exchange.request
    verdict, reservation = world.keys.reserve(
        (provider.name, exchange.account, key),
        endpoint=f"{request.method} {request.path}",
        fingerprint=_fingerprint(exchange) if exchange.operation.key_binds_params else b"",
        now=now.world,
        ttl_seconds=exchange.operation.idempotency_ttl_seconds or provider.idempotency_ttl_seconds,
    )
    if verdict == "first":
        exchange.idempotency = "first"
        exchange.reservation = reservation
        return None, None
    if verdict == "replay":
        exchange.idempotency = "replay"
        return None, reservation.answer
    exchange.idempotency = "in_flight" if verdict == "in_flight" else "mismatch"
    exchange.stateful = exchange.stateful or verdict == "in_flight"
    reason = {"in_flight": "key_in_flight", "other_params": "key_other_params",
              "other_endpoint": "key_other_endpoint"}[verdict]  # fmt: skip
    detail = {
        "key": key,
        "endpoint": request.path,
        "first_endpoint": reservation.endpoint.partition(" ")[2],
    }
    return provider.refuse(exchange, Problem(reason=reason, detail=detail)), None  # type: ignore[arg-type]
