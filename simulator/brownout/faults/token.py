"""`token`: a token is worth less than its client was told, or nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import RevokeToken, ShortenLife
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Let tokens die before their time.

    `change: short_life` strikes where tokens are issued: an access token lives `life` of world time at most. Its
    answer goes on telling the provider's own life, unless it is `announced`. `change: revoke` strikes where a
    credential is used: the one presented, token or static key, is revoked before anybody looks at it, and stays so.

    Raises:
        ValueError: if `life` is missing or not above 0, or a key doesn't belong to the change.
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "token"
    default_target: ClassVar[Target | None] = None

    change: Literal["short_life", "revoke"]
    life: Seconds | None = None
    announced: bool = False

    def __post_init__(self) -> None:
        """Check that the keys belong together."""
        if self.change == "revoke":
            if self.life is not None or self.announced:
                raise ValueError("life and announced belong to change: short_life; a revoked token has no life left")
        elif self.life is None or self.life <= 0:
            raise ValueError("life must be above 0 for change: short_life, such as life: 20s")

    def targets(self) -> tuple[Target, ...]:
        """Return the one place where it can act: at issue before the token is made, else before it is looked at."""
        return ("request",) if self.change == "short_life" else ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation issues tokens, or whether it takes one."""
        if self.change == "short_life":
            return operation.effect == "token"
        return operation.effect != "token" and not operation.public

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the token."""
        if self.life is not None:
            return (ShortenLife(self.life, announced=self.announced),)
        return (RevokeToken(),)
