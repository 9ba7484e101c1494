"""All tokens of a sandbox: issued, examined, spent, revoked, and forgotten when there are too many."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core import causes
from brownout.core.chance import pseudonym
from brownout.core.tokens.assertions import Assertions
from brownout.core.tokens.blame import blame
from brownout.core.tokens.clients import Clients
from brownout.core.tokens.codes import Codes
from brownout.core.tokens.consents import Consents
from brownout.core.tokens.terms import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from brownout.core.tokens.clients import Client
    from brownout.core.tokens.rules import TokenRules
    from brownout.core.tokens.terms import Imposed
    from brownout.core.tokens.token import Kind, Reason, Token

TOKENS_KEPT: Final = 50_000
"""How many tokens, and how many revoked keys, a sandbox remembers. The one longest unused goes first: such a token is
then unknown, such a key good again. `Authority.evicted` counts them."""

_GONE: Final = frozenset({"token_revoked", "token_expired", "token_unknown", "token_misaddressed"})
"""What a token stays, whatever is done to it."""

Spending: TypeAlias = Literal["good", "grace", "reuse", "dead"]
"""What using a refresh token was; see `Authority.spend`."""


class Standing(NamedTuple):
    """What a presented token is worth: `reason` is None if it is good."""

    token: Token | None
    reason: Reason | None


class Authority:
    """All tokens of one sandbox.

    >>> from brownout.core.tokens import Token
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

    __slots__ = ("_families", "_revoked_keys", "_tokens", "ahead_seconds", "assertions", "clients", "codes", "consents",
                 "doubted", "evicted", "issued", "revoked")  # fmt: skip

    def __init__(self) -> None:
        """Start with nothing issued."""
        self._tokens: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self._families: dict[tuple[str, str], dict[str, Token]] = {}
        self._revoked_keys: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.clients = Clients()
        self.codes = Codes()
        self.consents = Consents()
        self.assertions = Assertions()
        self.ahead_seconds = 0.0  # how wrong the clock is of whoever looks at tokens at present
        self.doubted: Reason | None = None  # why the credential that is looked at at present isn't good, good or not
        self.issued = 0
        self.revoked = 0
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many tokens are remembered."""
        return len(self._tokens)

    def __iter__(self) -> Iterator[Token]:
        """Iterate over the tokens that are remembered, the longest unused first."""
        return iter(self._tokens.values())

    def issue(self, token: Token, terms: Iterable[Imposed] = (), write: Callable[[Token], str] | None = None) -> Token:
        """Remember `token`, under the terms that faults set for it, and return it; one of the same text is replaced.

        `write` gives the text of a token that says itself what it is worth, once the terms are known.
        """
        for term in terms:
            term.impose(token)
        if write is not None:
            token.text = write(token)
            token.id = pseudonym(token.text)
        token.skew_seconds = self.clients.skew_seconds(token.provider, token.client_id)
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
        token.number = self.issued
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
        return Standing(token, self.doubted or token.presented(now, needed, ahead=self.ahead_seconds))

    def spend(self, token: Token, now: float, rules: TokenRules) -> Spending:
        """Use a refresh token at world time `now`, and return what that was.

        `good`: exchange it; with rotation, that was its one time. `grace`: it is spent, but for less than the grace,
        so exchange it again. `reuse`: it is spent for longer, so refuse; its family is revoked now if the rules say
        so. `dead`: it is revoked or expired, or waits for its user, so refuse.
        """
        if token.reason(now) in ("token_revoked", "token_expired", "user_needed"):
            return "dead"
        if token.spent_at is None:
            if rules.rotation:
                token.spent_at = now
            elif rules.refresh_idle_ttl_seconds is not None:
                token.expires_at = rules.refresh_end(issued_at=token.issued_at, used_at=now, grant_at=token.grant_at)
            return "good"
        if now - token.spent_at < rules.reuse_grace_seconds:
            return "grace"
        if rules.on_reuse == "revoke_family":
            self.revoke_family(token, now, token.spent_by or causes.REUSE)
        return "reuse"

    def use_up(self, token: Token, now: float, cause: str) -> bool:
        """Spend a refresh token that nobody used; return whether it was good."""
        if token.reason(now) is not None:
            return False
        token.spent_at, token.spent_by = now, cause
        return True

    def succession(self, token: Token, now: float, rules: TokenRules) -> Token | None:
        """Return the refresh token that a use within the grace gets again, None if it gets a new one."""
        if rules.grace_returns == "old":
            return token
        if rules.grace_returns == "new" or token.successor is None:
            return None
        found = self._tokens.get((token.provider, token.successor))
        return found if found is not None and found.reason(now) in (None, "token_spent") else None

    def revoke(self, token: Token, now: float, cause: str) -> bool:
        """Revoke one token; return whether it was good for anything before. An expired one stays just that."""
        reason = token.reason(now)
        if reason in _GONE:
            return False
        token.revoked_at, token.cause = now, cause
        self.revoked += 1
        return reason is None

    def revoke_family(self, token: Token, now: float, cause: str) -> int:
        """Revoke everything of the token's grant; return how many were good."""
        return self.revoke_grant(token.provider, token.family, now, cause)

    def revoke_grant(self, provider: str, family: str, now: float, cause: str) -> int:
        """Revoke everything of a family; return how many were good."""
        kin = self._families.get((provider, family), {})
        return sum(self.revoke(one, now, cause) for one in kin.values())

    def withdraw(
        self, provider: str, client_id: str, subject: str, scopes: frozenset[str] | None, now: float,
        cause: str = causes.CONSENT,
    ) -> frozenset[str]:  # fmt: skip
        """Take back a consent, or some scopes of it, from every token that rests on it; return what was taken.

        A token that would be left without scopes is revoked, and so is all that a withdrawn consent gave; `cause` says
        who did it.
        """
        taken = self.consents.withdraw(provider, client_id, subject, scopes, now)
        if not taken:
            return taken
        self.codes.narrow(provider, client_id, subject, taken)
        for token in self._tokens.values():
            if (token.provider, token.client_id, token.subject) != (provider, client_id, subject):
                continue
            if scopes is None or token.scopes <= taken:
                self.revoke(token, now, cause)
            elif token.scopes & taken:
                token.scopes, token.narrowed_by = token.scopes - taken, cause
        return taken

    def end_consent(self, token: Token, now: float, cause: str) -> bool:
        """Take back all that a token rests on, its grant and what its user allowed; return whether any was good."""
        taken = frozenset[str]()
        before = self.revoked
        if token.subject is not None:
            taken = self.withdraw(token.provider, token.client_id, token.subject, None, now, cause)
        self.revoke_family(token, now, cause)
        return bool(taken) or self.revoked > before

    def block(self, token: Token, code: str, cause: str) -> int:
        """Let a token's grant rest until its user was asked: all of it, by a refresh token only its refreshes.

        Return how many tokens that blocked; `code` is what they are refused with.
        """
        kin = self._families.get((token.provider, token.family), {})
        blocked = [one for one in kin.values() if one.demanded is None and token.kind in ("access", one.kind)]
        for one in blocked:
            one.demanded, one.demanded_by = code, cause
        return len(blocked)

    def unblock(self, provider: str, client_id: str, subject: str | None) -> int:
        """Let the tokens that waited for a user be what they were: they were asked; return how many did."""
        waited = [
            one
            for one in self
            if one.demanded is not None and (one.provider, one.client_id, one.subject) == (provider, client_id, subject)
        ]
        for one in waited:
            one.demanded = one.demanded_by = None
        return len(waited)

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
        if self.doubted is not None:
            return self.doubted == "token_revoked"
        return bool(self._revoked_keys) and (provider, text) in self._revoked_keys

    @property
    def key_denied(self) -> bool:
        """Whether the static key that is looked at at present is to be taken for one that there isn't."""
        return self.doubted == "token_unknown"

    def expire(self, token: Token, now: float, cause: str) -> bool:
        """End a token's life now, whatever its client was told; return whether it lived."""
        if token.reason(now) in _GONE:
            return False
        token.expires_at, token.shortened_by = now + token.skew_seconds, cause
        return True

    def skew(self, client: Client, seconds: float) -> None:
        """Put the authority's clock `seconds` ahead of a client's (negative: behind), for its tokens old and new.

        They die that much before the client believes it.
        """
        client.skew_seconds = seconds
        for token in self:
            if (token.provider, token.client_id) == (client.provider, client.id):
                token.skew_seconds = seconds

    def drop_scopes(self, provider: str, text: str, scopes: tuple[str, ...], cause: str) -> bool:
        """Take the scopes that fit these globs from a token as presented; return whether it had any."""
        token = self._tokens.get((provider, text))
        if token is None:
            return False
        kept = without(token.scopes, scopes)
        if kept == token.scopes:
            return False
        token.scopes, token.narrowed_by = kept, cause
        return True

    def blame(self, provider: str, text: str, reason: str, unjumped: float) -> str | None:
        """Return what brought it about that a credential isn't good, None if that was nobody's doing.

        `reason` is why it isn't, `unjumped` the world time that it would be had the clock never been advanced. The
        answer is `rule NAME`, `clock` (expired only because time was moved ahead), `skew` (only because the client's
        clock is off), a revoked one's `cause`, or which scope was never asked for or not granted.
        """
        token = self._tokens.get((provider, text))
        return self._revoked_keys.get((provider, text)) if token is None else blame(token, reason, unjumped)

    def _leave_family(self, token: Token) -> None:
        family = self._families[token.provider, token.family]
        del family[token.text]
        if not family:
            del self._families[token.provider, token.family]
