"""Webhooks without sockets: what is due is handed to the client's own receiver, in virtual time.

Like the server's courier, deliveries to one endpoint go one after another, and failed ones come again on the provider's
ladder. A URL that no receiver of the client's has is one where nothing listens.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict

from brownout.drill.sim.wire import SERVICE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.hooks import Attempt, Delivery
    from brownout.core.sandbox import Sandbox
    from brownout.drill.sim.wire import Net

    Hear = Callable[[Mapping[str, str], bytes], int]

RECEIVER: Final = "http://127.0.0.1:9/brownout"
"""Where receivers say that they are: on the loopback, since providers let webhooks go nowhere else."""


class Inbox:
    """Where webhooks of one arm arrive."""

    def __init__(self) -> None:
        self._hear: dict[str, Hear] = {}

    def open(self, name: str, hear: Hear) -> str:
        """Hand what arrives for `name` to `hear`, and return the URL to tell the provider."""
        url = f"{RECEIVER}/{name}"
        self._hear[url] = hear
        return url

    def at(self, url: str) -> Hear | None:
        """Return who listens at `url`, None if nobody does."""
        return self._hear.get(url)


class Postman:
    """Wakes an arm's world when something is due, and delivers its webhooks to `inbox`."""

    def __init__(self, net: Net, inbox: Inbox) -> None:
        self._net = net
        self._inbox = inbox
        self._wakes_at = float("inf")
        self._lanes: dict[str, deque[Delivery]] = {}

    def watch(self, world: Sandbox) -> None:
        """Deliver what is due in `world`, and wake it when the next thing is."""
        while (delivery := world.hooks.take()) is not None:
            lane = self._lanes.get(delivery.lane)
            if lane is not None:
                lane.append(delivery)
                continue
            self._lanes[delivery.lane] = deque([delivery])
            self._net.scheduler.spawn(partial(self._work, world, delivery.lane))
        due = world.timers.next_due
        if due is None:
            return
        seconds = world.clock.wall_seconds_until(due, self._net.wall)
        if seconds is not None and self._net.wall + seconds < self._wakes_at:
            self._wakes_at = at = self._net.wall + seconds
            self._net.scheduler.spawn(lambda: self._wake(world, at), after_seconds=seconds)

    def _wake(self, world: Sandbox, at: float) -> None:
        if at == self._wakes_at:
            self._wakes_at = float("inf")
        world.arrive(self._net.wall)
        self.watch(world)

    def _work(self, world: Sandbox, name: str) -> None:
        lane = self._lanes[name]
        while lane:
            delivery = lane.popleft()
            attempt = world.hooks.prepare(delivery, world.arrive(self._net.wall))
            if attempt is None:
                continue
            self._net.wait(SERVICE_SECONDS)
            hear, began = self._inbox.at(attempt.url), self._net.wall
            status = None if hear is None else _heard(hear, attempt)
            error = "ConnectionRefusedError: nothing listens there" if hear is None else None
            if self._net.wall - began > attempt.timeout_seconds:  # it has answered, and nobody waited for that
                status, error = None, f"no answer within {attempt.timeout_seconds:g}s"
            world.hooks.settle(delivery, status, error, world.arrive(self._net.wall))
        del self._lanes[name]
        self.watch(world)


def _heard(hear: Hear, attempt: Attempt) -> int:
    """Return what a receiver answers, as a web server does for it."""
    try:
        return hear(CIMultiDict(attempt.headers), attempt.body)
    except Exception:  # noqa: BLE001 - whatever somebody's receiver raises, a web server answers 500
        return 500
