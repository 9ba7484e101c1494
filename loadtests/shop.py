"""A shop that takes payments through Stripe's own SDK, under load.

A drill plays it: `brownout drill lost-answer`. By hand, against `brownout serve lost-answer`:

    BROWNOUT_CLIENT=keyed locust -f loadtests/shop.py --host http://127.0.0.1:8700

One order is one business operation. It has a time at which it is due; its latency counts from then, and an order whose
turn comes late is sent all the same. What the shop believes of each order goes to the server as a claim, to be compared
with the ledger.

    BROWNOUT_CLIENT     which client below: naive (the default) or keyed
    BROWNOUT_URL        the server, with the sandbox; the default is http://127.0.0.1:8700
    BROWNOUT_ARRIVALS   a file with one order a line, as a drill writes it; else orders come without end
    BROWNOUT_RATE       orders a second where there is no such file; the default is 15
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import requests
import stripe
from locust import User, constant, events, task
from locust.exception import StopUser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# ------------------------------------------------------------------ the shop's clients: what a drill is about


class Naive:
    """Tries again when an answer is lost, and every try is a new payment to Stripe."""

    waits_seconds = (0.05, 0.1, 0.2)
    given_up = "fail"  # it tells the customer that nothing was charged

    def __init__(self, base: str) -> None:
        """Talk to the Stripe at `base`."""
        self.stripe = stripe.StripeClient(
            "sk_test_brownoutshop",
            base_addresses={"api": base},
            max_network_retries=0,  # the retries here are the shop's own
            http_client=stripe.RequestsClient(timeout=5),
        )

    def options(self, order: Order) -> dict[str, str]:
        """Return what goes with the request beside its parameters."""
        return {}

    def pay(self, order: Order) -> tuple[str, str | None]:
        """Charge `order`; return what the shop believes (ok, fail or unknown) and the payment's id."""
        for wait in (*self.waits_seconds, None):
            try:
                payment = self.stripe.v1.payment_intents.create(
                    {
                        "amount": order.amount_minor,
                        "currency": order.currency,
                        "payment_method": "pm_card_visa",
                        "confirm": True,
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "metadata": {"order_id": order.order},
                    },
                    self.options(order),
                )
            except stripe.StripeError as error:
                if not _worth_retrying(error):
                    return "fail", None
            else:
                return ("ok" if payment.status == "succeeded" else "unknown"), payment.id
            if wait is not None:
                time.sleep(wait)
        return self.given_up, None


class Keyed(Naive):
    """The same, but every try of an order carries the order's own idempotency key."""

    given_up = "unknown"  # it might have been charged: somebody has to look

    def options(self, order: Order) -> dict[str, str]:
        """Return the key that stays the same across tries."""
        return {"idempotency_key": f"pay-{order.order}"}


CLIENTS = {"naive": Naive, "keyed": Keyed}
logging.getLogger("stripe").setLevel(logging.WARNING)  # it would log two lines a request


def _worth_retrying(error: stripe.StripeError) -> bool:
    """Return whether the next try may end otherwise: no answer, a server's error, or a twin still under way."""
    return isinstance(error, stripe.APIConnectionError) or (error.http_status or 0) >= 500 or error.http_status == 409


# ------------------------------------------------------------------ the load: which orders, when


class Order(NamedTuple):
    """One order, and when after the beginning it is due."""

    order: str
    due_seconds: float
    amount_minor: int
    currency: str


class Book:
    """The orders still to come, handed out in the order in which they are due."""

    lead_seconds = 0.5  # for every user to be there before the first order is due

    def __init__(self) -> None:
        """Begin with the first order; nothing is due before `open`."""
        file = os.environ.get("BROWNOUT_ARRIVALS")
        self._orders = _planned(Path(file)) if file else _endless(float(os.environ.get("BROWNOUT_RATE", "15")))
        self._began = self._began_wall = 0.0

    def open(self) -> None:
        """Let time run."""
        self._began = time.monotonic() + self.lead_seconds
        self._began_wall = time.time() + self.lead_seconds

    def next(self) -> Order | None:
        """Return the next order once it is due, None if there are no more."""
        order = next(self._orders, None)
        if order is not None:
            time.sleep(max(0.0, order.due_seconds - self.elapsed()))
        return order

    def elapsed(self) -> float:
        """Return seconds since the beginning."""
        return time.monotonic() - self._began

    def wall(self, seconds: float) -> float:
        """Return the unix time that was `seconds` after the beginning."""
        return round(self._began_wall + seconds, 6)


def _planned(file: Path) -> Iterator[Order]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield Order(**json.loads(line))


def _endless(rate: float) -> Iterator[Order]:
    run = int(time.time())  # a second run against the same server sends other orders
    prices = (1999, 2499, 4900, 750, 12900)
    for number in itertools.count():
        yield Order(f"run{run}-{number + 1:04d}", number / rate, prices[number % len(prices)], "usd")


BOOK = Book()
CLIENT = os.environ.get("BROWNOUT_CLIENT", "naive")
if CLIENT not in CLIENTS:
    raise SystemExit(f"client: the shop has {' and '.join(CLIENTS)}, not {CLIENT!r}")


@events.test_start.add_listener
def _open(**_: Any) -> None:
    BOOK.open()


class Shop(User):
    """Takes the next order, waits until it is due, pays it, says what it believes."""

    host = os.environ.get("BROWNOUT_URL", "http://127.0.0.1:8700")
    wait_time = constant(0)

    def on_start(self) -> None:
        """Open the connections, so that the first order isn't late for it."""
        self.till = CLIENTS[CLIENT](f"{self.host}/stripe")
        self.server = requests.Session()
        self.server.get(f"{self.host}/_brownout/clock", timeout=5).raise_for_status()

    @task
    def order(self) -> None:
        """Take one order from its time to its claim."""
        order = BOOK.next()
        if order is None:
            raise StopUser
        started = BOOK.elapsed()
        outcome, payment = self.till.pay(order)
        ended = BOOK.elapsed()
        claim = {
            "key": order.order,
            "outcome": outcome,
            "object": payment,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "scheduled_at": BOOK.wall(order.due_seconds),
            "started_at": BOOK.wall(started),
            "at": BOOK.wall(ended),
        }
        self.server.post(f"{self.host}/_brownout/claims", data=json.dumps(claim), timeout=5).raise_for_status()
        self.environment.events.request.fire(
            request_type="OP",
            name="pay",
            response_time=(ended - order.due_seconds) * 1000,
            response_length=0,
            exception=None if outcome == "ok" else RuntimeError(outcome),
            context={"order": order.order},
        )
