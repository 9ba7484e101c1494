"""`webhook_duplicate`: a webhook comes more than once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import Repeat
from brownout.core.fault import OfDeliveries
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDuplicate(OfDeliveries):
    """Send it `copies` times more, `apart` from each other in world time. The event keeps its id.

    `by: fresh` (the default) makes each a delivery of its own, which doesn't wait for the first: with `apart: 0s` they
    arrive at the same time. `by: again` sends the same delivery again after it was acknowledged.

    Raises:
        ValueError: if `copies` isn't 1 to 100, or `apart` is negative.

    Example:
        # Every event comes twice, at the same time.
        - {name: twice, kind: webhook_duplicate, match: {provider: stripe}}
        # One capture in ten comes again an hour after it was acknowledged, and an hour after that.
        - {name: days-later, kind: webhook_duplicate, match: {event: PAYMENT.CAPTURE.COMPLETED}, by: again, copies: 2,
           apart: 1h, percentage: 10}
    """

    kind: ClassVar[str] = "webhook_duplicate"

    copies: int = 1
    apart: Seconds = 0.0
    by: Literal["fresh", "again"] = "fresh"

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.copies <= 100:
            raise ValueError(f"copies must be 1 to 100, not {self.copies}: how often it comes besides the first time")
        if self.apart < 0:
            raise ValueError("apart must not be negative")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Repeat]:
        """Return the copies."""
        return (Repeat(self.copies, self.apart, fresh=self.by == "fresh"),)
