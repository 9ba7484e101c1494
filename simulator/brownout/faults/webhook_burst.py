"""`webhook_burst`: webhooks are held back during an outage, then all come at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import HoldBack
from brownout.core.fault import OfDeliveries

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookBurst(OfDeliveries):
    """Hold back what happens while the rule's window is open (`at`, `for`, or its phase), and send it when that ends.

    Then they go out as fast as possible, up to `at_once` of them at the same time to one endpoint. A live rule's
    `ttl` ends it too. A rule without an end holds nothing back.

    Raises:
        ValueError: if `at_once` isn't 1 to 100.

    Example:
        # For ten minutes Stripe sends nothing, then everything.
        - {name: outage-over, kind: webhook_burst, match: {provider: stripe}, for: 10m}
        # Each hour, PayPal's of the last five minutes come one after the other.
        - {name: hourly, kind: webhook_burst, match: {provider: paypal}, at_once: 1, for: 5m, repeat: 1h}
    """

    kind: ClassVar[str] = "webhook_burst"

    at_once: int = 16

    def __post_init__(self) -> None:
        """Check the range."""
        if not 1 <= self.at_once <= 100:
            raise ValueError(f"at_once must be 1 to 100, not {self.at_once}")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[HoldBack]:
        """Return the wait for the window's end."""
        return (HoldBack(None, self.at_once),)
