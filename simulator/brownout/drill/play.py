"""Plays one arm on its ground: starts what sends its load, watches it, and gathers what is left in the end."""

from __future__ import annotations

import platform
import signal
from collections import Counter
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from brownout import __version__
from brownout.core.errors import UsageError
from brownout.core.executors import longest_pause
from brownout.drill.generator import BROKEN, REFUSED, Generator
from brownout.server.system import monotonic
from brownout.verdict import ArmRun, Head
from brownout.verdict.phases import PlannedPhase, phase_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from threading import Event

    from brownout.core.plan import Load, Plan
    from brownout.core.registries import Registries
    from brownout.drill.arrivals import Arrival
    from brownout.drill.folder import Folder
    from brownout.drill.generator import Driver
    from brownout.drill.ground import Ground, Written
    from brownout.drill.progress import Watcher

GLANCE_SECONDS: Final = 0.1
"""How long between two looks at a running arm."""
STALLED_SECONDS: Final = 30.0
"""How long nothing may happen before the generator counts as hanging."""


class Ending(NamedTuple):
    """How an arm's load ended: what kept it from its end, and what its client did that no client may."""

    trouble: str | None
    broke: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One arm, to be played: whose load, on which ground, sent by what.

    `stalled_seconds` is how long nothing may happen.
    """

    plan: Plan
    arm: str
    load: Load
    orders: Sequence[Arrival]
    ground: Ground
    driver: Driver
    registries: Registries
    folder: Folder
    watch: Watcher
    stalled_seconds: float = STALLED_SECONDS

    def run(self, stop: Event) -> ArmRun:
        """Return what became of the arm, having left its files in the folder. `stop` ends it early.

        Raises:
            UsageError: if what sends the load says that it can't do what the scenario asks for.
        """
        self.watch.begin(self.arm, len(self.orders) if self.load.open else None)
        try:
            ending = self._send(stop)
        finally:
            self.watch.end()
        return self._gather(ending, interrupted=stop.is_set())

    def _send(self, stop: Event) -> Ending:
        """Return once the orders are sent."""
        try:
            child = Generator(self.driver, self.folder.log(self.arm))
        except OSError as problem:
            return Ending(f"the load generator couldn't be started: {problem}")
        try:
            trouble = self._wait(child, stop)
            return Ending(trouble, child.refusal() if child.ended(0) == BROKEN else None)
        finally:
            child.end()

    def _wait(self, child: Generator, stop: Event) -> str | None:
        """Return once the child has ended or was told to: None if all went well, else what went wrong."""
        seen = self.ground.look().snapshot
        moved_at = began_at = monotonic()
        quiet_most = self.stalled_seconds + longest_pause(self.plan.seed, self.load)
        all_most = 2 * self.stalled_seconds + 3 * self.load.duration_seconds
        code = None
        while code is None and not stop.is_set():
            code = child.ended(GLANCE_SECONDS)
            now = monotonic()
            if not self.ground.alive:
                return "the target died: Brownout's own server stopped answering in the middle of the run"
            look = self.ground.look()
            for finding in look.findings:
                self.watch.finding(finding)
            self.watch.tick(look.snapshot)
            if look.snapshot != seen:
                seen, moved_at = look.snapshot, now
            elif now - moved_at > quiet_most:
                return f"the load generator did nothing for {quiet_most:.0f} s and was ended{_why(child)}"
            if now - began_at > all_most:
                return f"the load generator had not ended {all_most:.0f} s after its start and was ended{_why(child)}"
        if code == REFUSED and (refusal := child.refusal()):
            raise UsageError(f"arms.{self.arm}.client: {refusal}")
        if code == 0 and not seen.orders:
            return f"the load generator ended before its first order was through{_why(child)}"
        return f"the load generator died {_how(code)}{_why(child)}" if code not in (0, None, BROKEN) else None

    def _gather(self, ending: Ending, *, interrupted: bool) -> ArmRun:
        found = self.ground.written()
        run = ArmRun(
            head=self._head(found, ending, interrupted=interrupted),
            records=[orjson.loads(line) for line in found.lines],
            entries=found.entries,
            claims=found.claims,
        )
        self.folder.keep(run, found.lines)
        return run

    def _head(self, found: Written, ending: Ending, *, interrupted: bool) -> Head:
        providers = self.registries.providers.values()
        return Head.of(
            self.plan,
            self.arm,
            operations=[*self.registries.operations().values(), *(provider.unknown for provider in providers)],
            orders_planned=len(self.orders) if self.load.open else None,
            phases=tuple(self._phases()),
            loop_lag=self.ground.loop_lag(),
            evicted=found.evicted,
            interrupted=interrupted,
            trouble=ending.trouble,
            broke=ending.broke,
            versions=_versions(),
            load_began_at=_began_at(found.claims),
        )

    def _phases(self) -> Iterator[PlannedPhase]:
        """Yield the phases with how many orders are due in each, as the engine decides it."""
        phases = [PlannedPhase.of(phase) for phase in self.plan.phases]
        due = Counter(phase_at(phases, order.due_seconds) for order in self.orders)
        for phase in phases:
            yield replace(phase, planned=due[phase.name] if self.load.open else None)


def _began_at(claims: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the wall time at which the first order was due, as the client's own claims have it."""
    for claim in claims:
        scheduled, due = claim.get("scheduled_at"), claim.get("due")
        if isinstance(scheduled, int | float) and isinstance(due, int | float):
            return round(scheduled - due, 6)
    return None


def _how(code: int) -> str:
    """Return how a process ended."""
    try:
        return f"of {signal.Signals(-code).name}"
    except ValueError:
        return f"with exit code {code}"


def _why(child: Generator) -> str:
    words = child.last_words()
    return f"; its last words ({child.log}): {words}" if words else ", without a word"


def _versions() -> Mapping[str, str]:
    found = {"brownout": __version__, "python": platform.python_version()}
    for name in ("locust", "plotly"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
