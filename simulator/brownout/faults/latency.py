"""`latency`: the answer is late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Delay
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Hold the exchange back for `delay`, plus up to `jitter` more, in wall time; never less.

    `target: edge` waits before authentication and limits, `request` before the effect, `response` (the default)
    after it: then the effect stands while the client waits.

    Raises:
        ValueError: if either is negative, or both are 0.
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "latency"
    default_target: ClassVar[Target | None] = "response"

    delay: Seconds = 0.0
    jitter: Seconds = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.delay < 0 or self.jitter < 0:
            message = "delay and jitter must not be negative"
            raise ValueError(message)
        if self.delay == self.jitter == 0:
            message = "latency needs delay or jitter above 0, such as delay: 2s"
            raise ValueError(message)

    def targets(self) -> tuple[Target, ...]:
        """Return all of them."""
        return ("response", "edge", "request")

    def suits(self, operation: Operation) -> bool:
        """Return True: every exchange can end late."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Delay]:
        """Return one `Delay`, the same for the same seed and identity."""
        share = draw("jitter") if self.jitter else 0.0
        return (Delay(self.delay + self.jitter * share),)
