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
    `announced` is false. `change: drop` strikes where a token is used: the one presented loses them for good.

    Raises:
        ValueError: if `scopes` is empty, or `announced` is given for a drop.
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
        """Return the one place where it can act: at issue before the token is made, else before it is looked at."""
        return ("request",) if self.change == "withhold" else ("edge",)

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
