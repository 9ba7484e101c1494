"""Locust's own distribution in the load generator's process: a master, and the workers that it starts or waits for.

Only the load generator's process imports this, after Locust has patched it.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import locust.runners
from locust.exception import RPCError

from brownout.drill.orphan import STARTED_BY
from brownout.drill.remote import locustfile

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from locust.env import Environment
    from locust.runners import MasterRunner, Runner

WRONG: Final = 2
"""The exit code of a load generator that can't do what the scenario asks for."""
BROKEN: Final = 70
"""That of one whose client did what no client may."""
SPAWNED_PER_SECOND: Final = 500
"""How many users a process makes each second; orders wait for all of them."""
_LOST: Final = 1
_GLANCE_SECONDS: Final = 0.05
_SILENT_SECONDS: Final = 10
"""How long a worker elsewhere may say nothing before it counts as lost: Locust's three seconds are a long pause."""
_OVER: Final = ("stopping", "stopped")
_to_remove: list[str] = []


def start(environment: Environment, users: int, *, processes: int) -> None:
    """Make the users, or let the locustfile's own shape do so."""
    runner: Any = environment.runner
    if environment.shape_class is not None:
        runner.start_shape()
    else:
        runner.start(users, spawn_rate=min(users, SPAWNED_PER_SECOND * processes))


def over(runner: Runner, spawned: Sequence[int]) -> bool:
    """Return whether all users have stopped, and the shape, if there is one, makes no more."""
    if runner.state in _OVER:
        return True
    return bool(spawned) and not runner.user_count and runner.shape_greenlet is None


def work(environment: Environment, address: str) -> int:
    """Be a worker until the master says that it is over."""
    host, _, port = address.rpartition(":")
    logging.getLogger("locust.rpc").setLevel(logging.ERROR)
    runner = environment.create_worker_runner(host, int(port))
    hooks: Any = environment.events
    hooks.init.fire(environment=environment, runner=runner)
    runner.greenlet.join()
    return 0


def lead(environment: Environment, asked: Namespace) -> int:
    """Be the master of as many workers as are `asked` for: start them here, or wait for them to come."""
    host, _, port = asked.bind.rpartition(":")
    master: Any = locust.runners
    master.HEARTBEAT_LIVENESS = _SILENT_SECONDS if asked.expect else 10**9  # our own we watch ourselves
    try:
        runner = environment.create_master_runner(host, int(port))
    except (SystemExit, RPCError) as problem:
        why = str(problem) if isinstance(problem, RPCError) else "somebody else does"
        sys.stderr.write(f"client: --bind {asked.bind}: can't listen there: {why.partition(': ')[2] or why}\n")
        return WRONG
    hooks: Any = environment.events
    hooks.init.fire(environment=environment, runner=runner)
    with tempfile.TemporaryDirectory(prefix="brownout-") as folder:
        _to_remove.append(folder)
        signal.signal(signal.SIGTERM, _leave)
        if asked.expect:
            sent = Path(folder, asked.file.name)
            sent.write_text(locustfile(asked.file, os.environ), encoding="utf-8")
            environment.parsed_locustfiles = [str(sent)]
        workers = [] if asked.expect else _hire(asked, runner.server.port)
        return _conduct(environment, Team(runner, workers, asked.expect or asked.processes), asked)


def tidy() -> None:
    """Remove what was written for workers elsewhere, which has the drill's token in it."""
    for folder in _to_remove:
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, _frame: object) -> None:
    """End as SIGTERM does, which is how a drill that is interrupted ends us, but leave nothing behind."""
    tidy()
    os._exit(128 + number)


def _conduct(environment: Environment, team: Team, asked: Namespace) -> int:
    """Let the workers work, from when all are there to when all are through."""
    runner = team.runner
    until = time.monotonic() + asked.wait
    while len(runner.clients.ready) < team.size:
        if (trouble := team.trouble()) is not None:
            return team.dismiss(*trouble)
        if time.monotonic() > until:
            here = len(runner.clients.ready)
            return team.dismiss(_LOST, f"{here} of {team.size} workers were there after {asked.wait:g} s")
        time.sleep(_GLANCE_SECONDS)
    team.working = True
    start(environment, asked.users, processes=team.size)
    until = time.monotonic() + asked.seconds if asked.seconds else float("inf")
    while runner.state not in _OVER and time.monotonic() < until:
        if (trouble := team.trouble()) is not None:
            return team.dismiss(*trouble)
        time.sleep(_GLANCE_SECONDS)
    return team.dismiss(environment.process_exit_code or 0)


def _hire(asked: Namespace, port: int) -> list[subprocess.Popen[bytes]]:
    """Start workers of our own: in our process group, so that whoever ends us ends them."""
    command = [sys.executable, "-P", "-m", "brownout.drill.child", str(asked.file), str(asked.users)]
    told = {**os.environ, STARTED_BY: str(os.getpid())}
    return [subprocess.Popen([*command, "--worker", f"127.0.0.1:{port}"], env=told) for _ in range(asked.processes)]


class Team:
    """A master's workers. `working` from when they have users."""

    def __init__(self, runner: MasterRunner, workers: list[subprocess.Popen[bytes]], size: int) -> None:
        self.runner = runner
        self._workers = workers
        self.size = size
        self.working = False

    def trouble(self) -> tuple[int, str] | None:
        """Return the exit code and the words for a worker that is gone too early, None while all are there."""
        if self.runner.state in _OVER:
            return None
        for number, worker in enumerate(self._workers, 1):
            code = worker.poll()
            if code is not None:
                words = "" if code == WRONG else f"worker {number} of {self.size} {_how(code)}: its orders weren't sent"
                return (WRONG if code == WRONG else _LOST), words
        clients = self.runner.clients
        if self.working and (len(clients) < self.size or clients.get_by_state("missing")):
            here = len(clients) - len(clients.get_by_state("missing"))
            return _LOST, f"{self.size - here} of {self.size} workers went away: their orders weren't sent"
        return None

    def dismiss(self, code: int, words: str = "") -> int:
        """Send everybody home and return the exit code."""
        if words:
            sys.stderr.write(f"{words}\n")
        self.runner.quit()
        for worker in self._workers:
            try:
                worker.wait(2.0)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        return code


def _how(code: int) -> str:
    """Return how a process ended."""
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
