"""Processes that a program leaves running when it ends: it forked and left, or started a service.

On Linux they are handed to us (PR_SET_CHILD_SUBREAPER, prctl(2)) rather than to the system's first process, so that
they can be named. They are never ended: somebody may want them. Elsewhere nobody tells.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PR_SET_CHILD_SUBREAPER: Final = 36
_GRACE_SECONDS: Final = 0.3
"""What ends by itself within that time wasn't left behind: the rest of a pipeline, a last log line."""
_LOOK_SECONDS: Final = 0.02
_SHOWN_MOST: Final = 80


@contextlib.contextmanager
def adopted() -> Iterator[Callable[[], list[int]]]:
    """Give, for the length of a block, what returns the processes that we have been handed."""
    ours = set(_children())
    on = _subreaper(on=True)
    try:
        yield lambda: [pid for pid in _children() if pid not in ours]
    finally:
        if on:
            _subreaper(on=False)


def still_running(handed: Callable[[], list[int]]) -> tuple[str, ...]:
    """Return those of the processes handed to us that go on, as `pid (command)`."""
    until = time.monotonic() + _GRACE_SECONDS
    while (left := [pid for pid in handed() if not ended(pid)]) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    return tuple(f"{pid} ({_what(pid)})" for pid in left)


def ended(pid: int) -> bool:
    """Return whether a process handed to us has ended, and take notice of that if so."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _subreaper(*, on: bool) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0) == 0)
    return False


def _children() -> list[int]:
    """Return our child processes, where the system says."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            found += [int(pid) for pid in task.read_text().split()]
    return found


def _what(pid: int) -> str:
    """Return the command line of a process, shortened."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "?"
    text = "".join(each if each.isprintable() else "?" for each in " ".join(filter(None, words)))
    return text if len(text) <= _SHOWN_MOST else f"{text[: _SHOWN_MOST - 3]}..."
