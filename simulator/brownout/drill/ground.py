"""Where an arm plays: a world, how it is looked at while it is played in, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from brownout.drill.glance import Glance
from brownout.drill.probe import LoopProbe
from brownout.drill.so_far import SoFar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.sandbox import Sandbox
    from brownout.drill.glance import Snapshot
    from brownout.drill.so_far import Part
    from brownout.server.host import Host


class Look(NamedTuple):
    """How far an arm is, and what went wrong since the last look, a sentence each."""

    snapshot: Snapshot
    findings: Sequence[str]


class Written(NamedTuple):
    """What a world wrote down: its journal's lines, its money, its clients' claims; how many records it dropped.

    `trouble` says what makes that worthless as far as the ground can tell, None if nothing does.
    """

    lines: Sequence[bytes]
    entries: Sequence[Entry]
    claims: Sequence[Mapping[str, Any]]
    evicted: int
    trouble: str | None = None


def written(world: Sandbox) -> Written:
    """Return all that a world of ours wrote down. Call it where nothing else touches the world."""
    return Written(
        [record.line() for record in world.journal], list(world.ledger), list(world.claims), world.journal.evicted
    )


class Ground(Protocol):
    """A world for one arm, wherever its server runs."""

    url: str
    """The server with the world's own path: `http://127.0.0.1:8700/~naive`."""
    name: str
    """The world's name."""

    @property
    def alive(self) -> bool:
        """Whether the server still answers."""

    def look(self) -> Look:
        """Return how far it is."""

    def written(self) -> Written:
        """Return all that it wrote down."""

    def loop_lag(self) -> Mapping[str, Any] | None:
        """Return how long the server's event loop let calls wait, None where nobody can measure that."""


class OwnGround:
    """A new world in a server of our own."""

    def __init__(self, host: Host, arm: str, plan: Plan) -> None:
        self._host = host
        self._world = host.fresh(arm, plan)
        self._probe = LoopProbe(host)
        self._exchanges = 0
        self._glance = Glance(self._world, plan)
        self._so_far = SoFar(self._world, host.call)
        self.name = self._world.name
        self.url = f"{host.url}/~{self.name}"

    @property
    def alive(self) -> bool:
        """Whether the server still listens."""
        return self._host.alive

    def look(self) -> Look:
        """Return how far it is."""
        news = self._probe.call(self._glance.read)
        if news.snapshot.exchanges != self._exchanges:
            self._exchanges = news.snapshot.exchanges
            self._probe.served()
        return Look(news.snapshot, self._glance.findings(news))

    def written(self) -> Written:
        """Return all that it wrote down."""
        return self._host.call(lambda: written(self._world))

    def so_far(self) -> Part:
        """Return what it has written down by now, without holding up its server."""
        return self._so_far.read()

    def loop_lag(self) -> Mapping[str, Any]:
        """Return how long the server's event loop let calls wait."""
        return self._probe.summary()
