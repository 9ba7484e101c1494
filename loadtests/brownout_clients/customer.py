"""A user as journeys know one: takes orders, goes through the journey, says how each went; knows nothing of Locust.

`user` plays it under Locust, `brownout sim` in one process on virtual time. What differs is given to it: what sends,
what time it is, and who hears of the claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from brownout_clients.guard import Broken
from brownout_clients.journeys import JOURNEYS, Belief, claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout_clients.protocols import Client, Clock, Order

CONNECT_SECONDS = NETWORK_SECONDS = 5.0
"""How long a user waits for a connection, and for the next bytes of an answer."""


class Wire(Protocol):
    """A transport that says with each request which order it is for and when that was due."""

    def about(self, key: str, due_seconds: float) -> None:
        """Let what follows be about an order."""


def baggage(key: str, due_seconds: float) -> str:
    """Return the header that names an order.

    >>> baggage("order 7", 1.5)
    'brownout.key=order%207,brownout.due=1.500000'
    """
    return f"brownout.key={quote(key, safe='')},brownout.due={due_seconds:.6f}"


class Crowd:
    """What all users of one process share: who is at work, what is in doubt, what broke, the client's own things."""

    def __init__(self) -> None:
        self.at_work: set[int] = set()
        self.doubtful: list[tuple[Order, Belief]] = []
        self.started: dict[str, float] = {}
        self.last_due_seconds = 0.0
        self.broke: list[str] = []
        self.client: dict[str, Any] = {}

    def complaint(self) -> str | None:
        """Return what the client did that none may, None if it kept to its protocol."""
        if not self.broke:
            return None
        more = len(self.broke) - 1
        return f"{self.broke[0]}{f'; and {more} more like it' if more else ''}"


class Told(NamedTuple):
    """How an order went, and when that was known, in seconds since the beginning."""

    belief: Belief
    ended: float


class Customer:
    """One user. `wall` turns seconds since the beginning into unix time, `tell` takes a claim."""

    def __init__(
        self,
        client: Client,
        wire: Wire,
        clock: Clock,
        crowd: Crowd,
        *,
        journey: str,
        wall: Callable[[float], float],
        tell: Callable[[dict[str, Any]], object],
    ) -> None:
        self._client = client
        self._wire = wire
        self._clock = clock
        self._crowd = crowd
        self._journey = JOURNEYS[journey]
        self._wall = wall
        self._tell = tell
        crowd.at_work.add(id(self))

    def serve(self, order: Order) -> Told:
        """Take one order from its time to its claim."""
        crowd, started = self._crowd, self._clock.now()
        self._wire.about(order.order, order.due_seconds)
        belief = self._through(order)
        if belief.outcome != "ok" or self._journey.settles_all:
            crowd.doubtful.append((order, belief))
            crowd.started[order.order] = started
        crowd.last_due_seconds = max(crowd.last_due_seconds, order.due_seconds)
        ended = self._clock.now()
        self._claim(order, belief, started, ended)
        return Told(belief, ended)

    def leave(self) -> bool:
        """Go home; the last to go reconciles, and is told so."""
        crowd = self._crowd
        crowd.at_work.discard(id(self))
        if crowd.at_work:
            return False
        self._wire.about("reconcile", crowd.last_due_seconds)
        try:
            for order, belief in self._journey.settle(self._client, crowd.doubtful):
                self._claim(order, belief, crowd.started[order.order], self._clock.now())
        except Broken as broke:
            crowd.broke.append(f"in the end: {broke}")
        return True

    def _through(self, order: Order) -> Belief:
        try:
            return self._journey(self._client, order, self._clock)
        except Broken as broke:
            self._crowd.broke.append(f"{order.order}: {broke}")
            return Belief("unknown", error="client_bug", detail=str(broke))

    def _claim(self, order: Order, belief: Belief, started: float, ended: float) -> None:
        said = claim(order, belief) | {
            "scheduled_at": self._wall(order.due_seconds),
            "started_at": self._wall(started),
            "at": self._wall(ended),
        }
        if belief.seen_at is not None:
            said["seen_at"] = self._wall(belief.seen_at)
        self._tell(said)
