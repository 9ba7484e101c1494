"""`brownout run`: somebody's own program against a scenario."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

import click

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.replay.session import Played, Session

_SEED: Final = click.IntRange(-(2**63), 2**63 - 1)


class _Run(click.Command):
    """Everything after `--` is the program's, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            place = args.index("--")
            args, ctx.obj = args[:place], tuple(args[place + 1 :])
        return super().parse_args(ctx, args)


@click.command(cls=_Run, options_metavar="")
@click.argument("scenario", metavar="SCENARIO [OPTIONS] -- COMMAND...", nargs=-1)
@click.option("--seed", type=_SEED, envvar="BROWNOUT_SEED", metavar="N",
              help="Seed of every draw, 64 bits (default: the scenario's).")  # fmt: skip
@click.option("--journal", type=click.Path(dir_okay=False), metavar="F",
              help="Keep everything that happened in this file, as it happens.")  # fmt: skip
@click.option("--env", "env", multiple=True, metavar="NAME=TEMPLATE",
              help="Set a variable of your own, such as PAY_URL={stripe}/v1; may be given again.")  # fmt: skip
@click.option("--intercept", is_flag=True, help="Answer for the providers' real host names, over TLS.")
@click.option("--allow-host", multiple=True, metavar="HOST[:PORT]",
              help="With --intercept: let this host through to the world.")  # fmt: skip
@click.option("--seeds", metavar="1..50", help="Run once under each of these seeds.")
@click.option("--repeat", type=click.IntRange(1, 100_000), metavar="N", help="Run N times (under each seed).")
@click.option("--until-fails", is_flag=True,
              help="Stop at the first failure; without --seeds or --repeat, each run has the next seed.")  # fmt: skip
@click.pass_context
def command(ctx: click.Context, /, scenario: tuple[str, ...], **options: Any) -> int:
    """Run COMMAND, a program in any language, against SCENARIO (a library name or a file).

    The program finds base URLs and test credentials in its environment, under the names that SDKs read. Its output,
    input and signals pass through. Afterwards standard error has what was injected, what the program did about it,
    and whether money went astray.

    Exit code: the command's own; 5 if that is 0 and an invariant broke; 2 if it can't be started; 128 + N if signal N
    killed it; 130 after Ctrl-C. Of several runs, that of the first one that failed.

    \b
    Examples:
      brownout run lost-answer -- python shop.py
      brownout run lost-answer --seed 7 --journal run.jsonl -- npm test
      brownout run everything --env PAYMENTS_URL={stripe}/v1 -- ./shop
      brownout run lost-answer --intercept -- pytest tests
      brownout run lost-answer --seeds 1..50 --until-fails -- python shop.py
    """
    from pathlib import Path

    from brownout import assembly
    from brownout import scenario as scenarios
    from brownout.replay.environment import pair
    from brownout.replay.forecast import never
    from brownout.replay.session import Session
    from brownout.replay.signals import cleaned_up

    words = _command(ctx, scenario)
    _agree(options)
    registries = assembly.registries()
    plan = scenarios.load_file(scenarios.find(scenario[0]), registries)
    for warning in never(plan, registries, intercept=options["intercept"]):
        _say(f"brownout: {warning}")
    session = Session(
        registries=registries,
        plan=plan,
        command=words,
        again=_again(scenario[0], words, options),
        say=lambda text: _say(f"brownout: {text}"),
        journal=None if options["journal"] is None else Path(options["journal"]),
        intercept=options["intercept"],
        allow_hosts=options["allow_host"],
        templates=[pair(text) for text in options["env"]],
    )
    with cleaned_up():
        if options["seeds"] is None and options["repeat"] is None and not options["until_fails"]:
            return _once(session, options["seed"])
        return _often(session, options)


def _command(ctx: click.Context, scenario: Sequence[str]) -> tuple[str, ...]:
    """Return the command.

    Raises:
        UsageError: if it isn't clear what that is.
    """
    words: tuple[str, ...] | None = ctx.obj
    if words is None and len(scenario) > 1:
        raise UsageError(f"run: write -- before the command: brownout run {scenario[0]} -- {shlex.join(scenario[1:])}")
    if not scenario:
        raise UsageError("run: which scenario? brownout run SCENARIO -- COMMAND; brownout list scenarios has them")
    if not words:
        raise UsageError(f"run: which command? brownout run {scenario[0]} -- COMMAND")
    if len(scenario) > 1:
        raise UsageError(f"run: one scenario at a time, not {' and '.join(scenario)}")
    return words


def _agree(options: dict[str, Any]) -> None:
    """Refuse options that don't go together.

    Raises:
        UsageError: naming them.
    """
    if options["seeds"] is not None and click.get_current_context().get_parameter_source("seed") is _TYPED:
        raise UsageError("run: --seed and --seeds exclude each other")
    if options["allow_host"] and not options["intercept"]:
        raise UsageError("run: --allow-host is for --intercept: without it nothing is kept from the world")


_TYPED: Final = click.core.ParameterSource.COMMANDLINE


def _again(scenario: str, words: Sequence[str], options: dict[str, Any]) -> str:
    """Return the line that repeats a run, with `{seed}` where its seed goes."""
    parts = ["brownout run", shlex.quote(scenario), "--seed {seed}"]
    if options["intercept"]:
        parts.append("--intercept")
    parts += [f"--allow-host {shlex.quote(host)}" for host in options["allow_host"]]
    parts += [f"--env {shlex.quote(text)}" for text in options["env"]]
    return " ".join([*parts, "--", shlex.join(words)])


def _once(session: Session, seed: int | None) -> int:
    from brownout.replay.outcome import broken, exit_code
    from brownout.replay.place import unasked

    keep = None if session.journal else unasked(session.plan.name, session.plan.seed if seed is None else seed)
    played = session.play(seed=seed, keep=keep)
    breaks = broken(played)
    _tell(played, breaks)
    return exit_code(played, breaks)


def _often(session: Session, options: dict[str, Any]) -> int:
    from brownout.replay import series
    from brownout.replay.place import unasked

    first = session.plan.seed if options["seed"] is None else options["seed"]
    wanted = None if options["seeds"] is None else series.seeds(options["seeds"])
    until_fails = options["until_fails"]
    order = series.planned(first, wanted, options["repeat"], until_fails=until_fails)
    name = session.plan.name
    done = series.play(session, order, until_fails=until_fails, keep=lambda seed: unasked(name, seed), say=_say)
    if done.first is not None:
        _tell(*done.first)
    _say("", *series.closing(done))
    return done.code


def _tell(played: Played, breaks: Sequence[Mapping[str, Any]]) -> None:
    from brownout.replay.summary import directions, summary

    _say("", *summary(played, breaks), "", *directions(played, breaks))


def _say(*lines: str) -> None:
    """Write to standard error, which the program shares: what is broken in red, on a terminal."""
    for line in lines:
        click.echo(click.style(line, fg="red") if "BROKEN" in line else line, err=True)
