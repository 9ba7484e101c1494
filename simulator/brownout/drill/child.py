"""The load generator's process: `python -m brownout.drill.child LOCUSTFILE USERS`.

Runs a locustfile headless until all its users have stopped; with 0 of them, it is only loaded. The locustfile reads
what to do from the environment (BROWNOUT_URL, BROWNOUT_ARM, BROWNOUT_CLIENT, BROWNOUT_SEED, BROWNOUT_ARRIVALS), just as
under plain `locust`. Exit code 2 says that it can't do what the scenario asks for, any other is the locustfile's own.
Importing this imports Locust, which patches the process.
"""

from __future__ import annotations

import locust  # before everything else: gevent has to patch what the others import

import importlib.util  # isort: skip
import inspect  # isort: skip
import os  # isort: skip
import sys  # isort: skip
import time  # isort: skip
from pathlib import Path  # isort: skip
from typing import Any  # isort: skip

from gevent.monkey import get_original  # type: ignore[import-untyped]  # isort: skip
from locust.env import Environment  # isort: skip
from locust.log import setup_logging  # isort: skip

WRONG = 2
_GLANCE_SECONDS = 0.05


def main(arguments: list[str]) -> int:
    """Run and return the exit code."""
    setup_logging("WARNING")  # type: ignore[no-untyped-call]
    get_original("_thread", "start_new_thread")(_end_with_parent, (os.getppid(),))
    file, users = Path(arguments[0]), int(arguments[1])
    try:
        classes = _users(file)
    except SystemExit as refused:  # how a locustfile says that it can't; under plain Locust the same ends that
        sys.stderr.write(f"{refused.code}\n")
        return WRONG
    if not users:
        return 0
    environment = Environment(user_classes=classes, events=locust.events)
    runner = environment.create_local_runner()
    spawned: list[int] = []

    def note(user_count: int) -> None:
        spawned.append(user_count)

    hooks: Any = environment.events
    hooks.init.fire(environment=environment, runner=runner)
    hooks.spawning_complete.add_listener(note)
    runner.start(users, spawn_rate=users)
    while not spawned or runner.user_count:
        time.sleep(_GLANCE_SECONDS)
    runner.quit()
    return environment.process_exit_code or 0


def _end_with_parent(parent: int) -> None:
    """End the process once nobody is left to judge it.

    It needs a thread of the system: a client may never let another green one run.
    """
    sleep = get_original("time", "sleep")
    while os.getppid() == parent:
        sleep(_GLANCE_SECONDS)
    os._exit(WRONG)


def _users(file: Path) -> list[type[locust.User]]:
    """Return the users that a locustfile defines.

    Raises:
        SystemExit: if it defines none, or says that it can't do what is asked for.
    """
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file}: not a locustfile")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, locust.User) and not one.abstract
    ]
    if not found:
        raise SystemExit(f"{file}: it defines no User")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
