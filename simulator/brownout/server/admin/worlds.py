"""Admin calls about whole worlds: health, sandboxes, reset, scenario, clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.units import parse_duration
from brownout.server import control
from brownout.server.admin.routes import Absent, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.sandbox import Sandbox
    from brownout.server.admin.routes import Ask

_CLOCK_KEYS = ("advance", "freeze", "speed", "wait")
_SANDBOX_KEYS = ("listen", "seed")


def health(ask: Ask) -> dict[str, Any]:
    """Answer that the server is up, and which one it is."""
    return {
        "status": "ok",
        "version": ask.app.version,
        "instance": ask.app.instance,
        "sandboxes": len(ask.app.worlds),
        "unparsed": ask.app.unparsed_count,
    }


def unparsed(ask: Ask) -> dict[str, Any]:
    """Return the newest requests that were refused before any provider saw them: a bad head, a body too large."""
    return {"unparsed": list(ask.app.unparsed), "count": ask.app.unparsed_count}


def list_sandboxes(ask: Ask) -> dict[str, Any]:
    """Return every sandbox in short."""
    wall = ask.app.wall()
    return {"sandboxes": [control.describe(world, wall) for world in ask.app.worlds]}


def _named(ask: Ask) -> Sandbox:
    found = ask.app.worlds.find(ask.path["name"])
    if found is None:
        names = [world.name for world in ask.app.worlds]
        raise Absent(f"sandbox: {did_you_mean(ask.path['name'], names)}")
    return found


def get_sandbox(ask: Ask) -> dict[str, Any]:
    """Return one sandbox in short, with its listeners."""
    world = _named(ask)
    return {**control.describe(world, ask.app.wall()), "listeners": ask.app.listeners_of(world.name)}


async def put_sandbox(ask: Ask) -> dict[str, Any]:
    """Make a sandbox (or keep the one there is), and open ports of its own for the providers in `listen`."""
    wanted = ask.json_object()
    for name in wanted:
        if name not in _SANDBOX_KEYS:
            raise UsageError(did_you_mean(name, _SANDBOX_KEYS))
    listen = wanted.get("listen", [])
    providers = ask.app.worlds.registries.providers
    if not isinstance(listen, list):
        raise UsageError('listen must be a list of providers, such as ["stripe"]')
    for provider in listen:
        if not isinstance(provider, str) or provider not in providers:
            raise UsageError(f"listen: {did_you_mean(str(provider), providers)}")
    seed = wanted.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise UsageError(f"seed must be an integer, not {seed!r}")
    world = ask.app.make_sandbox(ask.path["name"], seed=seed)
    for provider in listen:
        if provider not in ask.app.listeners_of(world.name):
            await ask.app.listen(provider=provider, sandbox=world.name)
    return {**control.describe(world, ask.app.wall()), "listeners": ask.app.listeners_of(world.name)}


async def delete_sandbox(ask: Ask) -> dict[str, Any]:
    """Forget a sandbox with everything in it, and close its ports. The default one begins again."""
    world = _named(ask)
    await ask.app.drop_sandbox(world)
    return {"deleted": world.name}


def reset(ask: Ask) -> dict[str, Any]:
    """Start the world over: objects, money, keys, counters, clock. The scenario stays, live faults go."""
    ask.app.reset(ask.world)
    return control.describe(ask.world, ask.app.wall())


def put_scenario(ask: Ask) -> dict[str, Any]:
    """Go on under another scenario (YAML or JSON), or start over under it with `?reset=true`.

    A wrong one changes nothing.
    """
    try:
        text = ask.body.decode()
    except UnicodeDecodeError as problem:
        raise UsageError(f"the scenario isn't UTF-8: {problem}") from problem
    seed, duration = _asked_otherwise(ask.query)
    plan = control.plan(ask.app.worlds.registries, text, seed=seed, duration_seconds=duration)
    reset_wanted = ask.query.get("reset", "false")
    if reset_wanted not in ("true", "false"):
        raise UsageError(f"reset must be true or false, not {reset_wanted!r}")
    if reset_wanted == "true":
        ask.app.reset(ask.world, plan)
    else:
        ask.world.use(plan, ask.app.wall())
    return {"title": plan.title, "seed": plan.seed, "digest": plan.digest, "rules": len(plan.rules)}


def _asked_otherwise(query: Mapping[str, str]) -> tuple[int | None, float | None]:
    """Return the seed and the duration that take the place of the scenario's own."""
    seed = query.get("seed")
    try:
        duration = parse_duration(query["duration"]) if "duration" in query else None
        number = None if seed is None else int(seed)
    except ValueError as problem:
        raise UsageError(f"seed must be an integer, duration a length such as 30s: {problem}") from problem
    if duration is not None and duration <= 0:
        raise UsageError("duration must be longer than nothing")
    return number, duration


def get_scenario(ask: Ask) -> dict[str, Any]:
    """Return what the world runs on."""
    plan = ask.world.plan
    return {
        "title": plan.title,
        "seed": plan.seed,
        "digest": plan.digest,
        "faults": control.faults(ask.world, ask.app.wall()),
        "limits": [limit.name for limit in plan.limits],
    }


def get_clock(ask: Ask) -> dict[str, Any]:
    """Return world time and how it runs."""
    return control.clock(ask.world, ask.app.wall())


async def post_clock(ask: Ask) -> dict[str, Any]:
    """Advance, freeze, resume or change the speed. An advance answers once everything due has been delivered."""
    wanted = ask.json_object()
    for name in wanted:
        if name not in _CLOCK_KEYS:
            raise UsageError(did_you_mean(name, _CLOCK_KEYS))
    for name in ("freeze", "wait"):
        if not isinstance(wanted.get(name, True), bool):
            raise UsageError(f"{name} must be true or false, not {wanted[name]!r}")
    speed = wanted.get("speed", 1)
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise UsageError(f"speed must be a number above 0, not {speed!r}")
    if not wanted.keys() & {"advance", "freeze", "speed"}:
        raise UsageError('nothing to do: give {"advance": "1h"}, {"freeze": true} or {"speed": 60}')
    seconds = _seconds(wanted["advance"]) if "advance" in wanted else None
    await ask.app.set_clock(
        ask.world,
        advance_seconds=seconds,
        freeze=wanted.get("freeze"),
        speed=wanted.get("speed"),
        wait=wanted.get("wait", True),
    )
    return control.clock(ask.world, ask.app.wall())


def _seconds(value: Any) -> float:
    try:
        return parse_duration(value)
    except ValueError as problem:
        raise UsageError(f"advance: {problem}") from problem


ROUTES = [
    Route(method="GET", path="/health", run=health, summary="Is the server up, and which one is it"),
    Route(method="GET", path="/unparsed", run=unparsed, summary="Requests refused before any provider saw them"),
    Route(method="GET", path="/sandboxes", run=list_sandboxes, summary="All sandboxes"),
    Route(method="GET", path="/sandboxes/{name}", run=get_sandbox, summary="One sandbox"),
    Route(method="PUT", path="/sandboxes/{name}", run=put_sandbox, summary="Make a sandbox, open ports of its own",
          body={"listen": ["stripe"], "seed": 7}),
    Route(method="DELETE", path="/sandboxes/{name}", run=delete_sandbox, summary="Forget a sandbox"),
    Route(method="POST", path="/reset", run=reset, summary="Start the world over"),
    Route(method="GET", path="/scenario", run=get_scenario, summary="What the world runs on"),
    Route(method="PUT", path="/scenario", run=put_scenario, summary="Go on under another scenario",
          query=("reset", "seed", "duration", "lease")),
    Route(method="GET", path="/clock", run=get_clock, summary="World time"),
    Route(method="POST", path="/clock", run=post_clock, summary="Advance, freeze or speed up world time",
          body={"advance": "1h"}),
]  # fmt: skip
