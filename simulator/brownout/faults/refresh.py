"""`refresh`: the refresh token that a client presents is no longer good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.effects import EndRefresh

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_STATES: Final[dict[str, Literal["expired", "revoked", "spent"]]] = {
    "expire": "expired",
    "revoke": "revoked",
    "spend": "spent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Let the refresh token that a client comes with be dead from now on: expired, revoked or spent.

    `spend` lets it be one that was used before: with rotation that is a reuse, and the scenario's `oauth` says what it
    costs (`on_reuse`) and whether it is honoured for a while (`reuse_grace`). Access tokens live on, but for a reuse
    that takes the family along. A call for tokens without a refresh token has nothing to lose. For a refresh whose
    answer is lost, see `abort` at `response` with `match: {body: {grant_type: refresh_token}}`.

    Example:
        # The second refresh of each client finds its refresh token expired: its user has to log in again.
        - {name: refresh-expired, kind: refresh, match: {body: {grant_type: refresh_token}}, change: expire, nth: 2}
        # Somebody else was faster: the refresh token has been used before.
        - {name: used-before, kind: refresh, match: {body: {grant_type: refresh_token}}, change: spend, percentage: 10}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "refresh"
    default_target: ClassVar[Target | None] = "request"

    change: Literal["expire", "revoke", "spend"]

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: before the refresh."""
        return ("request",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation issues tokens."""
        return operation.effect == "token"

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return what becomes of the refresh token."""
        return (EndRefresh(_STATES[self.change]),)
