"""Where a simulated arm plays: a world in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.drill.glance import Glance
from brownout.drill.ground import Look, written

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.drill.ground import Written
    from brownout.drill.sim.wire import Net


class SimGround:
    """The world behind a net."""

    alive = True

    def __init__(self, net: Net, plan: Plan) -> None:
        self.net = net
        self.url = net.base
        self.name = net.world.name
        self._glance = Glance(net.world, plan)

    def look(self) -> Look:
        """Return how far it is."""
        news = self._glance.read()
        return Look(news.snapshot, self._glance.findings(news))

    def written(self) -> Written:
        """Return all that it wrote down."""
        return written(self.net.world)

    def loop_lag(self) -> None:
        """Return that there is no event loop, and so none that could be late."""
