"""Who brought it about that a token isn't good: for the journal, where the answer doesn't say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core import causes

if TYPE_CHECKING:
    from brownout.core.tokens.token import Token


def blame(token: Token, reason: str, unjumped: float) -> str | None:
    """Return what brought it about that a token isn't good, None if that was nobody's doing; see `Authority.blame`."""
    match reason:
        case "token_unknown" | "token_misaddressed":
            return token.spoiled_by
        case "token_early":
            return token.stamped_by
        case "token_spent":
            return token.spent_by
        case "user_needed":
            return token.demanded_by
        case "token_revoked":
            return token.cause
        case "token_expired":
            return token.shortened_by or _outlived(token, unjumped)
        case _:
            return _lacking(token)


def _outlived(token: Token, unjumped: float) -> str | None:
    """Return why a token's client used it after its whole life: time was moved, a clock is off, or it was lied to."""
    end = token.expires_at or 0.0  # it has one, or it couldn't have expired
    left = end - token.issued_at - (unjumped - token.unjumped_at)
    if left > 0:
        return causes.CLOCK if left > token.skew_seconds else causes.SKEW
    told_less = token.told_seconds is not None and token.issued_at + token.told_seconds <= end
    return None if told_less else token.mistold_by


def _lacking(token: Token) -> str:
    if not token.lacked_scopes <= token.asked_scopes:
        return causes.NEVER_ASKED
    return token.narrowed_by or causes.NOT_GRANTED
