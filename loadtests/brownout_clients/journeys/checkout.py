"""A customer is checked, pays, and sometimes wants money back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys import payment
from brownout_clients.journeys.steps import Belief, Journey, with_patience
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from brownout_clients.protocols import Client, Clock, Order


def through(client: Client, order: Order, clock: Clock) -> Belief:
    """Onboard the customer, take the payment, give back what is wanted back."""
    try:
        with_patience(lambda: client.onboard(order), clock)
    except Failure as wrong:
        return Belief("fail", error=wrong.error, detail=wrong.detail)  # nobody was charged: that step comes later
    return payment.through(client, order, clock)


JOURNEY: Final = Journey(through)
