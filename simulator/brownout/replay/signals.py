"""Signals that come to us are for the program that we run."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

_HANDED_ON: Final = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
_BY_TERMINAL: Final = ("SIGINT", "SIGQUIT")
"""A terminal sends these to the program by itself."""


class Signals:
    """Hands signals on. Until the program is there, what comes in is kept for it."""

    def __init__(self, on_child: Callable[[int], None]) -> None:
        """`on_child` is called with the program's process id whenever any child process ends."""
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._on_child = on_child
        self.interrupts = 0

    def to(self, child: subprocess.Popen[bytes]) -> None:
        """Hand on to `child` from here."""
        self._child = child
        for number in self._early:
            child.send_signal(number)

    def hand_on(self, number: int, _frame: object = None) -> None:
        """Send the program the signal that we got."""
        if self._child is None:
            self._early.append(number)
        else:
            self._child.send_signal(number)

    def interrupt(self, number: int, _frame: object = None) -> None:
        """Let the program end on the Ctrl-C that it got as well; a second one kills it."""
        self.interrupts += 1
        if self.interrupts > 1 and self._child is not None:
            self._child.kill()
        elif not _in_front():
            self.hand_on(number)

    def child_ended(self, _number: int, _frame: object = None) -> None:
        """Look after processes that have ended."""
        if self._child is not None:
            self._on_child(self._child.pid)

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Catch signals for the length of a block."""
        wanted: dict[str, Any] = dict.fromkeys(_HANDED_ON, self.hand_on)
        wanted |= dict.fromkeys(_BY_TERMINAL, self.interrupt)
        wanted["SIGCHLD"] = self.child_ended
        before: dict[int, Any] = {}
        try:
            for name, handler in wanted.items():
                number = getattr(signal, name, None)  # Windows has few of them
                if number is not None and (name == "SIGCHLD" or signal.getsignal(number) is not signal.SIG_IGN):
                    with contextlib.suppress(ValueError):  # not in the main thread: then nobody signals us
                        before[number] = signal.signal(number, handler)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def cleaned_up() -> Iterator[None]:
    """Let a block end in order when we are told to end before the program is there, or after it; then end so."""
    before: dict[int, Any] = {}
    told: list[int] = []

    def end(number: int, _frame: object = None) -> None:
        told.append(number)
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # what a block cleans up takes no time
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with contextlib.suppress(ValueError):  # not in the main thread: then nobody signals us
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if told:
            os.kill(os.getpid(), told[0])


def name_of(number: int) -> str:
    """Return a signal's name.

    >>> name_of(9), name_of(63)
    ('SIGKILL', 'signal 63')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _in_front() -> bool:
    """Return whether we are what the terminal's Ctrl-C is for: then it has reached the program too."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except (OSError, AttributeError):
        return not hasattr(os, "getpgrp")  # Windows: its console tells all its processes
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
