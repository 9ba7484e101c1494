"""Plays one arm in this process, on virtual time."""

from __future__ import annotations

import random
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError
from brownout.drill.brake import EVERY_SECONDS, Brake
from brownout.drill.heads import Ending, versions
from brownout.drill.playing import Playing
from brownout.drill.sim.post import Inbox, Postman
from brownout.drill.sim.users import Users
from brownout.drill.sim.watchdog import STUCK_SECONDS, Stuck, watched
from brownout.drill.so_far import SoFar
from brownout.server.system import monotonic
from brownout.verdict import Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event

    from brownout.drill.sim.ground import SimGround

ENDS_SECONDS: Final = 60.0
"""How long, in virtual time, the last orders may take; three times the load's length goes before."""
_GLANCE_SECONDS: Final = 0.1
_LOOKS_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SimPlay(Playing):
    """One arm whose users are green threads of this process.

    `stalled_seconds` of real time is how long one of them may keep the others from running.
    """

    ground: SimGround
    client: type
    stalled_seconds: float = STUCK_SECONDS

    def _send(self, stop: Event) -> Ending:
        """Return once the orders are sent."""
        net, inbox = self.ground.net, Inbox()
        postman = Postman(net, inbox)
        net.watch(postman.watch)
        users = Users(
            net, arm=self.arm, client=self.client, load=self.load, orders=self.orders, seed=self.plan.seed, inbox=inbox
        )
        glance, brake, journal = _Glances(self), self._brake(), net.world.journal
        until = ENDS_SECONDS + 3 * self.load.duration_seconds

        def over() -> bool:
            return glance.over(stop) or not users.left or brake.pull(begun=journal.written > 0) is not None

        with self._alone():
            postman.watch(net.world)
            users.begin()
            net.scheduler.run(until=until, each=over)
        glance.look()
        cut = stop.is_set() or brake.pulled is not None
        return Ending(None if cut else self._trouble(users.left, until), users.complaint(), brake.pulled)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Have chance and time in hand, and in the end leave nobody behind.

        Raises:
            UsageError: if the client took time out of our hands.
        """
        scheduler = self.ground.net.scheduler
        try:
            with _chance(f"{self.plan.seed}|{self.arm}"), watched(scheduler, self.stalled_seconds):
                try:
                    yield
                finally:
                    scheduler.end()
        except Stuck as stuck:
            raise UsageError(f"arms.{self.arm}.client: {stuck}") from None

    def _brake(self) -> Brake:
        scheduler = self.ground.net.scheduler
        return Brake(
            Head.of(self.plan, self.arm),
            SoFar(self.ground.net.world, lambda read: read()).read,
            every_seconds=max(EVERY_SECONDS, self.load.duration_seconds / _LOOKS_MOST),
            now=lambda: scheduler.now,
        )

    def _trouble(self, left: int, until: float) -> str | None:
        if not left:
            return None
        stuck = self.ground.net.scheduler.stuck
        if stuck:
            return f"{stuck} of {self.load.users} users wait for a lock that nobody gives back"
        return f"the load had not ended {until:.0f} s after its start, in virtual time"

    def _about(self) -> Mapping[str, Any]:
        """Return what the head says of a simulation."""
        again = f"brownout sim {shlex.quote(self.plan.name)} --seed {self.plan.seed}"
        return {"simulated": True, "versions": versions("greenlet"), "repeat": again}


class _Glances:
    """Looks at a running arm now and then, for whoever watches; nothing hangs on when."""

    def __init__(self, play: SimPlay) -> None:
        self._play = play
        self._next = 0.0

    def over(self, stop: Event) -> bool:
        """Look if it is time to; return whether the run is to end."""
        now = monotonic()
        if now >= self._next:
            self._next = now + _GLANCE_SECONDS
            self.look()
        return stop.is_set()

    def look(self) -> None:
        """Tell the watcher how far it is."""
        look = self._play.ground.look()
        for finding in look.findings:
            self._play.watch.finding(finding)
        self._play.watch.tick(look.snapshot)


@contextmanager
def _chance(seed: str) -> Iterator[None]:
    """Let a client that draws from Python's one generator draw the same in every run."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
