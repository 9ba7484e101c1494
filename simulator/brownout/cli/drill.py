"""`brownout drill`: clients under load meet a scenario's faults; the verdict comes from the ledger."""

from __future__ import annotations

import contextlib
import shlex
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.cli.attach import attach_options, attached_drill, attached_plan, attached_words
from brownout.cli.each import drill_each
from brownout.cli.outcome import code_of, doubt, summarise, until_known
from brownout.cli.spreading import again as spreading_again
from brownout.cli.spreading import client_command, spread_of, spread_options
from brownout.cli.verdict import print_verdict
from brownout.core.errors import UsageError
from brownout.core.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.attach.conduct import AttachedDrill
    from brownout.drill.conduct import Drill
    from brownout.drill.folder import Folder

_SEEDS: Final = range(-(2**63), 2**63)
"""What the files can hold."""


def _seed(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    if value is not None and value not in _SEEDS:
        raise click.BadParameter("must fit 64 bits", ctx, param)
    return value


def _duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = parse_duration(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem), ctx, param) from problem
    if seconds <= 0:
        raise click.BadParameter("must be longer than nothing", ctx, param)
    return seconds


def _client(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.endswith(".py") and not all(value.partition(":")):
        raise click.BadParameter("must be MODULE:CLASS, such as shop.clients:Careful, or a locustfile.py", ctx, param)
    return value


@click.command()
@click.argument("scenario")
@click.option("--seed", type=int, callback=_seed, envvar="BROWNOUT_SEED",
              help="Seed of every draw (default: the scenario's).")  # fmt: skip
@click.option("--arm", "arms", multiple=True, metavar="NAME", help="Only this arm; may be given again.")
@click.option("--client", metavar="MODULE:CLASS|FILE.py", callback=_client,
              help="Your own client or locustfile, in the arm that decides (or in --arm's).")  # fmt: skip
@click.option("--client-command", metavar="COMMAND", callback=client_command,
              help="Your own program there: it reads orders and writes claims, a line of JSON each.")  # fmt: skip
@click.option("--duration", callback=_duration, metavar="D",
              help="How long each arm runs, such as 30s; phases keep their shares.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Where verdict, journals, ledgers and claims go (default: brownout-report/SCENARIO).")  # fmt: skip
@spread_options
@click.option("--on-inconclusive", callback=doubt, metavar="fail|pass|retry:N",
              help="What an inconclusive verdict is taken for, or how often to try again.")  # fmt: skip
@attach_options
def command(scenario: str, **options: Any) -> int:
    """Drill the arms of SCENARIO (a library name or a file): the same orders and the same faults for each.

    A folder is drilled file by file. Exit code 0: passed, 1: failed, 3: inconclusive, 130: interrupted.

    \b
    Examples:
      brownout drill lost-answer                       two clients, one of which charges twice
      brownout drill lost-answer --seed 7              other orders are hit
      brownout drill lost-answer --arm naive           only the client that fails; it decides then
      brownout drill everything --client shop:Client   your own client beside the naive one
      brownout drill everything --client-command "node client.js"
      brownout drill everything --processes 2          the load over two processes
      brownout drill mine.yaml --duration 2m --report out
      brownout drill scenarios/regressions/            each file in turn, and the worst exit code
      brownout drill lost-answer --attach http://127.0.0.1:8700 --target http://127.0.0.1:3000 -f locustfile.py
    """
    if Path(scenario).is_dir():
        return drill_each(Path(scenario), options, drill)
    verdict = drill(scenario, options)
    summarise(verdict)
    return code_of(verdict, options["on_inconclusive"])


def drill(scenario: str, options: Mapping[str, Any], *, quiet: bool = False, simulated: bool = False) -> dict[str, Any]:
    """Return the verdict on one scenario, printed unless `quiet` and kept in its folder.

    Raises:
        UsageError: if it can't be drilled as it is, or not be kept.
    """
    from rich.console import Console

    from brownout import assembly
    from brownout import scenario as scenarios
    from brownout.drill.folder import Folder
    from brownout.drill.progress import watcher

    conductor = conductor_of(simulated=simulated)
    registries = assembly.registries()
    plan = planned(scenario, options, registries)
    reports = assembly.reports().values()
    folder = Folder(options["report"] or Path("brownout-report") / plan.name, [report.filename for report in reports])
    console = Console(stderr=True)
    conducted: Drill | AttachedDrill
    if options.get("attach") is not None:
        conducted = attached_drill(scenarios.find(scenario), plan, options, registries, folder, watcher(console))
    else:
        conducted = own = conductor(
            plan=plan, registries=registries, folder=folder, watch=watcher(console), arms=options["arms"]
        )
        if not simulated:
            own.over(spread_of(options))
            for line in own.spread.directions():
                console.print(f"type on {line}", markup=False, highlight=False, soft_wrap=True)

    def once() -> dict[str, Any]:
        verdict = conducted.run(stop)
        folder.report(assembly.reports()["json"], verdict)  # tells the next one which files are in its way
        return verdict

    with stopping() as stop:
        verdict = until_known(once, options["on_inconclusive"])
    verdict |= _directions(scenario, plan, options, folder, verdict, "sim" if simulated else "drill")
    if not quiet:
        console.print()
        print_verdict(verdict)
    try:
        for report in reports:
            folder.report(report, verdict)
    except OSError as problem:
        raise UsageError(f"--report {folder.path}: the verdict above couldn't be kept: {problem}") from problem
    return verdict


def conductor_of(*, simulated: bool) -> type[Drill]:
    """Return what plays the arms.

    Raises:
        UsageError: if what it needs isn't installed.
    """
    from brownout.drill.conduct import Drill, ready

    if not simulated:
        ready()
        return Drill
    ready("simulation", ("greenlet", "plotly"))
    from brownout.drill.sim.conduct import Simulation

    return Simulation


def planned(scenario: str, options: Mapping[str, Any], registries: Registries) -> Plan:
    """Return what `scenario` plans under the options.

    Raises:
        UsageError: if it can't be used, or isn't worth running as it is.
    """
    from brownout import scenario as scenarios
    from brownout.drill.conduct import with_client

    plan = _plan(scenarios.load_file(scenarios.find(scenario), registries), options)
    if options["client"] is not None or options.get("client_command"):
        plan = with_client(plan, options["client"] or "", options["arms"], command=options.get("client_command", ()))
    plan = attached_plan(plan, options)
    _refuse_a_coin_toss(scenario, plan, registries)
    return plan


def _refuse_a_coin_toss(scenario: str, plan: Plan, registries: Registries) -> None:
    """Stop before the run if one of its rules may well never fire: its verdict could only be inconclusive."""
    from brownout.scenario.check import check

    refused = [str(one) for one in check(plan, registries) if one.severity == "refusal"]
    if refused:
        lines = "\n".join(f"  {line}" for line in refused)
        raise UsageError(
            f"{scenario} isn't worth running as it is:\n{lines}\nA longer --duration means more operations"
        )


def _plan(plan: Plan, options: Mapping[str, Any]) -> Plan:
    from brownout.scenario.scale import scaled

    if options["seed"] is not None:
        plan = replace(plan, seed=options["seed"])
    if options["duration"] is not None:
        plan = scaled(plan, options["duration"])
    return plan


def _directions(
    scenario: str, plan: Plan, options: Mapping[str, Any], folder: Folder, verdict: dict[str, Any], word: str
) -> dict[str, str]:
    """Return how to run it again, how to see why, and where the files are."""
    again = [f"brownout {word} {shlex.quote(scenario)} --seed {plan.seed}"]
    again.extend(f"--arm {shlex.quote(arm)}" for arm in options["arms"])
    if options["client"] is not None:
        again.append(f"--client {shlex.quote(options['client'])}")
    again.extend(spreading_again(options))
    if options["duration"] is not None:
        again.append(f"--duration {options['duration']:g}s")
    again += attached_words(options)
    found = {"again": " ".join(again), "folder": str(folder.path), "page": str(folder.path / "report.html")}
    findings = [one for arm in verdict["arms"].values() for one in arm["findings"]]
    finding = next((one for one in findings if one["exchanges"]), None)
    if finding is not None:
        found["explain"] = shlex.join(["brownout", "explain", str(folder.journal(finding["arm"])), finding["key"]])
    return found


@contextlib.contextmanager
def stopping() -> Iterator[Event]:
    """Give an event that is set at the first Ctrl-C or SIGTERM; a second one ends everything at once."""
    stop = Event()
    before: dict[int, Any] = {}

    def asked(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in (int(signal.SIGINT), int(signal.SIGTERM)):
        with contextlib.suppress(ValueError):  # not in the main thread: then nobody signals us
            before[number] = signal.signal(number, asked)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
