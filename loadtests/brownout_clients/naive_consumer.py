"""The receiver of webhooks as it is in a guide's first example, and in many shops: it works as long as they behave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from brownout_clients.hearing import CREATED, HEARD, NOT_OURS, PAID, SIGNATURE, verified
from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure, News, Payment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.protocols import Order

NOT_JSON: Final = 415
VERSION: Final = "2022-08-01"
"""Of Stripe's API, when the receiver was written: a payment has a list of charges."""
WORK_SECONDS: Final = 0.04
"""How long a receiver takes that books what it hears, and sends the mail, before it answers."""
CLOSING_SECONDS: Final = 3.0
"""How long after the payment the books are closed: what isn't in them by then is cancelled."""


class _Books:
    """What the shop knows: whose a payment is, how it stands, and what was paid."""

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}
        self.status: dict[str, str] = {}
        self.charges: dict[str, str] = {}
        self.paid: dict[str, int] = {}


class NaiveConsumer(Naive):
    """Checks signatures as Stripe's libraries do, and believes everything else.

    Each event is new, and the newest to arrive says how the payment stands. A payment that isn't in the books yet is
    somebody else's. The payload has the shape that it always had, as JSON that says so; the work is done before the
    answer; and what no webhook told didn't happen.
    """

    def subscribe(self) -> None:
        """Register where webhooks go; once, unless it failed."""
        hearing = self.hearing
        if hearing.asked:
            return
        hearing.asked = True
        try:
            self.register(hearing, self.hear, (CREATED, PAID), VERSION)
        except Failure:
            hearing.asked = False
            raise

    def pay(self, order: Order) -> Payment:
        """Charge the order, and note whose the payment is."""
        payment = super().pay(order)
        self._books.orders[payment.id] = order.order
        return payment

    def hear(self, headers: Mapping[str, str], body: bytes) -> int:
        """Book what a webhook says, then answer."""
        if not (headers.get("Content-Type") or "").startswith("application/json"):
            return NOT_JSON  # as frameworks do of themselves
        clock, books = self.around.clock, self._books
        if not verified(headers.get(SIGNATURE) or "", body, self.hearing.secret or "", clock.wall()):
            return NOT_OURS
        event = json.loads(body)
        intent = event["data"]["object"]
        charge = intent["charges"]["data"][0]["id"] if event["type"] == PAID else ""
        clock.sleep(WORK_SECONDS)
        order = books.orders.get(intent["id"])
        if order is None:
            return HEARD
        books.status[order] = intent["status"]
        if event["type"] == PAID:
            books.charges[order] = charge
            books.paid[order] = books.paid.get(order, 0) + intent["amount_received"]
        return HEARD

    def news(self, order: Order, placed: Payment | None) -> News:
        """Close the books, and read in them what was paid."""
        self.around.clock.sleep(CLOSING_SECONDS)
        paid, status = self._books.paid.get(order.order, 0), self._books.status.get(order.order)
        if placed is None or status != "succeeded":
            raise Failure("transport", f"{order.order}: the books say {status or 'nothing of it'}", certain=False)
        return News(Payment(placed.id, paid, placed.id), paid, self.around.clock.now())

    @property
    def _books(self) -> _Books:
        found: _Books = self.around.shared.setdefault("books", _Books())
        return found
