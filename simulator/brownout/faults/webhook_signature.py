"""`webhook_signature`: a webhook's signature is old, somebody else's, or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Missign, SignatureFlaw
from brownout.core.fault import OfDeliveries
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSignature(OfDeliveries):
    """Sign it `age` ago (`change: stale`), with a secret that isn't its endpoint's (`wrong_secret`), or not at all.

    That last is `change: missing`.

    A receiver should refuse all of them, with a status that isn't 2xx: the provider tries again on its ladder. `tries`
    says how many of a delivery's first tries are so; the others are as they should be. `age` is wall time, and by
    default twice the 5 minutes that Stripe's libraries tolerate. Onfido's signatures have no time, so none is stale.

    Raises:
        ValueError: if a number is out of range, or `age` is given without `change: stale`.

    Example:
        # As if it had been lying around, or were played back by somebody: the first try is ten minutes old.
        - {name: old, kind: webhook_signature, change: stale, match: {provider: stripe}, tries: 1}
        # The secret was rolled, and one delivery in three is signed with the other.
        - {name: other-secret, kind: webhook_signature, change: wrong_secret, match: {provider: onfido}, percentage: 33}
        # No signature at all.
        - {name: unsigned, kind: webhook_signature, change: missing, match: {provider: paypal}}
    """

    kind: ClassVar[str] = "webhook_signature"

    change: SignatureFlaw
    age: Seconds | None = None
    tries: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges, and that the keys belong together."""
        if self.age is not None and self.change != "stale":
            raise ValueError(f"age belongs to change: stale, not to change: {self.change}")
        if self.age is not None and not 1 <= self.age <= 86_400 * 365:
            raise ValueError("age must be 1s to 365d")
        if self.tries is not None and self.tries < 1:
            raise ValueError("tries must be at least 1; leave it out for all of them")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Missign]:
        """Return the flaw."""
        return (Missign(self.change, (600.0 if self.age is None else self.age), self.tries),)
