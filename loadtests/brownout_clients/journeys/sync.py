"""Somebody's records are copied page by page from behind a token. No money moves, so each claims an amount of 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys.steps import Belief, Journey, nothing_to_settle, outcome, with_patience
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from brownout_clients.protocols import Clock, Order, Reader


def through(client: Reader, order: Order, clock: Clock) -> Belief:
    """Read the whole list; whoever runs the job runs it once more if it failed."""
    try:
        read = with_patience(lambda: client.records(order), clock)
    except Failure as wrong:
        return Belief(outcome(client, wrong), error=wrong.error, detail=wrong.detail, amount_minor=0)
    return Belief("ok", amount_minor=0, records=read)


JOURNEY: Final = Journey(through, needs=("records",), settle=nothing_to_settle)
