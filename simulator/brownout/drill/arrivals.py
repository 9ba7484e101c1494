"""The orders of a drill: which, when and how much. Drawn from the seed once, so every arm meets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.chance import Chance

if TYPE_CHECKING:
    from brownout.core.plan import Load

AMOUNT_LEAST_MINOR: Final = 500
AMOUNT_MOST_MINOR: Final = 15_000


class Arrival(NamedTuple):
    """An order, and when after the beginning its payment is due."""

    order: str
    due_seconds: float
    amount_minor: int
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """Return the arrival for JSON."""
        return self._asdict()


def arrivals(seed: int, load: Load) -> list[Arrival]:
    """Return the orders of `load` at its constant rate: the first is due at once.

    >>> from brownout.core.plan import Load
    >>> [one.order for one in arrivals(7, Load(rate_per_second=2, duration_seconds=1.5))]
    ['order-0001', 'order-0002', 'order-0003']
    """
    chance = Chance(seed, "drill", "amount")
    spread = AMOUNT_MOST_MINOR - AMOUNT_LEAST_MINOR + 1
    found = []
    for number in range(1, round(load.rate_per_second * load.duration_seconds) + 1):
        order = f"order-{number:04d}"
        amount = AMOUNT_LEAST_MINOR + int(chance.uniform(order.encode()) * spread)
        found.append(Arrival(order, round((number - 1) / load.rate_per_second, 6), amount, "usd"))
    return found
