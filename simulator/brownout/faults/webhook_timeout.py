"""`webhook_timeout`: the provider waits less long for an acknowledgement, and sends again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import HurryUp
from brownout.core.fault import OfDeliveries
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTimeout(OfDeliveries):
    """Wait only `timeout` of wall time for the receiver: a 2xx that comes later counts as none, and it is sent again.

    A receiver that does its work before it answers has done it then, and does it again at the next try. `tries` says
    for how many of a delivery's first tries that is so. A longer time than the provider's own changes nothing.

    Raises:
        ValueError: if `timeout` isn't above 0, or `tries` isn't at least 1.

    Example:
        # Whoever takes longer than a fifth of a second is told again a minute later.
        - {name: impatient, kind: webhook_timeout, timeout: 200ms, match: {provider: stripe}, tries: 1}
    """

    kind: ClassVar[str] = "webhook_timeout"

    timeout: Seconds
    tries: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.timeout <= 0:
            raise ValueError("timeout must be above 0, such as 200ms")
        if self.tries is not None and self.tries < 1:
            raise ValueError("tries must be at least 1; leave it out for all of them")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[HurryUp]:
        """Return the shorter patience."""
        return (HurryUp(self.timeout, self.tries),)
