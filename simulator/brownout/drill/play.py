"""Plays one arm on its ground: starts what sends its load, watches it, and gathers what is left in the end."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.core.executors import longest_pause
from brownout.drill.brake import Brake
from brownout.drill.generator import BROKEN, LOG_MOST_BYTES, REFUSED, Generator
from brownout.drill.heads import Ending
from brownout.drill.playing import Playing
from brownout.server.system import monotonic
from brownout.verdict import Head

if TYPE_CHECKING:
    from threading import Event

    from brownout.drill.generator import Driver
    from brownout.drill.glance import Snapshot

GLANCE_SECONDS: Final = 0.1
"""How long between two looks at a running arm."""
STALLED_SECONDS: Final = 30.0
"""How long nothing may happen before the generator counts as hanging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Playing):
    """One arm whose load a process of its own sends, as `driver` says.

    `stalled_seconds` is how long nothing may happen.
    """

    driver: Driver
    stalled_seconds: float = STALLED_SECONDS

    def _send(self, stop: Event) -> Ending:
        """Return once the orders are sent."""
        try:
            child = Generator(self.driver, self.folder.log(self.arm))
        except OSError as problem:
            return Ending(f"the load generator couldn't be started: {problem}")
        try:
            brake = Brake(Head.of(self.plan, self.arm), getattr(self.ground, "so_far", None))
            trouble = self._wait(child, stop, brake)
            return Ending(trouble, child.refusal() if child.ended(0) == BROKEN else None, brake.pulled)
        finally:
            child.end()

    def _wait(self, child: Generator, stop: Event, brake: Brake) -> str | None:
        """Return once the child has ended or is to be ended: None if all went well, else what went wrong."""
        seen = self.ground.look().snapshot
        moved_at = began_at = monotonic()
        patience = self.driver.patience_seconds
        quiet_most = self.stalled_seconds + patience + longest_pause(self.plan.seed, self.load)
        all_most = 2 * self.stalled_seconds + patience + 3 * self.load.duration_seconds
        code = None
        while code is None and not stop.is_set():
            code = child.ended(GLANCE_SECONDS)
            now = monotonic()
            if not self.ground.alive:
                return "the target died: Brownout's own server stopped answering in the middle of the run"
            look = self.ground.look()
            for finding in look.findings:
                self.watch.finding(finding)
            self.watch.tick(look.snapshot)
            if code is None and (missed := brake.pull(begun=look.snapshot.exchanges > 0)):
                self.watch.finding(f"is ended: {missed}")
                return None
            if look.snapshot != seen:
                seen, moved_at = look.snapshot, now
            elif now - moved_at > quiet_most:
                return f"the load generator did nothing for {quiet_most:.0f} s and was ended{_why(child)}"
            if now - began_at > all_most:
                return f"the load generator had not ended {all_most:.0f} s after its start and was ended{_why(child)}"
            if child.too_loud():
                return f"the load generator wrote {LOG_MOST_BYTES // 1_000_000} MB to {child.log} and was ended"
        return self._ended(child, code, seen)

    def _ended(self, child: Generator, code: int | None, seen: Snapshot) -> str | None:
        """Return what was wrong with a child that ended by itself, None if nothing was, or if it was told to.

        Raises:
            UsageError: if it says that it can't do what the scenario asks for.
        """
        if code == REFUSED and (refusal := child.refusal()):
            raise UsageError(f"arms.{self.arm}.{self.plan.arms[self.arm].kind}: {refusal}")
        if code == 0 and not (seen.orders or (seen.exchanges and self.plan.arms[self.arm].kind == "locustfile")):
            return f"the load generator ended before its first order was through{_why(child)}"
        return f"the load generator died {_how(code)}{_why(child)}" if code not in (0, None, BROKEN) else None


def _how(code: int) -> str:
    """Return how a process ended."""
    try:
        return f"of {signal.Signals(-code).name}"
    except ValueError:
        return f"with exit code {code}"


def _why(child: Generator) -> str:
    words = child.last_words()
    return f"; its last words ({child.log}): {words}" if words else ", without a word"
