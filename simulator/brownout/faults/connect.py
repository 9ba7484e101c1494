"""`connect`: whoever connects is refused, or thrown out before a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import Reset, Shut

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Strike connections before any request: only on a port of one provider's own, never on the one that all share.

    Such a port is opened by `run` for each provider, by `serve --listen PROVIDER=PORT`, by `"listen": ["stripe"]` when
    a sandbox is put, or by `listen` of a test's sandbox.

    `change: refused` closes it while the rule's window lasts (`at`, `for`, `repeat`; its phase, or for good, without
    one): who connects then is refused by the system itself, and connections that wait for their next request are
    closed. Nobody can be told apart or counted; each window counts as one connection. `change: reset` lets the
    connection come about and resets it before anything is read.

    Example:
        # The port is closed for the first five seconds of each minute.
        - {name: restarting, kind: connect, change: refused, for: 5s, repeat: 1m}
        # One connection in ten is reset before its request is read.
        - {name: thrown-out, kind: connect, change: reset, percentage: 10}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "connect"
    default_target: ClassVar[Target | None] = "edge"
    handshakes: ClassVar[bool] = True
    own_port: ClassVar[bool] = True

    change: Literal["refused", "reset"]

    @property
    def shuts(self) -> bool:
        """Whether it closes the port, rather than a connection."""
        return self.change == "refused"

    def targets(self) -> tuple[Target, ...]:
        """Return the edge: nothing has been asked yet."""
        return ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return whether it is a connection to a port of a provider's own."""
        return operation.effect == "handshake" and operation.method == "TCP"

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Shut | Reset]:
        """Return the one effect."""
        return (Shut() if self.shuts else Reset(),)
