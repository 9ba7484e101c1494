"""What faults do to a token when it is issued, and to its scopes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.effects.tokens import ShortenLife
from brownout.core.match import fits

if TYPE_CHECKING:
    from brownout.core.effects.tokens import Term, WithholdScopes
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
        if isinstance(term, ShortenLife):
            if _shorten(token, term):
                token.shortened_by, self.changed = cause, True
        elif _withhold(token, term):
            token.narrowed_by, self.changed = cause, True


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
