"""`trickle`: the answer's head comes at once, its body late or slowly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Deliver, Delivery
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Trickle:
    """Send the head at once and the body `first_byte` later, slowly: a client that times silence out never does so.

    `bytes_per_second` caps the bandwidth; `piece_bytes` sends the body in pieces of that size, with `pause` between
    them (100ms unless it says). All of it is wall time, and never shorter than asked. The status is known from the
    beginning, and the effect stands. An answer without a body passes.

    Raises:
        ValueError: if a number is out of range, or nothing is asked for.

    Example:
        # The status is there at once, the body 2 seconds later.
        - {name: slow-body, kind: trickle, match: {operation: stripe.customers.retrieve}, first_byte: 2s}
        # Ten bytes at a time, ten times a second: no read timeout of a second ever fires.
        - {name: dribble, kind: trickle, match: {operation: stripe.customers.list}, piece_bytes: 10, pause: 100ms}
        # A narrow line.
        - {name: modem, kind: trickle, match: {operation: onfido.checks.retrieve}, bytes_per_second: 4000}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "trickle"
    default_target: ClassVar[Target | None] = "response"

    first_byte: Seconds = 0.0
    bytes_per_second: float | None = None
    piece_bytes: int | None = None
    pause: Seconds | None = None

    def __post_init__(self) -> None:
        """Check the ranges; its effect is made here, not at the first request."""
        if self.first_byte < 0:
            raise ValueError("first_byte must not be negative")
        if self.bytes_per_second is not None and self.bytes_per_second <= 0:
            raise ValueError("bytes_per_second must be above 0; abort with connection: hang sends nothing at all")
        if self.piece_bytes is not None and self.piece_bytes < 1:
            raise ValueError("piece_bytes must be 1 or more")
        if self.pause is not None and (self.pause < 0 or self.piece_bytes is None):
            raise ValueError("pause needs piece_bytes, and must not be negative: it is what lies between two pieces")
        if not (self.first_byte or self.bytes_per_second or self.piece_bytes):
            raise ValueError("trickle needs first_byte, bytes_per_second or piece_bytes, such as first_byte: 2s")
        _ = self.effect

    @cached_property
    def effect(self) -> Deliver:
        """How the answer is sent."""
        said = []
        if self.first_byte:
            said.append(f"hold its body back {self.first_byte:.6g}s")
        if self.bytes_per_second is not None:
            said.append(f"send at most {self.bytes_per_second:.6g} bytes a second")
        if self.piece_bytes is not None:
            said.append(f"send {self.piece_bytes} bytes each {self._pause:.6g}s")
        return Deliver(plan=self._plan, said=", ".join(said))

    @property
    def _pause(self) -> float:
        return 0.1 if self.pause is None else self.pause

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer with a body can come slowly."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Deliver]:
        """Return the one way of sending it."""
        return (self.effect,)

    def _plan(self, size: int, so_far: Delivery) -> Delivery | None:
        """Return how it travels: waits add up, the narrowest line holds, the first rule's pieces are everybody's."""
        sent = size if so_far.sent_bytes is None else min(size, so_far.sent_bytes)
        if sent == 0:
            return None
        rates = [rate for rate in (self.bytes_per_second, so_far.bytes_per_second) if rate is not None]
        plan = so_far._replace(
            first_byte_seconds=so_far.first_byte_seconds + self.first_byte,
            bytes_per_second=min(rates) if rates else None,
        )
        if self.piece_bytes is not None and so_far.piece_bytes is None and sent > self.piece_bytes:
            plan = plan._replace(piece_bytes=self.piece_bytes, piece_seconds=self._pause)
        return plan if plan != so_far else None
