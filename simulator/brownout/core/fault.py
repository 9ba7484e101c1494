"""The Protocol of a fault. Faults themselves are in `brownout.faults`, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.operation import Operation

Target: TypeAlias = Literal["edge", "request", "response"]
"""Where a fault strikes. `edge`: before authentication and limits. `request`: after the key is reserved, before
the effect. `response`: after the effect is committed."""

TARGETS: tuple[Target, ...] = ("edge", "request", "response")

Draw: TypeAlias = "Callable[[str], float]"
"""Returns a number in [0, 1) for a purpose, fixed by seed, rule, purpose and the request's identity."""


class Fault(Protocol):
    """What goes wrong. A fault is a frozen dataclass: its fields are its YAML keys.

    It knows no provider, reads no clock and keeps no state: it returns values, and the engine acts on them.

    One that strikes TLS handshakes says so with a class attribute `handshakes = True`; no other is asked about them.
    If those are connections to a provider's own port, `own_port = True` says so, and `shuts` whether it closes that.
    One that strikes webhook deliveries says `deliveries = True`, and returns a `DeliveryEffect`: see `OfDeliveries`.
    `timed = True` says that it reads `exchange.lasted` or `exchange.began_at`, which are kept for nobody else.
    """

    api: ClassVar[int]
    kind: ClassVar[str]
    """The word in YAML: also the name of its file."""
    default_target: ClassVar[Target | None]
    """Where it strikes unless a scenario says; None if that depends on its keys: the first of `targets` then."""

    def targets(self) -> tuple[Target, ...]:
        """Return where it may strike, the default first."""

    def suits(self, operation: Operation) -> bool:
        """Return whether it can do anything to requests for `operation`; on others it is never decided."""

    def effects(self, exchange: Exchange, draw: Draw) -> Sequence[FaultEffect]:
        """Return what happens to `exchange`; called once, when the rule has fired."""


class OfDeliveries:
    """What faults of webhook deliveries have in common: they strike nothing else, and are decided once, as it happens.

    `exchange` is the delivery then: its client and account are whose event it is, its key is the event's id.
    """

    __slots__ = ()

    api: ClassVar[int] = 1
    default_target: ClassVar[Target | None] = "edge"
    deliveries: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        """Return the edge: a delivery has no stages."""
        return ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return whether it is a webhook delivery."""
        return operation.effect == "delivery"
