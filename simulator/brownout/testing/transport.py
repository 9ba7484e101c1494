"""The engine without sockets and without waiting: for property tests, and for many worlds in a second.

Time is virtual: a `Delay` moves the wall clock ahead instead of waiting. A `Flight` is one exchange that can be
stopped at each effect, so that a test decides how exchanges interleave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from multidict import CIMultiDict

from brownout.assembly import registries as all_registries
from brownout.core.effects import Delay, Delivery, Hang, Reply
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.exchange import Request
from brownout.core.live import HEADER
from brownout.core.plan import Plan
from brownout.server.asked import Asked, texts_of
from brownout.server.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import Effect, Outcome
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox

EPOCH = 1_780_000_000.0
"""Where virtual wall time begins unless told otherwise (2026-05-28)."""


class Sent(NamedTuple):
    """What a client would have received."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Flight:
    """One exchange under way."""

    def __init__(self, transport: EngineTransport, world: Sandbox, provider: str, request: Request) -> None:
        """Route and identify the request; nothing else has happened yet."""
        self._transport = transport
        self._world = world
        self._model = transport.registries.providers[provider]
        self.exchange = transport.worlds.engine.begin(world, self._model, request, transport.wall)
        self._steps = transport.worlds.engine.run(world, self._model, self.exchange)
        self._begun = False
        self.last: Effect | None = None

    def step(self) -> Effect:
        """Go on to the next effect and return it; the exchange ends with the first that isn't a `Delay`."""
        moment = self._world.arrive(self._transport.wall)
        self.last = self._steps.send(moment) if self._begun else next(self._steps)
        self._begun = True
        return self.last

    def finish(self) -> Sent:
        """Run to the end, moving time over delays, and return what the client received.

        A body that is sent slowly takes its time too.

        Raises:
            ConnectionResetError: if it received a reset, be it in the body.
            ConnectionAbortedError: if the connection was closed in the body.
            TimeoutError: if it was left hanging, or without the rest of the body.
        """
        effect = self.last if self.last is not None else self.step()
        while isinstance(effect, Delay):
            self._transport.wall += effect.seconds
            effect = self.step()
        self._steps.close()
        engine = self._transport.worlds.engine
        if isinstance(effect, Reply):
            return self._received(effect)
        if isinstance(effect, Hang):
            engine.finish(self._world, self.exchange, "client_gone", wall=self._transport.wall)
            raise TimeoutError
        engine.finish(self._world, self.exchange, "reset", wall=self._transport.wall)
        raise ConnectionResetError

    def _received(self, reply: Reply) -> Sent:
        """Return what arrives of an answer, as its delivery says; what comes after it is nobody's here."""
        engine, how = self._transport.worlds.engine, reply.delivery or Delivery()
        body = b"" if self.exchange.request.method == "HEAD" else reply.body
        pieces = list(how.pieces(len(body)))
        self._transport.wall += sum(after for _, after in pieces)
        if not body or how.whole(len(body)):
            engine.finish(self._world, self.exchange, "sent", wall=self._transport.wall)
            most = len(body) if how.claimed_bytes is None else how.claimed_bytes
            return Sent(reply.status, reply.headers, body[: min(most, sum(size for size, _ in pieces))])
        outcome: Outcome = "client_gone" if how.ending == "keep" else "cut"
        engine.finish(self._world, self.exchange, outcome, wall=self._transport.wall)
        if how.ending == "keep":
            raise TimeoutError
        said = f"{sum(size for size, _ in pieces)} of {len(body)} bytes of the body arrived"
        raise ConnectionResetError(said) if how.ending == "reset" else ConnectionAbortedError(said)


class EngineTransport:
    """Requests straight into the engine, on virtual time."""

    def __init__(self, plan: Plan | None = None, *, registries: Registries | None = None, wall: float = EPOCH) -> None:
        self.wall = wall
        self.registries = registries or all_registries()
        self.worlds = Worlds(self.registries, plan or Plan(), wall=wall)
        self._asked = Asked(self.registries)

    @property
    def world(self) -> Sandbox:
        """The default sandbox."""
        return self.worlds.default

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        sandbox: str = DEFAULT,
    ) -> Flight:
        """Return an exchange that has arrived; `url` begins with the provider's prefix (`/stripe/v1/…`)."""
        parts = urlsplit(url)
        name, _, rest = parts.path.lstrip("/").partition("/")
        if name not in self.registries.providers:
            raise UsageError(f"provider: {did_you_mean(name, self.registries.providers)}")
        world, _ = self.worlds.get(sandbox, self.wall)
        given = CIMultiDict(headers or {})
        asked = self._asked.rules(texts_of(given)) if world.plan.fault_header and HEADER in given else ()
        request = Request(method, f"/{rest}", query=parts.query, headers=given, body=body, asked=asked)
        return Flight(self, world, name, request)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        sandbox: str = DEFAULT,
    ) -> Sent:
        """Run one exchange to its end; see `Flight.finish` for what it raises."""
        return self.open(method, url, headers=headers, body=body, sandbox=sandbox).finish()

    def advance(self, seconds: float) -> None:
        """Move every world ahead; webhooks are not delivered here."""
        for world in self.worlds:
            world.clock.advance(seconds, self.wall)
            world.arrive(self.wall)
