"""The tests of one Locust process that somebody started: each holds a sandbox, and ends with a verdict."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from brownout.core.errors import UsageError
from brownout.core.plan import Load
from brownout.drill import invariants
from brownout.drill.attach.conduct import service_plan
from brownout.drill.attach.database import Database
from brownout.drill.attach.ground import AttachedGround
from brownout.drill.attach.hooks import Reporter
from brownout.drill.attach.lease import Tenancy
from brownout.drill.brake import Brake
from brownout.drill.folder import Folder
from brownout.drill.heads import Ending, head_of
from brownout.server.system import monotonic
from brownout.verdict import ArmRun, Head
from brownout.verdict import judge as judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.attach.api import Api
    from brownout.drill.attach.terms import Terms

WRONG: Final = 2
_CODES: Final = {"pass": 0, "fail": 1, "inconclusive": 3}
_EARLY_SECONDS: Final = 1.0
"""So much earlier than its scenario's phases a test may end: Locust counts in whole seconds."""


@dataclass(slots=True, kw_only=True)
class Session:
    """The tests of one process, one after the other."""

    plan: Plan
    registries: Registries
    scenario: Path
    api: Api
    reporter: Reporter
    folder: Folder
    claims_csv: Path | None
    otherwise: dict[str, str]
    ttl_seconds: float
    tenancy: Tenancy | None = None
    ground: AttachedGround | None = None
    database: Database | None = None
    brake: Brake | None = None
    own: Sequence[invariants.Own] = ()
    began_at: float = 0.0

    def begin(self, pause: Callable[[float], None]) -> None:
        """Take the sandbox, and let the scenario begin.

        Raises:
            UsageError: if that can't be.
        """
        self.own = invariants.load(self.plan.invariants, [Path(self.plan.folder)])
        self.folder.prepare()
        self.api.check()
        tenancy = Tenancy(self.api, self.ttl_seconds)
        try:
            self.api.put("/scenario", self.scenario.read_bytes(), lease=tenancy.id, **self.otherwise)
        except BaseException:
            tenancy.end()
            raise
        self.tenancy, self.began_at = tenancy, monotonic()
        self.database = Database(self.claims_csv, time.time(), pause)
        self.ground = AttachedGround(tenancy, pause, self.database.claims)
        (arm,) = self.plan.arms
        self.brake = Brake(Head.of(self.plan, arm), self.ground.so_far)

    def look(self) -> tuple[Sequence[str], bool]:
        """Return what was found since the last look, and whether a threshold that aborts was missed."""
        if self.ground is None or self.brake is None:
            return (), False
        look = self.ground.look()
        missed = self.brake.pull(begun=look.snapshot.exchanges > 0)
        return (look.findings, False) if missed is None else ([*look.findings, f"is ended: {missed}"], True)

    def end(self, users: int) -> int:
        """Judge what was, and return the exit code that says it."""
        from brownout import assembly
        from brownout.reports.terminal import TerminalReport

        tenancy, ground, database = self.tenancy, self.ground, self.database
        if tenancy is None or ground is None or database is None:
            return WRONG
        self.tenancy = None
        lasted = monotonic() - self.began_at
        try:
            found = ground.written()
        finally:
            tenancy.end()
        (arm,) = self.plan.arms
        load = replace(self._load(), users=max(1, users), duration_seconds=max(0.001, self._length() or lasted))
        plan = replace(self.plan, load=load)
        aborted = None if self.brake is None else self.brake.pulled
        ending = Ending(None if aborted else self._too_short(lasted), None, aborted)
        head = head_of(plan, arm, found, ending, registries=self.registries, load=load, orders=())
        run = ArmRun(
            head=head, records=[orjson.loads(one) for one in found.lines], entries=found.entries, claims=found.claims
        )
        self.folder.keep(run, found.lines)
        try:
            database.check(self.folder.journal(arm))
        except UsageError as wrong:
            sys.stderr.write(f"brownout: {wrong}\n")
            return WRONG
        verdict = judged([run], invariants=self.own)
        verdict |= {"again": " ".join(sys.argv), "folder": str(self.folder.path)}
        sys.stdout.write(f"\n{TerminalReport().render(verdict)}")
        sys.stdout.flush()
        for report in assembly.reports().values():
            self.folder.report(report, verdict)
        return _CODES[verdict["status"]]

    def _load(self) -> Load:
        return self.plan.load or Load()

    def _length(self) -> float:
        return sum(phase.duration_seconds for phase in self.plan.phases)

    def _too_short(self, lasted: float) -> str | None:
        if lasted >= self._length() - _EARLY_SECONDS:
            return None
        return f"the test ended after {lasted:.0f} s, and the scenario's phases take {self._length():.0f} s"


def session_of(
    scenario: str | Path,
    *,
    api: Api,
    terms: Terms,
    claims_csv: Path | None,
    report: str | Path | None,
    arm: str | None,
    seed: int | None,
    duration_seconds: float | None,
    ttl_seconds: float,
) -> Session:
    """Return a session, having read the scenario.

    Raises:
        UsageError: if something is wrong with it.
    """
    from brownout import assembly
    from brownout import scenario as scenarios
    from brownout.scenario.scale import scaled

    registries = assembly.registries()
    path = Path(scenarios.find(str(scenario)))
    plan = scenarios.load_file(path, registries, seed=seed)
    if duration_seconds is not None:
        plan = scaled(plan, duration_seconds)
    plan = service_plan(plan, "locust", arms=() if arm is None else (arm,))
    reports = [one.filename for one in assembly.reports().values()]
    otherwise = {"seed": str(plan.seed)}
    if duration_seconds is not None:
        otherwise["duration"] = f"{round(duration_seconds * 1000)}ms"
    return Session(
        plan=plan,
        registries=registries,
        scenario=path,
        api=api,
        reporter=Reporter(api, terms),
        folder=Folder(Path(report) if report is not None else Path("brownout-report") / plan.name, reports),
        claims_csv=claims_csv,
        otherwise=otherwise,
        ttl_seconds=ttl_seconds,
    )
