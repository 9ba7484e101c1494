"""`consent`: somebody takes back what they allowed, or has to be asked again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.effects import DemandUser, EndConsent

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_CODE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_USUAL_CODE: Final = "invalid_grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Take the consent back that the token presented rests on, or let its user be asked again.

    `change: revoke` revokes every token of the grant, so that no refresh helps, and forgets what the user allowed.
    `change: ask_again` lets the grant rest: a refresh is answered `code` (`invalid_grant`, `interaction_required`,
    `login_required`, …) until the user consents anew, or `POST tokens/ID/unblock` says that they did; access tokens
    live on. Where a token is used it blocks all of the grant's tokens. At the `edge` (the default) it strikes before
    anybody looks at the token; at `request` it was let in. Static keys rest on nobody's consent.

    Raises:
        ValueError: if `code` can't be an OAuth error, or belongs to a revocation.

    Example:
        # The user revokes access while the client is going through the pages of a list.
        - {name: mid-list, kind: consent, match: {operation: "oauth.fixtures.*"}, change: revoke, nth: 3}
        # The bank wants to see the user: every refresh fails until they have consented again.
        - name: log-in-again
          kind: consent
          match: {body: {grant_type: refresh_token}}
          change: ask_again
          code: interaction_required
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "consent"
    default_target: ClassVar[Target | None] = "edge"

    change: Literal["revoke", "ask_again"]
    code: str | None = None

    def __post_init__(self) -> None:
        """Check that the code can go over the wire."""
        if self.code is not None and self.change == "revoke":
            raise ValueError("code belongs to change: ask_again; a revoked token is refused in the provider's words")
        if self.code is not None and not _CODE.fullmatch(self.code):
            raise ValueError(f"code {self.code!r} can't be an OAuth error: use printable ASCII (RFC 6749 §5.2)")

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: before or after the token was let in."""
        return ("edge", "request")

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation takes a token, be it a refresh token."""
        return operation.effect == "token" or not operation.public

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the consent."""
        return (EndConsent(),) if self.change == "revoke" else (DemandUser(self.code or _USUAL_CODE),)
