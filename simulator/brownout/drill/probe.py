"""How long the server's event loop lets a call wait: a loop that is late answers late, and clients get the blame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from brownout.server.system import monotonic
from brownout.verdict.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.server.host import Host

T = TypeVar("T")
LAGS_MOST: Final = 100_000
"""Later ones aren't kept: ten looks a second make nearly three hours of them."""


class LoopProbe:
    """Calls into a server and keeps, in `lags`, how many seconds each call waited for its turn.

    What counts lies between the first call before which somebody was `served` and the last: while thousands of clients
    connect, or leave, the loop is late and nobody waits for an answer.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self.lags: list[float] = []
        self._begin = self._end = 0

    def served(self) -> None:
        """Say that requests were answered since the last call but one."""
        self._begin = self._begin if self._end else max(0, len(self.lags) - 1)
        self._end = len(self.lags)

    def call(self, read: Callable[[], T]) -> T:
        """Return what `read` returns, run on the server's own thread."""
        asked_at = monotonic()

        def timed() -> T:
            if len(self.lags) < LAGS_MOST:
                self.lags.append(round(monotonic() - asked_at, 6))
            return read()

        return self._host.call(timed)

    def summary(self) -> dict[str, Any]:
        """Return how many waits were measured, and how long they were."""
        lags = sorted(self.lags[self._begin : self._end])
        return {
            "measured": len(lags),
            "p50_seconds": quantile(lags, 0.5),
            "p99_seconds": quantile(lags, 0.99),
            "max_seconds": quantile(lags, 1.0),
        }
