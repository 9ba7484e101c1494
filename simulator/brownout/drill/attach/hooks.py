"""Locust's side of a drill that attaches: it names each operation to the service, and turns its answers into claims.

Imported only where Locust is. Claims go straight to the sandbox, from every worker.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import UsageError
from brownout.drill.attach.api import TIMEOUT_SECONDS, Unreachable
from brownout.drill.attach.database import FROM_ANSWER
from brownout.drill.attach.terms import Terms, key_in, with_baggage

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.drill.attach.api import Api

CONTEXT: Final = "brownout"
"""Under which a request's event says which operation it was."""
FLUSH_SECONDS: Final = 0.2
STOP_SECONDS: Final = 10
"""How long what is under way in the end may take, unless the user has said: cut off, its outcome would be unknown."""
_BATCH: Final = 1_000
_TRIES: Final = 3
_GLANCE_SECONDS: Final = 0.02


@dataclass(slots=True)
class Operation:
    """A request that is an operation. `key` is None if only its answer can tell."""

    key: str | None
    due: float
    said: str
    claimed: bool = False


class Reporter:
    """Claims what answers say. One a process; `prefix` keeps its keys apart from those of other workers."""

    def __init__(self, api: Api, terms: Terms) -> None:
        self._api = api
        self._terms = terms
        self._pending: list[bytes] = []
        self._delivering = False
        self._number = 0
        self._began: float | None = None
        self._to_wall = 0.0
        self.prefix = ""
        self.keyless = 0
        """How many answers claimed something of nobody knows what."""

    def begin(self) -> None:
        """Learn from the server when the scenario began, and how far its clock is from ours.

        Raises:
            UsageError: if it doesn't answer.
        """
        asked = time.monotonic()
        said = self._api.get("/lease")
        now = (asked + time.monotonic()) / 2
        if not said["held"]:
            raise UsageError("nobody holds the sandbox: start the test where `judge` holds it, on the master")
        self._to_wall = said["clock"]["wall"] - now
        self._began = now - said["now"]["elapsed"]
        self._number = self.keyless = 0

    def end(self) -> None:
        """Deliver what is left; from now on requests aren't operations."""
        self._began = None
        until = time.monotonic() + TIMEOUT_SECONDS  # another green thread may be delivering, for as long as that
        while self._delivering and time.monotonic() < until:
            time.sleep(_GLANCE_SECONDS)
        for number in range(_TRIES):
            if number and self._pending:
                time.sleep(FLUSH_SECONDS)
            self.flush()
        if self._pending:
            sys.stderr.write(f"brownout: {len(self._pending)} claims couldn't be delivered: nobody answers\n")
            self._pending = []
        if self.keyless:
            sys.stderr.write(f"brownout: {self.keyless} answers claim nothing, for --key found no key in them\n")

    def flush(self) -> None:
        """Deliver what is pending, unless that is under way; what nobody takes just now stays pending."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._pending:
                batch = self._pending[:_BATCH]
                try:
                    self._api.send("POST", "/claims", body=b"\n".join(batch))
                except Unreachable:
                    return
                except UsageError as problem:
                    sys.stderr.write(f"brownout: {len(batch)} claims couldn't be delivered: {problem}\n")
                del self._pending[: len(batch)]
        finally:
            self._delivering = False

    def go_on(self) -> None:
        """Deliver now and then, for good."""
        while True:
            time.sleep(FLUSH_SECONDS)
            self.flush()

    def send(
        self, original: Callable[..., Any], session: Any, method: str, url: str, /, *args: Any, **more: Any
    ) -> Any:
        """Send a request as `original` does; if it is an operation, with a header that says which."""
        if self._began is None or not self._terms.concerns(method, str(url), more.get("name")):
            return original(session, method, url, *args, **more)
        due = time.monotonic() - self._began
        headers = dict(more.get("headers") or {})
        body = more.get("json") if more.get("json") is not None else more.get("data")
        every = {**dict(getattr(session, "headers", None) or {}), **headers}
        key = self._terms.key_of_request(every, body)
        if key is None and self._terms.place == "baggage":
            self._number += 1
            key = f"{self.prefix}op-{self._number:05d}"
        if key is not None:
            name = next((one for one in headers if one.lower() == "baggage"), "baggage")
            given = str(headers.get(name) or "")
            if key_in(given) is None:
                headers[name] = with_baggage(given, key, due)
            more["headers"] = headers
        operation = Operation(key, due, f"{method} {more.get('name') or url}")
        more["context"] = {**(more.get("context") or {}), CONTEXT: operation}
        return self._whole(operation, partial(original, session, method, url, *args, **more))

    def _whole(self, operation: Operation, sent: Callable[[], Any]) -> Any:
        """Return what `sent` returns, and let it end also if its user is killed meanwhile.

        When a load ends, Locust kills users that wait; some have begun their next request by the time they die, and
        would leave an operation behind of which nobody knows how it ended.
        """
        import gevent  # type: ignore[import-untyped]

        def caught() -> tuple[Any, Exception | None]:
            try:
                return sent(), None
            except Exception as problem:  # noqa: BLE001 - told to whoever asked for it
                return None, problem

        sending = gevent.spawn(caught)
        try:
            answer, problem = sending.get()
        except gevent.GreenletExit:
            sending.join(STOP_SECONDS)
            answer, problem = sending.value or (None, None)
            if answer is not None:
                self.answered({CONTEXT: operation}, answer, problem)
            self._claim(operation, "unknown", "the load ended before it was answered")
            raise
        if problem is not None:
            raise problem
        return answer

    def answered(self, context: Any, response: Any, exception: Any) -> None:
        """Claim what an answer says of its operation."""
        operation = context.get(CONTEXT) if isinstance(context, dict) else None
        if not isinstance(operation, Operation) or self._terms.outcomes is None:
            return
        status = int(getattr(response, "status_code", 0) or 0)
        if operation.key is None and status:
            operation.key = self._terms.key_of_response(getattr(response, "content", None))
        answer = f"was answered {status}" if status else f"got no answer: {type(exception).__name__}"
        self._claim(operation, self._terms.outcome(status, disliked=exception is not None), answer)

    def _claim(self, operation: Operation, outcome: str, answer: str) -> None:
        if operation.key is None:
            self.keyless += 1
            return
        if self._terms.outcomes is None or self._began is None or operation.claimed:
            return
        operation.claimed = True
        now = time.monotonic() + self._to_wall  # not this machine's wall clock, which somebody may set meanwhile
        began = round(self._began + operation.due + self._to_wall, 6)
        said = {
            "key": operation.key,
            "outcome": outcome,
            "due": round(operation.due, 6),
            "scheduled_at": began,
            "started_at": began,
            "at": round(now, 6),
            "detail": f"{operation.said} {answer}"[:200],
            "by": FROM_ANSWER,
        }
        self._pending.append(orjson.dumps(said))


def listen(reporter: Reporter) -> None:
    """Have every HTTP request of this process go through `reporter`, whatever sends it: HttpUser or FastHttpUser."""
    from locust import events
    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession

    def through(original: Callable[..., Any]) -> Callable[..., Any]:
        def request(self: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
            return reporter.send(original, self, method, url, *args, **more)

        return request

    for session in (HttpSession, FastHttpSession):
        one: Any = session
        one.request = through(one.request)

    def heard(*, context: Any = None, response: Any = None, exception: Any = None, **_: Any) -> None:
        reporter.answered(context, response, exception)

    hooks: Any = events
    hooks.request.add_listener(heard)


def prepare(environment: Any) -> None:
    """Let what is under way in the end finish, unless the user has said how long it may take.

    And let the event loop look at the clock: it last did so before all that had to be imported, and would count the
    load's time from then.
    """
    import gevent

    environment.stop_timeout = environment.stop_timeout or STOP_SECONDS
    gevent.get_hub().loop.update_now()


def prefix_of(runner: Any) -> str:
    """Return what a worker's keys begin with: nothing where there is one process only."""
    from locust.runners import WorkerRunner

    return f"w{max(0, runner.worker_index)}-" if isinstance(runner, WorkerRunner) else ""
