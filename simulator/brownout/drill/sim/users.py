"""The simulated users of one arm: its client and its journey, on virtual time.

`brownout_clients` are imported here and nowhere else in this process; `load` puts them on the search path.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from brownout.core.errors import UsageError
from brownout.drill import journeys
from brownout.drill.arrivals import arrival
from brownout.drill.sim.wire import EPOCH
from brownout.server import control

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.plan import Load
    from brownout.drill.arrivals import Arrival
    from brownout.drill.sim.post import Inbox
    from brownout.drill.sim.scheduler import Scheduler
    from brownout.drill.sim.wire import Net


def client_class(arm: str, client: str, journey: str) -> type:
    """Return an arm's client.

    Raises:
        UsageError: if it can't be had.
    """
    try:
        clients = _clients(journey, "clients")
        found: type = clients.client_class(client)
        clients.fit(found, journey)
    except SystemExit as refused:  # how the clients' own files say it, under Locust too
        raise UsageError(f"arms.{arm}.client: {str(refused.code).removeprefix('client: ')}") from None
    return found


class Users:
    """Everybody who sends an arm's load. `left` is how many are still at work."""

    def __init__(
        self, net: Net, *, arm: str, client: type, load: Load, orders: Sequence[Arrival], seed: int, inbox: Inbox
    ) -> None:
        self._net = net
        self._arm = arm
        self._client = client
        self._load = load
        self._seed = seed
        self._clock = VirtualClock(net.scheduler)
        self._orders = iter(orders) if load.open else _endless(seed, load.journey)
        self._customer = _clients(load.journey, "customer")
        self._guard = _clients(load.journey, "guard")
        self._protocols = _clients(load.journey, "protocols")
        door = _clients(load.journey, "journeys").JOURNEYS[load.journey].door
        self._inbox = _clients(load.journey, "inbox").Door(inbox, self._clock, seed) if door else inbox
        self._crowd = self._customer.Crowd()
        self.left = load.users

    def begin(self) -> None:
        """Let them all begin."""
        for _ in range(self._load.users):
            self._net.scheduler.spawn(self._live)

    def complaint(self) -> str | None:
        """Return what the client did that none may, None if it kept to its protocol."""
        said: str | None = self._crowd.complaint()
        return said

    def _live(self) -> None:
        """Be one user, from the first order to the last."""
        wire = UserWire(self._net, self._customer, self._protocols)
        around = self._protocols.Surroundings(
            base=self._net.base,
            transport=wire,
            clock=self._clock,
            seed=self._seed,
            shared=self._crowd.client,
            lock=self._net.scheduler.lock,
            inbox=self._inbox,
        )
        try:
            client = self._guard.Guarded(self._client(around))
        except (Exception, SystemExit) as problem:  # somebody's own class may raise anything
            said = f"{self._client.__name__} can't be made: {self._guard.reason(problem)}"
            raise UsageError(f"arms.{self._arm}.client: {said}") from problem
        customer = self._customer.Customer(
            client, wire, self._clock, self._crowd, journey=self._load.journey, wall=_wall, tell=self._tell
        )
        while (order := self._next()) is not None:
            customer.serve(order)
            if self._load.think_seconds:
                self._clock.sleep(self._load.think_seconds)
        customer.leave()
        self.left -= 1

    def _next(self) -> Any:
        """Return the next order once it is due, None if there are no more."""
        if not self._load.open:
            self._clock.sleep(-self._clock.now())
            if self._clock.now() >= self._load.duration_seconds:
                return None
        planned = next(self._orders, None)
        if planned is None:
            return None
        order = self._protocols.Order(**planned.as_dict())
        if not self._load.open:
            return replace(order, due_seconds=round(self._clock.now(), 6))
        self._clock.sleep(order.due_seconds - self._clock.now())
        return order

    def _tell(self, said: Mapping[str, Any]) -> None:
        control.claim(self._net.world, [orjson.dumps(said)])


class VirtualClock:
    """Time as a simulated client lives in it."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> float:
        """Return seconds since the first order was due."""
        return self._scheduler.now

    def wall(self) -> float:
        """Return the unix time, which is as made up as everything else."""
        return EPOCH + self._scheduler.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._scheduler.sleep(seconds)


class UserWire:
    """One user's connection; it says with each request which order it is for and when that was due."""

    def __init__(self, net: Net, customer: Any, protocols: Any) -> None:
        self._net = net
        self._baggage_of = customer.baggage
        self._patience_seconds = customer.NETWORK_SECONDS
        self._response, self._lost = protocols.Response, protocols.Lost
        self._baggage = ""
        self._broken = False

    def about(self, key: str, due_seconds: float) -> None:
        """Let what follows be about an order."""
        self._baggage = self._baggage_of(key, due_seconds)

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Any:
        """Return the answer.

        Raises:
            Lost: if none came.
        """
        if self._broken:  # the connection was to end with this request, which nobody read
            self._broken = False
            raise self._lost("ConnectionResetError")
        try:
            answer = self._net.send(
                method, url, headers={**headers, "baggage": self._baggage}, body=body or b"",
                patience_seconds=self._patience_seconds,
            )  # fmt: skip
        except (ConnectionError, TimeoutError) as problem:
            raise self._lost(type(problem).__name__) from None
        self._broken = answer.ends_on_next
        return self._response(answer.sent.status, answer.sent.headers, answer.sent.body)


def _clients(journey: str, module: str) -> Any:
    """Return a module of the clients that travel with Brownout."""
    folder = str(journeys.find(journey).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(f"brownout_clients.{module}")


def _endless(seed: int, journey: str) -> Iterator[Arrival]:
    number = 0
    while True:
        number += 1
        yield arrival(seed, number, 0.0, journey=journey)


def _wall(elapsed: float) -> float:
    """Return the unix time of a moment."""
    return round(EPOCH + elapsed, 6)
