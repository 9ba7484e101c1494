"""Admin calls that change what goes wrong: live faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.errors import did_you_mean
from brownout.server import control
from brownout.server.admin.routes import Absent, Route

if TYPE_CHECKING:
    from brownout.server.admin.routes import Ask


def list_faults(ask: Ask) -> dict[str, Any]:
    """Return the rules in force."""
    return {"faults": control.faults(ask.world, ask.app.wall())}


def put_fault(ask: Ask) -> dict[str, Any]:
    """Add a fault, or replace the one of its name; the others keep their counters. A choice answers its branches."""
    name, wall = ask.path["name"], ask.app.wall()
    rules = control.live_rules(ask.app.worlds.registries, name, ask.json_object(), seed=ask.world.plan.seed)
    ask.world.put_rules(name, rules, wall)
    put = [one for one in control.faults(ask.world, wall) if name in (one["name"], one["choice"])]
    return put[0] if len(put) == 1 and put[0]["name"] == name else {"name": name, "one_of": put}


def delete_fault(ask: Ask) -> dict[str, Any]:
    """Take a fault out."""
    name, wall = ask.path["name"], ask.app.wall()
    ask.world.arrive(wall)
    if not ask.world.drop_rule(name):
        raise Absent(f"fault: {did_you_mean(name, [one['name'] for one in control.faults(ask.world, wall)])}")
    return {"deleted": name}


def delete_faults(ask: Ask) -> dict[str, Any]:
    """Take every fault out."""
    names = [one["name"] for one in control.faults(ask.world, ask.app.wall())]
    for name in names:
        ask.world.drop_rule(name)
    return {"deleted": names}


ROUTES = [
    Route(method="GET", path="/faults", run=list_faults, summary="Rules in force"),
    Route(method="PUT", path="/faults/{name}", run=put_fault, summary="Add or replace a fault",
          body={"kind": "abort", "status": 500, "match": {"operation": "stripe.refunds.create"}, "first": 1,
                "ttl": "30s"}),
    Route(method="DELETE", path="/faults/{name}", run=delete_fault, summary="Take a fault out"),
    Route(method="DELETE", path="/faults", run=delete_faults, summary="Take every fault out"),
]  # fmt: skip
