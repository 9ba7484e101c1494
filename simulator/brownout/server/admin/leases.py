"""Admin calls about leases: to hold a sandbox for as long as a drill runs, and who may change it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.units import parse_duration
from brownout.server import control
from brownout.server.admin.routes import Result, Route
from brownout.server.leases import TTL_LEAST_SECONDS, TTL_MOST_SECONDS, Lease

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.server.admin.routes import Ask

_KEYS: Final = ("ttl", "owner", "lease")
_OWNER_LETTERS: Final = 100
_GUARDED: Final = frozenset((
    ("PUT", "/scenario"), ("POST", "/reset"), ("POST", "/clock"), ("PUT", "/faults/{name}"),
    ("DELETE", "/faults/{name}"), ("DELETE", "/faults"), ("DELETE", "/sandboxes/{name}"),
))  # fmt: skip
"""What changes how a world runs: while somebody holds it, only they may. Whoever makes one anew with a seed, too."""


def shown(route: Route) -> Route:
    """Return a route as the OpenAPI document has it: what a lease guards takes `?lease=ID`."""
    if (route.method, route.path) not in _GUARDED or "lease" in route.query:
        return route
    return replace(route, query=(*route.query, "lease"))


def guard(ask: Ask, route: Route) -> None:
    """Return if a call may be made by whoever asks: with `?lease=ID` as the holder.

    Raises:
        Conflict: if somebody else holds the sandbox.
    """
    if (route.method, route.path) in _GUARDED or (route.path == "/sandboxes/{name}" and _reseeds(ask, route)):
        world = ask.app.worlds.find(ask.path["name"]) if route.path == "/sandboxes/{name}" else ask.world
        if world is not None:
            ask.app.leases.check(world, ask.query.get("lease"))


def _reseeds(ask: Ask, route: Route) -> bool:
    return route.method == "PUT" and b'"seed"' in ask.body


def put_lease(ask: Ask) -> Any:
    """Take a lease (201), or renew the one whose id is given as `lease`."""
    wanted = ask.json_object()
    for name in wanted:
        if name not in _KEYS:
            raise UsageError(f"lease: {did_you_mean(name, _KEYS)}")
    ttl = _ttl(wanted.get("ttl", "10s"))
    lease_id, owner = wanted.get("lease"), wanted.get("owner", "somebody")
    if not isinstance(owner, str) or not owner.isprintable() or not 0 < len(owner) <= _OWNER_LETTERS:
        raise UsageError(f"owner must be a text of 1 to {_OWNER_LETTERS} letters: who is to be asked for the sandbox")
    if lease_id is None:
        lease = ask.app.leases.take(ask.world, owner, ttl)
        return Result(201, {"lease": lease.id, **_described(lease, ask)})
    if not isinstance(lease_id, str):
        raise UsageError(f"lease must be the id that PUT answered, not {lease_id!r}")
    lease = ask.app.leases.renew(ask.world, lease_id, ttl)
    return {"lease": lease.id, **_described(lease, ask)}


def get_lease(ask: Ask) -> dict[str, Any]:
    """Return who holds the sandbox, until when, and what has happened since; its id is told to the holder alone."""
    lease = ask.app.leases.of(ask.world)
    return {"held": False, "wall": round(ask.app.wall(), 6)} if lease is None else _described(lease, ask)


def delete_lease(ask: Ask) -> dict[str, Any]:
    """Give a lease back: its faults end now."""
    lease_id = ask.query.get("lease")
    if lease_id is None:
        raise UsageError("say which: DELETE /_brownout/lease?lease=ID, with the id that PUT answered")
    ask.app.leases.give_back(ask.world, lease_id)
    return {"held": False, "title": ask.world.plan.title}


def _ttl(given: Any) -> float:
    try:
        ttl = parse_duration(given)
    except ValueError as problem:
        raise UsageError(f"ttl: {problem}") from problem
    if not TTL_LEAST_SECONDS <= ttl <= TTL_MOST_SECONDS:
        raise UsageError(f"ttl must be from {TTL_LEAST_SECONDS:g} to {TTL_MOST_SECONDS:g} seconds, such as 10s")
    return ttl


def _described(lease: Lease, ask: Ask) -> dict[str, Any]:
    wall = ask.app.wall()
    return {
        "held": True,
        "owner": lease.owner,
        "ttl": lease.ttl_seconds,
        "until": round(lease.ends_at, 6),
        "left": round(lease.ends_at - wall, 3),
        "clock": control.clock(ask.world, wall),
        "since": lease.since(),
        "now": _now(ask.world, wall),
    }


def _now(world: Sandbox, wall: float) -> dict[str, Any]:
    moment = world.arrive(wall)
    return {
        "exchanges": world.journal.written,
        "entries": len(world.ledger),
        "claims": len(world.claims),
        "fired": sum(world.fired.values()),
        "digest": world.plan.digest,
        "elapsed": round(world.elapsed(moment), 6),
        "phase": world.phase,
    }


ROUTES = [
    Route(method="GET", path="/lease", run=get_lease, summary="Who holds the sandbox"),
    Route(method="PUT", path="/lease", run=put_lease, summary="Hold the sandbox, or go on holding it",
          body={"ttl": "10s", "owner": "ada"}),
    Route(method="DELETE", path="/lease", run=delete_lease, summary="Give the sandbox back", query=("lease",)),
]  # fmt: skip
