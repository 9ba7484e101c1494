"""What the engine asks its shell to do, and what faults ask of the engine. Values, nothing more.

`Delay` pauses the exchange and resumes it; `Reply`, `Reset` and `Hang` end it. Seconds are wall seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.edits import Edit


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


@dataclass(frozen=True, slots=True)
class ShortenLife:
    """Let the token that is about to be issued live `seconds` of world time at most; `announced`: and say so."""

    seconds: float
    announced: bool = False


@dataclass(frozen=True, slots=True)
class WithholdScopes:
    """Issue the token without the scopes that fit these globs; `announced`: and say so in the answer."""

    scopes: tuple[str, ...]
    announced: bool = True


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Revoke the credential as presented, before anybody looks at it."""


@dataclass(frozen=True, slots=True)
class DropScopes:
    """Take the scopes that fit these globs from the token as presented."""

    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alter:
    """Change the answer's body before it is sent; what the provider keeps stays as it was."""

    edit: Edit


Flaw: TypeAlias = Literal["expired", "wrong_name", "unknown_authority"]
"""What can be wrong with a certificate."""


@dataclass(frozen=True, slots=True)
class Certify:
    """Show a certificate with a flaw in this handshake."""

    flaw: Flaw


Effect: TypeAlias = Delay | Reply | Reset | Hang
"""What the engine yields to its shell."""

TokenEffect: TypeAlias = ShortenLife | WithholdScopes | RevokeToken | DropScopes
"""What a fault may do to the authority. The first two act when a token is issued, the others on the one presented."""

FaultEffect: TypeAlias = Delay | Refuse | Reset | Hang | TokenEffect | Alter | Certify
"""What a fault may return."""

Outcome: TypeAlias = Literal["sent", "reset", "client_gone", "stopped"]
"""What became of an exchange on the wire: flushed, reset by us, left by the client, cut by our own stop."""
