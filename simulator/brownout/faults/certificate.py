"""`certificate`: the TLS handshake shows a certificate that no client should take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import Certify, Flaw

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Show a certificate that ran out two days ago, is another host's, or is signed by nobody that the client knows.

    It strikes handshakes, not requests: only where this server itself speaks TLS, and once a connection.

    Example:
        # The first connection to Stripe meets a certificate that ran out two days ago.
        - {name: expired-certificate, kind: certificate, change: expired, match: {provider: stripe}, first: 1}
        # One handshake in ten is answered as somebody else.
        - {name: wrong-host, kind: certificate, change: wrong_name, percentage: 10}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "certificate"
    default_target: ClassVar[Target | None] = "edge"
    handshakes: ClassVar[bool] = True

    change: Flaw

    def targets(self) -> tuple[Target, ...]:
        """Return the edge: nothing has been asked yet."""
        return ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return whether it is a TLS handshake."""
        return operation.effect == "handshake" and operation.method == "TLS"

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Certify]:
        """Return the one flaw."""
        return (Certify(self.change),)
