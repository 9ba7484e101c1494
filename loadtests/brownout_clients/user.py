"""Locust's side: a user that takes orders in turn, its transport, and the claims that it makes.

BROWNOUT_CLIENT   which client: naive (the default), resilient, or MODULE:CLASS of your own
BROWNOUT_URL      the server with its sandbox; the default is http://127.0.0.1:8700
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import gevent
from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser

from brownout_clients.book import Book
from brownout_clients.journeys import JOURNEYS, Belief, claim, settle
from brownout_clients.naive import Naive
from brownout_clients.protocols import Lost, Response, Surroundings
from brownout_clients.resilient import Resilient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locust.contrib.fasthttp import FastHttpSession

    from brownout_clients.protocols import Client, Order

CLIENTS: dict[str, type] = {"naive": Naive, "resilient": Resilient}
NEEDED = ("onboard", "pay", "refund", "reconcile")
BOOK = Book()


class State:
    """What all users of the process share: who is still at work, what is in doubt, and the client's own things."""

    def __init__(self) -> None:
        self.at_work: set[int] = set()
        self.doubtful: list[tuple[Order, Belief]] = []
        self.last_due_seconds = 0.0
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


class Wall:
    """The machine's time."""

    def now(self) -> float:
        """Return seconds since the first order was due."""
        return BOOK.elapsed()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        gevent.sleep(seconds)


def client_class(name: str) -> type:
    """Return one of our clients, or that of `MODULE:CLASS`.

    Raises:
        SystemExit: saying what is wrong with it.
    """
    if name in CLIENTS:
        return CLIENTS[name]
    module, colon, path = name.partition(":")
    if not colon or not module or not path:
        raise SystemExit(f"client: known are {' and '.join(CLIENTS)}, or MODULE:CLASS for your own, not {name!r}")
    sys.path.append(os.environ.get("BROWNOUT_CLIENT_PATH") or str(Path.cwd()))
    try:
        found = importlib.import_module(module)
    except Exception as problem:
        raise SystemExit(f"client: {module} can't be imported: {_said(problem)}") from problem
    made = getattr(found, path, None)
    if not isinstance(made, type):
        classes = sorted(key for key, value in vars(found).items() if isinstance(value, type))
        raise SystemExit(f"client: {module} has no class {path!r}; it has {', '.join(classes) or 'none'}")
    missing = [method for method in NEEDED if not callable(getattr(made, method, None))]
    if missing:
        raise SystemExit(f"client: {name} lacks {', '.join(missing)}; see brownout_clients.protocols.Client")
    return made


def _said(problem: Exception) -> str:
    """Return an exception with the line that raised it, as its author knows it."""
    frames = traceback.extract_tb(problem.__traceback__)
    return (
        f"{type(problem).__name__}: {problem} ({frames[-1].filename}:{frames[-1].lineno})" if frames else str(problem)
    )


CLIENT = client_class(os.environ.get("BROWNOUT_CLIENT", "naive"))


class Customers(FastHttpUser):
    """One of the customers that take turns: waits for the next order, goes through the journey, says how it went.

    The last to finish reconciles.
    """

    abstract = True
    journey = "checkout"
    host = os.environ.get("BROWNOUT_URL", "http://127.0.0.1:8700")
    wait_time = constant(0)
    connection_timeout = 5.0
    network_timeout = 5.0

    def on_start(self) -> None:
        """Make the client, and open the connection, so that the first order isn't late for it."""
        self.wire = Wire(self.client)
        base = str(self.host).rstrip("/")
        try:
            self.shop: Client = CLIENT(Surroundings(base, self.wire, Wall(), BOOK.seed, STATE.client))
        except Exception as problem:
            _give_up(f"client: {CLIENT.__name__} can't be made: {_said(problem)}")
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
        except Exception as problem:  # somebody's client: whatever it raises is its own doing, and counts against it
            return Belief("unknown", error="client_bug", detail=f"the client raised {_said(problem)}"[:300])

    def _last(self) -> None:
        STATE.at_work.discard(id(self))
        if STATE.at_work:
            return
        self.wire.about("reconcile", STATE.last_due_seconds)
        try:
            settled = settle(self.shop, STATE.doubtful)
        except Exception as problem:
            sys.stderr.write(f"reconcile: the client raised {_said(problem)}\n")
            return
        for order, belief in settled:
            self._claim(order, belief, BOOK.elapsed(), BOOK.elapsed())

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
