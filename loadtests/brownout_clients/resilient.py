"""The client that is left after a few incidents."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout_clients.protocols import Failure, Payment
from brownout_clients.providers import STRIPE, Call, token_call
from brownout_clients.shapes import Field, body_of, picked, tolerant
from brownout_clients.shop import ID, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from brownout_clients.protocols import Order, Response, Surroundings
    from brownout_clients.providers import Provider

TRIES_MOST: Final = 8
WAIT_FIRST_SECONDS: Final = 0.1
WAIT_MOST_SECONDS: Final = 4.0
EARLY_SHARE: Final = 0.2
"""A token is renewed once this share of its life, or EARLY_MOST_SECONDS, is all that is left."""
EARLY_MOST_SECONDS: Final = 30.0
PAGES_MOST: Final = 50

GRANTED: Final = (Field("access_token"), Field("expires_in", int))
LISTED: Final = (Field("id"), Field("status"), Field("metadata.order_id"))
NOT_CHARGED: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "canceled"})
"""The states of a payment that has taken nothing and takes nothing by itself."""
WORTH_RETRYING: Final = frozenset({"transport", "throttle", "conflict", "server", "auth"})


class _Token(NamedTuple):
    text: str
    renew_at: float
    number: int


class _Purse:
    """A shop's tokens, shared by all its users; one lock a provider, so that only one of them renews."""

    def __init__(self) -> None:
        self.tokens: dict[str, _Token] = {}
        self.locks: dict[str, AbstractContextManager[Any]] = {}


class Resilient(Shop):
    """Renews tokens early and one at a time, tries again with the same key, waits ever longer and at random.

    A wait is never shorter than Retry-After. An answer is read for what it must say; what is odd about the rest is let
    be. What it still doesn't know in the end, it looks up in Stripe's list: only one that was read to its end tells
    that a payment isn't there.
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.purse: _Purse = around.shared.setdefault("purse", _Purse())

    def send(self, call: Call) -> Response:
        """Send until it is answered well, or there is no sense in it any more."""
        used: _Token | None = None
        uncertain = False
        for number in range(TRIES_MOST):
            try:
                used = self._token(call.provider, worse_than=used)
                return self.once(call, used.text, keyed=True)
            except Failure as wrong:
                uncertain = uncertain or not wrong.certain
                if wrong.error not in WORTH_RETRYING or number == TRIES_MOST - 1:
                    wrong.certain = not uncertain
                    raise
                if wrong.error != "auth":
                    used = None
                self.around.clock.sleep(self._wait(call, number, wrong))
        raise AssertionError("unreachable")

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read tolerantly; only what identifies the object must be there."""
        found = tolerant(response.body, fields, where)
        if found["id"] is None:
            raise Failure("contract", f"no id in the answer to {where}", certain=False)
        return found

    def reconcile(self, doubtful: Sequence[Order]) -> Mapping[str, Payment | None]:
        """Look the doubtful Stripe orders up in the whole list of payments."""
        wanted = {order.order: order for order in doubtful if order.provider == "stripe"}
        if not wanted:
            return super().reconcile(doubtful)
        listed, whole = self._intents()
        paid: dict[str, Payment | None] = {}
        unclear: set[str | None] = set()
        for intent in listed:
            found = picked(intent, LISTED)
            order = wanted.get(found["metadata.order_id"])
            if order is not None and found["status"] == "succeeded" and found["id"] is not None:
                paid[order.order] = Payment(found["id"], order.amount_minor, found["id"])
            elif found["status"] not in NOT_CHARGED:
                unclear.add(found["metadata.order_id"])
        if not whole or None in unclear:
            return paid
        return {name: paid.get(name) for name in wanted if name in paid or name not in unclear}

    def _intents(self) -> tuple[list[Any], bool]:
        """Return what Stripe lists, and whether that is all."""
        found: list[Any] = []
        after = ""
        for _ in range(PAGES_MOST):
            call = Call(STRIPE, "GET", f"/v1/payment_intents?limit=100{after}")
            page = picked(body_of(self.send(call).body, call.where), (Field("data", list), Field("has_more", bool)))
            found += page["data"] or ()
            if page["data"] is None or page["has_more"] is not True:
                return found, page["data"] is not None and page["has_more"] is False
            last = picked(found[-1], ID)["id"] if page["data"] else None
            if last is None:
                break
            after = f"&starting_after={last}"
        return found, False

    def _wait(self, call: Call, number: int, wrong: Failure) -> float:
        """Return full jitter under an exponential bound, above what the provider asked for."""
        if wrong.error == "auth" and number == 0:
            return 0.0  # a new token is worth trying at once
        bound = min(WAIT_MOST_SECONDS, WAIT_FIRST_SECONDS * 2**number)
        draw = Random(f"{self.around.seed}|{call.key or call.path}|{number}").random()
        return (wrong.retry_after or 0.0) + bound * draw

    def _token(self, provider: Provider, *, worse_than: _Token | None) -> _Token:
        """Return a token that is good for a while, and isn't the one that was just refused."""
        if provider.secret:
            return _Token(provider.secret, float("inf"), 0)
        lock = self.purse.locks.setdefault(provider.name, self.around.lock())
        with lock:
            held = self.purse.tokens.get(provider.name)
            stale = held is None or self.around.clock.now() >= held.renew_at
            refused = held is not None and worse_than is not None and held.number <= worse_than.number
            if held is not None and not stale and not refused:
                return held
            fresh = self._fetch(provider, number=held.number + 1 if held is not None else 1)
            self.purse.tokens[provider.name] = fresh
            return fresh

    def _fetch(self, provider: Provider, *, number: int) -> _Token:
        call = token_call(provider)
        try:
            found = tolerant(self.once(call, "", keyed=False).body, GRANTED, call.where)
        except Failure as wrong:
            wrong.certain = True  # what the token was wanted for has not been sent
            raise
        if found["access_token"] is None:
            raise Failure("contract", f"no token in the answer to {call.where}", certain=True)
        life = float(found["expires_in"] or 60)
        return _Token(
            found["access_token"], self.around.clock.now() + life - min(EARLY_MOST_SECONDS, life * EARLY_SHARE), number
        )
