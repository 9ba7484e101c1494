"""What a shop heard from Stripe by webhook, and how it tells what Stripe sent from what anybody could send."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout_clients.protocols import Failure
from brownout_clients.providers import FORM, STRIPE, Call, form
from brownout_clients.shapes import Field, picked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.protocols import Clock, Surroundings

PAID: Final = "payment_intent.succeeded"
REGISTERED: Final = (Field("id"), Field("secret"))
_EVENT: Final = (Field("id"), Field("type"), Field("data.object.id"), Field("data.object.metadata.order_id"),
                 Field("data.object.amount_received", int))  # fmt: skip
SIGNATURE: Final = "Stripe-Signature"
NOT_YET: Final = 503
NOT_OURS: Final = 400
HEARD: Final = 200


class Told(NamedTuple):
    """One piece of news that was believed: which payment, how much, and when it came."""

    payment: str
    amount_minor: int
    at: float


class Hearing:
    """All that the users of one process heard, by order. `secret` is None until the provider said it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.url = ""
        self.secret: str | None = None
        self.asked = False
        self.told: dict[str, list[Told]] = {}
        self._seen: set[str] = set()

    def believe(self, _headers: Mapping[str, str], body: bytes) -> int:
        """Note whatever says that something was paid, as often as it says so."""
        self._note(json.loads(body))
        return HEARD

    def verify(self, headers: Mapping[str, str], body: bytes) -> int:
        """Note what Stripe signed, each event once; in which order they come doesn't matter."""
        if self.secret is None:  # it came before the answer to our registration: let it come again
            return NOT_YET
        if not signed(headers.get(SIGNATURE) or "", body, self.secret):
            return NOT_OURS
        event = json.loads(body)
        name = picked(event, _EVENT)["id"]
        if name is None:
            return NOT_OURS
        if name not in self._seen:
            self._seen.add(name)
            self._note(event)
        return HEARD

    def _note(self, event: Any) -> None:
        found = picked(event, _EVENT)
        order, payment = found["data.object.metadata.order_id"], found["data.object.id"]
        if found["type"] == PAID and order is not None and payment is not None:
            amount = found["data.object.amount_received"]
            self.told.setdefault(order, []).append(Told(payment, amount or 0, self._clock.now()))


def hearing_of(around: Surroundings) -> Hearing:
    """Return what the users of this process share."""
    found: Hearing = around.shared.setdefault("hearing", Hearing(around.clock))
    return found


def registration(around: Surroundings, hearing: Hearing, hear: Any) -> Call:
    """Return the call that has Stripe tell us of payments. Its key is the receiver's: one for each process.

    Raises:
        Failure: if there is nowhere to hear anything.
    """
    if around.inbox is None:
        raise Failure("client_bug", "nowhere to hear webhooks: there is no inbox", certain=True)
    if not hearing.url:
        hearing.url = around.inbox.open("stripe", hear)
    fields = {"url": hearing.url, "enabled_events[0]": PAID, "enabled_events[1]": "payment_intent.payment_failed"}
    return Call(STRIPE, "POST", "/v1/webhook_endpoints", form(fields), FORM, f"endpoint-{hearing.url}")


def signed(header: str, body: bytes, secret: str) -> bool:
    """Return whether Stripe signed `body`: one `v1` over the time and the raw body is enough.

    How old it is isn't looked at: a client has no clock that the provider shares, and each event counts once anyway.

    >>> signed("t=1,v1=7aaed73a0f45f657eacd5c9b580562745d6023b1e3e6d17dce076b81940aa046", b"{}", "whsec_a")
    True
    """
    parts = [part.partition("=") for part in header.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    wanted = hmac.digest(secret.encode(), at.encode() + b"." + body, "sha256").hex().encode()
    return any(hmac.compare_digest(wanted, value.encode()) for name, _, value in parts if name == "v1")
