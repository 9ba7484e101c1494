"""What happens on the wire: what the engine asks its shell to do, and what faults make of an answer there.

`Delay` pauses an exchange and resumes it; `Reply`, `Reset` and `Hang` end it. Seconds are wall seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Ending: TypeAlias = Literal["keep", "close", "reset"]
"""What becomes of a connection after an answer: kept open as HTTP has it, closed in order, or reset."""


class Delivery(NamedTuple):
    """How an answer's bytes travel, where that isn't all at once.

    The head goes out at once, the body `first_byte_seconds` later, at most `bytes_per_second` of it, in pieces of
    `piece_bytes` with `piece_seconds` between them. After `sent_bytes` of the body (None: all of it) the connection
    ends as `ending` says. Content-Length tells the truth unless `claimed_bytes` is what it says.
    """

    first_byte_seconds: float = 0.0
    bytes_per_second: float | None = None
    piece_bytes: int | None = None
    piece_seconds: float = 0.0
    sent_bytes: int | None = None
    claimed_bytes: int | None = None
    ending: Ending = "keep"


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait at least `seconds` of wall time, never less, then go on."""

    seconds: float

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"delay {self.seconds:.6g}s"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer `status` instead: in the provider's own words, or as a gateway in front of it (`html`).

    `code` picks one of the provider's error codes for that status; None leaves the choice to the provider.
    """

    status: int
    code: str | None = None
    body: Literal["provider", "html"] = "provider"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"answer {self.status} ({self.body})"


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


Outcome: TypeAlias = Literal["sent", "reset", "client_gone", "stopped"]
"""What became of an exchange on the wire: flushed, reset by us, left by the client, cut by our own stop."""
