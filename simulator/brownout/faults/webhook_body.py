"""`webhook_body`: a webhook has the wrong content type, or its body is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import BodyFlaw, Mangle
from brownout.core.fault import OfDeliveries

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookBody(OfDeliveries):
    """Say another content type (`change: content_type`, `to`), cut the body off (`truncated`), or garble it.

    With another content type the body is what it was: only frameworks that parse by it stumble. What is cut off or
    `garbled` was signed before, so the signature doesn't fit any more. It is whole for a `share` in percent of its
    length. `tries` says how many of a delivery's first tries are so.

    Raises:
        ValueError: if a number is out of range, or keys don't belong together.

    Example:
        # A gateway calls everything text.
        - {name: as-text, kind: webhook_body, change: content_type, to: text/plain, match: {provider: stripe}}
        # The first try of each ends in the middle.
        - {name: half, kind: webhook_body, change: truncated, match: {provider: paypal}, tries: 1}
        # Bytes in it are no text.
        - {name: noise, kind: webhook_body, change: garbled, share: 30, match: {provider: onfido}, percentage: 50}
    """

    kind: ClassVar[str] = "webhook_body"

    change: BodyFlaw
    to: str | None = None
    share: float | None = None
    tries: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges, and that the keys belong together."""
        if self.change == "content_type" and self.share is not None:
            raise ValueError("share belongs to change: truncated and change: garbled")
        if self.change != "content_type" and self.to is not None:
            raise ValueError("to belongs to change: content_type")
        if self.to is not None and not (self.to.isascii() and self.to.isprintable() and "/" in self.to):
            raise ValueError(f"to must be a content type, such as text/plain, not {self.to!r}")
        if self.share is not None and not 0 <= self.share < 100:
            raise ValueError(f"share must be 0 to less than 100 percent, not {self.share:g}")
        if self.tries is not None and self.tries < 1:
            raise ValueError("tries must be at least 1; leave it out for all of them")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Mangle]:
        """Return the flaw."""
        share = 50.0 if self.share is None else self.share
        return (Mangle(self.change, self.to or "text/plain", share / 100, self.tries),)
