"""Locust's side: a user that takes orders in turn, its transport, and the claims that it makes.

BROWNOUT_CLIENT   which client: naive (the default), resilient, or MODULE:CLASS of your own
BROWNOUT_URL      the server with its sandbox; the default is http://127.0.0.1:8700
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import gevent
from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser

from brownout_clients.book import Book
from brownout_clients.clients import client_class, fit
from brownout_clients.crew import Crew
from brownout_clients.customer import CONNECT_SECONDS, NETWORK_SECONDS, Crowd, Customer, baggage
from brownout_clients.guard import Guarded, reason
from brownout_clients.inbox import Door, LoopbackInbox
from brownout_clients.journeys import JOURNEYS
from brownout_clients.protocols import Lost, Response, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locust.contrib.fasthttp import FastHttpSession

    from brownout_clients.protocols import Client

BROKEN = 70
"""The process's exit code after a run in which the client did what no client may."""
BOOK = Book()
CREW = Crew(BOOK)
CREW.join(events)
CROWD = Crowd()
ADMIN = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("BROWNOUT_ADMIN_TOKEN")) else {}
"""What a server asks for that listens beyond its own machine."""


class Wire:
    """Sends through Locust's own session, and says with each request which order it is for and when that was due."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        self._baggage = ""

    def about(self, key: str, due_seconds: float) -> None:
        """Let what follows be about an order."""
        self._baggage = baggage(key, due_seconds)

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

    def wall(self) -> float:
        """Return the unix time."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        gevent.sleep(seconds)


INBOX = LoopbackInbox()
DOOR = Door(INBOX, Wall(), BOOK.seed)
CLIENT = client_class(os.environ.get("BROWNOUT_CLIENT", "naive"))


class Customers(FastHttpUser):
    """One of the customers that take turns: waits for the next order, goes through the journey, says how it went.

    The last to finish reconciles.
    """

    abstract = True
    journey = "checkout"
    host = os.environ.get("BROWNOUT_URL", "http://127.0.0.1:8700")
    wait_time = constant(BOOK.think_seconds)
    connection_timeout = CONNECT_SECONDS
    network_timeout = NETWORK_SECONDS

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Look at whether the client has what the journey needs, as soon as the locustfile is loaded.

        Raises:
            SystemExit: if it lacks something.
        """
        super().__init_subclass__(**kwargs)
        fit(CLIENT, cls.journey)

    def on_start(self) -> None:
        """Make the client, and open the connection, so that the first order isn't late for it."""
        _send_once(self.client, str(self.host))
        self.wire = Wire(self.client)
        base = str(self.host).rstrip("/")
        inbox = DOOR if JOURNEYS[self.journey].door else INBOX
        try:
            shop: Client = Guarded(CLIENT(Surroundings(base, self.wire, Wall(), BOOK.seed, CROWD.client, inbox=inbox)))
        except (Exception, SystemExit) as problem:
            _give_up(f"client: {CLIENT.__name__} can't be made: {reason(problem)}")
        self.customer = Customer(shop, self.wire, Wall(), CROWD, journey=self.journey, wall=BOOK.wall, tell=self._tell)
        self.client.get("/_brownout/clock", headers=ADMIN, name="clock")
        BOOK.journey = self.journey
        CREW.arrive()

    @task
    def order(self) -> None:
        """Take one order from its time to its claim."""
        order = BOOK.next()
        if order is None:
            self._last()
            raise StopUser
        belief, ended = self.customer.serve(order)
        self.environment.events.request.fire(
            request_type="ORDER",
            name=self.journey,
            response_time=(ended - order.due_seconds) * 1000,
            response_length=0,
            exception=None if belief.outcome == "ok" else RuntimeError(belief.detail or belief.outcome),
            context={"order": order.order},
        )

    def _last(self) -> None:
        if not self.customer.leave():
            return
        complaint = CROWD.complaint()
        if complaint is not None:
            sys.stderr.write(f"client: {complaint}\n")
        CREW.through(0 if complaint is None else BROKEN)

    def _tell(self, said: dict[str, Any]) -> None:
        self.client.post("/_brownout/claims", data=json.dumps(said), headers=ADMIN, name="claims")


def _give_up(words: str) -> None:
    """End the whole process as a locustfile does that can't do what it is asked for."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
    os._exit(2)
