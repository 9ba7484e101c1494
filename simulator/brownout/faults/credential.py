"""`credential`: a client that is in order is refused as if it weren't, or its secret is another one all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.effects import Mistake, RotateSecret, TakeFor
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_MISTAKES: Final[dict[str, Mistake]] = {
    "old_secret": "old secret",
    "live": "live",
    "wrong_method": "wrong method",
    "unknown": "unknown",
}
_VISIBLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Refuse a good credential as if it were another, or give a client another secret.

    `change: rotate` gives the client that asks for a token the secret `secret` (by default one that nobody knows, until
    `POST clients/ID/rotate-secret` tells another): the one it came with is good for `grace` of world time more, by
    default not at all, and an old secret after that.

    The others refuse this one call in the provider's own words: `old_secret` as one that was replaced, `live` as one of
    the live environment, `unknown` as one that nobody knows, `wrong_method` as one sent by Basic that belongs into the
    form, or the other way round. The journal's `cause` tells them apart where the answers don't. Where a token or a
    static key is used, that is what is taken for another; how it is sent isn't in question there. A credential that
    wasn't good anyway is refused for what is wrong with it.

    Raises:
        ValueError: if `secret` or `grace` don't belong to the change, or can't be.

    Example:
        # From its third token on, each client's secret is an old one; it would have had a day's notice of the new one.
        - name: rotated
          kind: credential
          match: {operation: oauth.token}
          change: rotate
          secret: the-new-one
          grace: 24h
          nth: 3
        # A tenth of the calls for tokens are refused as if the client had sent live credentials to the sandbox.
        - {name: mixed-up, kind: credential, match: {operation: "*.token"}, change: live, percentage: 10}
        # Stripe takes the key for one that was rolled.
        - {name: rolled, kind: credential, match: {provider: stripe}, change: old_secret, every: 5}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "credential"
    default_target: ClassVar[Target | None] = "edge"

    change: Literal["rotate", "old_secret", "live", "wrong_method", "unknown"]
    secret: str | None = None
    grace: Seconds = 0.0

    def __post_init__(self) -> None:
        """Check that the keys belong together."""
        if self.change != "rotate" and self.secret is not None:
            raise ValueError(f"secret belongs to change: rotate, not to {self.change}")
        if self.change != "rotate" and self.grace:
            raise ValueError(f"grace belongs to change: rotate, not to {self.change}")
        if self.grace < 0:
            raise ValueError("grace must not be negative")
        if self.secret is not None and not _VISIBLE.fullmatch(self.secret):
            raise ValueError("secret must be visible ASCII without spaces, and not empty")

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: before anybody looks at the credential."""
        return ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation looks at a credential that this can be about."""
        if operation.effect == "token":
            return True
        return not operation.public and self.change not in ("rotate", "wrong_method")

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the credential."""
        if self.change == "rotate":
            return (RotateSecret(self.secret, self.grace),)
        return (TakeFor(_MISTAKES[self.change]),)
