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
    """Calls into a server and keeps, in `lags`, how many seconds each call waited for its turn."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.lags: list[float] = []

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
        lags = sorted(self.lags)
        return {
            "measured": len(lags),
            "p50_seconds": quantile(lags, 0.5),
            "p99_seconds": quantile(lags, 0.99),
            "max_seconds": quantile(lags, 1.0),
        }
