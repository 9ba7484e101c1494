"""How a simulated user's requests reach the engine: no sockets, but delays, resets and slow bodies as on a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import orjson
from multidict import CIMultiDict

from brownout.core.dates import http_date
from brownout.core.effects import Reply
from brownout.core.errors import SandboxError, UsageError
from brownout.core.exchange import Request
from brownout.core.live import HEADER
from brownout.server.asked import Asked, texts_of
from brownout.server.dispatch import Listener, NobodysError, dispatch, path_and_query
from brownout.server.flight import Flight, Sent
from brownout.server.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox
    from brownout.drill.sim.scheduler import Scheduler

EPOCH: Final = 1_780_000_000.0
"""The wall time at which the first order is due (2026-05-28), so that equal runs write equal times."""
LEAD_SECONDS: Final = 0.5
"""How long before that the world begins, and users are made."""
SERVICE_SECONDS: Final = 0.001
"""What each exchange takes on the way, so that an order isn't over in the instant in which it began."""
ORIGIN: Final = "http://brownout.invalid"
"""Where providers are: a name that never leads anywhere (RFC 2606)."""


class Answer(NamedTuple):
    """What came back; `ends_on_next` says that the connection breaks when it is used again."""

    sent: Sent
    ends_on_next: bool


class Net:
    """The server's side of every wire: one arm's world, and the engine that runs its requests."""

    def __init__(
        self, scheduler: Scheduler, registries: Registries, plan: Plan, name: str, *, records_kept: int
    ) -> None:
        self.scheduler = scheduler
        self.worlds = Worlds(registries, plan, wall=self.wall, records_kept=records_kept)
        self.world = self.worlds.make(name, self.wall, plan)
        self.base = f"{ORIGIN}/~{name}"
        self._asked = Asked(registries)
        self._after: list[Callable[[Sandbox], None]] = []

    @property
    def wall(self) -> float:
        """Virtual unix time."""
        return EPOCH + self.scheduler.now

    def wait(self, seconds: float) -> None:
        """Let virtual time pass for whoever calls."""
        self.scheduler.sleep(seconds)

    def deliver(self, world: Sandbox) -> bool:
        """Send the webhooks off that are due; return whether anybody delivers them at all."""
        self._settle(world)
        return bool(self._after)

    def watch(self, tell: Callable[[Sandbox], None]) -> None:
        """Call `tell` with the world whenever an exchange may have set timers."""
        self._after.append(tell)

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, patience_seconds: float
    ) -> Answer:
        """Return what the server answers.

        Raises:
            ConnectionError, TimeoutError: if no answer came.
        """
        given = CIMultiDict({"Host": urlsplit(url).netloc, **headers})
        path, query = path_and_query(url)
        try:
            target = dispatch(self.worlds, Listener(), method, path, given)
            world, _ = self.worlds.get(target.sandbox, self.wall)
        except (NobodysError, SandboxError) as problem:
            return _ours(404, str(problem))
        if not url.startswith(f"{ORIGIN}/"):
            raise ConnectionRefusedError(f"a simulated client has no network, so nothing answers at {url}")
        if target.provider is None:
            return _ours(404, "a simulation has no admin API")
        try:
            asked = self._asked.rules(texts_of(given)) if world.plan.fault_header and HEADER in given else ()
        except UsageError as wrong:
            return _ours(400, str(wrong))
        request = Request(
            method,
            target.path,
            query=query,
            headers=given,
            body=body,
            peer="127.0.0.1",
            base_url=ORIGIN + path.removesuffix(target.path),
            client_label=target.client_label,
            asked=asked,
        )
        flight = Flight(self.worlds, self, world, target.provider.name, request)
        flight.step()
        self.wait(SERVICE_SECONDS)
        try:
            sent = flight.finish(patience_seconds)
        except TimeoutError:
            if not flight.landed:
                self.scheduler.spawn(lambda: self._abandoned(flight, world))
            raise
        finally:
            self._settle(world)
        told = {**sent.headers, "Date": http_date(self.wall), "Brownout-Exchange": flight.exchange.id}
        how = flight.last.delivery if isinstance(flight.last, Reply) else None
        return Answer(sent._replace(headers=CIMultiDict(told)), how is not None and how.ends_on_next)

    def _abandoned(self, flight: Flight, world: Sandbox) -> None:
        flight.abandon()
        self._settle(world)

    def _settle(self, world: Sandbox) -> None:
        if world.timers.next_due is not None or world.hooks.waiting:
            for tell in self._after:
                tell(world)


def _ours(status: int, said: str) -> Answer:
    """Return an answer of Brownout's own, in a form that no provider uses."""
    body = orjson.dumps({"brownout_error": said})
    return Answer(Sent(status, CIMultiDict({"Content-Type": "application/json"}), body), ends_on_next=False)
