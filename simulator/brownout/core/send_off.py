"""How a new webhook delivery goes out: at once, unless a fault has it otherwise.

Faults decide in `core.deliveries`; this keeps what they need to remember: who waits for whom, what an answer waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.deliveries import decide, write_down

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.exchange import Exchange
    from brownout.core.hooks import Delivery
    from brownout.core.moment import Moment
    from brownout.core.sandbox import Sandbox


class _Batch:
    """Deliveries to one endpoint that wait to go out in the other order."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: list[Delivery] = []


class SendOff:
    """Sends new deliveries off; `schedule` lets one fall due at a world time, `keep` takes another one in."""

    __slots__ = ("_batches", "_keep", "_lanes", "_schedule", "_unwritten", "_world", "early")

    def __init__(
        self, world: Sandbox, schedule: Callable[[Delivery, float], None], keep: Callable[[Delivery], None]
    ) -> None:
        """Begin with nobody waiting."""
        self._world = world
        self._schedule = schedule
        self._keep = keep
        self._batches: dict[str, _Batch] = {}
        self._lanes: dict[str, int] = {}
        self.early: list[tuple[Delivery, float]] = []  # what an answer waits for, and for how long
        self._unwritten: list[Exchange] = []

    def meet(self, delivery: Delivery, moment: Moment) -> None:
        """Decide what faults make of a delivery, and let it fall due accordingly."""
        world, batch = self._world, self._batches.get(delivery.endpoint.id)
        struck = delivery.struck = decide(
            world, world.providers[delivery.provider], delivery.event, delivery.event_type, delivery.endpoint,
            delivery.account, moment,
        )  # fmt: skip
        if struck is not None:
            self._unwritten.append(struck.exchange)
            world.timers.at(moment.world, self._write_down)  # not now: the record of the call that caused it isn't yet
            if struck.never:
                delivery.state = "dropped"
                return
            if struck.lanes > 1:
                number = self._lanes[delivery.endpoint.id] = self._lanes.get(delivery.endpoint.id, 0) + 1
                delivery.lane = f"{delivery.endpoint.id}#{number % struck.lanes}"
            delivery.repeats = struck.again
            if struck.first_seconds is not None:
                delivery.lane = f"{delivery.endpoint.id}#{delivery.id}"  # behind nobody
                self.early.append((delivery, struck.first_seconds))
        if struck is not None and struck.until is not None:
            self._schedule(delivery, struck.until)
        elif batch is not None:
            self._join(batch, delivery, moment.world)
        elif struck is not None and struck.reverse is not None:
            batch = self._batches[delivery.endpoint.id] = _Batch(struck.reverse.batch)
            world.timers.at(moment.world + struck.reverse.within_seconds, lambda at: self._release(batch, at))
            self._join(batch, delivery, moment.world)
        else:
            self._schedule(delivery, moment.world)
        self._copy(delivery, moment)

    def awaited(self) -> tuple[list[Delivery], float]:
        """Return the deliveries that the answer of the call under way waits for, and how long at most."""
        now = self._world.moment.world
        here = [(one, seconds) for one, seconds in self.early if one.next_at is not None and one.next_at <= now]
        self.early.clear()
        return [one for one, _ in here], max((seconds for _, seconds in here), default=0.0)

    def repeat(self, delivery: Delivery, now: float) -> None:
        """Let a delivery that was acknowledged come again, if a fault wants that."""
        if delivery.repeats:
            seconds, *left = delivery.repeats
            delivery.repeats = tuple(left)
            self._schedule(delivery, now + seconds)

    def _copy(self, delivery: Delivery, moment: Moment) -> None:
        """Let copies of a delivery go out as deliveries of their own; each keeps what was decided for the first."""
        begins = delivery.next_at if delivery.next_at is not None else moment.world
        for number, seconds in enumerate(delivery.struck.copies if delivery.struck is not None else (), 1):
            key = f"delivery|{delivery.event['id']}|{delivery.endpoint.id}|copy {number}"
            copy = delivery.copy(f"whd_{self._world.id_chance.text(key.encode(), 24)}")
            copy.lane = f"{delivery.endpoint.id}#{copy.id}"  # it doesn't wait for the first
            self._keep(copy)
            self._schedule(copy, begins + seconds)

    def _join(self, batch: _Batch, delivery: Delivery, now: float) -> None:
        batch.waiting.append(delivery)
        if len(batch.waiting) >= batch.most:
            self._release(batch, now)

    def _release(self, batch: _Batch, at: float) -> None:
        """Let those who waited go, the newest first."""
        for delivery in reversed(batch.waiting):
            if self._batches.get(delivery.endpoint.id) is batch:
                del self._batches[delivery.endpoint.id]
            if delivery.state == "pending":
                self._schedule(delivery, at)
        batch.waiting.clear()

    def _write_down(self, _at: float) -> None:
        unwritten, self._unwritten = self._unwritten, []
        for exchange in unwritten:
            write_down(self._world, exchange)
