"""`keepalive`: the connection ends under a client that was promised to keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import Deliver, Delivery

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Keepalive:
    """Answer whole, say nothing of closing, and then end the connection.

    `ends: on_next` (the default) does so when the next request arrives on it: that one is never read and has no record
    of its own, as with a load balancer whose idle timeout is shorter than the client's. `ends: after_answer` does so at
    once. `connection: close` (the default) ends it in order, `reset` with a TCP reset. Clients without a pool of
    connections notice nothing.

    Example:
        # The next call on this connection meets its end: a client that can't tell may charge twice by trying again.
        - {name: stale, kind: keepalive, match: {operation: stripe.customers.create}, connection: reset}
        # The pool holds a connection that is closed already.
        - {name: dead-pool, kind: keepalive, match: {operation: stripe.balance.retrieve}, ends: after_answer}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "keepalive"
    default_target: ClassVar[Target | None] = "response"

    ends: Literal["on_next", "after_answer"] = "on_next"
    connection: Literal["close", "reset"] = "close"

    @cached_property
    def effect(self) -> Deliver:
        """How the answer is sent."""
        moment = "when its next request comes" if self.ends == "on_next" else "after the answer"
        return Deliver(plan=self._plan, said=f"{self.connection} the connection {moment}")

    def targets(self) -> tuple[Target, ...]:
        """Return the response: the connection carries it first."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer has a connection."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Deliver]:
        """Return the one way of sending it."""
        return (self.effect,)

    def _plan(self, size: int, so_far: Delivery) -> Delivery | None:
        """Return how it travels; None where another rule ends the connection, or leaves it without its whole answer."""
        if so_far.ending != "keep" or not so_far.whole(size):
            return None
        return so_far._replace(ending=self.connection, ends_on_next=self.ends == "on_next")
