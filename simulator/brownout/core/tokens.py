"""The authority of a sandbox: which tokens were issued, to whom, for what and until when.

Providers word requests and answers; what a token is worth is decided here. A token's *real* life and scopes may differ
from what its answer told the client: that difference is what faults make. Times are world time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import pseudonym
from brownout.core.effects import ShortenLife, WithholdScopes
from brownout.core.match import fits

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKENS_KEPT: Final = 50_000
"""How many tokens and revoked keys a sandbox remembers; the oldest go first, and are then unknown."""

Kind: TypeAlias = Literal["access", "refresh"]
Reason: TypeAlias = Literal[
    "token_missing", "token_unknown", "token_expired", "token_revoked", "token_spent", "scope_missing"
]
"""Why a token isn't good. Providers put it into `Answer.error` of the refusal, so that the journal says it alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """How long tokens live and how they are renewed. A provider has its own; a scenario's `oauth` overrides fields.

    `refresh_ttl_seconds` None means that refresh tokens don't expire. With `rotation` each refresh returns a new
    refresh token and spends the old one; a spent one used again within `reuse_grace_seconds` is honoured, later it is
    a reuse: `on_reuse` says whether only that request fails or the whole family is revoked (RFC 9700 §4.14.2).

    Raises:
        ValueError: if a length is not above 0 (the grace: below 0).
    """

    access_ttl_seconds: float = 3600.0
    refresh_ttl_seconds: float | None = None
    rotation: bool = False
    reuse_grace_seconds: float = 0.0
    on_reuse: Literal["reject", "revoke_family"] = "revoke_family"

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.access_ttl_seconds <= 0 or (self.refresh_ttl_seconds is not None and self.refresh_ttl_seconds <= 0):
            raise ValueError("access_ttl and refresh_ttl must be above 0")
        if self.reuse_grace_seconds < 0:
            raise ValueError("reuse_grace must be at least 0")


class Token:
    """One token. `told_seconds` and `told_scopes` are what the client was told of it when it was issued.

    `family` is the grant that it descends from. `cause` says who revoked it: a rule's name, `client` or `reuse`.
    """

    __slots__ = ("account", "cause", "client_id", "expires_at", "family", "id", "issued_at", "kind", "provider",
                 "revoked_at", "scopes", "spent_at", "text", "told_scopes", "told_seconds")  # fmt: skip

    def __init__(
        self, text: str, *, kind: Kind, provider: str, account: str, client_id: str, scopes: frozenset[str],
        issued_at: float, life_seconds: float | None, family: str,
    ) -> None:  # fmt: skip
        """Issue it whole: told as it is."""
        self.text = text
        self.id = pseudonym(text)
        self.kind = kind
        self.provider = provider
        self.account = account
        self.client_id = client_id
        self.scopes = self.told_scopes = scopes
        self.issued_at = issued_at
        self.told_seconds = life_seconds
        self.expires_at = None if life_seconds is None else issued_at + life_seconds
        self.family = family
        self.revoked_at: float | None = None
        self.spent_at: float | None = None
        self.cause: str | None = None

    def left_seconds(self, now: float) -> float:
        """Return how long the client believes that it still lives."""
        return 0.0 if self.told_seconds is None else max(0.0, self.issued_at + self.told_seconds - now)

    def reason(self, now: float, needed: frozenset[str] = frozenset()) -> Reason | None:
        """Return why it isn't good at `now` for an operation that needs these scopes, None if it is."""
        if self.revoked_at is not None:
            return "token_revoked"
        if self.expires_at is not None and now >= self.expires_at:
            return "token_expired"
        if self.spent_at is not None:
            return "token_spent"
        if not needed <= self.scopes:
            return "scope_missing"
        return None


class Standing(NamedTuple):
    """What a presented token is worth: `reason` is None if it is good."""

    token: Token | None
    reason: Reason | None


Term: TypeAlias = ShortenLife | WithholdScopes
"""What a fault does to a token when it is issued."""


class Authority:
    """All tokens of one sandbox.

    >>> tokens = Authority()
    >>> made = tokens.issue(
    ...     Token(
    ...         "t",
    ...         kind="access",
    ...         provider="p",
    ...         account="a",
    ...         client_id="c",
    ...         scopes=frozenset({"read"}),
    ...         issued_at=0.0,
    ...         life_seconds=60.0,
    ...         family="g",
    ...     )
    ... )
    >>> tokens.examine("p", "t", 59.0).reason, tokens.examine("p", "t", 60.0).reason
    (None, 'token_expired')
    """

    __slots__ = ("_families", "_revoked_keys", "_tokens", "issued", "revoked")

    def __init__(self) -> None:
        """Start with nothing issued."""
        self._tokens: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self._families: dict[tuple[str, str], list[Token]] = {}
        self._revoked_keys: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.issued = 0
        self.revoked = 0

    def __len__(self) -> int:
        """Return how many tokens are remembered."""
        return len(self._tokens)

    def issue(self, token: Token, terms: Iterable[Term] = ()) -> Token:
        """Remember `token`, under the terms that faults set for it, and return it."""
        for term in terms:
            _apply(token, term)
        while len(self._tokens) >= TOKENS_KEPT:
            _, gone = self._tokens.popitem(last=False)
            self._leave_family(gone)
        self._tokens[token.provider, token.text] = token
        self._families.setdefault((token.provider, token.family), []).append(token)
        self.issued += 1
        return token

    def find(self, provider: str, text: str) -> Token | None:
        """Return the token with this text, None if it was never issued here."""
        return self._tokens.get((provider, text))

    def examine(
        self, provider: str, text: str | None, now: float, *, needed: frozenset[str] = frozenset(),
        kind: Kind = "access",
    ) -> Standing:  # fmt: skip
        """Return what the presented text is worth at world time `now`."""
        if not text:
            return Standing(None, "token_missing")
        token = self._tokens.get((provider, text))
        if token is None or token.kind != kind:
            return Standing(None, "token_unknown")
        return Standing(token, token.reason(now, needed))

    def revoke(self, token: Token, now: float, cause: str) -> bool:
        """Revoke one token; return whether it was good for anything before."""
        if token.revoked_at is not None:
            return False
        good = token.expires_at is None or now < token.expires_at
        token.revoked_at, token.cause = now, cause
        self.revoked += 1
        return good

    def revoke_family(self, token: Token, now: float, cause: str) -> int:
        """Revoke everything of the token's grant; return how many were good."""
        family = self._families.get((token.provider, token.family), ())
        return sum(self.revoke(one, now, cause) for one in list(family))

    def revoke_presented(self, provider: str, text: str, now: float, cause: str) -> bool:
        """Revoke a credential as presented: a token issued here, else a static key; return whether it was good."""
        token = self._tokens.get((provider, text))
        if token is not None:
            return self.revoke(token, now, cause)
        if (provider, text) in self._revoked_keys:
            return False
        if len(self._revoked_keys) >= TOKENS_KEPT:
            self._revoked_keys.popitem(last=False)
        self._revoked_keys[provider, text] = cause
        return True

    def key_revoked(self, provider: str, text: str) -> bool:
        """Return whether a static key was revoked."""
        return bool(self._revoked_keys) and (provider, text) in self._revoked_keys

    def drop_scopes(self, provider: str, text: str, scopes: tuple[str, ...]) -> bool:
        """Take the scopes that fit these globs from a token as presented; return whether it had any."""
        token = self._tokens.get((provider, text))
        if token is None:
            return False
        kept = _without(token.scopes, scopes)
        changed = kept != token.scopes
        token.scopes = kept
        return changed

    def _leave_family(self, token: Token) -> None:
        family = self._families.get((token.provider, token.family))
        if family is not None:
            family.remove(token)
            if not family:
                del self._families[token.provider, token.family]


def _without(scopes: frozenset[str], globs: tuple[str, ...]) -> frozenset[str]:
    return frozenset(scope for scope in scopes if not fits(globs, scope))


def _apply(token: Token, term: Term) -> None:
    if isinstance(term, ShortenLife):
        if token.kind == "access":
            token.expires_at = min(token.expires_at or float("inf"), token.issued_at + term.seconds)
            if term.announced:
                token.told_seconds = token.expires_at - token.issued_at
        return
    token.scopes = _without(token.scopes, term.scopes)
    if term.announced:
        token.told_scopes = token.scopes
