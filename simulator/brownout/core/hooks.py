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
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from brownout.core.deliveries import touched
from brownout.core.effects import Await
from brownout.core.send_off import SendOff

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from brownout.core.deliveries import Struck
    from brownout.core.moment import Moment
    from brownout.core.provider import Endpoint
    from brownout.core.sandbox import Sandbox

DELIVERIES_KEPT: Final = 10_000
"""How many deliveries are kept; the oldest go first, settled ones before those still pending."""
ATTEMPTS_KEPT: Final = 32
"""How many attempts a delivery remembers: the newest. No ladder has as many; being sent again by hand adds to them."""
ANSWER_KEPT_BYTES: Final = 1_024
"""How much of what a receiver answers is kept."""
_OLDEST_LOOKED_AT: Final = 16
_GOOD: Final = range(200, 300)
_OUTSTANDING: Final = frozenset(("pending", "failed", "dropped"))
_SENT: Final = frozenset(("pending", "delivered"))

State: TypeAlias = Literal["pending", "delivered", "failed", "cancelled", "dropped"]
"""What has become of a delivery; a fault may have it dropped: never sent at all."""


class Tried(NamedTuple):
    """One attempt that was made: world time, answer's status (None if there was none) and what went wrong.

    `seconds` is how long the answer took in wall time, `headers` what was sent, and `answer` the first kilobyte of what
    came back: as far as whoever posted it has said so, see `Hooks.log`.
    """

    at: float
    status: int | None
    error: str | None
    seconds: float | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    answer: bytes = b""

    def as_dict(self, started_at: float) -> dict[str, Any]:
        """Return the attempt in short; its time is an offset from the world's start."""
        return {
            "at": round(self.at - started_at, 6),
            "status": self.status,
            "error": self.error,
            "seconds": None if self.seconds is None else round(self.seconds, 6),
        }


class Delivery:
    """One event on its way to one endpoint."""

    __slots__ = (
        "account",
        "endpoint",
        "event",
        "event_type",
        "generation",
        "id",
        "lane",
        "made",
        "next_at",
        "off_ladder",
        "provider",
        "repeats",
        "resumes_at",
        "state",
        "struck",
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
        self.resumes_at: float | None = None  # the next rung, while one that was asked for by hand goes before it
        self.made = 0  # tries, also those that it doesn't remember any more
        self.off_ladder = 0  # how many of them took no rung
        self.generation = 0  # of the try that is scheduled: an earlier one is void
        self.struck: Struck | None = None  # what faults make of it
        self.lane = endpoint.id  # deliveries in one lane are posted one after the other
        self.repeats: tuple[float, ...] = ()  # after how long it comes again, each time that it was acknowledged

    @property
    def event_key(self) -> tuple[str, str, Any]:
        """What tells its event from every other of the sandbox."""
        return self.provider, self.account, self.event.get("id")

    def copy(self, delivery_id: str) -> Delivery:
        """Return another delivery of the same event to the same endpoint, which meets the same faults."""
        made = Delivery(
            delivery_id, provider=self.provider, account=self.account, event=self.event, event_type=self.event_type,
            endpoint=self.endpoint,
        )  # fmt: skip
        made.struck = self.struck
        return made

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
            "attempts": [tried.as_dict(started_at) for tried in self.tried],
            "faults": [] if self.struck is None else [one.as_dict() for one in self.struck.exchange.fired or ()],
        }


def ladder_of(world: Sandbox, provider: str) -> Sequence[float]:
    """Return the world seconds between one failed delivery and the next try: the provider's, or as its options say."""
    model = world.providers[provider]
    own: Sequence[float] | None = getattr(world.options(provider), "webhook_ladder_seconds", None)
    return model.webhook_ladder_seconds if own is None else own


class Attempt(NamedTuple):
    """What the server posts now."""

    delivery: Delivery
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_seconds: float


class Hooks:
    """All deliveries of a sandbox."""

    __slots__ = ("_deliveries", "_due", "_of_event", "_send_off", "_world", "answering", "early", "evicted",
                 "failing_since", "guests")  # fmt: skip

    def __init__(self, world: Sandbox) -> None:
        """Start with nothing to deliver."""
        self._world = world
        self.guests: dict[str, tuple[Endpoint, ...]] = {}  # by provider: endpoints of those who listen for a while
        self.failing_since: dict[tuple[str, str], float] = {}  # by provider and endpoint: since when every try failed
        self._of_event: dict[tuple[str, str, Any], list[Delivery]] = {}
        self._deliveries: OrderedDict[str, Delivery] = OrderedDict()
        self._due: deque[Delivery] = deque()
        self._send_off = SendOff(world, self._schedule, self._keep)
        self.early = self._send_off.early
        self.answering = False  # whether there is a call whose answer could wait: what a timer causes has none
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

    def of_event(self, provider: str, account: str, event_id: Any) -> Sequence[Delivery]:
        """Return the deliveries of one event, oldest first."""
        return self._of_event.get((provider, account, event_id), ())

    def outstanding(self, provider: str, account: str, event_id: Any) -> int:
        """Return how many endpoints an event is yet to reach; those given up count, those that are gone don't."""
        found = self.of_event(provider, account, event_id)
        reached = {one.endpoint.id for one in found if one.state == "delivered"}
        return len({one.endpoint.id for one in found if one.state in _OUTSTANDING} - reached)

    def log(self, delivery: Delivery, attempt: Attempt, seconds: float, answer: bytes) -> None:
        """Note of the attempt settled last what was sent, how long its answer took in wall time, and what that was."""
        if delivery.tried:
            delivery.tried[-1] = delivery.tried[-1]._replace(
                seconds=seconds, headers=attempt.headers, answer=answer[:ANSWER_KEPT_BYTES]
            )
        del delivery.tried[:-ATTEMPTS_KEPT]

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
            self._send_off.meet(delivery, moment)
        return number

    def awaited(self) -> Await | None:
        """Return what the answer of the call under way waits for, because a fault has webhooks come before it.

        A world that is gone or began again delivers none of them, and nobody waits.
        """
        early, seconds = self._send_off.awaited()
        world = self._world

        def over() -> bool:
            gone = world.hooks is not self or world.dropped
            return gone or all(one.tried or one.state != "pending" for one in early)

        return Await(over, seconds) if early else None

    def redeliver(self, delivery: Delivery, moment: Moment) -> None:
        """Try a delivery again now, whatever became of it before.

        That takes no rung of the ladder: if it fails, a try that was scheduled comes at its time all the same. (Stripe
        docs, Webhooks: manual retries don't dismiss the automatic ones; read 2026-11-24.) One that is being tried at
        this moment isn't tried twice.
        """
        resumes_at = delivery.next_at if delivery.state == "pending" else None
        if resumes_at is not None and resumes_at <= moment.world:
            return
        delivery.resumes_at = resumes_at
        delivery.state = "pending"
        self._schedule(delivery, moment.world)

    def take(self) -> Delivery | None:
        """Return the next delivery to attempt, None if none is due."""
        return self._due.popleft() if self._due else None

    def prepare(self, delivery: Delivery, moment: Moment) -> Attempt | None:
        """Return what to post, signed at `moment`.

        None if the endpoint is gone or switched off by now, or if the try is lost on the way: then it is settled.
        """
        model = self._world.providers[delivery.provider]
        endpoints = model.endpoints(self._world, delivery.account)
        current = next((one for one in endpoints if one.id == delivery.endpoint.id), None)
        if current is None:
            delivery.state, delivery.next_at = "cancelled", None
            self.failing_since.pop((delivery.provider, delivery.endpoint.id), None)
            return None
        delivery.endpoint = current
        timeout, struck, number = model.webhook_timeout_seconds, delivery.struck, delivery.made + 1
        if struck is None:
            headers, body = touched(model, delivery.event, current, moment.wall, ())
        elif struck.lost(number):
            self.settle(delivery, None, "lost on the way: a fault", moment)
            return None
        else:
            headers, body = struck.posted(model, delivery.event, current, moment.wall, number)
            timeout = struck.timeout(number, timeout)
        return Attempt(delivery, current.url, dict(headers), body, timeout)

    def settle(self, delivery: Delivery, status: int | None, error: str | None, moment: Moment) -> None:
        """Note what an attempt met, and schedule the next rung of the ladder if it failed."""
        due_at = delivery.next_at if delivery.next_at is not None else moment.world
        delivery.tried.append(Tried(due_at, status, error))
        delivery.made += 1
        delivery.next_at = None
        if delivery.state == "delivered":  # nobody minds what becomes of a repeat
            self._send_off.repeat(delivery, moment.world)
            return
        if status is not None and status in _GOOD:
            delivery.state = "delivered"
            self._send_off.repeat(delivery, moment.world)
            self.failing_since.pop((delivery.provider, delivery.endpoint.id), None)
            return
        self.failing_since.setdefault((delivery.provider, delivery.endpoint.id), due_at)
        ladder = ladder_of(self._world, delivery.provider)
        if delivery.resumes_at is not None:
            delivery.off_ladder += 1
            resumes_at, delivery.resumes_at = delivery.resumes_at, None
            self._schedule(delivery, resumes_at)
            return
        tries = delivery.made - delivery.off_ladder
        if tries > len(ladder):
            delivery.state = "failed"
            return
        self._schedule(delivery, due_at + ladder[tries - 1])

    def _schedule(self, delivery: Delivery, due_at: float) -> None:
        delivery.next_at = due_at
        delivery.generation = generation = delivery.generation + 1

        def due(_at: float) -> None:
            if delivery.generation == generation and delivery.state in _SENT:
                self._due.append(delivery)

        self._world.timers.at(due_at, due)

    def _keep(self, delivery: Delivery) -> None:
        self._deliveries[delivery.id] = delivery
        self._of_event.setdefault(delivery.event_key, []).append(delivery)
        if len(self._deliveries) <= DELIVERIES_KEPT:
            return
        # The oldest settled one among the oldest few goes, else the oldest of all: never a walk over all of them.
        oldest = list(islice(self._deliveries.values(), _OLDEST_LOOKED_AT))
        gone = next((one for one in oldest if one.state != "pending"), oldest[0])
        gone.state = "cancelled" if gone.state == "pending" else gone.state
        del self._deliveries[gone.id]
        left = [one for one in self._of_event.pop(gone.event_key, ()) if one is not gone]
        if left:
            self._of_event[gone.event_key] = left
        self.evicted += 1
