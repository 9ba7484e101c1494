"""Most customers want money back, some all of it; in the end the books are compared with the provider's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys import payment
from brownout_clients.journeys.steps import Belief, Journey
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout_clients.protocols import Auditor, Order


def audited(client: Auditor, told: Sequence[tuple[Order, Belief]]) -> list[tuple[Order, Belief]]:
    """Return what the provider's lists say otherwise, about orders that seemed to go well too."""
    try:
        found = client.audit([order for order, _ in told])
    except Failure:
        return []
    changed = []
    for order, belief in told:
        if order.order not in found:
            continue
        stated = found[order.order]
        if stated is None:
            mended = belief._replace(outcome="fail", payment=None, refunded_minor=0)
        else:
            known = belief.payment if belief.payment is not None else stated.payment
            mended = belief._replace(outcome="ok", payment=known, refunded_minor=stated.refunded_minor)
        if (mended.outcome, mended.refunded_minor) != (belief.outcome, belief.refunded_minor):
            changed.append((order, mended))
    return changed


JOURNEY: Final = Journey(payment.through, needs=("audit",), settle=audited, settles_all=True)
