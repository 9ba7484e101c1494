"""A lease on a sandbox elsewhere: taken, renewed by a thread of its own, given back."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from getpass import getuser
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError
from brownout.drill.attach.api import Taken
from brownout.server.system import monotonic

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from brownout.drill.attach.api import Api

TTL_SECONDS: Final = 10.0
_RENEWALS_EACH: Final = 3
"""So many times in each life of a lease it is renewed: two may fail."""


class Tenancy:
    """A sandbox that is held for the length of a block. `lost` says why it no longer is, None while it is.

    `began` is what the server said when the lease began.
    """

    def __init__(self, api: Api, ttl_seconds: float = TTL_SECONDS) -> None:
        """Take it.

        Raises:
            UsageError: if it can't be had.
        """
        self.api = api
        self.lost: str | None = None
        self._ttl = f"{round(ttl_seconds * 1000)}ms"
        self._ttl_seconds = ttl_seconds
        self.began: dict[str, Any] = api.put("/lease", {"ttl": self._ttl, "owner": owner()})
        self.id: str = self.began["lease"]
        self._holds_until = monotonic() + ttl_seconds
        self._end = Event()
        self._thread = Thread(target=self._go_on, name="brownout-lease", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give it back."""
        self.end()

    def end(self) -> None:
        """Give it back: its faults end. Nothing happens if it has lapsed, or nobody answers any more."""
        if self._end.is_set():
            return
        self._end.set()
        self._thread.join(self._ttl_seconds)
        with suppress(UsageError):  # it ends by itself then
            self.api.delete("/lease", lease=self.id)

    def _go_on(self) -> None:
        pause = self._ttl_seconds / _RENEWALS_EACH
        body = b'{"ttl":"%s","lease":"%s"}' % (self._ttl.encode(), self.id.encode())
        while not self._end.wait(pause) and self.lost is None:
            asked_at = monotonic()
            try:
                self.api.send("PUT", "/lease", body=body, timeout_seconds=pause)
            except Taken as lapsed:
                self.lost = f"{lapsed}: this process was stopped, or too busy to renew it in time"
            except UsageError as problem:
                if monotonic() > self._holds_until:
                    self.lost = f"the lease couldn't be renewed: {problem}"
            else:
                self._holds_until = asked_at + self._ttl_seconds


def owner() -> str:
    """Return who holds a lease: somebody whom others can ask."""
    try:
        name = getuser()
    except (OSError, KeyError):  # a container's user needn't have a name
        name = "somebody"
    text = f"brownout drill of {name}@{socket.gethostname()}, process {os.getpid()}"
    return "".join(each if each.isprintable() else "?" for each in text)[:100]
