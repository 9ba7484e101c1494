"""One scenario under many seeds: how often chance alone decides its verdict."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.sim.conduct import Simulation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries


class Told(NamedTuple):
    """What one seed's verdict says: its status, that of each arm by itself, and the reasons."""

    seed: int
    status: str
    arms: Mapping[str, str]
    reasons: Sequence[str]
    interrupted: bool = False


def told(plan: Plan, registries: Registries, seed: int, *, arms: Sequence[str] = (), stop: Event | None = None) -> Told:
    """Return what the verdict on `plan` under another seed says; its files are thrown away.

    Raises:
        UsageError: if it can't be simulated.
    """
    with tempfile.TemporaryDirectory(prefix="brownout-sim-") as folder:
        simulation = Simulation(
            plan=replace(plan, seed=seed),
            registries=registries,
            folder=Folder(Path(folder) / "report"),
            watch=Silent(),
            arms=arms,
        )
        verdict: dict[str, Any] = simulation.run(stop or Event())
    by_arm = {name: str(arm["status"]) for name, arm in verdict["arms"].items()}
    return Told(seed, verdict["status"], by_arm, verdict["reasons"], verdict["interrupted"])
