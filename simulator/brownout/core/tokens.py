"""The authority of a sandbox: which tokens were issued, to whom, for what and until when.

Providers word requests and answers; what a token is worth is decided here. A token's *real* life and scopes may differ
from what its answer told the client: that difference is what faults make. Times are world time.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import pseudonym
from brownout.core.effects import ShortenLife, WithholdScopes
from brownout.core.match import fits

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKENS_KEPT: Final = 50_000
"""How many tokens, and how many revoked keys, a sandbox remembers. The one longest unused goes first: such a token is
then unknown, such a key good again. `Authority.evicted` counts them."""

Kind: TypeAlias = Literal["access", "refresh"]
Reason: TypeAlias = Literal[
    "token_missing", "token_unknown", "token_expired", "token_revoked", "token_spent", "scope_missing"
]
"""Why a token isn't good. Providers put it into `Answer.error` of the refusal, so that the journal says it alike."""
Spending: TypeAlias = Literal["good", "grace", "reuse", "dead"]
"""What using a refresh token was; see `Authority.spend`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """How long tokens live and how they are renewed. A provider has its own; a scenario's `oauth` overrides fields.

    `refresh_ttl_seconds` None means that refresh tokens don't expire. With `rotation` each refresh returns a new
    refresh token and spends the old one; a spent one used again within `reuse_grace_seconds` is honoured, later it is
    a reuse: `on_reuse` says whether only that request fails or the whole family is revoked (RFC 9700 §4.14.2).

    Raises:
        ValueError: if a length is not above 0 (the grace: below 0) or not finite; it begins with the key's name.
    """

    access_ttl_seconds: float = 3600.0
    refresh_ttl_seconds: float | None = None
    rotation: bool = False
    reuse_grace_seconds: float = 0.0
    on_reuse: Literal["reject", "revoke_family"] = "revoke_family"

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key, seconds in (("access_ttl", self.access_ttl_seconds), ("refresh_ttl", self.refresh_ttl_seconds)):
            if seconds is not None and not 0 < seconds < math.inf:
                raise ValueError(f"{key} must be above 0 and finite, not {seconds:g} seconds")
        if not 0 <= self.reuse_grace_seconds < math.inf:
            raise ValueError(f"reuse_grace must be at least 0 and finite, not {self.reuse_grace_seconds:g} seconds")


class Token:
    """One token. `told_seconds` and `told_scopes` are what the client was told of it when it was issued.

    `family` is the grant that it descends from. `cause` says who revoked it: `rule NAME`, `client` or `reuse`;
    `shortened_by` and `narrowed_by` which rule cut its life or its scopes. `unjumped_at` is when it would have been
    issued had the clock never been advanced.
    """

    __slots__ = ("account", "cause", "client_id", "expires_at", "family", "id", "issued_at", "kind", "narrowed_by",
                 "provider", "revoked_at", "scopes", "shortened_by", "spent_at", "text", "told_scopes",
                 "told_seconds", "unjumped_at")  # fmt: skip

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
        self.issued_at = self.unjumped_at = issued_at
        self.told_seconds = life_seconds
        self.expires_at = None if life_seconds is None else issued_at + life_seconds
        self.family = family
        self.revoked_at: float | None = None
        self.spent_at: float | None = None
        self.cause: str | None = None
        self.shortened_by: str | None = None
        self.narrowed_by: str | None = None

    def left_seconds(self, now: float) -> float:
        """Return how long the client believes that it still lives; 0 for one without an end."""
        return 0.0 if self.told_seconds is None else max(0.0, self.issued_at + self.told_seconds - now)

    def reason(self, now: float, needed: frozenset[str] = frozenset()) -> Reason | None:
        """Return why it isn't good at `now` for an operation that needs these scopes, None if it is.

        It is good from the moment of issue until just before `expires_at`. Of revoked and expired, what came first.
        """
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

    __slots__ = ("_families", "_revoked_keys", "_tokens", "evicted", "issued", "revoked")

    def __init__(self) -> None:
        """Start with nothing issued."""
        self._tokens: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self._families: dict[tuple[str, str], dict[str, Token]] = {}
        self._revoked_keys: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.issued = 0
        self.revoked = 0
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many tokens are remembered."""
        return len(self._tokens)

    def issue(self, token: Token, terms: Iterable[Imposed] = ()) -> Token:
        """Remember `token`, under the terms that faults set for it, and return it; one of the same text is replaced."""
        for term in terms:
            term.impose(token)
        slot = token.provider, token.text
        before = self._tokens.pop(slot, None)
        if before is not None:
            self._leave_family(before)
        elif len(self._tokens) >= TOKENS_KEPT:
            self._leave_family(self._tokens.popitem(last=False)[1])
            self.evicted += 1
        self._tokens[slot] = token
        self._families.setdefault((token.provider, token.family), {})[token.text] = token
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
        self._tokens.move_to_end((provider, text))
        return Standing(token, token.reason(now, needed))

    def spend(self, token: Token, now: float, rules: TokenRules) -> Spending:
        """Use a refresh token at world time `now`, and return what that was.

        `good`: exchange it; with rotation, that was its one time. `grace`: it is spent, but for less than the grace,
        so exchange it again. `reuse`: it is spent for longer, so refuse; its family is revoked now if the rules say
        so. `dead`: it is revoked or expired, so refuse.
        """
        if token.reason(now) in ("token_revoked", "token_expired"):
            return "dead"
        if token.spent_at is None:
            if rules.rotation:
                token.spent_at = now
            return "good"
        if now - token.spent_at < rules.reuse_grace_seconds:
            return "grace"
        if rules.on_reuse == "revoke_family":
            self.revoke_family(token, now, "reuse")
        return "reuse"

    def revoke(self, token: Token, now: float, cause: str) -> bool:
        """Revoke one token; return whether it was good for anything before. An expired one stays just that."""
        reason = token.reason(now)
        if reason in ("token_revoked", "token_expired"):
            return False
        token.revoked_at, token.cause = now, cause
        self.revoked += 1
        return reason is None

    def revoke_family(self, token: Token, now: float, cause: str) -> int:
        """Revoke everything of the token's grant; return how many were good."""
        family = self._families.get((token.provider, token.family), {})
        return sum(self.revoke(one, now, cause) for one in family.values())

    def revoke_presented(self, provider: str, text: str, now: float, cause: str) -> bool:
        """Revoke a credential as presented: a token issued here, else a static key; return whether it was good."""
        token = self._tokens.get((provider, text))
        if token is not None:
            return self.revoke(token, now, cause)
        if (provider, text) in self._revoked_keys:
            return False
        if len(self._revoked_keys) >= TOKENS_KEPT:
            self._revoked_keys.popitem(last=False)
            self.evicted += 1
        self._revoked_keys[provider, text] = cause
        return True

    def key_revoked(self, provider: str, text: str) -> bool:
        """Return whether a static key was revoked."""
        return bool(self._revoked_keys) and (provider, text) in self._revoked_keys

    def drop_scopes(self, provider: str, text: str, scopes: tuple[str, ...], cause: str) -> bool:
        """Take the scopes that fit these globs from a token as presented; return whether it had any."""
        token = self._tokens.get((provider, text))
        if token is None:
            return False
        kept = _without(token.scopes, scopes)
        if kept == token.scopes:
            return False
        token.scopes, token.narrowed_by = kept, cause
        return True

    def blame(self, provider: str, text: str, reason: str, unjumped: float) -> str | None:
        """Return what brought it about that a credential isn't good, None if that was nobody's doing.

        `reason` is why it isn't, `unjumped` the world time that it would be had the clock never been advanced. The
        answer is `rule NAME`, `clock` (expired only because time was moved ahead), or a revoked one's `cause`.
        """
        token = self._tokens.get((provider, text))
        if token is None:
            return self._revoked_keys.get((provider, text))
        match reason:
            case "token_revoked":
                return token.cause
            case "token_expired" if token.shortened_by is None and token.expires_at is not None:
                lived = unjumped - token.unjumped_at
                return "clock" if lived < token.expires_at - token.issued_at else None
            case "token_expired":
                return token.shortened_by
            case "scope_missing":
                return token.narrowed_by
            case _:
                return None

    def _leave_family(self, token: Token) -> None:
        family = self._families[token.provider, token.family]
        del family[token.text]
        if not family:
            del self._families[token.provider, token.family]


def _without(scopes: frozenset[str], globs: tuple[str, ...]) -> frozenset[str]:
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
    kept = _without(token.scopes, term.scopes)
    if kept == token.scopes:
        return False
    token.scopes = kept
    if term.announced:
        token.told_scopes = kept
    return True
