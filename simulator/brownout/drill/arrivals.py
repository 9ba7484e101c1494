"""The orders of a drill: whose, when and how much. Drawn from the seed once, so every arm meets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

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

Place: TypeAlias = Literal["stripe", "paypal", "onfido", "oauth"]


class Mix(NamedTuple):
    """What the orders of a journey are like: shares of them, and the one provider that all go to, None for several.

    An order of a provider that takes no payments has no amount.
    """

    refund_share: float = REFUND_SHARE
    rejected_share: float = 0.0
    provider: Place | None = None


MIXES: Final[Mapping[str, Mix]] = {
    "onboarding": Mix(rejected_share=0.2, provider="onfido"),
    "refunds": Mix(refund_share=0.8),
    "webhooks": Mix(refund_share=0.0, provider="stripe"),
    "consumer": Mix(refund_share=0.0, provider="stripe"),
    "sync": Mix(provider="oauth"),
}
"""By journey; any other has orders as they come."""
REJECTED_NAME: Final = "Consider"
"""The last name under which Onfido's sandbox lets no check be clear."""


class Arrival(NamedTuple):
    """An order, and when after the beginning it is due. `refund_minor` is what its customer wants back."""

    order: str
    due_seconds: float
    amount_minor: int
    currency: str
    provider: Place
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
    dues = enumerate(due_times(seed, load), 1)
    return [arrival(seed, number, due, journey=load.journey) for number, due in dues]


def arrival(seed: int, number: int, due_seconds: float, *, journey: str = "checkout", prefix: str = "") -> Arrival:
    """Return the `number`th order of a journey, from 1; `prefix` goes before its name, which changes none of its draws.

    >>> arrival(7, 1, 0.0, journey="sync").amount_minor
    0
    """
    order = f"order-{number:04d}"
    mix = MIXES.get(journey, Mix())
    pays = mix.provider in (None, "stripe", "paypal")

    def draw(purpose: str) -> float:
        return uniform(seed, "drill", purpose, order)

    amount = AMOUNT_LEAST_MINOR + int(draw("amount") * (AMOUNT_MOST_MINOR - AMOUNT_LEAST_MINOR + 1))
    refund = 0
    if pays and draw("refund") < mix.refund_share:
        refund = amount if draw("refund all") < 0.5 else amount // 2
    return Arrival(
        order=prefix + order,
        due_seconds=due_seconds,
        amount_minor=amount if pays else 0,
        currency=CURRENCY,
        provider=mix.provider or ("paypal" if draw("provider") < PAYPAL_SHARE else "stripe"),
        refund_minor=refund,
        person=_applicant(seed, order, rejected=draw("rejected") < mix.rejected_share),
    )


def _applicant(seed: int, order: str, *, rejected: bool) -> Mapping[str, str]:
    """Return what a customer is asked for by a KYC provider, which clears them unless they are to be `rejected`."""
    found = person(seed, order)
    return {
        "first_name": found.latin_first_name,
        "last_name": REJECTED_NAME if rejected else found.latin_last_name,
        "date_of_birth": found.date_of_birth.isoformat(),
        "email": found.email,
        "country": found.address.country_alpha3,
        "document": found.document.type,
    }
