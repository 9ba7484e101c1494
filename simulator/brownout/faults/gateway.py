"""`gateway`: what stands in front of the provider answers in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import Refuse

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Gateway:
    """Answer with the page of a proxy: no JSON, no request id, nothing of the provider's own.

    `server` says whose page: `nginx` (the default), `cloudflare` (the default of 520 to 524, which only it has), `elb`
    (AWS's load balancer) or `envoy`, whose page is one line of text. `target: request` (the default) strikes before the
    effect, `edge` before authentication and limits; at `response` the effect stands, and only its answer is lost.

    Raises:
        ValueError: if `status` is none of 502, 503, 504 and 520 to 524, or isn't one of this `server`'s.

    Example:
        # The charge has happened, and the load balancer gave up waiting for the answer.
        - {name: gateway-timeout, kind: gateway, match: {operation: stripe.payment_intents.create}, status: 504,
           target: response}
        # A page that only Cloudflare has.
        - {name: unknown-error, kind: gateway, match: {operation: stripe.customers.*}, status: 520}
        # One line of text.
        - {name: no-healthy-upstream, kind: gateway, match: {operation: oauth.token}, status: 503, server: envoy}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "gateway"
    default_target: ClassVar[Target | None] = "request"

    status: int = 502
    server: Literal["nginx", "cloudflare", "elb", "envoy"] | None = None

    def __post_init__(self) -> None:
        """Check that there is such a page; its effect is made here, not at the first request."""
        own = self.status in range(520, 525)
        if not own and self.status not in (502, 503, 504):
            raise ValueError(f"status must be 502, 503, 504 or 520 to 524, not {self.status}")
        if own and self.server not in (None, "cloudflare"):
            raise ValueError(f"server must be cloudflare for {self.status}: no other answers so")
        _ = self.effect

    @cached_property
    def effect(self) -> Refuse:
        """The page."""
        return Refuse(status=self.status, body=self.server or ("cloudflare" if self.status >= 520 else "nginx"))

    def targets(self) -> tuple[Target, ...]:
        """Return all of them."""
        return ("request", "edge", "response")

    def suits(self, operation: Operation) -> bool:
        """Return True: every exchange can end otherwise."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Refuse]:
        """Return the one answer."""
        return (self.effect,)
