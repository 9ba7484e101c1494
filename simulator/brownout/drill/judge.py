"""For your own `locust` command: holds a sandbox while the test runs, and ends with a verdict. Public.

    from brownout.drill.judge import judge

    judge("scenario.yaml", attach="http://127.0.0.1:8700/~load")

At the top of a locustfile. The process's exit code is then the verdict's: 0 pass, 1 fail, 3 inconclusive; 2 says that
it couldn't begin.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError
from brownout.core.units import parse_duration
from brownout.drill.attach.api import Api
from brownout.drill.attach.ground import LOOK_SECONDS
from brownout.drill.attach.hooks import STOP_SECONDS, listen, prefix_of, prepare
from brownout.drill.attach.session import WRONG, Session, session_of
from brownout.drill.attach.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def judge(
    scenario: str | Path,
    *,
    attach: str,
    sandbox: str | None = None,
    admin_token: str | None = None,
    key: str = "baggage",
    claims: str = "",
    operations: Sequence[str] = (),
    claims_csv: str | Path | None = None,
    report: str | Path | None = None,
    arm: str | None = None,
    seed: int | None = None,
    duration: str | None = None,
    lease: str = "10s",
) -> None:
    """Judge each test that this locustfile's process runs, under `scenario` in the Brownout at `attach`.

    What the arguments mean is in docs/attach.md: they are the options of `brownout drill --attach`. With workers, the
    master holds the sandbox, and the workers claim. A mistake is said on standard error, and ends the process with 2.
    """
    try:
        session = session_of(
            scenario,
            api=Api(attach, sandbox, admin_token or os.environ.get("BROWNOUT_ADMIN_TOKEN")),
            terms=Terms.read(key, claims, operations),
            claims_csv=None if claims_csv is None else Path(claims_csv),
            report=report,
            arm=arm,
            seed=seed,
            duration_seconds=None if duration is None else parse_duration(duration),
            ttl_seconds=parse_duration(lease),
        )
    except (UsageError, ValueError) as wrong:
        sys.stderr.write(f"brownout: {wrong}\n")
        raise SystemExit(WRONG) from None
    _Hooks(session).listen()


class _Hooks:
    """What Locust calls when tests begin and end. With workers, only the master holds the sandbox."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stopped: set[str] = set()

    def listen(self) -> None:
        """Be called."""
        from locust import events

        listen(self._session.reporter)
        hooks: Any = events
        hooks.init.add_listener(self._made)
        hooks.test_start.add_listener(self._begin)
        hooks.test_stop.add_listener(self._end)
        hooks.quitting.add_listener(self._quitting)

    def _made(self, environment: Any, **_: Any) -> None:
        import gevent  # type: ignore[import-untyped]

        prepare(environment)
        gevent.spawn(self._session.reporter.go_on)

    def _begin(self, environment: Any, **_: Any) -> None:
        import gevent
        from locust.runners import WorkerRunner

        runner, session = environment.runner, self._session
        session.reporter.prefix = prefix_of(runner)
        try:
            if not isinstance(runner, WorkerRunner):
                environment.process_exit_code = WRONG  # Locust goes on after any exception of ours
                session.begin(gevent.sleep)
                gevent.spawn(_watch, session, environment)
            session.reporter.begin()
        except (UsageError, OSError) as wrong:
            _give_up(environment, f"brownout: {wrong}")

    def _end(self, environment: Any, **_: Any) -> None:
        from locust.runners import MasterRunner

        runner, session = environment.runner, self._session
        if isinstance(runner, MasterRunner):
            self._stopped |= _told(runner, "stop")
            until = time.monotonic() + (environment.stop_timeout or STOP_SECONDS) + STOP_SECONDS
            while runner.user_count and time.monotonic() < until:  # at the end of its time, a master doesn't wait
                time.sleep(0.1)
        session.reporter.end()
        if session.tenancy is not None:
            environment.process_exit_code = session.end(getattr(runner, "target_user_count", 1))

    def _quitting(self, environment: Any, **_: Any) -> None:
        """End what still runs, as after Ctrl-C: the exit code is read right after this."""
        if environment.runner is not None:
            environment.runner.stop()
            if self._stopped:  # whom the master forgets meanwhile, so that it wouldn't tell them
                _told(environment.runner, "quit", self._stopped)
        if self._session.tenancy is not None:
            self._session.tenancy.end()


def _watch(session: Session, environment: Any) -> None:
    """Fetch what happens as it happens: the server keeps only so much. End the test if a threshold asks for that."""
    tenancy = session.tenancy
    while tenancy is not None and session.tenancy is tenancy:
        findings, aborted = session.look()
        for finding in findings:
            sys.stderr.write(f"brownout: {finding}\n")
        if aborted:
            (environment.runner.quit if environment.web_ui is None else environment.runner.stop)()
            return
        time.sleep(LOOK_SECONDS)


def _give_up(environment: Any, words: str) -> None:
    """End the test that can't be judged; without a web page, the process too."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
    environment.process_exit_code = WRONG
    if environment.web_ui is None:
        os._exit(WRONG)
    import gevent

    gevent.spawn(environment.runner.stop)


def _told(runner: Any, what: str, ids: Collection[str] = ()) -> set[str]:
    """Tell workers something: those of `ids`, or all that the master knows; return whom."""
    from locust.rpc import Message

    message: Any = Message
    whom = set(ids) or {client.id for client in runner.clients.all}
    for one in whom:
        runner.server.send_to_client(message(what, None, one))
    return whom
