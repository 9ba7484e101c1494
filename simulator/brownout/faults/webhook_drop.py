"""`webhook_drop`: a webhook is never sent, or its first tries are lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Lose
from brownout.core.fault import OfDeliveries

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDrop(OfDeliveries):
    """Never send it: the provider doesn't try again, and lists the event as if nothing were wrong.

    With `tries`, only that many of its first tries are lost on the way. Each counts as failed, so the next one comes on
    the provider's ladder.

    Raises:
        ValueError: if `tries` isn't at least 1.

    Example:
        # One event in five never arrives. Who only listens never learns of it.
        - {name: lost-for-good, kind: webhook_drop, match: {provider: stripe}, percentage: 20}
        # The first two tries of every capture are lost; PayPal's third arrives.
        - {name: lost-twice, kind: webhook_drop, match: {provider: paypal, event: PAYMENT.CAPTURE.*}, tries: 2}
    """

    kind: ClassVar[str] = "webhook_drop"

    tries: int | None = None

    def __post_init__(self) -> None:
        """Check the range."""
        if self.tries is not None and self.tries < 1:
            raise ValueError("tries must be at least 1; leave it out to never send the webhook")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Lose]:
        """Return the loss."""
        return (Lose(self.tries),)
