"""What a fault may do to tokens: when one is issued, and to the one presented. `core.tokens` acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ShortenLife:
    """Let the token that is about to be issued live `seconds` of world time at most; `announced`: and say so."""

    seconds: float
    announced: bool = False

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"let the token live {self.seconds:.6g}s"


@dataclass(frozen=True, slots=True)
class WithholdScopes:
    """Issue the token without the scopes that fit these globs; `announced`: and say so in the answer."""

    scopes: tuple[str, ...]
    announced: bool = True

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"withhold {' '.join(self.scopes) or 'every scope'}"


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Revoke the credential as presented, before anybody looks at it."""

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "revoke the credential"


@dataclass(frozen=True, slots=True)
class DropScopes:
    """Take the scopes that fit these globs from the token as presented."""

    scopes: tuple[str, ...]

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"drop {' '.join(self.scopes) or 'every scope'}"


Term: TypeAlias = ShortenLife | WithholdScopes
"""Sets a term for tokens that are about to be issued; see `core.tokens.terms`."""

Act: TypeAlias = RevokeToken | DropScopes
"""Acts at once on the credential as presented; see `core.tokens.acts`."""

TokenEffect: TypeAlias = Term | Act
"""What a fault may do to the authority."""
