"""The child process that sends an arm's load: started, watched, and ended with everything that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.drill.orphan import STARTED_BY
from brownout.server.system import monotonic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from threading import Event

COMMAND: Final = (sys.executable, "-P", "-m", "brownout.drill.child")
"""`-P`: a locust.py or stripe.py in the folder that the user happens to be in must not shadow the real one."""
REFUSED: Final = 2
"""The exit code of a child that can't do what the scenario asks for."""
BROKEN: Final = 70
"""The exit code of a child whose client did what no client may: raised, or returned nonsense."""
_ROOT: Final = Path(__file__).resolve().parents[2]
_POLITE_SECONDS: Final = 1.0
LOG_MOST_BYTES: Final = 100_000_000
"""How much a child may write to its standard output and error."""
_LINES_TOLD: Final = 3
_LETTERS_TOLD: Final = 500
_ABOUT_CLIENT: Final = "client: "
_TAIL_BYTES: Final = 64_000
_GLANCE_SECONDS: Final = 0.02
_REHEARSED_SECONDS: Final = 0.1


class Driver(NamedTuple):
    """What sends an arm's load: a command, its arguments, and what the environment tells it beyond our own.

    `patience_seconds` is how much longer than others it may take until something happens.
    """

    command: Sequence[str]
    arguments: Sequence[str]
    told: Mapping[str, str]
    patience_seconds: float = 0.0


class Generator:
    """A running child. Its output goes to `log`, which is removed in the end if it stayed empty."""

    def __init__(self, driver: Driver, log: Path) -> None:
        """Start it.

        Raises:
            OSError: if it can't be started.
        """
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*driver.command, *driver.arguments],
                env=_environment(driver.told),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches only us; we end the whole group
            )

    def ended(self, within_seconds: float) -> int | None:
        """Return the exit code, None if it still runs after `within_seconds`."""
        try:
            return self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return None

    def rehearsed(self, seconds: float, stop: Event) -> int | None:
        """Return the exit code of one that only loads something; None if `stop` came first.

        Raises:
            TimeoutError: if it takes longer than `seconds`.
        """
        until = monotonic() + seconds
        while (code := self.ended(_REHEARSED_SECONDS)) is None and not stop.is_set():
            if monotonic() > until:
                raise TimeoutError
        return code

    def end(self) -> None:
        """End it and whatever it started, and tidy up."""
        self._signal(getattr(signal, "SIGTERM", None))
        until = monotonic() + _POLITE_SECONDS
        try:
            while (self.ended(_GLANCE_SECONDS) is None or self._others()) and monotonic() < until:
                sleep(_GLANCE_SECONDS)
        finally:  # also if somebody presses Ctrl-C again meanwhile
            self._signal(getattr(signal, "SIGKILL", None))
            self._process.wait()
        with contextlib.suppress(OSError):
            if self.log.stat().st_size == 0:
                self.log.unlink()

    def too_loud(self) -> bool:
        """Return whether it has written more than anybody reads: the disk is somebody's."""
        try:
            return self.log.stat().st_size > LOG_MOST_BYTES
        except OSError:
            return False

    def last_words(self) -> str:
        """Return the last lines of its output as one."""
        return "; ".join(self._lines()[-_LINES_TOLD:])

    def refusal(self) -> str:
        """Return what it said last of its client, else its last words."""
        about = [line for line in self._lines() if line.startswith(_ABOUT_CLIENT)]
        return about[-1].removeprefix(_ABOUT_CLIENT) if about else self.last_words()

    def _lines(self) -> list[str]:
        """Return the end of its output: lines that say something, fit for a terminal."""
        try:
            with self.log.open("rb") as output:
                output.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
                text = output.read().decode("utf-8", "replace")
        except OSError:
            return []
        printable = ("".join(each if each.isprintable() else "?" for each in line) for line in text.splitlines())
        return [line.strip()[:_LETTERS_TOLD] for line in printable if line.strip(" ^~")]

    def _others(self) -> bool:
        """Return whether something that it started outlives it."""
        if not hasattr(os, "killpg"):
            return False
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):  # macOS says the latter where only the dead are left
            return False
        return True

    def _signal(self, number: signal.Signals | None) -> None:
        if number is None or not hasattr(os, "killpg"):  # Windows has neither groups nor SIGKILL
            self._process.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)  # also after its own end: what it started may live on


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    ours = {**os.environ, **told, "PYTHONUNBUFFERED": "1", STARTED_BY: str(os.getpid())}
    for name in ("NO_PROXY", "no_proxy"):  # a proxy of the machine must not get between client and server
        ours[name] = ",".join(filter(None, (ours.get(name), "127.0.0.1", "localhost")))
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    if str(_ROOT) not in installed:
        ours["PYTHONPATH"] = os.pathsep.join(filter(None, (ours.get("PYTHONPATH"), str(_ROOT))))
    return ours
