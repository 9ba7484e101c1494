"""What a drill shows while it runs: a bar on a terminal, plain lines elsewhere, and each finding as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from brownout.drill.glance import Snapshot

if TYPE_CHECKING:
    from rich.console import Console

_TICKS_BETWEEN_LINES: Final = 20


class Watcher(Protocol):
    """Told of a drill's progress."""

    def begin(self, arm: str, orders: int | None) -> None:
        """Say that an arm begins, which has so many orders; None if nobody knows."""

    def tick(self, seen: Snapshot) -> None:
        """Say how far it is."""

    def finding(self, text: str) -> None:
        """Say what was found just now."""

    def end(self) -> None:
        """Say that the arm has ended."""


class Silent:
    """Shows nothing."""

    def begin(self, arm: str, orders: int | None) -> None:
        """Say nothing."""

    def tick(self, seen: Snapshot) -> None:
        """Say nothing."""

    def finding(self, text: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Bar:
    """A bar for each arm."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:.0f}{task.fields[whole]} orders"),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task: TaskID | None = None
        self._arm = ""

    def begin(self, arm: str, orders: int | None) -> None:
        """Start a bar."""
        self._arm = arm
        self._task = self._progress.add_task(arm, total=orders, whole=_whole(orders), said="starting")
        self._progress.start()

    def tick(self, seen: Snapshot) -> None:
        """Move it."""
        if self._task is not None:
            self._progress.update(self._task, completed=seen.orders, said=_said(seen))

    def finding(self, text: str) -> None:
        """Print above the bar."""
        self._progress.console.print(f"{self._arm} {text}", style="red", markup=False, highlight=False)

    def end(self) -> None:
        """Leave it standing."""
        self._progress.stop()


class Lines:
    """A line now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._arm = ""
        self._orders: int | None = 0
        self._ticks = 0
        self._seen = Snapshot(0, 0, 0)

    def begin(self, arm: str, orders: int | None) -> None:
        """Name the arm."""
        self._arm, self._orders, self._ticks, self._seen = arm, orders, 0, Snapshot(0, 0, 0)
        self._say(f"{orders} orders" if orders is not None else "as many orders as its users get done")

    def tick(self, seen: Snapshot) -> None:
        """Say it every two seconds."""
        self._seen = seen
        self._ticks += 1
        if self._ticks % _TICKS_BETWEEN_LINES == 0:
            self._tell()

    def finding(self, text: str) -> None:
        """Say it at once."""
        self._console.print(f"{self._arm} {text}", markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        """Say how far it came."""
        self._tell()

    def _tell(self) -> None:
        seen = self._seen
        self._say(f"{seen.orders}{_whole(self._orders)} orders, {_said(seen)}")

    def _say(self, text: str) -> None:
        self._console.print(f"{self._arm}: {text}", markup=False, highlight=False, soft_wrap=True)


def _whole(orders: int | None) -> str:
    return "" if orders is None else f"/{orders}"


def _said(seen: Snapshot) -> str:
    phase = f", {seen.phase}" if seen.phase is not None else ""
    return f"{seen.exchanges} requests, {seen.fired} faults{phase}"


def watcher(console: Console) -> Watcher:
    """Return what suits `console`."""
    return Bar(console) if console.is_terminal else Lines(console)
