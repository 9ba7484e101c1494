"""When orders begin and who has which of them, in one process or under Locust's master and workers.

Orders begin once every user that was asked for is there, so that none is late for the start-up. Each worker then has
each nth order of the same plan: every order is sent by one worker, once. What a worker shares among its users (tokens,
doubts, a client's own things) it shares with no other.

Messages, over Locust's own connection: a worker says that its users are there, the master says to each which share it
has and when time begins, a worker says that it is through. Without workers a process says all that to itself.
"""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.event import Event
from locust.runners import LocalRunner, MasterRunner

from brownout_clients.book import LEAD_SECONDS

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner

    from brownout_clients.book import Book

THERE: Final = "brownout.there"
BEGIN: Final = "brownout.begin"
THROUGH: Final = "brownout.through"
WOKEN_PER_SECOND: Final = 5_000
"""How many users turn to their orders each second, at least."""


class Crew:
    """The users of this process among those of all. Joined to Locust's events by `join`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._began = Event()
        self._runner: Runner | None = None
        self._here = 0
        self._spawned = self._told = False

    def join(self, events: Any) -> None:
        """Listen to Locust."""
        events.init.add_listener(self._init)
        events.test_start.add_listener(self._start)
        events.spawning_complete.add_listener(self._complete)

    def arrive(self) -> None:
        """Say that one more user is ready, and return when orders begin."""
        self._here += 1
        self._look_around()
        self._began.wait()

    def through(self, code: int) -> None:
        """Say that the last user of this process is done; `code` is the exit code that this asks for, 0 for none."""
        if self._runner is not None:
            self._runner.send_message(THROUGH, {"code": code})

    def _init(self, environment: Environment, runner: Runner, **_: Any) -> None:
        self._runner = runner
        if isinstance(runner, MasterRunner | LocalRunner):
            Foreman(environment, runner)
        if not isinstance(runner, MasterRunner):
            runner.register_message(BEGIN, self._begin)

    def _start(self, **_: Any) -> None:
        self._began.clear()
        self._here = 0
        self._spawned = self._told = False

    def _complete(self, **_: Any) -> None:
        self._spawned = True
        self._look_around()

    def _look_around(self) -> None:
        runner = self._runner
        if runner is None or isinstance(runner, MasterRunner) or self._told or not self._spawned:
            return
        if self._here >= runner.user_count:
            self._told = True
            gc.collect()
            gc.freeze()  # thousands of users are here to stay: looking through them again takes a third of a second
            runner.send_message(THERE, {"users": self._here})

    def _begin(self, msg: Any, **_: Any) -> None:
        self._book.open(**msg.data)
        self._began.set()


class Foreman:
    """Who gives the sign to begin, and ends the run when everybody is through."""

    def __init__(self, environment: Environment, runner: MasterRunner | LocalRunner) -> None:
        self._environment = environment
        self._runner = runner
        self._there: dict[str, int] = {}
        self._at_work: set[str] = set()
        self._begun = False
        runner.register_message(THERE, self._arrived)
        runner.register_message(THROUGH, self._gone)
        environment.events.test_start.add_listener(self._start)

    def _start(self, **_: Any) -> None:
        self._there.clear()
        self._at_work.clear()
        self._begun = False

    def _arrived(self, msg: Any, **_: Any) -> None:
        """Note a worker whose users are all there; give the sign if they were the last."""
        if self._begun:  # the orders are given out: who comes now has none
            self._runner.send_message(BEGIN, {"place": 0, "of": 0}, msg.node_id)
            return
        self._there[msg.node_id] = msg.data["users"]
        if sum(self._there.values()) < self._runner.target_user_count:
            return
        self._begun = True
        crew = sorted((node for node, users in self._there.items() if users), key=self._index)
        self._at_work = set(crew)
        run = "" if "BROWNOUT_ARM" in os.environ else f"run{int(time.time())}-"  # by hand, each run has its own orders
        at = time.time() + LEAD_SECONDS + sum(self._there.values()) / WOKEN_PER_SECOND
        for place, node in enumerate(crew):
            share = {"place": place, "of": len(crew), "run": run, "at": at, "in_seconds": at - time.time()}
            self._runner.send_message(BEGIN, share, node)

    def _index(self, node: str) -> int:
        return int(self._runner.get_worker_index(node)) if isinstance(self._runner, MasterRunner) else 0

    def _gone(self, msg: Any, **_: Any) -> None:
        """Note a worker that is through; end the run after the last."""
        environment = self._environment
        environment.process_exit_code = max(environment.process_exit_code or 0, msg.data["code"]) or None
        self._at_work.discard(msg.node_id)
        if not self._at_work:  # whoever looks at a web page wants it to stay
            gevent.spawn(self._runner.quit if environment.web_ui is None else self._runner.stop)
