"""A customer is checked, and let in only if the check is clear. No money moves, so each claims an amount of 0.

One in five has a name that Onfido's sandbox rejects: letting them in is a failure that no status code shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys.steps import Belief, Journey, nothing_to_settle, outcome, with_patience
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from brownout_clients.protocols import Client, Clock, Order


def through(client: Client, order: Order, clock: Clock) -> Belief:
    """Onboard the customer."""
    try:
        with_patience(lambda: client.onboard(order), clock)
    except Failure as wrong:
        return Belief(outcome(client, wrong), error=wrong.error, detail=wrong.detail, amount_minor=0)
    return Belief("ok", amount_minor=0)


JOURNEY: Final = Journey(through, settle=nothing_to_settle)
