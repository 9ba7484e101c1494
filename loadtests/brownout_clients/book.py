"""The orders still to come, handed out when they are due."""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from brownout.core.plan import Load
from brownout.drill.arrivals import arrival
from brownout_clients.protocols import Order

if TYPE_CHECKING:
    from collections.abc import Iterator


class Book:
    """Orders in the order in which they are due: from a file as a drill writes it, else without end.

    BROWNOUT_ARRIVALS names the file; BROWNOUT_RATE says how many a second there are without one, BROWNOUT_SEED which.
    """

    lead_seconds = 0.5  # for every user to be there before the first order is due

    def __init__(self) -> None:
        file = os.environ.get("BROWNOUT_ARRIVALS")
        self.seed = int(os.environ.get("BROWNOUT_SEED", "0"))
        self.began_wall = 0.0
        self._began = 0.0
        self._orders = _planned(Path(file)) if file else self._endless()

    def open(self) -> None:
        """Let time run."""
        self._began = time.monotonic() + self.lead_seconds
        self.began_wall = time.time() + self.lead_seconds

    def next(self) -> Order | None:
        """Return the next order once it is due, None if there are no more."""
        order = next(self._orders, None)
        if order is not None:
            time.sleep(max(0.0, order.due_seconds - self.elapsed()))
        return order

    def elapsed(self) -> float:
        """Return seconds since the beginning."""
        return time.monotonic() - self._began

    def wall(self, elapsed: float) -> float:
        """Return the unix time of a moment."""
        return round(self.began_wall + elapsed, 6)

    def _endless(self) -> Iterator[Order]:
        rate = float(os.environ.get("BROWNOUT_RATE", "15"))
        run = f"run{int(time.time())}-"  # a second run against the same server sends other orders
        load = Load(rate_per_second=rate)
        for number in itertools.count(1):
            yield Order(**arrival(self.seed, load, number, prefix=run).as_dict())


def _planned(file: Path) -> Iterator[Order]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Order(**json.loads(line))
