"""Ends an arm's load when a threshold that says so (`abort_on_fail`) is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.server.system import monotonic
from brownout.verdict import ArmRun
from brownout.verdict.partial import aborting, missed

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.drill.so_far import Part
    from brownout.verdict import Head

EVERY_SECONDS: Final = 2.0
"""How long between two looks at the least."""
_REST: Final = 9
"""After each look, so many times as long as it took there is none: looking takes a tenth of the time at most."""


class Brake:
    """Looks at a running arm now and then. `head` says what was planned, `read` returns what there is so far.

    `now` is the time that the arm lives in, in seconds.
    """

    def __init__(
        self,
        head: Head,
        read: Callable[[], Part] | None,
        *,
        every_seconds: float = EVERY_SECONDS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._now = now
        self._head = head
        self._read = read if aborting(head) else None
        self._every_seconds = every_seconds
        self._looks = max(1, int((head.duration_seconds or 0.0) / every_seconds) + 1)
        self._began_at: float | None = None
        self._next_at = 0.0
        self.pulled: dict[str, Any] | None = None
        """The check that was missed and after how many seconds, as a head has it; None as long as none was."""

    def pull(self, *, begun: bool) -> str | None:
        """Return what was missed if the load is to end now; `begun` is whether anything has arrived yet."""
        now = self._now()
        if self._began_at is None and begun:
            self._began_at, self._next_at = now, now + min(self._every_seconds, 1.0)
        if self._read is None or self._began_at is None or now < self._next_at:
            return None
        part = self._read()
        run = ArmRun(head=self._head, records=part.records, entries=part.entries, claims=part.claims)
        check = missed(run, now - self._began_at, looks=self._looks)
        done_at = self._now()
        self._next_at = max(now + self._every_seconds, done_at + _REST * (done_at - now))
        if check is None:
            return None
        self.pulled = {"after_seconds": round(now - self._began_at, 1), "check": check}
        return str(check["message"]).removeprefix(f"{self._head.arm}: ")
