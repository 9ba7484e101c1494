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
    from brownout.core.report import Report


class Told(NamedTuple):
    """What one seed's verdict says: its status, that of each arm by itself, and the reasons."""

    seed: int
    status: str
    arms: Mapping[str, str]
    reasons: Sequence[str]
    interrupted: bool = False


class Keep:
    """Where each seed's report goes: `path/seed-N`, as a drill leaves one. `word` is what makes it again."""

    def __init__(self, path: Path, reports: Sequence[Report], word: str) -> None:
        self.path = path
        self._reports = reports
        self._word = word

    def folder(self, seed: int) -> Folder:
        """Return the folder of one seed."""
        return Folder(self.path / f"seed-{seed}", [report.filename for report in self._reports])

    def report(self, folder: Folder, verdict: dict[str, Any]) -> None:
        """Write all the reports on one."""
        page = str(folder.path / "report.html")
        verdict |= {"again": f"{self._word} --seed {verdict['seed']}", "folder": str(folder.path), "page": page}
        for report in self._reports:
            folder.report(report, verdict)


def told(
    plan: Plan,
    registries: Registries,
    seed: int,
    *,
    arms: Sequence[str] = (),
    stop: Event | None = None,
    keep: Keep | None = None,
) -> Told:
    """Return what the verdict on `plan` under another seed says; its files are thrown away, unless `keep` has them.

    Raises:
        UsageError: if it can't be simulated.
    """
    with tempfile.TemporaryDirectory(prefix="brownout-sim-") as folder:
        simulation = Simulation(
            plan=replace(plan, seed=seed),
            registries=registries,
            folder=keep.folder(seed) if keep is not None else Folder(Path(folder) / "report"),
            watch=Silent(),
            arms=arms,
        )
        verdict: dict[str, Any] = simulation.run(stop or Event())
    if keep is not None:
        keep.report(simulation.folder, verdict)
    by_arm = {name: str(arm["status"]) for name, arm in verdict["arms"].items()}
    return Told(seed, verdict["status"], by_arm, verdict["reasons"], verdict["interrupted"])
