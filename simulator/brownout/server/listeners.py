"""Listeners: programs that hear of a sandbox's webhooks for as long as they keep asking, and forward them themselves.

A listener is an endpoint that has no address: what goes to it waits here until its program fetches it over the admin
API, posts it to wherever that program can reach, and says what came back. The ladder follows that answer. One that asks
no more is forgotten after its time to live, and leaves nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.errors import UsageError
from brownout.core.provider import Endpoint
from brownout.server.system import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.hooks import Attempt, Hooks
    from brownout.core.sandbox import Sandbox

SCHEME: Final = "listener"
"""Of the URLs that lead here."""
LISTENERS_MOST: Final = 16
"""How many may listen in one sandbox."""
GONE: Final = "the listener went away"


class Heard(NamedTuple):
    """What became of an attempt: the answer's status (None without one), what went wrong, and the answer's start.

    `seconds` of wall time it took.
    """

    status: int | None
    error: str | None
    seconds: float = 0.0
    answer: bytes = b""


class Waiting(NamedTuple):
    """An attempt that is with a listener."""

    attempt: Attempt
    heard: asyncio.Future[Heard]


@dataclass(slots=True, kw_only=True)
class Listener:
    """Somebody who listens: until wall time `ends_at`, unless they ask again."""

    id: str
    provider: str
    endpoint: Endpoint
    hooks: Hooks
    ttl_seconds: float
    ends_at: float
    number: int = 0
    queue: deque[int] = field(default_factory=deque)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    wake: asyncio.TimerHandle | None = None


class Listeners:
    """The listeners of one server."""

    def __init__(self, wall: Callable[[], float]) -> None:
        """Begin with none."""
        self._wall = wall
        self._known: dict[str, Listener] = {}
        self._made = 0

    def open(
        self, world: Sandbox, provider: str, *, events: tuple[str, ...], version: str | None, ttl_seconds: float,
        secret: str | None = None,
    ) -> Listener:  # fmt: skip
        """Return a new listener to a provider's `events` (patterns such as `charge.*`) in all accounts of a sandbox.

        `secret` signs what it gets, by default the provider's own for webhooks of this sandbox.

        Raises:
            UsageError: if the provider sends no webhooks, or too many listen already.
        """
        secret = secret or world.providers[provider].webhook_secret(world)
        if secret is None:
            raise UsageError(f"{provider} sends no webhooks")
        mine = [one for one in self._known.values() if one.hooks is world.hooks]
        if len(mine) >= LISTENERS_MOST:
            raise UsageError(f"{LISTENERS_MOST} listen to sandbox {world.name!r} already, and more may not")
        self._made += 1
        endpoint_id = f"listen_{self._made}"
        listener = Listener(
            id=endpoint_id,
            provider=provider,
            endpoint=Endpoint(endpoint_id, f"{SCHEME}:{endpoint_id}", (secret,), events, version),
            hooks=world.hooks,
            ttl_seconds=ttl_seconds,
            ends_at=0.0,
        )
        self._known[endpoint_id] = listener
        guests = world.hooks.guests
        guests[provider] = (*guests.get(provider, ()), listener.endpoint)
        self.renew(listener)
        return listener

    def find(self, world: Sandbox, listener_id: str) -> Listener | None:
        """Return who listens to this sandbox under this id, None if they are gone or the sandbox began again."""
        found = self._known.get(listener_id)
        return found if found is not None and found.hooks is world.hooks else None

    def renew(self, listener: Listener) -> None:
        """Let a listener be known for its time to live from now."""
        listener.ends_at = self._wall() + listener.ttl_seconds
        if listener.wake is not None:
            listener.wake.cancel()
        listener.wake = asyncio.get_running_loop().call_later(listener.ttl_seconds, self.close, listener)

    def close(self, listener: Listener) -> None:
        """Forget a listener; what is with it has failed."""
        self._known.pop(listener.id, None)
        if listener.wake is not None:
            listener.wake.cancel()
        guests = listener.hooks.guests
        left = tuple(one for one in guests.get(listener.provider, ()) if one.id != listener.id)
        if left:
            guests[listener.provider] = left
        else:
            guests.pop(listener.provider, None)
        for one in listener.waiting.values():
            if not one.heard.done():
                one.heard.set_result(Heard(None, GONE))
        listener.waiting.clear()
        listener.arrived.set()

    def close_all(self) -> None:
        """Forget all of them: the server stops."""
        for listener in list(self._known.values()):
            self.close(listener)

    async def deliver(self, attempt: Attempt, timeout_seconds: float) -> Heard:
        """Hand an attempt to its listener and return what became of it."""
        listener = self._known.get(attempt.url.partition(":")[2])
        if listener is None:
            return Heard(None, GONE)
        started = monotonic()
        number = listener.number = listener.number + 1
        waiting = Waiting(attempt, asyncio.get_running_loop().create_future())
        listener.waiting[number] = waiting
        listener.queue.append(number)
        listener.arrived.set()
        try:
            return await asyncio.wait_for(waiting.heard, timeout_seconds)
        except TimeoutError:
            return Heard(None, f"no answer within {timeout_seconds:g}s", monotonic() - started)
        finally:
            listener.waiting.pop(number, None)

    def fetch(self, listener: Listener) -> list[tuple[int, Attempt]]:
        """Return what waits for a listener, each with the number to answer it by."""
        found = [(number, listener.waiting[number].attempt) for number in listener.queue if number in listener.waiting]
        listener.queue.clear()
        listener.arrived.clear()
        return found

    def answer(self, listener: Listener, number: int, heard: Heard) -> bool:
        """Take what became of an attempt; return whether anybody still waited for that."""
        waiting = listener.waiting.get(number)
        if waiting is None or waiting.heard.done():
            return False
        waiting.heard.set_result(heard)
        return True
