"""What Stripe says of its limits: requests per second of an account and of an endpoint, updates of one object.

The numbers per second are counted in seconds on the clock; Stripe doesn't say how it counts, nor what bursts it lets
through. Refusals carry no Retry-After. (docs.stripe.com/rate-limits, read 2026-11-22.)
"""

from __future__ import annotations

from typing import Final

from brownout.core.limits import Documented, Limit
from brownout.core.match import Match

_SOURCE: Final = "https://docs.stripe.com/rate-limits"
_READ: Final = "2026-11-22"
_ALL: Final = Match(provider=("stripe",))


def _set(name: str, per_second: int) -> tuple[Limit, ...]:
    """Return the limits of an account that may send so many requests a second."""
    updates = Match(operation=("stripe.payment_intents.update",))
    return (
        Limit(name=f"stripe.{name}.global", match=_ALL, algorithm="fixed_window", quota=per_second, window_seconds=1.0),
        Limit(
            name=f"stripe.{name}.endpoint", match=_ALL, algorithm="fixed_window", quota=25, window_seconds=1.0,
            partition=("account", "operation"),
        ),
        Limit(
            name=f"stripe.{name}.updates", match=updates, algorithm="fixed_window", quota=1000, window_seconds=3600.0,
            partition="object",
        ),
    )  # fmt: skip


LIMITS: Final = {
    "live": Documented(
        title="100 requests a second an account, 25 an endpoint, 1,000 updates an hour a PaymentIntent",
        source=_SOURCE,
        read=_READ,
        limits=_set("live", 100),
    ),
    "sandbox": Documented(
        title="25 requests a second an account, 25 an endpoint, 1,000 updates an hour a PaymentIntent",
        source=_SOURCE,
        read=_READ,
        limits=_set("sandbox", 25),
    ),
}
