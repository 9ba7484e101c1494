"""`webhook_early`: a webhook comes before the answer of the call that caused it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import ComeFirst
from brownout.core.fault import OfDeliveries
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEarly(OfDeliveries):
    """Deliver it before the answer: the API's answer waits until it was acknowledged, at most `patience` of wall time.

    The client learns of the object's id from the webhook first. What a timer causes (a review, a payout) has no answer
    that could wait.

    Raises:
        ValueError: if `patience` isn't above 0 and at most a minute.

    Example:
        # The news of a payment is there before the payment's own id is.
        - {name: told-first, kind: webhook_early, match: {provider: stripe, event: payment_intent.succeeded}}
    """

    kind: ClassVar[str] = "webhook_early"

    patience: Seconds = 5.0

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 < self.patience <= 60:
            raise ValueError(f"patience must be above 0 and at most 1m, not {self.patience:g}s: a client waits for it")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[ComeFirst]:
        """Return that the answer waits."""
        return (ComeFirst(self.patience),)
