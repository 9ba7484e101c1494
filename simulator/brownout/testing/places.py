"""Which line of the user's own code made a call that was refused: not the SDK's, nor that of the library below it.

A call made on another task or thread than the code that asked for it has none of the user's lines on its stack; then
the suspended tasks and the other threads are looked at, those first that hold the host's name in a variable.
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
import sysconfig
import threading
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Iterator
    from types import FrameType

_LINES_MOST: Final = 6
_STACKS_MOST: Final = 3
_RUN_LOOPS: Final = frozenset(
    {("asyncio.events", "_run"), ("asyncio.runners", "run"), ("uvloop", "run"), ("trio._core._run", "run")}
)


class Line(NamedTuple):
    """A line of the user's code."""

    file: str
    number: int
    function: str

    def place(self, seen_from: Path) -> str:
        """Return file and line, as short as they are in the folder `seen_from`."""
        file = Path(self.file)
        near = file.relative_to(seen_from) if file.is_relative_to(seen_from) else file
        return f"{near}:{self.number}"

    def told(self, seen_from: Path) -> str:
        """Return file, line, function and, if it can be read, the code."""
        code = linecache.getline(self.file, self.number).strip()
        return f"{self.place(seen_from)} in {self.function}" + f"\n    {code}" * bool(code)


class Place(NamedTuple):
    """Where a call came from: stacks of lines, each innermost first.

    `exact` says that the one stack is the call's own, or of what waits for it; else they are where code stood that may
    have asked for it.
    `thread` is None for the main thread.
    """

    stacks: tuple[tuple[Line, ...], ...]
    exact: bool
    thread: str | None


def find(host: str) -> Place:
    """Return where the code that is running now, and wants to reach `host`, was called."""
    here = threading.current_thread()
    thread = None if here is threading.main_thread() else here.name
    frames = _outwards(sys._getframe(1))  # noqa: SLF001 - inspect's own way costs more and is no safer
    if own := _lines(_inside_of_loop(frames)):
        return Place((own,), exact=True, thread=thread)
    elsewhere = [one for one in _elsewhere(here) if _lines(one)]
    near = [one for one in elsewhere if any(_holds(frame, host) for frame in one)]
    stacks = _whole(map(_lines, near or elsewhere)) or _whole([_lines(frames)])
    return Place(stacks[:_STACKS_MOST], exact=bool(near) and len(stacks) == 1, thread=thread)


def _whole(stacks: Iterable[tuple[Line, ...]]) -> tuple[tuple[Line, ...], ...]:
    """Return each stack once, without the empty ones and those that are the outer part of another."""
    found = list(dict.fromkeys(filter(None, stacks)))
    return tuple(one for one in found if not any(one != other and one == other[-len(one) :] for other in found))


def _lines(frames: list[FrameType]) -> tuple[Line, ...]:
    own = [frame for frame in frames if _is_users(frame.f_code.co_filename)]
    return tuple(Line(one.f_code.co_filename, one.f_lineno, one.f_code.co_name) for one in own[:_LINES_MOST])


@cache
def _is_users(file: str) -> bool:
    if file.startswith("<") or {"site-packages", "dist-packages"} & set(Path(file).parts):
        return False
    return not Path(file).is_relative_to(Path(__file__).parents[1]) and not file.startswith(_standard_library())


@cache
def _standard_library() -> tuple[str, ...]:
    return tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")} | {sys.exec_prefix + "/bin/"})


def _outwards(frame: FrameType | None) -> list[FrameType]:
    """Return the frames from `frame` outwards, up to pytest's own."""
    found: list[FrameType] = []
    while frame is not None and not str(frame.f_globals.get("__name__")).startswith(("_pytest.", "pluggy.")):
        found.append(frame)
        frame = frame.f_back
    return found


def _inside_of_loop(frames: list[FrameType]) -> list[FrameType]:
    """Return the frames up to the event loop's: beyond it is who runs the loop, not who made the call."""
    return list(takewhile(lambda one: (one.f_globals.get("__name__"), one.f_code.co_name) not in _RUN_LOOPS, frames))


def _elsewhere(here: threading.Thread) -> Iterator[list[FrameType]]:
    """Yield the stacks of suspended tasks and of other threads."""
    stacks = {ident: _outwards(frame) for ident, frame in sys._current_frames().items()}  # noqa: SLF001
    if "asyncio" in sys.modules:
        loops = dict.fromkeys(loop for frames in stacks.values() for frame in frames for loop in _loops(frame))
        for loop in loops:
            yield from _suspended(loop)
    main = threading.main_thread().ident  # first: a test stands there more often than on a thread that it left behind
    for ident in sorted(stacks, key=lambda ident: ident != main):
        if ident != here.ident:
            yield stacks[ident]


def _loops(frame: FrameType) -> Iterator[asyncio.AbstractEventLoop]:
    """Yield the event loops that a frame runs; uvloop has no frames of its own, only its runner has."""
    import asyncio

    for value in list(frame.f_locals.values()):
        if isinstance(value, asyncio.AbstractEventLoop):
            yield value
        elif isinstance(value, asyncio.Runner) and (loop := getattr(value, "_loop", None)) is not None:
            yield loop


def _suspended(loop: asyncio.AbstractEventLoop) -> Iterator[list[FrameType]]:
    import asyncio

    for task in asyncio.all_tasks(loop):
        frames: list[FrameType] = []
        step: Any = task.get_coro()
        while step is not None:
            frame = _of(step, "frame")
            if frame is not None:
                frames.insert(0, frame)
            step = _of(step, "await") or getattr(step, "gi_yieldfrom", None) or _wrapped(step)
        yield frames


def _of(step: Any, what: str) -> Any:
    return next((found for kind in ("cr", "ag", "gi") if (found := getattr(step, f"{kind}_{what}", None))), None)


def _wrapped(step: Any) -> Any:
    """Return the coroutine that an object hands out to be awaited in its place, as aiohttp's requests do."""
    wraps = type(step).__name__ == "coroutine_wrapper"
    return next((one for one in gc.get_referents(step) if isinstance(one, CoroutineType)), None) if wraps else None


def _holds(frame: FrameType, host: str) -> bool:
    return any(isinstance(value, str) and host in value for value in list(frame.f_locals.values()))
