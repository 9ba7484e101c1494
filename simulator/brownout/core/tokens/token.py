"""One token: what it is worth, and what its client was told of it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from brownout.core.chance import pseudonym

Kind: TypeAlias = Literal["access", "refresh"]
Reason: TypeAlias = Literal[
    "token_missing", "token_unknown", "token_misaddressed", "token_expired", "token_revoked", "token_spent",
    "token_early", "user_needed", "scope_missing",
]  # fmt: skip
"""Why a token isn't good. Providers put it into `Answer.error` of the refusal, so that the journal says it alike."""

_NO_SCOPES: Final[frozenset[str]] = frozenset()


class Token:
    """One token. `told_seconds` and `told_scopes` are what the client was told of it when it was issued.

    `family` is the grant that it descends from. `cause` says who revoked it: `rule NAME`, `client`, `reuse` or `admin`;
    `shortened_by` and `narrowed_by` who cut its life or its scopes. `unjumped_at` is when it would have been
    issued had the clock never been advanced. `asked_scopes` are what its client wanted, `needed_scopes` what the calls
    needed that it was presented for, `lacked_scopes` what it hadn't of these at the last one; `used_at` is when it was
    last good for one. `skew_seconds` is how far the authority's clock is ahead of its client's. `subject` is whose data
    it opens, None for the client's own; `grant_at` when its grant began; `successor` the text of the refresh token that
    its first use returned.

    `written_seconds` is the life that the token's own text tells, where it does; `mistold_by` says who made the answer
    tell another. `spoiled_by` says who issued it so that it is good for nothing, or only for `audience`. `demanded` is
    the error for which its user has to be asked, and `demanded_by` who demanded that. `stamped_at` is when the clock
    that issued it thought it was, which `stamped_by` had put wrong. `spent_by` says which rule made it count as used.
    """

    __slots__ = ("account", "asked_scopes", "audience", "cause", "client_id", "demanded", "demanded_by", "expires_at",
                 "family", "grant_at", "id", "issued_at", "kind", "lacked_scopes", "mistold_by", "narrowed_by",
                 "needed_scopes", "number", "provider", "revoked_at", "scopes", "shortened_by", "skew_seconds",
                 "spent_at", "spent_by", "spoiled_by", "stamped_at", "stamped_by", "subject", "successor", "text",
                 "told_scopes", "told_seconds", "unjumped_at", "used_at", "written_seconds")  # fmt: skip

    def __init__(
        self, text: str, *, kind: Kind, provider: str, account: str, client_id: str, scopes: frozenset[str],
        issued_at: float, life_seconds: float | None, family: str, subject: str | None = None,
        grant_at: float | None = None,
    ) -> None:  # fmt: skip
        """Issue it whole: told as it is."""
        self.text = text
        self.id = pseudonym(text)
        self.kind = kind
        self.provider = provider
        self.account = account
        self.client_id = client_id
        self.scopes = self.told_scopes = self.asked_scopes = scopes
        self.needed_scopes = self.lacked_scopes = _NO_SCOPES
        self.used_at: float | None = None
        self.skew_seconds = 0.0
        self.number = 0  # which of the authority's it is
        self.issued_at = self.unjumped_at = self.stamped_at = issued_at
        self.stamped_by: str | None = None
        self.told_seconds = self.written_seconds = life_seconds
        self.expires_at = None if life_seconds is None else issued_at + life_seconds
        self.family = family
        self.subject = subject
        self.grant_at = issued_at if grant_at is None else grant_at
        self.successor: str | None = None
        self.revoked_at: float | None = None
        self.spent_at: float | None = None
        self.cause: str | None = None
        self.shortened_by: str | None = None
        self.narrowed_by: str | None = None
        self.mistold_by: str | None = None
        self.spent_by: str | None = None
        self.spoiled_by: str | None = None
        self.audience: str | None = None
        self.demanded: str | None = None
        self.demanded_by: str | None = None

    @property
    def whole(self) -> bool:
        """Whether no fault took anything from it, nor made its client believe what isn't so."""
        return not (self.shortened_by or self.narrowed_by or self.mistold_by or self.spoiled_by or self.stamped_by)

    def stamp(self, ahead_seconds: float, by: str) -> None:
        """Let it have been issued by a clock that is so far ahead (negative: behind): its times are that clock's."""
        self.stamped_at, self.stamped_by = self.issued_at + ahead_seconds, by
        if self.expires_at is not None:
            self.expires_at += ahead_seconds
            if ahead_seconds < 0:
                self.shortened_by = self.shortened_by or by

    def left_seconds(self, now: float) -> float:
        """Return how long the client believes that it still lives; 0 for one without an end."""
        return 0.0 if self.told_seconds is None else max(0.0, self.issued_at + self.told_seconds - now)

    def reason(self, now: float, needed: frozenset[str] = _NO_SCOPES, *, ahead: float = 0.0) -> Reason | None:
        """Return why it isn't good at `now` for an operation that needs these scopes, None if it is.

        It is good from the moment of issue until just before `expires_at`. Of revoked and expired, what came first.
        `ahead` is by how much the clock is wrong that looks at it.
        """
        if self.spoiled_by is not None:
            return "token_unknown" if self.audience is None else "token_misaddressed"
        if self.revoked_at is not None:
            return "token_revoked"
        if self.expires_at is not None and now + ahead + self.skew_seconds >= self.expires_at:
            return "token_expired"
        if self.spent_at is not None:
            return "token_spent"
        if now + ahead < self.stamped_at:
            return "token_early"
        if self.demanded is not None:
            return "user_needed"
        if not needed <= self.scopes:
            return "scope_missing"
        return None

    def presented(self, now: float, needed: frozenset[str], *, ahead: float = 0.0) -> Reason | None:
        """Return why it isn't good for a call that needs these scopes, None if it is; and note the use."""
        if not needed <= self.needed_scopes:
            self.needed_scopes |= needed
        reason = self.reason(now, needed, ahead=ahead)
        if reason is None:
            self.used_at = now
        elif reason == "scope_missing":
            self.lacked_scopes = needed - self.scopes
        return reason
