"""The receiver of webhooks that is left after they have misbehaved in every way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from brownout_clients.hearing import CREATED, HEARD, NOT_OURS, NOT_YET, PAID, SIGNATURE, verified
from brownout_clients.providers import STRIPE, Call
from brownout_clients.resilient import HEARD_EVERY_SECONDS, HEARD_MOST_SECONDS, Resilient
from brownout_clients.shapes import Field, body_of, picked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.protocols import News, Order, Payment

CATCHES_UP_EVERY_SECONDS: Final = 1.0
PAGES_MOST: Final = 20
_PAGE: Final = (Field("data", list), Field("has_more", bool))
_ID: Final = (Field("id"),)


class CorrectConsumer(Resilient):
    """A webhook is a hint to look, no more.

    It checks the signature over the raw bytes and how old it is, whatever the content type says. It answers at once,
    counts each event once, and takes from it only which payment it is about: how that stands the API tells, so neither
    order nor shape of the payload matter. What it never heard of it finds in the list of events, now and then, and in
    the end in the payment itself.
    """

    def subscribe(self) -> None:
        """Register where webhooks go, one user for all, with one key for all tries."""
        hearing = self.hearing
        with self.purse.locks.setdefault("hearing", self.around.lock()):
            if hearing.secret is None:
                self.register(hearing, self.hear, (CREATED, PAID))

    def hear(self, headers: Mapping[str, str], body: bytes) -> int:
        """Note which payment there is news of, and answer at once."""
        hearing = self.hearing
        if hearing.secret is None:  # it came before the answer to our registration: let it come again
            return NOT_YET
        if not verified(headers.get(SIGNATURE) or "", body, hearing.secret, self.around.clock.wall()):
            return NOT_OURS
        hearing.take(json.loads(body))
        return HEARD

    def news(self, order: Order, placed: Payment | None) -> News:
        """Wait for a webhook, else look through the events; then believe what the payment itself says."""
        clock, told = self.around.clock, self.hearing.told
        until = clock.now() + HEARD_MOST_SECONDS
        while order.order not in told and clock.now() < until:
            clock.sleep(HEARD_EVERY_SECONDS)
        if order.order not in told:
            self._catch_up()
        return super().news(order, placed)

    def _catch_up(self) -> None:
        """Take from the list of events what no webhook brought, back to the first that is known."""
        shared, now = self.around.shared, self.around.clock.now()
        with self.purse.locks.setdefault("events", self.around.lock()):
            if now < shared.get("caught_up_at", float("-inf")) + CATCHES_UP_EVERY_SECONDS:
                return
            shared["caught_up_at"] = now
            after = ""
            for _ in range(PAGES_MOST):
                call = Call(STRIPE, "GET", f"/v1/events?limit=100&type={PAID}{after}")
                found = picked(body_of(self.send(call).body, call.where), _PAGE)
                events: list[Any] = found["data"] or []
                new = [self.hearing.take(event) for event in events]
                last = picked(events[-1], _ID)["id"] if events else None
                if not all(new) or last is None or found["has_more"] is not True:
                    return
                after = f"&starting_after={last}"
