"""What happens on the wire: what the engine asks its shell to do, and what faults make of an answer there.

`Delay` and `Await` pause an exchange and resume it; `Reply`, `Reset` and `Hang` end it. Seconds are wall seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Ending: TypeAlias = Literal["keep", "close", "reset"]
"""What becomes of a connection after an answer: kept open as HTTP has it, closed in order, or reset."""

_TICK_SECONDS: Final = 0.05
"""How much of a body that is held to a rate goes out at once, unless its pieces say."""


class Delivery(NamedTuple):
    """How an answer's bytes travel, where that isn't all at once.

    The head goes out at once, the body `first_byte_seconds` later, at most `bytes_per_second` of it, in pieces of
    `piece_bytes` with `piece_seconds` between them. After `sent_bytes` of the body (None: all of it) the connection
    ends as `ending` says; kept open with less than was claimed, it stalls until the client gives up. Content-Length
    tells the truth unless `claimed_bytes` is what it says. `chunked` sends the body in chunks instead, a piece each;
    one that is cut lacks its last chunk. `ends_on_next`: the end waits until the next request arrives.
    """

    first_byte_seconds: float = 0.0
    bytes_per_second: float | None = None
    piece_bytes: int | None = None
    piece_seconds: float = 0.0
    sent_bytes: int | None = None
    claimed_bytes: int | None = None
    ending: Ending = "keep"
    chunked: bool = False
    ends_on_next: bool = False

    def whole(self, size: int) -> bool:
        """Return whether a body of `size` bytes arrives as a body that is complete, as far as HTTP can tell.

        >>> Delivery(sent_bytes=5).whole(10), Delivery(sent_bytes=5, claimed_bytes=5).whole(10), Delivery().whole(10)
        (False, True, True)
        """
        if self.sent_bytes is None:
            return self.claimed_bytes is None or self.claimed_bytes <= size
        if self.chunked:
            return False
        return self.sent_bytes >= (size if self.claimed_bytes is None else self.claimed_bytes)

    def pieces(self, size: int) -> Iterator[tuple[int, float]]:
        """Yield the length of each piece of a body of `size` bytes, and how long after the one before it goes out.

        >>> list(Delivery(first_byte_seconds=1, piece_bytes=4, piece_seconds=0.5).pieces(10))
        [(4, 1), (4, 0.5), (2, 0.5)]
        """
        left = size if self.sent_bytes is None else min(size, self.sent_bytes)
        rate = self.bytes_per_second
        most = self.piece_bytes or (left if rate is None else max(1, int(rate * _TICK_SECONDS)))
        wait = self.first_byte_seconds
        while left > 0:
            piece = min(left, most)
            yield piece, wait if rate is None else wait + piece / rate
            wait = self.piece_seconds
            left -= piece


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait at least `seconds` of wall time, never less, then go on."""

    seconds: float

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"delay {self.seconds:.6g}s"


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until `over` returns True, at most `seconds` of wall time, then go on: webhooks are delivered meanwhile."""

    over: Callable[[], bool]
    seconds: float


@dataclass(slots=True)
class Reply:
    """Send this answer. `headers` are complete but for what HTTP itself adds (Date, Content-Length).

    `delivery` says how, None for all at once.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Reset:
    """Close the connection with a TCP reset, sending nothing."""

    said = "reset"


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing and keep the connection open until the client gives up or the server stops."""

    said = "hang"


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Say in `Retry-After` when to come back: in `seconds` of world time, None for when the rule's window ends.

    Without such an end nothing is said.
    """

    seconds: float | None = None
    form: Literal["seconds", "http_date"] = "seconds"

    @property
    def said(self) -> str:
        """What it says, in words."""
        when = "when this ends" if self.seconds is None else f"in {self.seconds:.6g}s"
        return f"come back {when}{' (as a date)' if self.form == 'http_date' else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer `status` instead: in the provider's own words, or as a gateway in front of it (`html` is nginx).

    `code` picks one of the provider's error codes for that status; None leaves the choice to the provider.
    """

    status: int
    code: str | None = None
    body: Literal["provider", "html", "nginx", "cloudflare", "elb", "envoy"] = "provider"
    headers: tuple[tuple[str, str], ...] = ()
    retry_after: ComeBack | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        told = f", {self.retry_after.said}" if self.retry_after is not None else ""
        return f"answer {self.status} ({self.body}){told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reword:
    """Change an answer as it is about to be sent: its status, headers and bytes; what the provider keeps stays.

    `change` returns the answer that is sent instead, None if there is nothing in this one for it to change. It may not
    change the one that it is given. `said` is the change in words, for the journal.
    """

    change: Callable[[Reply], Reply | None]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Send an answer otherwise than all at once.

    `plan` returns how an answer of so many bytes travels, given how it would so far; None if it makes no difference to
    this one. `said` is that in words, for the journal.
    """

    plan: Callable[[int, Delivery], Delivery | None]
    said: str


Flaw: TypeAlias = Literal["expired", "wrong_name", "unknown_authority"]
"""What can be wrong with a certificate."""

_FLAWS: dict[Flaw, str] = {
    "expired": "a certificate that has expired",
    "wrong_name": "a certificate for another host",
    "unknown_authority": "a certificate of an unknown authority",
}


@dataclass(frozen=True, slots=True)
class Certify:
    """Show a certificate with a flaw in this handshake."""

    flaw: Flaw

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"show {_FLAWS[self.flaw]}"


@dataclass(frozen=True, slots=True)
class Shut:
    """Close the port, so that whoever connects is refused."""

    said = "close the port"


Outcome: TypeAlias = Literal["sent", "cut", "reset", "refused", "client_gone", "stopped"]
"""What became of an exchange on the wire: flushed whole, broken off by us after a part of it, reset by us before it,
refused by a port that was closed, left by the client, cut by our own stop."""
