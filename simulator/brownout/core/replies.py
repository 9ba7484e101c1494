"""The last effect of an exchange: the provider's answer encoded, a replay, or what a fault made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core import gateway
from brownout.core.chance import pseudonym
from brownout.core.effects import Hang, Refuse, Reply, Reset
from brownout.core.errors import InternalError
from brownout.core.exchange import Answer
from brownout.core.idempotency import Stored
from brownout.core.retain import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import End
    from brownout.core.exchange import Exchange
    from brownout.core.provider import Provider


def conclude(
    provider: Provider, exchange: Exchange, answer: Answer | None, replay: Stored | None,
    end: End | None,
) -> Reply | Reset | Hang:  # fmt: skip
    """Return the last effect: the encoded answer, kept under the key where the provider keeps it."""
    reply: Reply | None = None
    if replay is not None:
        headers = provider.headers(
            exchange,
            Answer(replay.status, None, headers=replay.headers, error=replay.error),
            replay_of=replay.request_id,
        )
        exchange.error = replay.error
        reply = Reply(replay.status, _told(exchange, headers), replay.body)
    elif answer is not None:
        reply = _reply(provider, exchange, answer, injected=False)
    if end is None:
        if reply is None:
            raise InternalError("an exchange ended with neither an answer nor a fault")
        if exchange.altered is not None:  # only on the wire: what is kept under the key was made from the answer itself
            reply.body = provider.encode(exchange.altered)
        exchange.status = reply.status
        return reply
    exchange.cause = None  # it spoke of an answer that isn't given
    if reply is not None and (replay is not None or exchange.stage == "operation"):
        exchange.stage = "response"  # a refusal keeps its own stage: nothing was executed that could stand
    if isinstance(end, Refuse):
        reply = _injected(provider, exchange, end)
        exchange.status = reply.status
        return reply
    exchange.status = 0
    return end


def _reply(provider: Provider, exchange: Exchange, answer: Answer, *, injected: bool) -> Reply:
    body = provider.encode(answer.body)
    exchange.error = answer.error
    if exchange.reservation is not None and exchange.reservation.answer is None and provider.stores(
        answer, injected=injected
    ):  # fmt: skip
        body = exact(body)
        exchange.reservation.answer = Stored(
            answer.status, answer.headers or {}, body, exchange.request_id, answer.error
        )
    if exchange.limited is not None and exchange.limited.limit.body == "html" and not injected:
        headers: Mapping[str, str] = answer.headers or {}  # a gateway's page: nothing of the provider's own is on it
    else:
        headers = provider.headers(exchange, answer, replay_of=None)
    if exchange.announced is not None:
        headers = exchange.announced.over(headers, refused=not injected)
    return Reply(answer.status, headers, body)


def _told(exchange: Exchange, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers with those in which the limits that the request met announce themselves."""
    return headers if exchange.announced is None else exchange.announced.over(headers, refused=False)


def _injected(provider: Provider, exchange: Exchange, end: Refuse) -> Reply:
    if end.body != "provider":
        exchange.error = "gateway"
        server = "nginx" if end.body == "html" else end.body
        reply = gateway.page(end.status, server, ray=pseudonym(exchange.id) + "0000")
    else:
        # A fault before the effect is the provider's own failed execution: kept under the key if it keeps such.
        answer = provider.injected(exchange, end.status, end.code)
        executed = exchange.stage == "request"
        if executed:
            reply = _reply(provider, exchange, answer, injected=True)
        else:
            exchange.error = answer.error
            headers = provider.headers(exchange, answer, replay_of=None)
            reply = Reply(answer.status, _told(exchange, headers), provider.encode(answer.body))
    if end.headers:
        given = dict(end.headers)
        replaced = {name.lower() for name in given}
        reply.headers = {name: text for name, text in reply.headers.items() if name.lower() not in replaced} | given
    return reply
