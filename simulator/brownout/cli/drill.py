"""`brownout drill`: clients under load meet a scenario's faults; the verdict comes from the ledger."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.cli.verdict import code_of, print_verdict
from brownout.core.errors import UsageError
from brownout.core.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
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
    if value is not None and not all(value.partition(":")):
        raise click.BadParameter("must be MODULE:CLASS, such as shop.clients:Careful", ctx, param)
    return value


@click.command()
@click.argument("scenario")
@click.option("--seed", type=int, callback=_seed, envvar="BROWNOUT_SEED",
              help="Seed of every draw (default: the scenario's).")  # fmt: skip
@click.option("--arm", "arms", multiple=True, metavar="NAME", help="Only this arm; may be given again.")
@click.option("--client", metavar="MODULE:CLASS", callback=_client,
              help="Your own client, in the arm that decides (or in --arm's).")  # fmt: skip
@click.option("--duration", callback=_duration, metavar="D",
              help="How long each arm runs, such as 30s; phases keep their shares.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Where verdict, journals, ledgers and claims go (default: brownout-report/SCENARIO).")  # fmt: skip
def command(scenario: str, **options: Any) -> int:
    """Drill the arms of SCENARIO (a library name or a file): the same orders and the same faults for each.

    Exit code 0: passed, 1: failed, 3: inconclusive, 130: interrupted.

    \b
    Examples:
      brownout drill lost-answer                       two clients, one of which charges twice
      brownout drill lost-answer --seed 7              other orders are hit
      brownout drill lost-answer --arm naive           only the client that fails; it decides then
      brownout drill everything --client shop:Client   your own client beside the naive one
      brownout drill mine.yaml --duration 2m --report out
    """
    from rich.console import Console

    from brownout import assembly
    from brownout import scenario as scenarios
    from brownout.drill.conduct import Drill, ready, with_client
    from brownout.drill.folder import Folder
    from brownout.drill.progress import watcher

    ready()
    registries = assembly.registries()
    plan = _plan(scenarios.load_file(scenarios.find(scenario), registries), options)
    if options["client"] is not None:
        plan = with_client(plan, options["client"], options["arms"])
    _refuse_a_coin_toss(scenario, plan, registries)
    reports = assembly.reports().values()
    folder = Folder(options["report"] or Path("brownout-report") / plan.name, [report.filename for report in reports])
    console = Console(stderr=True)
    conducted = Drill(plan=plan, registries=registries, folder=folder, watch=watcher(console), arms=options["arms"])
    with _stopping() as stop:
        verdict = conducted.run(stop)
    verdict |= _directions(scenario, plan, options, folder, verdict)
    console.print()
    print_verdict(verdict)
    try:
        for report in reports:
            folder.report(report, verdict)
    except OSError as problem:
        raise UsageError(f"--report {folder.path}: the verdict above couldn't be kept: {problem}") from problem
    return code_of(verdict)


def _refuse_a_coin_toss(scenario: str, plan: Plan, registries: Registries) -> None:
    """Stop before the run if one of its rules may well never fire: its verdict could only be inconclusive."""
    from brownout.scenario.check import check

    refused = [str(one) for one in check(plan, registries) if one.severity == "refusal"]
    if refused:
        lines = "\n".join(f"  {line}" for line in refused)
        raise UsageError(
            f"{scenario} isn't worth running as it is:\n{lines}\nA longer --duration means more operations"
        )


def _plan(plan: Plan, options: dict[str, Any]) -> Plan:
    from brownout.scenario.scale import scaled

    if options["seed"] is not None:
        plan = replace(plan, seed=options["seed"])
    if options["duration"] is not None:
        plan = scaled(plan, options["duration"])
    return plan


def _directions(
    scenario: str, plan: Plan, options: dict[str, Any], folder: Folder, verdict: dict[str, Any]
) -> dict[str, str]:
    """Return how to run it again, how to see why, and where the files are."""
    again = [f"brownout drill {scenario} --seed {plan.seed}", *(f"--arm {arm}" for arm in options["arms"])]
    if options["client"] is not None:
        again.append(f"--client {options['client']}")
    if options["duration"] is not None:
        again.append(f"--duration {options['duration']:g}s")
    found = {"again": " ".join(again), "folder": str(folder.path), "page": str(folder.path / "report.html")}
    findings = [one for arm in verdict["arms"].values() for one in arm["findings"]]
    finding = next((one for one in findings if one["exchanges"]), None)
    if finding is not None:
        found["explain"] = f"brownout explain {folder.journal(finding['arm'])} {finding['key']}"
    return found


@contextlib.contextmanager
def _stopping() -> Iterator[Event]:
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
