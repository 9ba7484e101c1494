"""Locust's side: a user that takes orders in turn, its transport, and the claims that it makes.

BROWNOUT_CLIENT   which client: naive (the default), resilient, or MODULE:CLASS of your own
BROWNOUT_URL      the server with its sandbox; the default is http://127.0.0.1:8700
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import gevent
from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser

from brownout_clients.book import Book
from brownout_clients.clients import client_class
from brownout_clients.guard import Broken, Guarded, reason
from brownout_clients.journeys import JOURNEYS, Belief, claim, settle
from brownout_clients.protocols import Lost, Response, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locust.contrib.fasthttp import FastHttpSession

    from brownout_clients.protocols import Client, Order

BROKEN = 70
"""The process's exit code after a run in which the client did what no client may."""
BOOK = Book()


class State:
    """What all users of the process share: who is at work, what is in doubt, what broke, the client's own things."""

    def __init__(self) -> None:
        self.at_work: set[int] = set()
        self.doubtful: list[tuple[Order, Belief]] = []
        self.started: dict[str, float] = {}
        self.last_due_seconds = 0.0
        self.broke: list[str] = []
        self.client: dict[str, Any] = {}


STATE = State()


class Wire:
    """Sends through Locust's own session, and says with each request which order it is for and when that was due."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        self._baggage = ""

    def about(self, key: str, due_seconds: float) -> None:
        """Let what follows be about an order."""
        self._baggage = f"brownout.key={quote(key, safe='')},brownout.due={due_seconds:.6f}"

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Response:
        """Return the answer.

        Raises:
            Lost: if none came.
        """
        name = "/".join("{id}" if any(map(str.isdigit, part)) and len(part) > 11 else part
                        for part in url.partition("?")[0].split("/")[3:])  # fmt: skip
        with self._session.request(
            method, url, headers={**headers, "baggage": self._baggage}, data=body or None, name=f"/{name}",
            catch_response=True, allow_redirects=False,
        ) as response:  # fmt: skip
            response.success()  # a refusal is the provider's business; what fails is an order
            if not response.status_code:
                raise Lost(type(response.error).__name__)
            return Response(response.status_code, response.headers, response.content or b"")


def _send_once(session: FastHttpSession, host: str) -> None:
    """Keep the HTTP library from sending a request again by itself when a connection breaks.

    geventhttpclient tries as often as its pool has places, and once more: idempotent methods in every version, POST
    too before 2.6. A retry is a strategy's to make, and it would be a double charge that no client decided on.
    """
    session.client.clientpool.get_client(host)._connection_pool.size = -1  # noqa: SLF001 - there is no option


class Wall:
    """The machine's time."""

    def now(self) -> float:
        """Return seconds since the first order was due."""
        return BOOK.elapsed()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        gevent.sleep(seconds)


CLIENT = client_class(os.environ.get("BROWNOUT_CLIENT", "naive"))


class Customers(FastHttpUser):
    """One of the customers that take turns: waits for the next order, goes through the journey, says how it went.

    The last to finish reconciles.
    """

    abstract = True
    journey = "checkout"
    host = os.environ.get("BROWNOUT_URL", "http://127.0.0.1:8700")
    wait_time = constant(BOOK.think_seconds)
    connection_timeout = 5.0
    network_timeout = 5.0

    def on_start(self) -> None:
        """Make the client, and open the connection, so that the first order isn't late for it."""
        _send_once(self.client, str(self.host))
        self.wire = Wire(self.client)
        base = str(self.host).rstrip("/")
        try:
            self.shop: Client = Guarded(CLIENT(Surroundings(base, self.wire, Wall(), BOOK.seed, STATE.client)))
        except (Exception, SystemExit) as problem:
            _give_up(f"client: {CLIENT.__name__} can't be made: {reason(problem)}")
        STATE.at_work.add(id(self))
        self.client.get("/_brownout/clock", name="clock")

    @task
    def order(self) -> None:
        """Take one order from its time to its claim."""
        order = BOOK.next()
        if order is None:
            self._last()
            raise StopUser
        started = BOOK.elapsed()
        self.wire.about(order.order, order.due_seconds)
        belief = self._through(order)
        if belief.outcome != "ok":
            STATE.doubtful.append((order, belief))
            STATE.started[order.order] = started
        STATE.last_due_seconds = max(STATE.last_due_seconds, order.due_seconds)
        ended = BOOK.elapsed()
        self._claim(order, belief, started, ended)
        self.environment.events.request.fire(
            request_type="ORDER",
            name=self.journey,
            response_time=(ended - order.due_seconds) * 1000,
            response_length=0,
            exception=None if belief.outcome == "ok" else RuntimeError(belief.detail or belief.outcome),
            context={"order": order.order},
        )

    def _through(self, order: Order) -> Belief:
        try:
            return JOURNEYS[self.journey](self.shop, order, Wall())
        except Broken as broke:
            STATE.broke.append(f"{order.order}: {broke}")
            return Belief("unknown", error="client_bug", detail=str(broke))

    def _last(self) -> None:
        STATE.at_work.discard(id(self))
        if STATE.at_work:
            return
        self.wire.about("reconcile", STATE.last_due_seconds)
        try:
            for order, belief in settle(self.shop, STATE.doubtful):
                self._claim(order, belief, STATE.started[order.order], BOOK.elapsed())
        except Broken as broke:
            STATE.broke.append(f"in the end: {broke}")
        if STATE.broke:
            more = len(STATE.broke) - 1
            sys.stderr.write(f"client: {STATE.broke[0]}{f'; and {more} more like it' if more else ''}\n")
            self.environment.process_exit_code = BROKEN

    def _claim(self, order: Order, belief: Belief, started: float, ended: float) -> None:
        said = claim(order, belief) | {
            "scheduled_at": BOOK.wall(order.due_seconds),
            "started_at": BOOK.wall(started),
            "at": BOOK.wall(ended),
        }
        self.client.post("/_brownout/claims", data=json.dumps(said), name="claims")


def _give_up(words: str) -> None:
    """End the whole process as a locustfile does that can't do what it is asked for."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
    os._exit(2)


@events.test_start.add_listener
def _open(**_: Any) -> None:
    BOOK.open()
