"""A customer pays, and sometimes wants money back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys.steps import Belief, Journey, outcome, with_patience
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from brownout_clients.protocols import Client, Clock, Order


def through(client: Client, order: Order, clock: Clock) -> Belief:
    """Take the payment, give back what is wanted back."""
    try:
        paid = with_patience(lambda: client.pay(order), clock)
    except Failure as wrong:
        return Belief(outcome(client, wrong), error=wrong.error, detail=wrong.detail)
    if not order.refund_minor:
        return Belief("ok", paid)
    try:
        return Belief("ok", paid, with_patience(lambda: client.refund(order, paid), clock))
    except Failure as wrong:
        return Belief("ok", paid, 0, wrong.error, wrong.detail)


JOURNEY: Final = Journey(through)
