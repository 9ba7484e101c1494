"""What journeys are made of: beliefs, patience, and how doubts are settled.

A customer who is told that a step failed tries it once more, as people do, unless they were refused for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout_clients.protocols import Client, Clock, Order, Payment

T = TypeVar("T")
PATIENCE_SECONDS: Final = 0.3
"""How long a customer takes to press the button again."""


class Belief(NamedTuple):
    """What the shop believes of an order: ok, fail or unknown, and why it isn't ok.

    `amount_minor` is what it believes was taken, None for what the order says. `seen_at` is when a webhook told it, in
    seconds since the beginning; `records` how many records a synchronisation brought.
    """

    outcome: str
    payment: Payment | None = None
    refunded_minor: int = 0
    error: str | None = None
    detail: str | None = None
    amount_minor: int | None = None
    seen_at: float | None = None
    records: int | None = None


def settle(client: Client, told: Sequence[tuple[Order, Belief]]) -> list[tuple[Order, Belief]]:
    """Return what the provider's own list says otherwise about orders that didn't end well."""
    doubtful = [(order, belief) for order, belief in told if belief.outcome != "ok"]
    try:
        found = client.reconcile([order for order, _ in doubtful])
    except Failure:
        return []
    changed = []
    for order, belief in doubtful:
        if order.order not in found:
            continue
        paid = found[order.order]
        outcome = "fail" if paid is None else "ok"
        if outcome != belief.outcome:
            changed.append((order, belief._replace(outcome=outcome, payment=paid)))
    return changed


def nothing_to_settle(_client: Client, _told: Sequence[tuple[Order, Belief]]) -> list[tuple[Order, Belief]]:
    """Return that no belief changes: there is no list that would tell."""
    return []


@dataclass(frozen=True, slots=True)
class Journey:
    """One kind of business operation, from its time to what the shop believes.

    `needs` are the methods beyond those that every client has. `door` says whether webhooks meet a door that isn't
    always open. In the end `settle` returns the beliefs that change: it
    is given the orders that didn't end well, or with `settles_all` every order.
    """

    through: Callable[[Any, Order, Clock], Belief]
    needs: tuple[str, ...] = ()
    settle: Callable[[Any, Sequence[tuple[Order, Belief]]], list[tuple[Order, Belief]]] = settle
    settles_all: bool = False
    door: bool = True

    def __call__(self, client: Any, order: Order, clock: Clock) -> Belief:
        """Go through it with one order."""
        return self.through(client, order, clock)


def outcome(client: Any, wrong: Failure) -> str:
    """Return what the shop tells the customer: a `careful` client (the default) admits what it doesn't know."""
    return "fail" if wrong.certain or not getattr(client, "careful", True) else "unknown"


def with_patience(step: Callable[[], T], clock: Clock) -> T:
    """Return what a step returns, the first time or the second.

    Raises:
        Failure: as the step did.
    """
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
        "amount_minor": order.amount_minor if belief.amount_minor is None else belief.amount_minor,
        "currency": order.currency,
        "refunded_minor": belief.refunded_minor,
        "provider": order.provider,
        "due": order.due_seconds,
        "error": belief.error,
        "detail": belief.detail,
        **({} if belief.records is None else {"records": belief.records}),
    }
