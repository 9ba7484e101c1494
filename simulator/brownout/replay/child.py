"""Somebody's program as a child process: started, waited for, and why it couldn't be."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.replay.left import adopted, ended, still_running
from brownout.replay.signals import Signals, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN_MOST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a program ended.

    `code` is as a shell has it: its own, or 128 and the number of the signal that killed it (`killed_by`).
    `interrupted` is whether somebody pressed Ctrl-C. `left` are processes that it started and that still run.
    """

    code: int
    killed_by: str | None = None
    interrupted: bool = False
    left: tuple[str, ...] = ()


def run(command: Sequence[str], environment: Mapping[str, str]) -> Ending:
    """Run `command` to its end, with our own standard streams, and return how it ended.

    Raises:
        UsageError: if it can't be started, with the reason and what was probably meant.
    """
    with adopted() as handed:

        def look_after(program: int) -> None:
            for pid in handed():
                if pid != program:
                    ended(pid)

        signals = Signals(look_after)
        with signals.caught():
            child = _start(command, environment)
            signals.to(child)
            code = child.wait()
        left = still_running(handed)
    return Ending(
        code=128 - code if code < 0 else code,
        killed_by=name_of(-code) if code < 0 else None,
        interrupted=signals.interrupts > 0,
        left=left,
    )


def check(command: Sequence[str]) -> None:
    """Return if `command` can probably be started: so early that nothing is lost if it can't.

    Raises:
        UsageError: as `run`.
    """
    if shutil.which(command[0]) is None:
        number = errno.EACCES if "/" in command[0] and Path(command[0]).exists() else errno.ENOENT
        raise _cannot(command, OSError(number, os.strerror(number)))


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(command), env=dict(environment))  # noqa: S603 - the user's own command
    except (OSError, ValueError) as problem:
        raise _cannot(command, problem) from problem


def _cannot(command: Sequence[str], problem: OSError | ValueError) -> UsageError:
    return UsageError(f"{shlex.quote(command[0])} can't be started: {_why(command, problem)}")


def _why(command: Sequence[str], problem: OSError | ValueError) -> str:
    """Return why a command can't be started, and what to do."""
    if isinstance(problem, ValueError):
        return str(problem)
    path = Path(command[0])
    match problem.errno:
        case errno.ENOENT:
            return _not_found(command, path)
        case errno.EACCES if not command[0]:
            return _not_found(command, path)
        case errno.EACCES if path.is_dir():
            return "it is a folder"
        case errno.EACCES:
            return f"it isn't executable: chmod +x {path}, or name what runs it, such as python {path}"
        case errno.ENOEXEC:
            return f"it doesn't say what runs it: give it a first line such as #!/bin/sh, or write sh {path}"
        case _:
            return problem.strerror or str(problem)


def _not_found(command: Sequence[str], path: Path) -> str:
    name = command[0]
    if not name:
        return "its name is empty; is a variable of your shell not set?"
    if "/" in name and path.exists():
        return f"what its first line asks for isn't there ({_first_line(path)})"
    if " " in name:
        line = " ".join([name, *map(shlex.quote, command[1:])])
        return f"no program is called that. Write its words apart, without quotes: -- {line}; or sh -c {line!r}"
    if "/" not in name and path.is_file():
        return f"it isn't in PATH, but this folder has it: ./{name}"
    if "=" in name:
        return f"no program is called that; to set a variable, write: env {shlex.quote(name)} COMMAND"
    return "there is no such file" if "/" in name else "no program of that name is in PATH"


def _first_line(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return file.readline(_SHOWN_MOST).decode("utf-8", "replace").strip()
    return "?"
