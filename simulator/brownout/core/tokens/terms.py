"""What faults do to a token when it is issued, and to its scopes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.effects.tokens import ShortenLife, Spoil, TellLife, WithholdScopes
from brownout.core.match import fits

if TYPE_CHECKING:
    from brownout.core.effects.tokens import Term
    from brownout.core.tokens.token import Token


class Imposed:
    """A term that a rule sets for the tokens of one exchange, and whether it changed any of them."""

    __slots__ = ("changed", "rule", "term")

    def __init__(self, term: Term, rule: str) -> None:
        """Name the rule; no token has met the term yet."""
        self.term = term
        self.rule = rule
        self.changed = False

    def impose(self, token: Token) -> None:
        """Change `token` as the term says."""
        term, cause = self.term, f"rule {self.rule}"
        match term:
            case ShortenLife() if _shorten(token, term):
                token.shortened_by, self.changed = cause, True
            case TellLife() if _tell(token, term):
                token.mistold_by, self.changed = cause, True
            case Spoil() if token.kind == "access" and token.spoiled_by is None:
                token.spoiled_by, token.audience, self.changed = cause, term.audience, True
            case WithholdScopes() if _withhold(token, term):
                token.narrowed_by, self.changed = cause, True
            case _:
                pass


def without(scopes: frozenset[str], globs: tuple[str, ...]) -> frozenset[str]:
    """Return the scopes that fit none of the globs."""
    return frozenset(scope for scope in scopes if not fits(globs, scope))


def _shorten(token: Token, term: ShortenLife) -> bool:
    """Cut an access token's life; a refresh token keeps its own."""
    ends_at = token.issued_at + term.seconds
    if token.kind != "access" or (token.expires_at is not None and token.expires_at <= ends_at):
        return False
    token.expires_at = ends_at
    if term.announced:
        token.told_seconds = token.written_seconds = term.seconds
    return True


def _tell(token: Token, term: TellLife) -> bool:
    """Let an access token's answer lie; what a token says of itself stays true."""
    if token.kind != "access" or token.told_seconds == term.seconds:
        return False
    token.told_seconds = term.seconds
    return True


def _withhold(token: Token, term: WithholdScopes) -> bool:
    kept = without(token.scopes, term.scopes)
    if kept == token.scopes:
        return False
    token.scopes = kept
    if term.announced:
        token.told_scopes = kept
    return True
