"""One exchange without a socket: it may be stopped at each effect, and whoever flies it says how time passes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from brownout.core.effects import Await, Delay, Delivery, Hang, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import Effect, Outcome
    from brownout.core.exchange import Request
    from brownout.core.sandbox import Sandbox
    from brownout.server.worlds import Worlds


_LOOKS_EVERY_SECONDS: Final = 0.005


class Time(Protocol):
    """Wall time as an exchange meets it."""

    @property
    def wall(self) -> float:
        """Unix seconds."""

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass; others may fly meanwhile."""

    def deliver(self, world: Sandbox) -> bool:
        """Send the webhooks off that are due; return whether anybody delivers them at all."""


class Sent(NamedTuple):
    """What a client would have received."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Flight:
    """One exchange under way. `landed` is whether it has come to its end."""

    def __init__(self, worlds: Worlds, time: Time, world: Sandbox, provider: str, request: Request) -> None:
        """Route and identify the request; nothing else has happened yet."""
        self._engine = worlds.engine
        self._time = time
        self._world = world
        model = worlds.registries.providers[provider]
        self.exchange = self._engine.begin(world, model, request, time.wall)
        self._steps = self._engine.run(world, model, self.exchange)
        self._begun = False
        self._owed_seconds = 0.0  # of a delay that its client didn't wait out
        self.landed = False
        self.last: Effect | None = None

    def step(self) -> Effect:
        """Go on to the next effect and return it; the exchange ends with the first that isn't a `Delay`."""
        moment = self._world.arrive(self._time.wall)
        self.last = self._steps.send(moment) if self._begun else next(self._steps)
        self._begun = True
        return self.last

    def finish(self, patience_seconds: float = inf) -> Sent:
        """Run to the end, waiting out delays, and return what the client received.

        A body that is sent slowly takes its time too. The client leaves after `patience_seconds` without a byte; before
        the answer is decided, the exchange then is still under way: see `abandon`.

        Raises:
            ConnectionResetError: if it received a reset, be it in the body.
            ConnectionAbortedError: if the connection was closed in the body.
            TimeoutError: if it was left hanging, or without the rest of the body, or lost patience.
        """
        effect = self.last if self.last is not None else self.step()
        left = patience_seconds
        while isinstance(effect, Delay | Await):
            left -= self._pause(effect, left)
            effect = self.step()
        if isinstance(effect, Reply):
            return self._received(effect, left, patience_seconds)
        if isinstance(effect, Hang):
            if left < inf:
                self._time.wait(left)
            self._land("client_gone")
            raise TimeoutError
        self._land("reset")
        raise ConnectionResetError

    def abandon(self) -> None:
        """Run to the end although the client has left: what it asked for is done all the same."""
        self._time.wait(self._owed_seconds)
        while isinstance(effect := self.step(), Delay | Await):
            self._pause(effect, inf)
        self._land("client_gone" if isinstance(effect, Reply | Hang) else "reset")

    def _pause(self, effect: Delay | Await, left: float) -> float:
        """Wait as long as an effect says; return how long that was.

        Raises:
            TimeoutError: if the client, whose patience lasts for `left` seconds more, has left meanwhile.
        """
        if isinstance(effect, Delay):
            if effect.seconds >= left:
                self._time.wait(left)
                self._owed_seconds = effect.seconds - left
                raise TimeoutError
            self._time.wait(effect.seconds)
            return effect.seconds
        waited = 0.0
        while waited < effect.seconds and self._time.deliver(self._world) and not effect.over():
            if waited >= left:
                raise TimeoutError
            self._time.wait(_LOOKS_EVERY_SECONDS)
            waited += _LOOKS_EVERY_SECONDS
        return waited

    def _received(self, reply: Reply, left: float, patience_seconds: float) -> Sent:
        """Return what arrives of an answer, as its delivery says; what comes after it is nobody's here."""
        how = reply.delivery or Delivery()
        body = b"" if self.exchange.request.method == "HEAD" else reply.body
        pieces = list(how.pieces(len(body))) if reply.delivery is not None else [(len(body), 0.0)]
        for _, after in pieces:
            if after >= left:
                self._time.wait(left)
                self._land("client_gone")
                raise TimeoutError
            if after:
                self._time.wait(after)
            left = patience_seconds
        if not body or how.whole(len(body)):
            self._land("sent")
            most = len(body) if how.claimed_bytes is None else how.claimed_bytes
            return Sent(reply.status, reply.headers, body[: min(most, sum(size for size, _ in pieces))])
        if how.ending == "keep":
            if left < inf:
                self._time.wait(left)
            self._land("client_gone")
            raise TimeoutError
        self._land("cut")
        said = f"{sum(size for size, _ in pieces)} of {len(body)} bytes of the body arrived"
        raise ConnectionResetError(said) if how.ending == "reset" else ConnectionAbortedError(said)

    def _land(self, outcome: Outcome) -> None:
        self._steps.close()
        self.landed = True
        self._engine.finish(self._world, self.exchange, outcome, wall=self._time.wall)
