"""What a customer goes through, step by step, and what the shop believes of it in the end.

A customer who is told that a step failed tries it once more, as people do, unless they were refused for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout_clients.protocols import Client, Clock, Order, Payment

T = TypeVar("T")
PATIENCE_SECONDS: Final = 0.3
"""How long a customer takes to press the button again."""


class Belief(NamedTuple):
    """What the shop believes of an order: ok, fail or unknown, and why it isn't ok."""

    outcome: str
    payment: Payment | None = None
    refunded_minor: int = 0
    error: str | None = None
    detail: str | None = None


def checkout(client: Client, order: Order, clock: Clock) -> Belief:
    """Onboard the customer, take the payment, give back what is wanted back."""
    try:
        _with_patience(lambda: client.onboard(order), clock)
    except Failure as wrong:
        return Belief("fail", error=wrong.error, detail=wrong.detail)  # nobody was charged: that step comes later
    return payment(client, order, clock)


def payment(client: Client, order: Order, clock: Clock) -> Belief:
    """Take the payment, give back what is wanted back."""
    try:
        paid = _with_patience(lambda: client.pay(order), clock)
    except Failure as wrong:
        return Belief(_outcome(client, wrong), error=wrong.error, detail=wrong.detail)
    if not order.refund_minor:
        return Belief("ok", paid)
    try:
        return Belief("ok", paid, _with_patience(lambda: client.refund(order, paid), clock))
    except Failure as wrong:
        return Belief("ok", paid, 0, wrong.error, wrong.detail)


JOURNEYS: Final = {"checkout": checkout, "payment": payment}


def settle(client: Client, doubtful: Sequence[tuple[Order, Belief]]) -> list[tuple[Order, Belief]]:
    """Return what the provider's own list says otherwise about orders that didn't end well."""
    try:
        found = client.reconcile([order for order, _ in doubtful])
    except Failure:
        return []
    changed = []
    for order, belief in doubtful:
        if order.order not in found or belief.outcome == "ok":
            continue
        paid = found[order.order]
        outcome = "fail" if paid is None else "ok"
        if outcome != belief.outcome:
            changed.append((order, belief._replace(outcome=outcome, payment=paid)))
    return changed


def _outcome(client: Client, wrong: Failure) -> str:
    """Return what the shop tells the customer: a `careful` client (the default) admits what it doesn't know."""
    return "fail" if wrong.certain or not getattr(client, "careful", True) else "unknown"


def _with_patience(step: Callable[[], T], clock: Clock) -> T:
    try:
        return step()
    except Failure as wrong:
        if wrong.error == "business" and wrong.certain:
            raise
        certain = wrong.certain
    clock.sleep(PATIENCE_SECONDS)
    try:
        return step()
    except Failure as wrong:
        wrong.certain = wrong.certain and certain  # it says nothing of what became of the first try
        raise


def claim(order: Order, belief: Belief) -> dict[str, Any]:
    """Return what is told to the server, to be compared with its ledger."""
    return {
        "key": order.order,
        "outcome": belief.outcome,
        "object": belief.payment.id if belief.payment is not None else None,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "refunded_minor": belief.refunded_minor,
        "provider": order.provider,
        "due": order.due_seconds,
        "error": belief.error,
        "detail": belief.detail,
    }
