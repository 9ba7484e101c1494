"""A customer pays, and the shop believes it once a webhook told it so."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from brownout_clients.journeys.steps import Belief, Journey, outcome, with_patience
from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from brownout_clients.protocols import Clock, Order, Payment


def through(client: Any, order: Order, clock: Clock) -> Belief:
    """Ask for the payment, and wait for the news of it."""
    with suppress(Failure):  # that nobody listens shows soon enough
        with_patience(client.subscribe, clock)
    placed: Payment | None = None
    try:
        placed = with_patience(lambda: client.pay(order), clock)
    except Failure as wrong:
        if wrong.certain:
            return Belief("fail", error=wrong.error, detail=wrong.detail)
    try:
        news = client.news(order, placed)
    except Failure as wrong:
        return Belief(outcome(client, wrong), error=wrong.error, detail=wrong.detail)
    return Belief("ok", news.payment, amount_minor=news.amount_minor, seen_at=news.seen_at)


JOURNEY: Final = Journey(through, needs=("subscribe", "news"))
