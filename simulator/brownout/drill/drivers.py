"""What sends the load of each arm: its client under Locust, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from brownout.drill import journeys
from brownout.drill.generator import Driver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.plan import Load, Plan
    from brownout.drill.ground import Ground


class Drivers:
    """Makes the driver of each arm. `arrivals` is the file with the planned orders, `command` starts Locust."""

    def __init__(self, plan: Plan, load: Load, arrivals: Path, command: Sequence[str]) -> None:
        self._plan = plan
        self._load = load
        self._arrivals = arrivals
        self._command = command

    def of(self, arm: str, ground: Ground) -> Driver:
        """Return what plays an arm on its ground."""
        return self._locust(arm, {"BROWNOUT_URL": ground.url, "BROWNOUT_SANDBOX": ground.name}, self._load.users)

    def rehearsal(self, arm: str) -> Driver:
        """Return what only loads an arm's client, and sends nothing."""
        return self._locust(arm, {}, 0)

    def _locust(self, arm: str, told: Mapping[str, str], users: int) -> Driver:
        about = {
            "BROWNOUT_SEED": str(self._plan.seed),
            "BROWNOUT_ARM": arm,
            "BROWNOUT_CLIENT": self._plan.arms[arm].client,
            "BROWNOUT_CLIENT_PATH": str(Path.cwd()),
            **self._orders(),
            **told,
        }
        return Driver(self._command, (str(journeys.find(self._load.journey)), str(users)), about)

    def _orders(self) -> dict[str, str]:
        """Return where the orders come from."""
        if self._load.open:
            return {"BROWNOUT_ARRIVALS": str(self._arrivals)}
        return {
            "BROWNOUT_EXECUTOR": self._load.executor,
            "BROWNOUT_DURATION": str(self._load.duration_seconds),
            "BROWNOUT_THINK": str(self._load.think_seconds),
        }
