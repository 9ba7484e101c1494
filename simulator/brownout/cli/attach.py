"""The options of `brownout drill --attach`: your own service, which calls a Brownout that runs elsewhere."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.core.errors import UsageError
from brownout.core.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.attach.conduct import AttachedDrill
    from brownout.drill.folder import Folder
    from brownout.drill.progress import Watcher

_LEASE_LEAST: Final = 1.0
_LEASE_MOST: Final = 3_600.0
_NEEDED: Final = {"target": "--target URL", "locustfile": "-f LOCUSTFILE"}
_WORDS: Final = ("attach", "sandbox", "target", "locustfile", "users", "spawn_rate", "key", "claims", "operations",
                 "claims_csv", "lease")  # fmt: skip
"""What means nothing without --attach, as its options are called; --admin-token is no word to be shown again."""


def _lease(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = parse_duration(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem), ctx, param) from problem
    if not _LEASE_LEAST <= seconds <= _LEASE_MOST:
        raise click.BadParameter("must be from 1s to 1h", ctx, param)
    return seconds


_OPTIONS: Final = (
    click.option("--attach", metavar="URL", help="Drill a service of yours that calls the Brownout at URL."),
    click.option("--sandbox", metavar="NAME", help="The sandbox that it calls (default: the one that needs no name)."),
    click.option("--target", metavar="URL", help="Where your service is."),
    click.option("-f", "--locustfile", type=click.Path(path_type=Path, dir_okay=False), help="What drives it."),
    click.option("--users", type=click.IntRange(1, 100_000), help="How many users (default: the scenario's load)."),
    click.option("--spawn-rate", type=click.FloatRange(0, min_open=True), metavar="N", help="How many begin a second."),
    click.option("--key", metavar="PLACE", help="Where an order's key is: baggage, header:NAME, body:FIELD, "
                                                "response:FIELD."),
    click.option("--operation", "operations", multiple=True, metavar="GLOB",
                 help="Which requests are orders, such as 'POST /pay'; may be given again (default: each POST)."),
    click.option("--claims", metavar="RULES", help="What answers mean, such as 404=unknown,5xx=fail; or none."),
    click.option("--claims-csv", type=click.Path(path_type=Path, dir_okay=False), metavar="F",
                 help="What your database believes in the end (columns key, outcome, …)."),
    click.option("--lease", callback=_lease, metavar="D", help="How long faults may outlive a drill that dies "
                                                               "(default: 10s)."),
    click.option("--admin-token", envvar="BROWNOUT_ADMIN_TOKEN", help="What the server's admin API asks for."),
)  # fmt: skip


def attach_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of this file."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def attached_plan(plan: Plan, options: Mapping[str, Any]) -> Plan:
    """Return the plan to be drilled: with --attach, that of the service alone.

    Raises:
        UsageError: if an option is missing, or means nothing without --attach.
    """
    from brownout.drill.attach.conduct import service_plan

    if options.get("attach") is None:
        for name in _WORDS:
            if options.get(name):
                raise UsageError(f"{_spelled(name)} is for a service of yours: it needs --attach URL")
        return plan
    for name in ("client", "client_command"):
        if options.get(name):
            raise UsageError(f"{_spelled(name)} and --attach: the client is the service itself; give one of them")
    if options.get("processes", 1) != 1 or options.get("workers"):
        raise UsageError(
            "--processes and --workers aren't for --attach: start Locust's master and workers yourself, "
            "with `judge` in the locustfile (docs/attach.md)"
        )
    for name, needed in _NEEDED.items():
        if options[name] is None:
            raise UsageError(f"--attach needs {needed}")
    return service_plan(plan, options["target"], arms=options["arms"], users=options["users"])


def attached_drill(
    scenario: Path, plan: Plan, options: Mapping[str, Any], registries: Registries, folder: Folder, watch: Watcher
) -> AttachedDrill:
    """Return the drill of a service.

    Raises:
        UsageError: if an option is wrong.
    """
    from brownout.drill.attach.api import Api
    from brownout.drill.attach.conduct import AttachedDrill
    from brownout.drill.attach.lease import TTL_SECONDS
    from brownout.drill.attach.terms import Terms

    otherwise = {"seed": str(plan.seed)}
    if options["duration"] is not None:
        otherwise["duration"] = f"{round(options['duration'] * 1000)}ms"
    return AttachedDrill(
        plan=plan,
        registries=registries,
        folder=folder,
        watch=watch,
        scenario=scenario,
        api=Api(options["attach"], options["sandbox"], options["admin_token"]),
        target=options["target"],
        locustfile=options["locustfile"],
        terms=Terms.read(options["key"] or "baggage", options["claims"] or "", options["operations"]),
        claims_csv=options["claims_csv"],
        otherwise=otherwise,
        ttl_seconds=options["lease"] or TTL_SECONDS,
        spawn_rate=options["spawn_rate"],
    )


def attached_words(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield what makes the same drill again."""
    if options.get("attach") is None:
        return
    for name in _WORDS:
        value = options[name]
        for each in value if isinstance(value, tuple) else () if value is None else (value,):
            text = f"{each:g}s" if name == "lease" else f"{each:g}" if isinstance(each, float) else str(each)
            yield f"{_spelled(name)} {shlex.quote(text)}"


def _spelled(name: str) -> str:
    return "-f" if name == "locustfile" else f"--{name.removesuffix('s') if name == 'operations' else name}".replace(
        "_", "-"
    )  # fmt: skip
