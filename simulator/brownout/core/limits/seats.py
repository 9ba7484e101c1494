"""Whom a request counts for in a limit, and how much: found once a limit and operation, then read per request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import pseudonym
from brownout.core.match import fits, look_up

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.limits.level import Meter
    from brownout.core.limits.limit import Limit
    from brownout.core.operation import Operation

NOBODY: Final = "none"
"""The partition of requests that don't say what they would be told apart by."""
_SECRET: Final = ("token", "secret", "key", "password", "authorization")


class Seat:
    """One limit as one operation meets it."""

    __slots__ = ("_items", "_parts", "_static", "cost", "limit", "meter", "most")

    def __init__(self, limit: Limit, meter: Meter, operation: Operation | None = None) -> None:
        """Find what doesn't depend on the single request."""
        self.limit = limit
        self.meter = meter
        self.cost = 1 if limit.in_flight or operation is None else cost_of(limit, operation)
        self.most = int(limit.capacity) if operation is None else most_of(limit, operation)
        self._static = limit.match.is_static
        self._parts = limit.parts
        self._items = limit.cost_items

    def meets(self, exchange: Exchange) -> bool:
        """Return whether the limit is about this request. A lock is only about those that name an object."""
        if not self._static and not self.limit.match.dynamic(exchange):
            return False
        return self.limit.algorithm != "lock" or _part("object", exchange) != NOBODY

    def partition(self, exchange: Exchange) -> str:
        """Return the name of the partition that `exchange` counts in."""
        if len(self._parts) == 1:
            return _part(self._parts[0], exchange)
        return " ".join(_part(part, exchange) for part in self._parts)

    def cost_for(self, exchange: Exchange) -> int:
        """Return what this request takes."""
        return self.cost if self._items is None else self.cost * _items(exchange, self._items)


def cost_of(limit: Limit, operation: Operation) -> int:
    """Return what a request of `operation` takes, or each of its items."""
    if limit.cost is None:
        return operation.cost
    if isinstance(limit.cost, int):
        return limit.cost
    return next((cost for glob, cost in limit.cost.items() if fits((glob,), operation.name)), operation.cost)


def most_of(limit: Limit, operation: Operation) -> int:
    """Return up to where a request of `operation` may fill a limit: all of it, but where priorities shed."""
    most = int(limit.capacity)
    for word, share in limit.shares.items():
        if word == operation.effect or fits((word,), operation.name):
            return int(most * share / 100 + 1e-9)
    return most


def _items(exchange: Exchange, place: str) -> int:
    """Return how many items a list in the request's parameters has; 1 where there is no list.

    A form's list may be a mapping from its indices: `items[0]=a&items[1]=b`.
    """
    value: Any = exchange.params
    for part in place.removeprefix("body.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict) and value and all(str(key).isdecimal() for key in value):
        return len(value)
    return len(value) if isinstance(value, list) else 1


def _part(part: str, exchange: Exchange) -> str:
    match part:
        case "account":
            return exchange.account
        case "client":
            return exchange.identity.client
        case "ip":
            return exchange.request.peer
        case "key":
            return pseudonym(exchange.credential.secret) if exchange.credential else NOBODY
        case "object":
            id_param = exchange.operation.id_param
            return exchange.path_params.get(id_param, NOBODY) if id_param else NOBODY
        case "operation":
            return exchange.operation.name
        case "all":
            return "all"
        case _:
            return _place(part, exchange)


def _place(place: str, exchange: Exchange) -> str:
    """Return what a request holds at `body.PATH` or `header.NAME`; of a secret or an address, its pseudonym."""
    where, _, name = place.partition(".")
    found = exchange.request.headers.get(name) if where == "header" else look_up(exchange.params, name)
    if not found:
        return NOBODY
    secret = any(word in name.lower() for word in _SECRET)
    return pseudonym(found) if secret or "@" in found else found[:200]
