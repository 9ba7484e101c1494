"""Conducts a simulation: the arms of a drill, one after the other, then the verdict."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brownout.core.errors import UsageError
from brownout.drill.conduct import Drill
from brownout.drill.sim.ground import SimGround
from brownout.drill.sim.play import SimPlay
from brownout.drill.sim.scheduler import Scheduler
from brownout.drill.sim.users import client_class
from brownout.drill.sim.watchdog import STUCK_SECONDS
from brownout.drill.sim.wire import LEAD_SECONDS, Net
from brownout.server.host import sandbox_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event

    from brownout.drill.arrivals import Arrival


@dataclass(slots=True, kw_only=True)
class Simulation(Drill):
    """A drill without processes, sockets or waiting."""

    stalled_seconds: float = STUCK_SECONDS
    clients: dict[str, type] = field(default_factory=dict, init=False)

    @contextmanager
    def _stage(self, orders: Sequence[Arrival]) -> Iterator[Callable[[str], SimPlay]]:
        """Give what makes an arm's play: each has a world, and a time, of its own."""
        kept = self._records_kept(orders)

        def play(arm: str) -> SimPlay:
            scheduler = Scheduler(-LEAD_SECONDS)
            net = Net(scheduler, self.registries, self.plan, sandbox_name(arm), records_kept=kept)
            ground = SimGround(net, self.plan)
            about = self._about(arm, orders, ground)
            return SimPlay(**about, client=self.clients[arm], stalled_seconds=self.stalled_seconds)

        yield play

    def _look_at_client(self, arm: str, stop: Event) -> None:
        """Load an arm's client before anything is played.

        Raises:
            UsageError: if it can't be had.
        """
        playing = self.plan.arms[arm]
        if playing.kind != "client":
            raise UsageError(
                f"arms.{arm}.{playing.kind}: a simulation has no network, so it plays classes alone "
                "(client: MODULE:CLASS); brownout drill plays this one"
            )
        self.clients[arm] = client_class(arm, playing.client, self.load.journey)
