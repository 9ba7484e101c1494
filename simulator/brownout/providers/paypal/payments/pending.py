"""Money that takes its time: why a capture is PENDING, and how that ends.

A sandbox has no way of asking for this: the buyer's choice on the approval page decides, or the option `pending`.
(PayPal REST API specifications, Payments v2, `capture_status_details`; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call


class Pending(NamedTuple):
    """Why a capture is pending (a reason of PayPal's), and the status that it ends in."""

    reason: str
    ends: str


FUNDING: Final = {
    "echeck": Pending("ECHECK", "COMPLETED"),
    "echeck_bounces": Pending("ECHECK", "DECLINED"),
    "review": Pending("PENDING_REVIEW", "COMPLETED"),
    "review_fails": Pending("PENDING_REVIEW", "DECLINED"),
}
"""What a buyer may choose on the approval page instead of money that comes at once."""


def pending_of(call: Call, order: Mapping[str, Any]) -> Pending | None:
    """Return how an order's captures wait, None if they don't."""
    if order["funding"] is not None:
        return FUNDING[order["funding"]]
    options = call.world.options(call.provider)
    return Pending(options.pending, options.pending_ends) if options.pending is not None else None
