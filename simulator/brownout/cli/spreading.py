"""Options of `drill` that say what sends its load: the user's own program, and over which processes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brownout.drill.spread import Spread

F = TypeVar("F", bound="Callable[..., Any]")


def spread_options(command: F) -> F:
    """Add the options to a command."""
    added = (
        click.option("--processes", type=int, default=1, metavar="N",
                     help="Spread the load over so many processes of this machine, as Locust's master and workers."),
        click.option("--workers", metavar="HOST,…",
                     help="Spread it over a Locust worker on each of these hosts; says what to type there."),
        click.option("--bind", metavar="ADDRESS[:PORT]",
                     help="Where those workers find this machine (default: 127.0.0.1:5557)."),
    )  # fmt: skip
    for option in reversed(added):
        command = option(command)
    return command


def spread_of(options: Mapping[str, Any]) -> Spread:
    """Return what the options say.

    Raises:
        UsageError: if it can't be.
    """
    from brownout.core.errors import UsageError
    from brownout.drill.spread import Spread

    workers = tuple(options["workers"].split(",")) if options["workers"] is not None else ()
    if options["bind"] is None:
        return Spread(processes=options["processes"], workers=workers)
    if not workers:
        raise UsageError("--bind is where --workers find this machine: name them too")
    return Spread(processes=options["processes"], workers=workers, bind=options["bind"])


def client_command(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return the words of the user's own program, as a shell takes them apart; none without it."""
    from brownout.scenario.values import words_of

    if value is None:
        return ()
    if ctx.params.get("client") is not None:
        raise click.BadParameter("plays the same arm as --client: give one of them", ctx, param)
    try:
        return words_of(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem), ctx, param) from problem


def again(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options as they have to be typed to have the same again."""
    if options.get("client_command"):
        yield f"--client-command {shlex.quote(shlex.join(options['client_command']))}"
    if options.get("processes", 1) != 1:
        yield f"--processes {options['processes']}"
    for name in ("workers", "bind"):
        if options.get(name) is not None:
            yield f"--{name} {shlex.quote(options[name])}"
