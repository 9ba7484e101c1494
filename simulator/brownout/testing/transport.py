"""The engine without sockets and without waiting: for property tests, and for many worlds in a second.

Time is virtual: a `Delay` moves the wall clock ahead instead of waiting. A `Flight` is one exchange that can be
stopped at each effect, so that a test decides how exchanges interleave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multidict import CIMultiDict

from brownout.assembly import registries as all_registries
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.exchange import Request
from brownout.core.live import HEADER
from brownout.core.plan import Plan
from brownout.server.asked import Asked, texts_of
from brownout.server.flight import Flight, Sent
from brownout.server.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox

__all__ = ["EPOCH", "EngineTransport", "Flight", "Sent"]

EPOCH = 1_780_000_000.0
"""Where virtual wall time begins unless told otherwise (2026-05-28)."""


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
        return Flight(self.worlds, self, world, name, request)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds

    def deliver(self, world: Sandbox) -> bool:
        """Return False: webhooks are not delivered here."""
        return False

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
