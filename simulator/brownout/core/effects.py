"""What the engine asks its shell to do, and what faults ask of the engine. Values, nothing more.

`Delay` pauses the exchange and resumes it; `Reply`, `Reset` and `Hang` end it. Seconds are wall seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait at least `seconds` of wall time, never less, then go on."""

    seconds: float


@dataclass(slots=True)
class Reply:
    """Send this answer. `headers` are complete but for what HTTP itself adds (Date, Content-Length)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """Close the connection with a TCP reset, sending nothing."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing and keep the connection open until the client gives up or the server stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer `status` instead: in the provider's own words, or as a gateway in front of it (`html`).

    `code` picks one of the provider's error codes for that status; None leaves the choice to the provider.
    """

    status: int
    code: str | None = None
    body: Literal["provider", "html"] = "provider"
    headers: tuple[tuple[str, str], ...] = ()


Effect: TypeAlias = Delay | Reply | Reset | Hang
"""What the engine yields to its shell."""

FaultEffect: TypeAlias = Delay | Refuse | Reset | Hang
"""What a fault may return."""

Outcome: TypeAlias = Literal["sent", "reset", "client_gone", "stopped"]
"""What became of an exchange on the wire: flushed, reset by us, left by the client, cut by our own stop."""
