"""What a fault may do to tokens, when one is issued and when one is presented, to clients and to the provider's clock.

`core.tokens` acts on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

# ---------------------------------------------------------------- of a token that is about to be issued


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
class TellLife:
    """Tell the client that the token lives `seconds` of world time, or None: nothing of it. It lives as it would."""

    seconds: float | None

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "don't tell the token's life" if self.seconds is None else f"tell a life of {self.seconds:.6g}s"


@dataclass(frozen=True, slots=True)
class Spoil:
    """Issue an access token that is good for nothing here: nobody knows it, or it is meant for `audience`."""

    audience: str | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "issue a junk token" if self.audience is None else f"issue the token for {self.audience}"


@dataclass(frozen=True, slots=True)
class WithholdScopes:
    """Issue the token without the scopes that fit these globs; `announced`: and say so in the answer."""

    scopes: tuple[str, ...]
    announced: bool = True

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"withhold {' '.join(self.scopes) or 'every scope'}"


# ---------------------------------------------------------------- of the credential presented


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Revoke the credential as presented: before anybody looks at it, or after it was let in."""

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "revoke the credential"


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """Let the token as presented expire now, whatever its client was told; a static key is worth nothing any more."""

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "let the credential expire"


@dataclass(frozen=True, slots=True)
class DropScopes:
    """Take the scopes that fit these globs from the token as presented."""

    scopes: tuple[str, ...]

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"drop {' '.join(self.scopes) or 'every scope'}"


@dataclass(frozen=True, slots=True)
class EndConsent:
    """Take back the consent that the token presented rests on: every token of its grant is revoked."""

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "take the consent back"


@dataclass(frozen=True, slots=True)
class DemandUser:
    """Let the grant of the token presented rest until its user has been asked again; `code` is the OAuth error.

    A refresh token presented blocks the refreshes of its grant, an access token all of its tokens.
    """

    code: str

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"demand that the user is asked ({self.code})"


@dataclass(frozen=True, slots=True)
class EndRefresh:
    """Let the refresh token presented be expired, revoked or spent from now on."""

    state: Literal["expired", "revoked", "spent"]

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"let the refresh token be {self.state}"


# ---------------------------------------------------------------- of the client, and of the clock

Mistake: TypeAlias = Literal["old secret", "live", "wrong method", "unknown"]
"""What a good credential may be taken for."""

_TAKEN: dict[Mistake, str] = {
    "old secret": "an old one",
    "live": "one of the live environment",
    "wrong method": "one sent in the wrong way",
    "unknown": "one that nobody knows",
}


@dataclass(frozen=True, slots=True)
class TakeFor:
    """Refuse the credential presented, once, as if it were what `mistake` says."""

    mistake: Mistake

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"take the credential for {_TAKEN[self.mistake]}"


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """Give the client that asks for a token another secret; the one it came with is good for `grace_seconds` more.

    `secret` None means one drawn from the seed, which only the admin API can replace by one that is known.
    """

    secret: str | None = None
    grace_seconds: float = 0.0

    @property
    def said(self) -> str:
        """What it does, in words."""
        grace = f", the old one is good for {self.grace_seconds:.6g}s" if self.grace_seconds else ""
        return f"give the client another secret{grace}"


@dataclass(frozen=True, slots=True)
class SkewClock:
    """Let the provider's clock be `seconds` of world time ahead (negative: behind) while it handles this exchange."""

    seconds: float

    @property
    def said(self) -> str:
        """What it does, in words."""
        way = "ahead" if self.seconds > 0 else "behind"
        return f"put the provider's clock {abs(self.seconds):.6g}s {way}"


Term: TypeAlias = ShortenLife | TellLife | Spoil | WithholdScopes
"""Sets a term for tokens that are about to be issued; see `core.tokens.terms`."""

Act: TypeAlias = RevokeToken | ExpireToken | DropScopes | EndConsent | DemandUser | EndRefresh
"""Acts at once on the credential as presented; see `core.tokens.acts`."""

Doubt: TypeAlias = TakeFor | RotateSecret
"""Waits until somebody looks at the credential presented; see `core.tokens.doubts`."""

TokenEffect: TypeAlias = Term | Act | Doubt | SkewClock
"""What a fault may do to the authority."""

TOKEN_EFFECTS: Final = (
    ShortenLife, TellLife, Spoil, WithholdScopes, RevokeToken, ExpireToken, DropScopes, EndConsent, DemandUser,
    EndRefresh, TakeFor, RotateSecret, SkewClock,
)  # fmt: skip
"""The same, to be asked for at run time."""
