"""The orders still to come, handed out when they are due."""

from __future__ import annotations

import itertools
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brownout.drill.arrivals import arrival
from brownout_clients.protocols import Order

if TYPE_CHECKING:
    from collections.abc import Iterator

EXECUTORS = ("constant_arrival_rate", "users")
"""What there is without a file; a drill writes one for every other."""
LEAD_SECONDS = 0.5
"""How long after everybody knows of it the first order is due."""
UNKNOWN_SECONDS = 3600.0
"""How far off the beginning seems until it is known: time must only go forward."""


class Book:
    """Orders in the order in which they are due: from a file as a drill writes it, else without end.

    BROWNOUT_ARRIVALS   names the file
    BROWNOUT_SEED       which orders there are without one
    BROWNOUT_EXECUTOR   constant_arrival_rate (the default), or users: each takes an order when it is ready for one, and
                        the order is due at that moment
    BROWNOUT_RATE       how many orders a second a constant rate has
    BROWNOUT_DURATION   for how many seconds users take orders; by default without end
    BROWNOUT_THINK      how many seconds a user waits after an order; by default none
    """

    def __init__(self) -> None:
        self._file = os.environ.get("BROWNOUT_ARRIVALS")
        self.seed = int(os.environ.get("BROWNOUT_SEED", "0"))
        self.closed = _executor() == "users" and not self._file
        self.think_seconds = float(os.environ.get("BROWNOUT_THINK", "0")) if self.closed else 0.0
        self._ends_at = float(os.environ.get("BROWNOUT_DURATION", "inf"))
        self.journey = "checkout"
        self.began_wall = 0.0
        self._began = time.monotonic() + UNKNOWN_SECONDS
        self._orders: Iterator[Order] = iter(())

    def open(
        self, *, in_seconds: float = LEAD_SECONDS, at: float | None = None, run: str = "", place: int = 0, of: int = 1
    ) -> None:
        """Let time run: the first order is due `in_seconds` from now, which is `at` by the clock that claims go by.

        Of `of` processes that share the orders this one is number `place`, from 0; with none of them it has no share.
        `run` goes before the name of each order that isn't from a file.
        """
        self._began = time.monotonic() + in_seconds
        self.began_wall = time.time() + in_seconds if at is None else at
        orders = _planned(Path(self._file)) if self._file else self._endless(run)
        self._orders = itertools.islice(orders, place, None, of) if of else iter(())

    def next(self) -> Order | None:
        """Return the next order once it is due, None if there are no more."""
        if self.closed:
            return self._now()
        order = next(self._orders, None)
        if order is not None:
            time.sleep(max(0.0, order.due_seconds - self.elapsed()))
        return order

    def _now(self) -> Order | None:
        """Return an order that is due now, None if it is too late for one."""
        time.sleep(max(0.0, -self.elapsed()))
        order = next(self._orders, None) if self.elapsed() < self._ends_at else None
        return order and replace(order, due_seconds=round(self.elapsed(), 6))

    def elapsed(self) -> float:
        """Return seconds since the beginning."""
        return time.monotonic() - self._began

    def wall(self, elapsed: float) -> float:
        """Return the unix time of a moment."""
        return round(self.began_wall + elapsed, 6)

    def _endless(self, run: str) -> Iterator[Order]:
        rate = float(os.environ.get("BROWNOUT_RATE", "15"))
        for number in itertools.count(1):
            due = round((number - 1) / rate, 6)
            yield Order(**arrival(self.seed, number, due, journey=self.journey, prefix=run).as_dict())


def _executor() -> str:
    name = os.environ.get("BROWNOUT_EXECUTOR", EXECUTORS[0])
    if name not in EXECUTORS:
        raise SystemExit(f"BROWNOUT_EXECUTOR: known are {' and '.join(EXECUTORS)}, not {name!r}")
    return name


def _planned(file: Path) -> Iterator[Order]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Order(**json.loads(line))
