"""`webhook_reorder`: webhooks come in another order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Reverse
from brownout.core.fault import OfDeliveries
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReorder(OfDeliveries):
    """Keep it until `batch` deliveries to its endpoint are there, then send the newest first.

    With 2 it changes places with the next. Whatever goes to that endpoint meanwhile joins the batch, also what the rule
    wouldn't strike. After `within` of world time those that are there go, in reverse.

    Raises:
        ValueError: if `batch` isn't 2 to 1000, or `within` isn't above 0.

    Example:
        # What happened last is told first: payment_intent.succeeded before payment_intent.created.
        - {name: swapped, kind: webhook_reorder, match: {provider: stripe, event: payment_intent.created}}
        # Ten at a time, backwards.
        - {name: backwards, kind: webhook_reorder, match: {provider: onfido}, batch: 10, within: 1m}
    """

    kind: ClassVar[str] = "webhook_reorder"

    batch: int = 2
    within: Seconds = 5.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 2 <= self.batch <= 1000:
            raise ValueError(f"batch must be 2 to 1000, not {self.batch}: how many go out in reverse")
        if self.within <= 0:
            raise ValueError("within must be above 0, such as 5s")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Reverse]:
        """Return the batch that it opens."""
        return (Reverse(self.batch, self.within),)
