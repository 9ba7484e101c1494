"""What a Locust worker on another machine is sent by the drill's master: a locustfile that prepares it first.

Locust itself carries the file (`locust -f - --worker`). The worker needs Brownout of the same version; the orders it
plans itself, from the seed and the load, as the drill did.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from brownout import __version__
from brownout.core.plan import Load, Stage
from brownout.drill import journeys
from brownout.drill.arrivals import arrivals
from brownout.drill.orphan import STARTED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE_ONLY = ("BROWNOUT_ARRIVALS", "BROWNOUT_CLIENT_PATH", STARTED_BY)
"""What names a place or a process of the machine that conducts the drill."""


def locustfile(file: Path, environment: Mapping[str, str]) -> str:
    """Return the text of a locustfile that does on another machine what `file` does here, under this environment."""
    told = {
        name: value for name, value in environment.items() if name.startswith("BROWNOUT_") and name not in _HERE_ONLY
    }
    planned = "BROWNOUT_ARRIVALS" in environment
    return (
        f"from brownout.drill.remote import prepare\n"
        f"prepare({json.dumps(__version__)}, {json.dumps(told)}, planned={planned})\n"
        f"exec(compile({json.dumps(file.read_text(encoding='utf-8'))}, {json.dumps(file.name)}, 'exec'), globals())\n"
    )


def prepare(version: str, told: Mapping[str, str], *, planned: bool) -> None:
    """Make this process what the drill's own would be.

    Raises:
        SystemExit: if this is another Brownout than the drill's.
    """
    if version != __version__:
        raise SystemExit(f"this machine has Brownout {__version__}, the drill is conducted by {version}: install that")
    os.environ.update(told)
    sys.path[:0] = [str(journeys.folder()), str(Path.cwd())]
    if planned:
        os.environ["BROWNOUT_ARRIVALS"] = str(_orders(int(told["BROWNOUT_SEED"]), _load(told["BROWNOUT_LOAD"])))


def _load(text: str) -> Load:
    fields: dict[str, Any] = json.loads(text)
    fields["stages"] = tuple(Stage(**stage) for stage in fields["stages"])
    return Load(**fields)


def _orders(seed: int, load: Load) -> Path:
    """Write the orders as a drill does, to a file that goes with the process."""
    number, name = tempfile.mkstemp(prefix="brownout-orders-", suffix=".jsonl")
    with os.fdopen(number, "wb") as file:
        for order in arrivals(seed, load):
            file.write(orjson.dumps(order.as_dict(), option=orjson.OPT_APPEND_NEWLINE))
    atexit.register(Path(name).unlink, missing_ok=True)
    return Path(name)
