"""A TLS handshake as something that faults strike. It is journalled only if one does: it is no call of an API."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from brownout.core.errors import InternalError
from brownout.core.exchange import Exchange, Request
from brownout.core.operation import Operation
from brownout.core.strikes import strike

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

CLIENT = "anonymous"
"""Whose handshakes are: nobody has said yet who calls."""


@lru_cache
def operation_of(provider: str) -> Operation:
    """Return what handshakes with a provider run as.

    >>> operation_of("stripe").name
    'stripe.tls.handshake'
    """
    name = f"{provider}.tls.handshake"
    return Operation(name=name, method="TLS", path="/", run=never, effect="handshake", public=True)


def handshake(world: Sandbox, provider: str, host: str, *, peer: str, wall: float) -> Exchange | None:
    """Return a handshake for `host` with the `flaw` that a fault gives its certificate, None if none does.

    It is counted where any rule concerns it, and written down if one fired; its path is the host.
    """
    operation = operation_of(provider)
    if not any(one.rule.concerns(operation) for one in world.rules.compiled):
        return None
    exchange = begun(world, operation, host, peer=peer, wall=wall)
    exchange.decisions = world.rules.decide(exchange)
    if not exchange.decisions:
        return None
    strike(world, exchange, "edge", exchange.arrived)
    exchange.stage = "edge"
    exchange.error = f"certificate_{exchange.flaw}"
    offset = exchange.arrived.world - world.clock.started_at
    exchange.record = world.journal.write(exchange, offset=offset, answered="certificate", body=b"")
    return exchange


def begun(world: Sandbox, operation: Operation, path: str, *, peer: str, wall: float) -> Exchange:
    """Return the exchange that something runs as which is no call: nobody has said yet who it is."""
    request = Request(operation.method, path, headers={}, peer=peer)
    exchange = Exchange(request, world.arrive(wall), seed=world.plan.seed, epoch=world.epoch)
    exchange.operation, exchange.path_params, exchange.params = operation, {}, {}
    exchange.account = CLIENT
    exchange.phase = world.phase_at(exchange.arrived)
    exchange.stateful = bool(world.plan.phases)  # which phase it fell into was a matter of time
    exchange.elapsed, exchange.timed = world.elapsed(exchange.arrived), True
    exchange.windowed = world.rules.timed
    identity = exchange.identity = world.identities.allocate_counted(CLIENT, operation.name, None)
    packed = exchange.identity_bytes = identity.packed()
    exchange.id = "ex_" + world.id_chance.text(b"exchange|" + packed, 20)
    return exchange


def never(call: Call) -> Answer:
    """Be what no request runs as.

    Raises:
        InternalError: always.
    """
    raise InternalError("a handshake isn't a request")
