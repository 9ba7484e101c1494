"""One arm of a drill, whatever sends its load: begun, sent, and gathered in the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from brownout.drill.heads import head_of
from brownout.verdict import ArmRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from threading import Event

    from brownout.core.plan import Load, Plan
    from brownout.core.registries import Registries
    from brownout.drill.arrivals import Arrival
    from brownout.drill.folder import Folder
    from brownout.drill.ground import Ground
    from brownout.drill.heads import Ending
    from brownout.drill.progress import Watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing(ABC):
    """One arm, to be played: whose load, on which ground."""

    plan: Plan
    arm: str
    load: Load
    orders: Sequence[Arrival]
    ground: Ground
    registries: Registries
    folder: Folder
    watch: Watcher

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

    @abstractmethod
    def _send(self, stop: Event) -> Ending:
        """Return once the orders are sent."""

    def _about(self) -> Mapping[str, Any]:
        """Return what else the head says, of how the load was sent."""
        return {}

    def _gather(self, ending: Ending, *, interrupted: bool) -> ArmRun:
        found = self.ground.written()
        head = head_of(
            self.plan,
            self.arm,
            found,
            ending,
            registries=self.registries,
            load=self.load,
            orders=self.orders,
            loop_lag=self.ground.loop_lag(),
            interrupted=interrupted,
            **self._about(),
        )
        run = ArmRun(
            head=head,
            records=[orjson.loads(line) for line in found.lines],
            entries=found.entries,
            claims=found.claims or (None if self.plan.arms[self.arm].kind == "locustfile" else []),
        )
        self.folder.keep(run, found.lines)
        return run
