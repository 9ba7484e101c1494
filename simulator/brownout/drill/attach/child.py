"""A locustfile that Locust is given beside the user's own: `locust -f theirs.py,child.py`.

The drill that started it holds the lease; here the scenario comes into force with the load, and answers become claims.
What to do is in BROWNOUT_ATTACHED, as JSON.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
import orjson
from gevent.monkey import get_original  # type: ignore[import-untyped]
from locust import events

from brownout.core.errors import UsageError
from brownout.drill.attach.api import Api
from brownout.drill.attach.hooks import Reporter, listen, prepare
from brownout.drill.attach.terms import Terms
from brownout.drill.orphan import orphaned

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = 2
_GLANCE_SECONDS = 0.05


def _end_when(alone: Callable[[], bool]) -> None:
    """End the process once nobody is left to judge it, whatever its green threads are busy with."""
    sleep = get_original("time", "sleep")
    while not alone():
        sleep(_GLANCE_SECONDS)
    os._exit(REFUSED)


def _begin() -> None:
    told = orjson.loads(os.environ["BROWNOUT_ATTACHED"])
    api = Api(told["url"], told["sandbox"], told["token"])
    reporter = Reporter(api, Terms(**{**told["terms"], "operations": tuple(told["terms"]["operations"])}))
    listen(reporter)

    def start(environment: Any, **_: Any) -> None:
        prepare(environment)
        gevent.spawn(reporter.go_on)

    def put(**_: Any) -> None:
        try:
            api.put("/scenario", Path(told["scenario"]).read_bytes(), lease=told["lease"], **told["otherwise"])
            reporter.begin()
        except (UsageError, OSError) as problem:
            sys.stderr.write(f"client: {problem}\n")
            sys.stderr.flush()
            os._exit(REFUSED)

    def end(**_: Any) -> None:
        reporter.end()

    hooks: Any = events
    hooks.init.add_listener(start)
    hooks.test_start.add_listener(put)
    hooks.test_stop.add_listener(end)


if "BROWNOUT_ATTACHED" in os.environ:
    get_original("_thread", "start_new_thread")(_end_when, (orphaned(),))
    _begin()
