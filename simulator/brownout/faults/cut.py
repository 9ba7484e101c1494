"""`cut`: the answer breaks off in its body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.effects import Deliver, Delivery

if TYPE_CHECKING:
    from brownout.core.effects import Ending
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_ENDINGS: Final[dict[str, Ending]] = {"close": "close", "reset": "reset", "stall": "keep"}


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Cut:
    """Send a part of the answer's body only: `after_bytes` of it, or `share` percent (by default half).

    `framing` is what the head promises: `whole` the true Content-Length, so that HTTP itself shows what is missing;
    `cut` the length of what is sent, a complete answer whose JSON is not; `chunked` no length, and the last chunk never
    comes. `connection` is what happens then: `close` (an orderly end), `reset`, `stall` (nothing more, until the client
    gives up), or `keep`, the default of `framing: cut` and possible with nothing else. The effect stands.

    An answer without a body passes, and so does one with no more than `after_bytes`.

    Raises:
        ValueError: if a number is out of range, or the keys contradict each other.

    Example:
        # Half of the answer comes, then the connection is reset. The charge stands.
        - {name: cut-short, kind: cut, match: {operation: stripe.payment_intents.create}, connection: reset}
        # The list is complete for HTTP and broken as JSON.
        - {name: half-a-page, kind: cut, match: {operation: stripe.customers.list}, share: 60, framing: cut}
        # A proxy in front died while it passed the answer on in chunks.
        - {name: no-last-chunk, kind: cut, match: {operation: onfido.checks.retrieve}, framing: chunked}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "cut"
    default_target: ClassVar[Target | None] = "response"

    after_bytes: int | None = None
    share: float | None = None
    framing: Literal["whole", "cut", "chunked"] = "whole"
    connection: Literal["close", "reset", "stall", "keep"] | None = None

    def __post_init__(self) -> None:
        """Check that the keys belong together; its effect is made here, not at the first request."""
        if self.after_bytes is not None and self.share is not None:
            raise ValueError("share and after_bytes exclude each other: both say where the answer breaks off")
        if self.after_bytes is not None and self.after_bytes < 0:
            raise ValueError("after_bytes must not be negative")
        if self.share is not None and not 0 <= self.share <= 100:
            raise ValueError(f"share must be 0 to 100 percent of the body, not {self.share:g}")
        if self.share == 100 and self.framing != "chunked":
            raise ValueError("share must be below 100: the whole body is nothing missing, but for framing: chunked")
        if (self.framing == "cut") != (self.connection == "keep") and self.connection is not None:
            raise ValueError(
                "connection must be keep for framing: cut (or left out), which HTTP takes for a complete answer"
                if self.framing == "cut"
                else "connection can be keep for framing: cut only; an answer that lacks something ends in close, "
                "reset or stall"
            )
        _ = self.effect

    @cached_property
    def effect(self) -> Deliver:
        """How the answer is sent."""
        where = f"{self.after_bytes} bytes" if self.after_bytes is not None else f"{self._part:.6g}% of its body"
        then = "and say that this is all" if self.framing == "cut" else f"then {self.connection or 'close'}"
        chunks = " in chunks" if self.framing == "chunked" else ""
        return Deliver(plan=self._plan, said=f"cut the answer{chunks} after {where}, {then}")

    @property
    def _part(self) -> float:
        return 50.0 if self.share is None else self.share

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer with a body can be cut."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Deliver]:
        """Return the one way of sending it."""
        return (self.effect,)

    def _plan(self, size: int, so_far: Delivery) -> Delivery | None:
        """Return how it travels; None where nothing would be missing, or where another rule has cut it."""
        sent = self.after_bytes if self.after_bytes is not None else int(size * self._part / 100)
        if size == 0 or sent > size or (sent == size and self.framing != "chunked") or so_far.sent_bytes is not None:
            return None
        if self.framing == "cut":
            return so_far._replace(sent_bytes=sent, claimed_bytes=sent)
        ending = _ENDINGS[self.connection or "close"]
        chunked = self.framing == "chunked"
        return so_far._replace(sent_bytes=sent, chunked=chunked, ending=ending, ends_on_next=False)
