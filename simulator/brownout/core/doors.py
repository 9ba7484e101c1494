"""A provider's own port as something that faults strike: whether it is open, and who gets in.

Neither is a call of an API: both run as `PROVIDER.tcp.connect`, and are journalled only if a fault strikes. A port that
every provider shares is never asked about: whoever connects there hasn't said yet to whom.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from brownout.core.handshake import begun, never
from brownout.core.operation import Operation
from brownout.core.strikes import strike

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Exchange
    from brownout.core.rules import CompiledRule, Rules
    from brownout.core.sandbox import Sandbox


@lru_cache
def connect_of(provider: str) -> Operation:
    """Return what connections to a provider's own port run as.

    >>> connect_of("stripe").name
    'stripe.tcp.connect'
    """
    name = f"{provider}.tcp.connect"
    return Operation(name=name, method="TCP", path="/", run=never, effect="handshake", public=True)


def connect(world: Sandbox, provider: str, *, peer: str, wall: float) -> Exchange | None:
    """Return a connection that a fault resets before anything is read of it, None if none does."""
    operation = connect_of(provider)
    rules = [one for one in world.rules.compiled if one.rule.concerns(operation) and not _shuts(one)]
    return _struck(world, operation, rules, peer=peer, wall=wall, answered="reset") if rules else None


class Door:
    """The port of one provider in one world: shut while a fault's window says so.

    Each window is decided once, when it is first seen, and counts as one connection.
    """

    __slots__ = ("_provider", "_rules", "_seen", "_shutting")

    def __init__(self, provider: str) -> None:
        """Begin open."""
        self._provider = provider
        self._rules: Rules | None = None
        self._shutting: list[CompiledRule] = []
        self._seen: dict[tuple[CompiledRule, float], Exchange | None] = {}

    def look(self, world: Sandbox, wall: float) -> tuple[bool, list[Exchange]]:
        """Return whether it is to be shut at wall time `wall`, and what was written down about that just now."""
        operation = connect_of(self._provider)
        if world.rules is not self._rules:
            self._rules = world.rules
            self._shutting = [one for one in world.rules.compiled if _shuts(one) and one.rule.concerns(operation)]
        if not self._shutting:
            self._seen.clear()
            return False, []
        moment = world.arrive(wall)
        elapsed, phase = world.elapsed(moment), world.phase_at(moment)
        windows = {
            (one, began): one
            for one in self._shutting
            if one.rule.phase in (None, phase) and (began := one.window(elapsed)) is not None
        }
        self._seen = {window: struck for window, struck in self._seen.items() if window in windows}
        new = []
        for window, one in windows.items():
            if window not in self._seen:
                struck = _struck(world, operation, (one,), peer="", wall=wall, answered="refused")
                self._seen[window] = struck
                new.extend([struck] if struck is not None else [])
        return any(struck is not None for struck in self._seen.values()), new


def _shuts(one: CompiledRule) -> bool:
    return bool(getattr(one.rule.fault, "shuts", False))


def _struck(
    world: Sandbox, operation: Operation, rules: Iterable[CompiledRule], *, peer: str, wall: float, answered: str
) -> Exchange | None:  # fmt: skip
    """Return the exchange that the rules which fire strike, written down; None if none fires."""
    exchange = begun(world, operation, "/", peer=peer, wall=wall)
    here = (one for one in rules if one.rule.phase in (None, exchange.phase))
    exchange.decisions = tuple(decision for one in here if (decision := one.decide(exchange)) is not None)
    if not exchange.decisions:
        return None
    strike(world, exchange, "edge", exchange.arrived)
    exchange.stage = "edge"
    exchange.error = f"connection_{answered}"
    offset = exchange.arrived.world - world.clock.started_at
    exchange.record = world.journal.write(exchange, offset=offset, answered=answered, body=b"")
    return exchange
