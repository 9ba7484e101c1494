"""Finds a client by its name: one of ours, or somebody's own."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from brownout_clients.correct import Correct
from brownout_clients.correct_consumer import CorrectConsumer
from brownout_clients.guard import reason, unfit
from brownout_clients.journeys import JOURNEYS
from brownout_clients.naive import Naive
from brownout_clients.naive_consumer import NaiveConsumer
from brownout_clients.resilient import Resilient

CLIENTS: dict[str, type] = {
    "naive": Naive,
    "resilient": Resilient,
    "correct": Correct,
    "naive_consumer": NaiveConsumer,
    "correct_consumer": CorrectConsumer,
}


def client_class(name: str) -> type:
    """Return one of our clients, or that of `MODULE:CLASS`.

    Raises:
        SystemExit: saying what is wrong with it.
    """
    if name in CLIENTS:
        return CLIENTS[name]
    module, colon, path = name.partition(":")
    if not colon or not module or not path:
        raise SystemExit(f"client: known are {', '.join(CLIENTS)}, or MODULE:CLASS for your own, not {name!r}")
    if not all(part.isidentifier() for part in module.split(".")) or module.endswith(".py"):
        raise SystemExit(f"client: {module!r} is not a module's name; write it as import would, such as shop.clients")
    folder = os.environ.get("BROWNOUT_CLIENT_PATH") or str(Path.cwd())
    sys.path.append(folder)
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as problem:  # a module may call sys.exit(), too
        where = f"; it is looked for among what is installed, and in {folder}" if _missing(problem, module) else ""
        raise SystemExit(f"client: {module} can't be imported: {reason(problem)}{where}") from problem
    made = getattr(found, path, None)
    if not isinstance(made, type):
        classes = sorted(key for key, value in vars(found).items() if isinstance(value, type))
        raise SystemExit(f"client: {module} has no class {path!r}; it has {', '.join(classes) or 'none'}")
    wrong = unfit(made)
    if wrong is not None:
        raise SystemExit(f"client: {name} {wrong}")
    return made


def fit(client: type, journey: str) -> None:
    """Return if a client has all that a journey needs.

    Raises:
        SystemExit: saying what it lacks, or that there is no such journey.
    """
    if journey not in JOURNEYS:
        raise SystemExit(f"journey: known are {', '.join(JOURNEYS)}, not {journey!r}")
    wrong = unfit(client, journey=journey, needs=JOURNEYS[journey].needs)
    if wrong is not None:
        raise SystemExit(f"client: {client.__module__}:{client.__qualname__} {wrong}")


def _missing(problem: BaseException, module: str) -> bool:
    """Whether the module itself isn't there, rather than something that it imports."""
    return isinstance(problem, ModuleNotFoundError) and f"{module}.".startswith(f"{problem.name}.")
