"""What a shop heard from Stripe by webhook, and how it tells what Stripe sent from what anybody could send."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout_clients.protocols import Failure
from brownout_clients.providers import FORM, STRIPE, Call, form
from brownout_clients.shapes import Field, picked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout_clients.protocols import Clock, Surroundings

PAID: Final = "payment_intent.succeeded"
FAILED: Final = "payment_intent.payment_failed"
CREATED: Final = "payment_intent.created"
TOLERANCE_SECONDS: Final = 300.0
"""How old a signature may be: what Stripe's libraries take."""
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
        if picked(event, _EVENT)["id"] is None:
            return NOT_OURS
        self.take(event)
        return HEARD

    def take(self, event: Any) -> bool:
        """Note an event unless it is known; return whether it was new."""
        name = picked(event, _EVENT)["id"]
        if name is None or name in self._seen:
            return False
        self._seen.add(name)
        self._note(event)
        return True

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


def registration(
    around: Surroundings, hearing: Hearing, hear: Any, events: Sequence[str] = (PAID, FAILED), version: str = ""
) -> Call:  # fmt: skip
    """Return the call that has Stripe tell us of `events`, in a `version` of its API or the account's own.

    Its key is the receiver's: one for each process.

    Raises:
        Failure: if there is nowhere to hear anything.
    """
    if around.inbox is None:
        raise Failure("client_bug", "nowhere to hear webhooks: there is no inbox", certain=True)
    if not hearing.url:
        hearing.url = around.inbox.open("stripe", hear)
    fields = {"url": hearing.url, **{f"enabled_events[{number}]": one for number, one in enumerate(events)}}
    if version:
        fields["api_version"] = version
    return Call(STRIPE, "POST", "/v1/webhook_endpoints", form(fields), FORM, f"endpoint-{hearing.url}")


def verified(header: str, body: bytes, secret: str, now: float) -> bool:
    """Return whether Stripe signed `body`, and not too long before unix time `now`: as its own libraries do.

    >>> old = "t=1,v1=7aaed73a0f45f657eacd5c9b580562745d6023b1e3e6d17dce076b81940aa046"
    >>> verified(old, b"{}", "whsec_a", 300.0), verified(old, b"{}", "whsec_a", 302.0)
    (True, False)
    """
    at = next((part[2:] for part in header.split(",") if part.startswith("t=")), "")
    return at.isdecimal() and now - int(at) <= TOLERANCE_SECONDS and signed(header, body, secret)


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
