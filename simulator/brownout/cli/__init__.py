"""The `brownout` command: one file a command, one line each in `COMMANDS`. A command's file holds `command`.

Files are imported when their command is asked for, so that `serve` starts without what only `drill` needs.
Exit codes: 0 good · 1 verdict failed · 2 usage or scenario wrong · 3 inconclusive · 4 our own bug · 5 `run`:
invariants broke while the command said 0 · 130 interrupted.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Final, NoReturn

import click

from brownout import __version__
from brownout.core.errors import UsageError, did_you_mean

COMMANDS: Final = {
    "serve": "serve",
    "run": "run",
    "drill": "drill",
    "sim": "sim",
    "listen": "listen",
    "trigger": "trigger",
    "verdict": "verdict",
    "compare": "compare",
    "trend": "trend",
    "explain": "explain",
    "check": "check",
    "schema": "schema",
    "list": "list_",
    "ca": "ca",
}

GOOD: Final = 0
FAILED: Final = 1
WRONG: Final = 2
INCONCLUSIVE: Final = 3
BUG: Final = 4
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
"""As a shell reports a program that wrote to a reader which had left: 128 + SIGPIPE."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        file = COMMANDS.get(cmd_name)
        if file is None:
            return None
        found: click.Command = import_module(f"brownout.cli.{file}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"command: {did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="brownout")
def group() -> None:
    """Brownout is a fintech provider that fails on purpose.

    It emulates payment providers on the wire so that their official SDKs work against it, causes the failures
    that really happen, and judges from its own ledger how a client coped.

    \b
    Examples:
      brownout serve                          a fake provider on http://127.0.0.1:8700
      brownout serve lost-answer --seed 7     the same, losing answers on purpose
      brownout run lost-answer -- pytest      your own program under that fault, in any language
      brownout drill lost-answer              two clients under that fault, and a verdict about the money
      brownout sim lost-answer                the same in one process, in virtual time: a day in seconds
      brownout list scenarios                 what there is to run
    """


def main() -> NoReturn:
    """Run the command line and exit with the code that says what happened."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; nothing is ever raised at a user."""
    try:
        code = group.main(arguments, prog_name="brownout", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.ClickException as wrong:
        wrong.show()
        return WRONG
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except UsageError as wrong:
        click.echo(f"brownout: {wrong}", err=True)
        return WRONG
    except SystemExit:  # click's own answer to a reader that has left
        return PIPE_CLOSED
    except BrokenPipeError:
        return PIPE_CLOSED
    except OSError as problem:
        with suppress(OSError):
            click.echo(f"brownout: {problem}", err=True)
        return WRONG
    except Exception:  # noqa: BLE001 - the command line's one edge: our bug, told apart from a usage error
        return _our_bug()
    return code if isinstance(code, int) else GOOD


def _our_bug() -> int:
    import traceback
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", prefix="brownout-bug-", suffix=".txt", delete=False) as report:
        report.write(traceback.format_exc())
    click.echo(f"brownout: internal error, our own bug; please report it with {report.name}", err=True)
    return BUG
