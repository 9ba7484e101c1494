"""The client that is left after a few incidents."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout_clients.lists import LISTED, NOT_CHARGED, of_stripe, paypal_statements, stripe_statements
from brownout_clients.protocols import Failure, News, Payment
from brownout_clients.providers import STRIPE, Call, token_call
from brownout_clients.shapes import Field, body_of, picked, tolerant
from brownout_clients.shop import INTENT, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from brownout_clients.protocols import Order, Response, Statement, Surroundings
    from brownout_clients.providers import Provider

TRIES_MOST: Final = 8
WAIT_FIRST_SECONDS: Final = 0.1
WAIT_MOST_SECONDS: Final = 4.0
EARLY_SHARE: Final = 0.2
"""A token is renewed once this share of its life, or EARLY_MOST_SECONDS, is all that is left."""
EARLY_MOST_SECONDS: Final = 30.0
REREADS_MOST: Final = 3
"""How often a page is read again that doesn't say where the next one is."""
HEARD_EVERY_SECONDS: Final = 0.05
HEARD_MOST_SECONDS: Final = 1.0
"""How long news of a payment is waited for before it is looked up instead."""

GRANTED: Final = (Field("access_token"), Field("expires_in", int))
PAGE: Final = (Field("data", list), Field("next"))
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
        listed, whole = of_stripe(self, "/v1/payment_intents")
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

    def audit(self, orders: Sequence[Order]) -> Mapping[str, Statement | None]:
        """Compare every order with Stripe's payments and refunds, and with PayPal's transactions."""
        found: dict[str, Statement | None] = {}
        for provider, statements in (("stripe", stripe_statements), ("paypal", paypal_statements)):
            wanted = {order.order: order for order in orders if order.provider == provider}
            with suppress(Failure):  # what one of them doesn't say, the other may
                found |= statements(self, wanted) if wanted else {}
        return found

    def subscribe(self) -> None:
        """Register where webhooks go, one user for all, with one key for all tries."""
        hearing = self.hearing
        with self.purse.locks.setdefault("hearing", self.around.lock()):
            if hearing.secret is None:
                self.register(hearing, hearing.verify)

    def news(self, order: Order, placed: Payment | None) -> News:
        """Wait for a webhook, then believe what the payment itself says; if none comes, look it up all the same."""
        clock, told = self.around.clock, self.hearing.told
        until = clock.now() + HEARD_MOST_SECONDS
        while order.order not in told and clock.now() < until:
            clock.sleep(HEARD_EVERY_SECONDS)
        heard = told.get(order.order)
        name = heard[0].payment if heard else None if placed is None else placed.id
        if name is None:
            return self._looked_up(order)
        call = Call(STRIPE, "GET", f"/v1/payment_intents/{name}")
        intent = self.read(self.send(call), INTENT, call.where)
        if intent["status"] != "succeeded" and intent["amount_received"] != order.amount_minor:
            raise Failure("business", f"{order.order}: the payment is {intent['status']}", certain=False)
        return News(Payment(name, order.amount_minor, name), order.amount_minor, heard[0].at if heard else clock.now())

    def _looked_up(self, order: Order) -> News:
        """Return what the list of payments says of an order of which we have no id."""
        found = self.reconcile([order])
        paid = found.get(order.order)
        if paid is None:
            raise Failure("transport", f"{order.order}: nothing was heard of it", certain=order.order in found)
        return News(paid, order.amount_minor, self.around.clock.now())

    def page(self, call: Call) -> tuple[list[Any], str | None]:
        """Read a page until it says where the next one is, or that there is none."""
        for _ in range(REREADS_MOST):
            body = body_of(self.send(call).body, call.where)
            found = picked(body, PAGE)
            ends = isinstance(body, dict) and "next" in body and body["next"] is None
            if found["data"] is not None and (ends or found["next"] is not None):
                return found["data"], found["next"]
        raise Failure("contract", f"{call.where} doesn't say where it goes on", certain=True)

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
