"""Leases: whoever drills a sandbox holds it for a while, and renews that; what was put under a lease ends with it.

A lease that isn't renewed lapses by itself, also if its holder is gone. Then the sandbox goes back to the plan that it
had, which begins again; objects, tokens and money stay.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any, Final

from brownout.core.announce import herald_name
from brownout.core.chance import pseudonym
from brownout.server.admin.routes import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.live import Live
    from brownout.core.plan import Plan
    from brownout.core.rules import Rule
    from brownout.core.sandbox import Sandbox

TTL_LEAST_SECONDS: Final = 0.1
TTL_MOST_SECONDS: Final = 3_600.0


class Held(Conflict):
    """Somebody else holds the sandbox; `more` says who, and until when."""

    def __init__(self, lease: Lease, wall: float) -> None:
        until = datetime.fromtimestamp(lease.ends_at, UTC).strftime("%H:%M:%S")
        super().__init__(
            f"sandbox {lease.world.name!r} is held by {lease.owner} until {until} UTC, "
            f"in {lease.ends_at - wall:.1f} s, unless that is renewed: wait, or take another sandbox"
        )
        self.more: Mapping[str, Any] = {"owner": lease.owner, "until": round(lease.ends_at, 6)}


@dataclass(slots=True, kw_only=True)
class Lease:
    """A sandbox that somebody holds until wall time `ends_at`, and what it goes back to then.

    `used` is whether its holder has changed how the sandbox runs: a scenario, faults, the clock, or begun anew.
    `exchanges`, `entries` and `claims` are how many there were when it began.
    """

    id: str
    owner: str
    world: Sandbox
    ttl_seconds: float
    ends_at: float
    before: Plan
    live: tuple[Live, ...]
    epoch: int
    exchanges: int
    entries: int
    claims: int
    used: bool = False

    def since(self) -> dict[str, int]:
        """Return how many exchanges, ledger entries and claims were there before it: none in a world begun anew."""
        fresh = self.world.epoch != self.epoch
        return {
            "exchanges": 0 if fresh else self.exchanges,
            "entries": 0 if fresh else self.entries,
            "claims": 0 if fresh else self.claims,
        }


class Leases:
    """The leases of one server."""

    def __init__(self, wall: Callable[[], float], after: Callable[[Sandbox], None]) -> None:
        """Begin with none. `after` is called with a world whose plan has just changed back."""
        self._wall = wall
        self._after = after
        self._held: dict[str, Lease] = {}
        self._wakes: dict[str, asyncio.TimerHandle] = {}
        self._taken = 0

    def of(self, world: Sandbox) -> Lease | None:
        """Return who holds a sandbox by now, None if nobody does."""
        lease = self._held.get(world.name)
        if lease is None:
            return None
        if lease.world is not world or world.dropped:
            self._forget(world.name)
            return None
        if lease.ends_at <= self._wall():
            self._end(lease)
            return None
        return lease

    def take(self, world: Sandbox, owner: str, ttl_seconds: float) -> Lease:
        """Return a new lease on a sandbox.

        Raises:
            Held: if somebody holds it.
        """
        wall = self._wall()
        held = self.of(world)
        if held is not None:
            raise Held(held, wall)
        world.arrive(wall)
        self._taken += 1
        lease = Lease(
            id=pseudonym(f"lease|{wall}|{self._taken}|{world.name}|{id(self)}"),
            owner=owner,
            world=world,
            ttl_seconds=ttl_seconds,
            ends_at=wall + ttl_seconds,
            before=world.plan,
            live=_own(world.live_rules),
            epoch=world.epoch,
            exchanges=world.journal.written,
            entries=len(world.ledger),
            claims=len(world.claims),
        )
        self._held[world.name] = lease
        self._arm(lease)
        return lease

    def renew(self, world: Sandbox, lease_id: str, ttl_seconds: float) -> Lease:
        """Return the lease of this id, which holds for `ttl_seconds` from now.

        Raises:
            Conflict: if it has lapsed.
        """
        lease = self._by_id(world, lease_id)
        lease.ttl_seconds = ttl_seconds
        lease.ends_at = self._wall() + ttl_seconds
        self._arm(lease)
        return lease

    def give_back(self, world: Sandbox, lease_id: str) -> None:
        """End a lease now.

        Raises:
            Conflict: if it has lapsed.
        """
        self._end(self._by_id(world, lease_id))

    def check(self, world: Sandbox, lease_id: str | None) -> None:
        """Return if whoever has `lease_id` (None: no lease) may change how a sandbox runs.

        Raises:
            Conflict: if somebody else holds it, or the lease has lapsed.
        """
        if lease_id is not None:
            self._by_id(world, lease_id).used = True
        elif (held := self.of(world)) is not None:
            raise Held(held, self._wall())

    def close(self) -> None:
        """Wait for no lease's end any more."""
        for wake in self._wakes.values():
            wake.cancel()
        self._wakes.clear()

    def _by_id(self, world: Sandbox, lease_id: str) -> Lease:
        lease = self.of(world)
        if lease is None or lease.id != lease_id:
            held = "" if lease is None else f"; {lease.owner} holds the sandbox now"
            raise Conflict(f"that lease on sandbox {world.name!r} has lapsed, and its faults have ended{held}")
        return lease

    def _end(self, lease: Lease) -> None:
        """Let the sandbox go back to what it was."""
        world, wall = lease.world, self._wall()
        self._forget(world.name)
        if lease.used or world.plan is not lease.before:  # live faults change a world without another plan
            world.use(lease.before, wall)
            for name, rules in _grouped(lease.live, wall).items():
                world.put_rules(name, rules, wall)
        self._after(world)

    def _forget(self, name: str) -> None:
        self._held.pop(name, None)
        wake = self._wakes.pop(name, None)
        if wake is not None:
            wake.cancel()

    def _arm(self, lease: Lease) -> None:
        """See to it that the lease lapses on time, also if nobody calls."""
        with suppress(RuntimeError):  # without an event loop, whoever looks next ends it
            name = lease.world.name
            earlier = self._wakes.pop(name, None)
            if earlier is not None:
                earlier.cancel()
            seconds = max(0.0, lease.ends_at - self._wall())
            self._wakes[name] = asyncio.get_running_loop().call_later(seconds, self._wake, lease)

    def _wake(self, lease: Lease) -> None:
        if self._held.get(lease.world.name) is lease and self.of(lease.world) is not None:
            self._arm(lease)  # a loop's timer may be early


def _own(live: Mapping[str, Live]) -> tuple[Live, ...]:
    """Return the live rules without those that only announce others: those are made anew."""
    heralds = {herald_name(name) for name in live}
    return tuple(one for name, one in live.items() if name not in heralds)


def _grouped(live: tuple[Live, ...], wall: float) -> dict[str, list[Rule]]:
    """Return the rules that still have time to live, under the names that they are put by."""
    found: dict[str, list[Rule]] = {}
    for one in live:
        if one.ends_at > wall:
            name = one.rule.name if one.rule.band is None else one.rule.band.choice
            left = None if one.ends_at == inf else one.ends_at - wall
            found.setdefault(name, []).append(replace(one.rule, ttl_seconds=left))
    return found
