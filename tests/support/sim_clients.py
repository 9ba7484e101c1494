"""Clients that a simulation can't play, or only just."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

from brownout_clients.resilient import Resilient

if TYPE_CHECKING:
    from brownout_clients.protocols import Order, Payment, Surroundings

LOCK = threading.Lock()


class SleepsInReal(Resilient):
    """Waits on the machine's clock."""

    def pay(self, order: Order) -> Payment:
        """Take the money, in a second."""
        time.sleep(1)
        return super().pay(order)


class SleepsForEver(Resilient):
    """Waits for nothing."""

    def pay(self, order: Order) -> Payment:
        """Never."""
        self.around.clock.sleep(float("inf"))
        return super().pay(order)


class TakesTooLong(Resilient):
    """Waits for hours."""

    def pay(self, order: Order) -> Payment:
        """Take the money, some day."""
        self.around.clock.sleep(9_999.0)
        return super().pay(order)


class HoldsRealLock(Resilient):
    """Holds a lock of threading's over a call."""

    def pay(self, order: Order) -> Payment:
        """Take the money, one at a time."""
        with LOCK:
            self.around.clock.sleep(1.0)
            return super().pay(order)


class KeepsLock(Resilient):
    """Gives no lock back."""

    def pay(self, order: Order) -> Payment:
        """Take the money, once and never again."""
        lock: Any = self.around.shared.setdefault("kept", self.around.lock())
        lock.acquire()
        return super().pay(order)


class Rolls(Resilient):
    """Waits as long as a die says."""

    def pay(self, order: Order) -> Payment:
        """Take the money, sooner or later."""
        self.around.clock.sleep(random.random())  # noqa: S311 - what such clients do
        return super().pay(order)


class Unmakeable(Resilient):
    """Can't be made."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        raise ValueError("no luck")
