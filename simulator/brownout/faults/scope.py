"""`scope`: a token may do less than its client asked for, or less than before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import DropScopes, WithholdScopes

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Take scopes from tokens: those that fit one of the globs `scopes`, by default all.

    `change: withhold` strikes where tokens are issued: they come without, and their answer says so, unless
    `announced` is false. `change: drop` strikes where a token is used: the one presented loses them for good. At the
    `edge` (the default) that is before anybody looks at it; at `request` it was let in, and is refused after all.

    Raises:
        ValueError: if `scopes` is empty, or `announced` is given for a drop.

    Example:
        # Every tenth token comes without the scope that was asked for, and its answer says so.
        - {name: partial, kind: scope, match: {operation: "*.token"}, change: withhold, scopes: [write], percentage: 10}
        # The fourth call of each client finds its token without any scope: its user withdrew them.
        - {name: withdrawn, kind: scope, match: {operation: "oauth.fixtures.*"}, change: drop, nth: 4}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "scope"
    default_target: ClassVar[Target | None] = None

    change: Literal["withhold", "drop"]
    scopes: tuple[str, ...] = ("*",)
    announced: bool | None = None

    def __post_init__(self) -> None:
        """Check that the keys belong together."""
        if not self.scopes or not all(self.scopes):
            raise ValueError("scopes must name some, such as [payments.*]; leave it out to mean all")
        if self.change == "drop" and self.announced is not None:
            raise ValueError("announced belongs to change: withhold; nobody tells a client of a scope that was dropped")

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: at issue before the token is made, else before or after it was let in."""
        return ("request",) if self.change == "withhold" else ("edge", "request")

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation issues tokens, or whether it takes one."""
        if self.change == "withhold":
            return operation.effect == "token"
        return operation.effect != "token" and not operation.public

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the token's scopes."""
        if self.change == "withhold":
            return (WithholdScopes(self.scopes, announced=self.announced is not False),)
        return (DropScopes(self.scopes),)
