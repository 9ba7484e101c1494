"""`abort`: the exchange ends otherwise than it should."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import Hang, Refuse, Reset

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """Answer `status` instead of the truth, or give no answer at all.

    `body: provider` (the default) words the failure as the provider itself would, with `code` as one of its own
    error codes, `html` as a gateway in front of it; `headers` are added. `connection: reset` sends a TCP reset,
    `hang` keeps the client waiting until it gives up. `target: request` (the default) strikes before the effect;
    at `response` the effect stands and only its answer is lost.

    Raises:
        ValueError: unless exactly one of `status` (400 to 599) and `connection` is given.

    Example:
        # The charge has happened; the connection is reset before its answer.
        - {name: lost-answer, kind: abort, match: {operation: stripe.payment_intents.create}, target: response,
           connection: reset}
        # The provider's own 503, in its own words, before anything was done.
        - {name: unavailable, kind: abort, match: {operation: paypal.orders.create}, status: 503}
        # The client waits until it gives up.
        - {name: silence, kind: abort, match: {operation: stripe.payment_intents.retrieve}, connection: hang, first: 1}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "abort"
    default_target: ClassVar[Target | None] = "request"

    status: int | None = None
    code: str | None = None
    body: Literal["provider", "html"] = "provider"
    headers: Mapping[str, str] = field(default_factory=dict)
    connection: Literal["reset", "hang"] | None = None

    def __post_init__(self) -> None:
        """Check that the fault says one thing."""
        if (self.status is None) == (self.connection is None):
            message = "abort needs either status (400 to 599) or connection (reset or hang)"
            raise ValueError(message)
        if self.status is not None and not 400 <= self.status <= 599:
            message = f"status must be 400 to 599, not {self.status}"
            raise ValueError(message)
        if self.connection is not None and (self.headers or self.code or self.body != "provider"):
            message = "body, code and headers need a status: a lost connection carries none of them"
            raise ValueError(message)
        for name, text in self.headers.items():
            if not _NAME.fullmatch(name) or name.lower() in _FRAMING or not text.isprintable():
                message = f"headers: {name!r} can't be sent: use plain names and one line of text, no framing"
                raise ValueError(message)
        if self.code is not None and self.body == "html":
            message = "code needs body: provider; a gateway's page has none"
            raise ValueError(message)

    def targets(self) -> tuple[Target, ...]:
        """Return all of them."""
        return ("request", "edge", "response")

    def suits(self, operation: Operation) -> bool:
        """Return True: every exchange can end otherwise."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return the one effect that ends the exchange."""
        if self.connection == "reset":
            return (Reset(),)
        if self.connection == "hang":
            return (Hang(),)
        headers = tuple(self.headers.items())
        return (Refuse(status=self.status or 500, code=self.code, body=self.body, headers=headers),)
