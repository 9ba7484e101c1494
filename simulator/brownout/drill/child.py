"""The load generator's process: `python -m brownout.drill.child LOCUSTFILE USERS`.

Runs a locustfile headless until all its users have stopped, or for `--seconds`; with 0 users, it is only loaded. The
locustfile reads what to do from the environment (BROWNOUT_URL, BROWNOUT_ARM, BROWNOUT_CLIENT, BROWNOUT_SEED,
BROWNOUT_ARRIVALS), just as under plain `locust`. With `--processes` or `--expect` this one is Locust's master, see
`child_pool`. Exit code 2 says that it can't do what the scenario asks for, any other is the locustfile's own.
Importing this imports Locust, which patches the process.
"""

from __future__ import annotations

import locust  # before everything else: gevent has to patch what the others import

import argparse  # isort: skip
import importlib.util  # isort: skip
import inspect  # isort: skip
import logging  # isort: skip
import os  # isort: skip
import sys  # isort: skip
import time  # isort: skip
from pathlib import Path  # isort: skip
from typing import TYPE_CHECKING, Any  # isort: skip

from gevent.monkey import get_original  # type: ignore[import-untyped]  # isort: skip
from locust.env import Environment  # isort: skip
from locust.log import setup_logging  # isort: skip

from brownout.core.errors import UsageError  # isort: skip
from brownout.drill import child_pool as pool  # isort: skip
from brownout.drill.limits import raise_open_files  # isort: skip
from brownout.drill.child_pool import WRONG  # isort: skip
from brownout.drill.orphan import orphaned  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Callable

LET_END_SECONDS = 10.0
"""How long an order may take that is under way when the time is over: cut off, it would be one that nobody resolved."""
_GLANCE_SECONDS = 0.05


def main(arguments: list[str]) -> int:
    """Run and return the exit code."""
    setup_logging("WARNING")  # type: ignore[no-untyped-call]
    logging.getLogger("locust.runners").setLevel(logging.ERROR)  # it warns of many users at once: ours wait for all
    get_original("_thread", "start_new_thread")(_end_when, (orphaned(),))
    asked = _parser().parse_args(arguments)
    try:
        raise_open_files(asked.users)
        found = _load(asked.file)
    except UsageError as refused:
        sys.stderr.write(f"client: {refused}\n")
        return WRONG
    except SystemExit as refused:  # how a locustfile says that it can't; under plain Locust the same ends that
        sys.stderr.write(f"{refused.code}\n")
        return WRONG
    environment = Environment(
        user_classes=found.users,
        shape_class=found.shape() if found.shape is not None else None,
        events=locust.events,
        parsed_locustfiles=[str(asked.file)],
    )
    environment.stop_timeout = LET_END_SECONDS if asked.seconds else 0.0
    if asked.worker is not None:
        return pool.work(environment, asked.worker)
    if not asked.users:
        return 0
    if asked.processes > 1 or asked.expect:
        return pool.lead(environment, asked)
    return _run(environment, asked.users, asked.seconds)


def _run(environment: Environment, users: int, seconds: float) -> int:
    """Play all users in this process."""
    runner = environment.create_local_runner()
    spawned: list[int] = []

    def note(user_count: int) -> None:
        spawned.append(user_count)

    hooks: Any = environment.events
    hooks.init.fire(environment=environment, runner=runner)
    hooks.spawning_complete.add_listener(note)
    pool.start(environment, users, processes=1)
    until = time.monotonic() + seconds if seconds else float("inf")
    while time.monotonic() < until and not pool.over(runner, spawned):
        time.sleep(_GLANCE_SECONDS)
    runner.quit()
    return environment.process_exit_code or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m brownout.drill.child")
    parser.add_argument("file", type=Path)
    parser.add_argument("users", type=int)
    parser.add_argument("--seconds", type=float, default=0.0, help="how long; by default until all users have stopped")
    parser.add_argument("--processes", type=int, default=1, help="how many workers to start here")
    parser.add_argument("--expect", type=int, default=0, help="how many workers to wait for, from other machines")
    parser.add_argument("--bind", default="127.0.0.1:0", help="where the master listens")
    parser.add_argument("--wait", type=float, default=60.0, help="how many seconds it waits for workers")
    parser.add_argument("--worker", default=None, help="be a worker of the master at HOST:PORT")
    return parser


def _end_when(alone: Callable[[], bool]) -> None:
    """End the process once nobody is left to judge it.

    It needs a thread of the system: a client may never let another green one run.
    """
    sleep = get_original("time", "sleep")
    while not alone():
        sleep(_GLANCE_SECONDS)
    pool.tidy()
    os._exit(WRONG)


class _Found(argparse.Namespace):
    """What a locustfile defines."""

    users: list[type[locust.User]]
    shape: type[locust.LoadTestShape] | None


def _load(file: Path) -> _Found:
    """Return the users and the shape that a locustfile defines.

    Raises:
        SystemExit: if it defines no users, or says that it can't do what is asked for.
    """
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file}: not a locustfile")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        raise SystemExit(f"client: {file} can't be imported: {_reason(problem)}") from problem
    classes = [one for one in vars(module).values() if inspect.isclass(one)]
    users = [one for one in classes if issubclass(one, locust.User) and not one.abstract]
    shapes = [one for one in classes if issubclass(one, locust.LoadTestShape) and one is not locust.LoadTestShape]
    if not users:
        raise SystemExit(f"client: {file}: it defines no User")
    for one in users:
        one.host = one.host or os.environ.get("BROWNOUT_URL")
    return _Found(users=users, shape=shapes[0] if shapes else None)


def _reason(problem: Exception) -> str:
    """Return an exception on one line, with where in the user's own files it was raised."""
    traceback, line = problem.__traceback__, ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if "importlib" not in name and name != __file__:
            line = f" ({name}:{traceback.tb_lineno})"
        traceback = traceback.tb_next
    return f"{type(problem).__name__}: {' '.join(str(problem).split())}{line}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
