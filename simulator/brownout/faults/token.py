"""`token`: a token is worth less than its client was told, or nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.effects import ExpireToken, RevokeToken, ShortenLife, Spoil, TellLife
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_IN_USE: Final = ("revoke", "expire")
_SOMEBODY_ELSE: Final = "https://api.somebody-else.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Let tokens die before their time, be good for nothing, or let their clients believe what isn't so.

    Where tokens are issued: `short_life` lets an access token live `life` of world time at most. Its answer goes on
    telling the provider's own life, unless it is `announced`. `mistell` lets it live as it would, and its answer says
    a life of `says`; without that, it says nothing of it. `junk` is a token that looks like any other and that nobody
    honours; `wrong_audience` one that is meant for `audience`, as a JWT says itself, and is refused here.

    Where a credential is used: `revoke` revokes the one presented, token or static key; `expire` lets a token expire,
    and a static key be worth nothing. It stays so. At the `edge` (the default) that is before anybody looks at it; at
    `request` it was let in, and what stands behind finds it dead: nothing is executed.

    Raises:
        ValueError: if `life` is missing or not above 0, or a key doesn't belong to the change.

    Example:
        # A quarter of the tokens live 20 seconds, and their answers say an hour.
        - {name: short, kind: token, match: {operation: oauth.token}, change: short_life, life: 20s, percentage: 25}
        # The answer doesn't say how long the token lives: expires_in is only recommended.
        - {name: no-expires-in, kind: token, match: {operation: "*.token"}, change: mistell}
        # The answer says a day, and the token lives as long as ever.
        - {name: says-a-day, kind: token, match: {operation: oauth.token}, change: mistell, says: 24h}
        # The third token of each client is honoured nowhere.
        - {name: junk, kind: token, match: {operation: oauth.token}, change: junk, nth: 3}
        # The token is meant for another API: with access_format: jwt its aud says so.
        - {name: elsewhere, kind: token, match: {operation: oauth.token}, change: wrong_audience, percentage: 10}
        # The seventh call of each client finds its token revoked.
        - {name: revoked, kind: token, match: {operation: "oauth.*"}, change: revoke, nth: 7}
        # The token was good when the request came in, and expires before it is executed.
        - {name: in-flight, kind: token, match: {operation: paypal.orders.capture}, target: request, change: expire}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "token"
    default_target: ClassVar[Target | None] = None

    change: Literal["short_life", "mistell", "junk", "wrong_audience", "revoke", "expire"]
    life: Seconds | None = None
    announced: bool = False
    says: Seconds | None = None
    audience: str | None = None

    def __post_init__(self) -> None:
        """Check that the keys belong together."""
        if self.change != "short_life" and (self.life is not None or self.announced):
            raise ValueError(f"life and announced belong to change: short_life, not to {self.change}")
        if self.change == "short_life" and (self.life is None or self.life <= 0):
            raise ValueError("life must be above 0 for change: short_life, such as life: 20s")
        if self.says is not None and self.change != "mistell":
            raise ValueError(f"says belongs to change: mistell, not to {self.change}")
        if self.says is not None and self.says <= 0:
            raise ValueError("says must be above 0, such as says: 24h; leave it out to say nothing")
        if self.audience is not None and self.change != "wrong_audience":
            raise ValueError(f"audience belongs to change: wrong_audience, not to {self.change}")
        if self.audience == "":
            raise ValueError("audience must not be empty; leave it out to mean somebody else's")

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: at issue before the token is made, else before or after it was let in."""
        return ("edge", "request") if self.change in _IN_USE else ("request",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation issues tokens, or whether it takes one."""
        if self.change in _IN_USE:
            return operation.effect != "token" and not operation.public
        return operation.effect == "token"

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the token."""
        match self.change:
            case "short_life":
                return (ShortenLife(self.life or 0.0, announced=self.announced),)
            case "mistell":
                return (TellLife(self.says),)
            case "junk":
                return (Spoil(),)
            case "wrong_audience":
                return (Spoil(self.audience or _SOMEBODY_ELSE),)
            case "revoke":
                return (RevokeToken(),)
            case _:
                return (ExpireToken(),)
