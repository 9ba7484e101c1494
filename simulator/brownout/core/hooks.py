"""Webhooks, decided here and delivered by the server.

An event becomes one delivery for each endpoint that wants it; a delivery's attempts fall due on the world's timers.
The server takes deliveries from the outbox, posts them, and settles each with what came back: that schedules the
next try on the provider's ladder. An attempt is signed when it is about to be posted, with wall time, as a real one
is.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from brownout.core.moment import Moment
    from brownout.core.provider import Endpoint
    from brownout.core.sandbox import Sandbox

DELIVERIES_KEPT: Final = 10_000
"""How many deliveries are kept; the oldest go first, settled ones before those still pending."""
_OLDEST_LOOKED_AT: Final = 16
_GOOD: Final = range(200, 300)

State: TypeAlias = Literal["pending", "delivered", "failed", "cancelled"]


class Tried(NamedTuple):
    """One attempt that was made: world time, answer's status (None if there was none) and what went wrong."""

    at: float
    status: int | None
    error: str | None


class Delivery:
    """One event on its way to one endpoint."""

    __slots__ = (
        "account",
        "endpoint",
        "event",
        "event_type",
        "generation",
        "id",
        "next_at",
        "provider",
        "state",
        "tried",
    )

    def __init__(
        self, delivery_id: str, *, provider: str, account: str, event: Mapping[str, Any], event_type: str,
        endpoint: Endpoint,
    ) -> None:  # fmt: skip
        """Begin pending, with nothing tried."""
        self.id = delivery_id
        self.provider = provider
        self.account = account
        self.event = event
        self.event_type = event_type
        self.endpoint = endpoint
        self.state: State = "pending"
        self.tried: list[Tried] = []
        self.next_at: float | None = None
        self.generation = 0  # of the try that is scheduled: an earlier one is void

    def as_dict(self, started_at: float) -> dict[str, Any]:
        """Return the delivery for the admin API; times are offsets from the world's start."""
        return {
            "id": self.id,
            "event": self.event.get("id"),
            "type": self.event_type,
            "provider": self.provider,
            "account": self.account,
            "endpoint": self.endpoint.id,
            "url": self.endpoint.url,
            "state": self.state,
            "next_at": None if self.next_at is None else round(self.next_at - started_at, 6),
            "attempts": [
                {"at": round(tried.at - started_at, 6), "status": tried.status, "error": tried.error}
                for tried in self.tried
            ],
        }


class Attempt(NamedTuple):
    """What the server posts now."""

    delivery: Delivery
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_seconds: float


class Hooks:
    """All deliveries of a sandbox."""

    __slots__ = ("_deliveries", "_due", "_world", "evicted")

    def __init__(self, world: Sandbox) -> None:
        """Start with nothing to deliver."""
        self._world = world
        self._deliveries: OrderedDict[str, Delivery] = OrderedDict()
        self._due: deque[Delivery] = deque()
        self.evicted = 0

    def __iter__(self) -> Iterator[Delivery]:
        """Iterate oldest first."""
        return iter(self._deliveries.values())

    @property
    def waiting(self) -> bool:
        """Whether the outbox holds an attempt to take."""
        return bool(self._due)

    def find(self, delivery_id: str) -> Delivery | None:
        """Return a delivery by id."""
        return self._deliveries.get(delivery_id)

    def emit(
        self, provider: str, account: str, event: Mapping[str, Any], moment: Moment, to: Container[str] | None = None
    ) -> int:
        """Schedule `event` for every endpoint that wants it (of those in `to`, where given); return how many."""
        world = self._world
        model = world.providers[provider]
        name = model.event_name(event)
        number = 0
        for endpoint in model.endpoints(world, account):
            if to is not None and endpoint.id not in to:
                continue
            if not any(fnmatchcase(name, pattern) for pattern in endpoint.events):
                continue
            number += 1
            # Fixed by event and endpoint, so equal runs name deliveries equally.
            token = world.id_chance.text(f"delivery|{event['id']}|{endpoint.id}".encode(), 24)
            delivery = Delivery(
                f"whd_{token}",
                provider=provider,
                account=account,
                event=event,
                event_type=name,
                endpoint=endpoint,
            )
            self._keep(delivery)
            self._schedule(delivery, moment.world)
        return number

    def redeliver(self, delivery: Delivery, moment: Moment) -> None:
        """Try a delivery again now, whatever became of it before; a try that was scheduled is void."""
        delivery.state = "pending"
        self._schedule(delivery, moment.world)

    def take(self) -> Delivery | None:
        """Return the next delivery to attempt, None if none is due."""
        return self._due.popleft() if self._due else None

    def prepare(self, delivery: Delivery, moment: Moment) -> Attempt | None:
        """Return what to post, signed at `moment`; None if the endpoint is gone or switched off by now."""
        model = self._world.providers[delivery.provider]
        endpoints = model.endpoints(self._world, delivery.account)
        current = next((one for one in endpoints if one.id == delivery.endpoint.id), None)
        if current is None:
            delivery.state, delivery.next_at = "cancelled", None
            return None
        delivery.endpoint = current
        body = model.payload(delivery.event, current)
        headers = model.signature(body, current, moment.wall)
        return Attempt(delivery, current.url, headers, body, model.webhook_timeout_seconds)

    def settle(self, delivery: Delivery, status: int | None, error: str | None, moment: Moment) -> None:
        """Note what an attempt met, and schedule the next rung of the ladder if it failed."""
        due_at = delivery.next_at if delivery.next_at is not None else moment.world
        delivery.tried.append(Tried(due_at, status, error))
        delivery.next_at = None
        if status is not None and status in _GOOD:
            delivery.state = "delivered"
            return
        ladder = self._world.providers[delivery.provider].webhook_ladder_seconds
        tries = len(delivery.tried)
        if tries > len(ladder):
            delivery.state = "failed"
            return
        self._schedule(delivery, due_at + ladder[tries - 1])

    def _schedule(self, delivery: Delivery, due_at: float) -> None:
        delivery.next_at = due_at
        delivery.generation = generation = delivery.generation + 1

        def due(_at: float) -> None:
            if delivery.generation == generation and delivery.state == "pending":
                self._due.append(delivery)

        self._world.timers.at(due_at, due)

    def _keep(self, delivery: Delivery) -> None:
        self._deliveries[delivery.id] = delivery
        if len(self._deliveries) <= DELIVERIES_KEPT:
            return
        # The oldest settled one among the oldest few goes, else the oldest of all: never a walk over all of them.
        oldest = list(islice(self._deliveries.values(), _OLDEST_LOOKED_AT))
        gone = next((one for one in oldest if one.state != "pending"), oldest[0])
        gone.state = "cancelled" if gone.state == "pending" else gone.state
        del self._deliveries[gone.id]
        self.evicted += 1
