"""`webhook_version`: a webhook's payload is in another version of the API than its endpoint's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import SendIn
from brownout.core.fault import OfDeliveries

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookVersion(OfDeliveries):
    """Send the event as version `to` of the API has it, whatever its endpoint was made with.

    Only Stripe's events come in versions; those of others are passed over. `tries` says how many of a delivery's first
    tries are so.

    Raises:
        ValueError: if `to` is empty, or `tries` isn't at least 1.

    Example:
        # Somebody upgraded the endpoint, and not the code behind it: payments have no list of charges any more.
        - {name: upgraded, kind: webhook_version, to: "2023-10-16", match: {provider: stripe}}
        # The first try of each is as it was years ago.
        - {name: as-it-was, kind: webhook_version, to: "2020-08-27", match: {event: payment_intent.*}, tries: 1}
    """

    kind: ClassVar[str] = "webhook_version"

    to: str
    tries: int | None = None

    def __post_init__(self) -> None:
        """Check that there is a version."""
        if not self.to.strip():
            raise ValueError('to must be a version of the API, such as "2020-08-27"')
        if self.tries is not None and self.tries < 1:
            raise ValueError("tries must be at least 1; leave it out for all of them")

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions in which events must be at hand: they are written down as they happen."""
        return (self.to,)

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[SendIn]:
        """Return the version."""
        return (SendIn(self.to, self.tries),)
