"""Whether a request may reach its operation: limits, credential, a readable body, its idempotency key.

What is reserved here (slots, the key) is settled by `Engine.finish`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import orjson

from brownout.core import causes
from brownout.core.limits import Refusal
from brownout.core.provider import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Answer, Exchange
    from brownout.core.idempotency import Stored
    from brownout.core.limits import Limit
    from brownout.core.moment import Moment
    from brownout.core.provider import Provider
    from brownout.core.sandbox import Sandbox

_TIMELY: Final = frozenset({"token_expired", "token_revoked", "token_spent"})
_TOLD: Final = _TIMELY | {"scope_missing"}
"""Words of `tokens.Reason` for credentials that were good once, or for something else."""


def admit(world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> tuple[Answer | None, Stored | None]:
    """Return the refusal, or the stored answer to replay, or (None, None) to go on."""
    by_ip, others = world.limits_of(exchange.operation, exchange.phase)
    if by_ip and (refused := _limited(world, provider, exchange, by_ip, now)) is not None:
        return refused, None
    if not exchange.operation.public:
        exchange.stage = "authorise"
        refused = provider.authorise(exchange, world)
        if refused is not None:
            if refused.cause is not None:
                exchange.cause = refused.cause
                exchange.stateful = exchange.stateful or causes.tells_of_others(refused.cause)
            elif refused.error in _TOLD:
                _blame(world, exchange, refused.error, now)
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


def _blame(world: Sandbox, exchange: Exchange, reason: str, now: Moment) -> None:
    """Note who made the credential bad, and that this depended on time or on other requests."""
    secret = exchange.credential.secret if exchange.credential is not None else ""
    unjumped = now.world - world.clock.jumped_seconds
    exchange.cause = world.tokens.blame(exchange.operation.provider, secret, reason, unjumped)
    exchange.stateful = exchange.stateful or causes.tells_of_others(exchange.cause) or reason in _TIMELY


def _limited(
    world: Sandbox, provider: Provider, exchange: Exchange, limits: Iterable[Limit], now: Moment
) -> Answer | None:
    exchange.stage = "limit"
    got = world.limits.admit(limits, exchange, now.world)
    if not isinstance(got, Refusal):
        if got:
            exchange.held = [*(exchange.held or ()), *got]
        return None
    limit = got.limit
    exchange.limit = limit.name
    wait = got.retry_after_seconds
    announced = limit.announce == "retry_after" and wait is not None
    problem = Problem(
        reason="concurrency_limited" if limit.algorithm == "concurrency" else "rate_limited",
        detail={"retry_after": world.clock.wire_seconds(wait, up=True) if announced and wait is not None else None},
    )
    return provider.refuse(exchange, problem)


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
