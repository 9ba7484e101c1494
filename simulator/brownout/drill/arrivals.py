"""The orders of a drill: whose, when and how much. Drawn from the seed once, so every arm meets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from brownout.core.chance import uniform
from brownout.core.executors import due_times
from brownout.people import person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.plan import Load

AMOUNT_LEAST_MINOR: Final = 500
AMOUNT_MOST_MINOR: Final = 15_000
PAYPAL_SHARE: Final = 0.4
"""How many orders are paid with PayPal; the others with Stripe."""
REFUND_SHARE: Final = 0.15
"""How many customers want money back: half of them all of it, the others half."""
CURRENCY: Final = "usd"


class Arrival(NamedTuple):
    """An order, and when after the beginning it is due. `refund_minor` is what its customer wants back."""

    order: str
    due_seconds: float
    amount_minor: int
    currency: str
    provider: Literal["stripe", "paypal"]
    refund_minor: int
    person: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the arrival for JSON."""
        return self._asdict()


def arrivals(seed: int, load: Load) -> list[Arrival]:
    """Return the orders of `load`, as they are due; none of a closed one, whose users take them when they are ready.

    >>> from brownout.core.plan import Load
    >>> [one.order for one in arrivals(7, Load(rate_per_second=2, duration_seconds=1.5))]
    ['order-0001', 'order-0002', 'order-0003']
    """
    return [arrival(seed, number, due) for number, due in enumerate(due_times(seed, load), 1)]


def arrival(seed: int, number: int, due_seconds: float, *, prefix: str = "") -> Arrival:
    """Return the `number`th order (from 1); `prefix` goes before its name, which changes none of its draws."""
    order = f"order-{number:04d}"

    def draw(purpose: str) -> float:
        return uniform(seed, "drill", purpose, order)

    amount = AMOUNT_LEAST_MINOR + int(draw("amount") * (AMOUNT_MOST_MINOR - AMOUNT_LEAST_MINOR + 1))
    refund = 0
    if draw("refund") < REFUND_SHARE:
        refund = amount if draw("refund all") < 0.5 else amount // 2
    return Arrival(
        order=prefix + order,
        due_seconds=due_seconds,
        amount_minor=amount,
        currency=CURRENCY,
        provider="paypal" if draw("provider") < PAYPAL_SHARE else "stripe",
        refund_minor=refund,
        person=_applicant(seed, order),
    )


def _applicant(seed: int, order: str) -> Mapping[str, str]:
    """Return what a customer is asked for by a KYC provider."""
    found = person(seed, order)
    return {
        "first_name": found.latin_first_name,
        "last_name": found.latin_last_name,
        "date_of_birth": found.date_of_birth.isoformat(),
        "email": found.email,
        "country": found.address.country_alpha3,
        "document": found.document.type,
    }
