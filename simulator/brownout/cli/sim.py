"""`brownout sim`: a drill in one process, on virtual time."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.cli import drill
from brownout.cli.each import drill_each
from brownout.cli.outcome import code_of, doubt, summarise
from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.cli.outcome import Doubt
    from brownout.drill.sim.seeds import Told

_SAME: Final = ("scenario", "seed", "arms", "client", "duration", "report")
"""What `drill` takes, too."""
_SEEDS_MOST: Final = 10_000
_CODES: Final = {"fail": 1, "inconclusive": 3, "pass": 0}
_INTERRUPTED: Final = 130


def _seeds(ctx: click.Context, param: click.Parameter, value: str | None) -> range | None:
    if value is None:
        return None
    first, dots, last = value.partition("..")
    try:
        found = range(int(first), int(last) + 1)
    except ValueError:
        found = range(0)
    if not dots or not 0 < len(found) <= _SEEDS_MOST:
        raise click.BadParameter(f"{value!r} is no range such as 1..200, of at most {_SEEDS_MOST:,} seeds", ctx, param)
    return found


def _doubt(ctx: click.Context, param: click.Parameter, value: str | None) -> Doubt:
    found = doubt(ctx, param, value)
    if found.retries:
        raise click.BadParameter("a simulation says the same however often it runs: fail or pass", ctx, param)
    return found


def _options() -> list[click.Parameter]:
    """Return what the command takes."""
    same = [one for one in drill.command.params if one.name in _SAME]
    seeds = click.Option(
        ["--seeds"],
        callback=_seeds,
        metavar="A..B",
        help="Each of these seeds: a line for each, and with --report DIR a report in DIR/seed-N.",
    )
    doubtful = click.Option(
        ["--on-inconclusive"], callback=_doubt, metavar="fail|pass", help="What an inconclusive verdict is taken for."
    )
    return [*same, doubtful, seeds]


def _run(scenario: str, **options: Any) -> int:
    """Simulate the drill of SCENARIO (a library name or a file) in one process: no sockets, no waiting.

    The same arms, journeys, faults and verdict as `brownout drill`, on virtual time: an hour takes as long as its
    requests do to compute. Equal runs leave equal files, to the byte. A folder is simulated file by file. Exit code 0:
    passed, 1: failed, 3: inconclusive, 130: interrupted.

    \b
    Examples:
      brownout sim lost-answer                       two clients, one of which charges twice, in a second
      brownout sim everything --client shop:Client   your own client
      brownout sim mine.yaml --duration 24h          a day of it
      brownout sim manners --seeds 1..200            how often chance alone decides the verdict
      brownout sim manners --seeds 1..20 --report main   a report for each, for brownout compare
      brownout sim scenarios/regressions/            each file in turn, and the worst exit code
    """
    if options["seeds"] is not None:
        return _each_seed(scenario, options)
    if Path(scenario).is_dir():
        return drill_each(Path(scenario), options, _simulate)
    verdict = _simulate(scenario, options, quiet=False)
    summarise(verdict)
    return code_of(verdict, options["on_inconclusive"])


command = click.Command("sim", params=_options(), callback=_run, help=_run.__doc__)


def _simulate(scenario: str, options: Mapping[str, Any], *, quiet: bool) -> dict[str, Any]:
    return drill.drill(scenario, options, quiet=quiet, simulated=True)


def _each_seed(scenario: str, options: Mapping[str, Any]) -> int:
    """Print a line for each seed and what they come to; return the worst exit code.

    Raises:
        UsageError: if it can't be simulated, or something was asked for that goes with one seed only.
    """
    from brownout import assembly

    _refuse_with_seeds("seed", "on_inconclusive")
    drill.conductor_of(simulated=True)
    registries = assembly.registries()
    plan = drill.planned(scenario, {**options, "seed": None}, registries)
    from brownout.drill.sim.seeds import Keep, told  # once it is known to be there

    keep = None
    if options["report"] is not None:
        keep = Keep(options["report"], list(assembly.reports().values()), _word(scenario, options))
    found: list[Told] = []
    with drill.stopping() as stop:
        for seed in options["seeds"]:
            one = told(plan, registries, seed, arms=options["arms"], stop=stop, keep=keep)
            if one.interrupted:
                break
            found.append(one)
            why = f"  {one.reasons[0]}" if one.reasons and one.status != "pass" else ""
            click.echo(f"seed {seed:<6} {one.status:<13}{why}".rstrip())
    _sum_up(found)
    if keep is not None:
        click.echo(f"reports: {keep.path}")
    if len(found) < len(options["seeds"]):
        return _INTERRUPTED
    return next(code for status, code in _CODES.items() if any(one.status == status for one in found))


def _word(scenario: str, options: Mapping[str, Any]) -> str:
    """Return what simulates the same, but for the seed."""
    words = ["brownout", "sim", scenario, *(word for arm in options["arms"] for word in ("--arm", arm))]
    words += ["--client", options["client"]] if options["client"] is not None else []
    words += ["--duration", f"{options['duration']:g}s"] if options["duration"] is not None else []
    return shlex.join(words)


def _refuse_with_seeds(*names: str) -> None:
    """Return if none of these options was typed.

    Raises:
        UsageError: if one was.
    """
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(f"--{name.replace('_', '-')} goes with one seed, not with --seeds")


def _sum_up(found: Sequence[Told]) -> None:
    """Print how often each status came, of the verdicts and of each arm by itself."""
    from brownout.verdict.quantiles import interval

    arms = list(found[0].arms) if found else []
    rows = {"verdict": [one.status for one in found]}
    rows |= {f"arm {arm}": [one.arms.get(arm, "") for one in found] for arm in arms}
    for name, statuses in rows.items():
        said = []
        for status in ("pass", "fail", "inconclusive"):
            count = statuses.count(status)
            low, high = interval(count / len(statuses), len(statuses)) if statuses else (0.0, 1.0)
            said.append(f"{status} {count} ({low:.1%} to {high:.1%})")
        click.echo(f"{name}: {', '.join(said)} of {len(statuses)}")
