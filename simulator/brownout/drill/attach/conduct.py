"""Conducts a drill of somebody's service: Locust drives it, and it calls a Brownout that runs elsewhere.

One arm, whose client is the service. The drill holds a lease on the sandbox for as long as it runs, so that no fault
outlives it.
"""

from __future__ import annotations

import socket
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.plan import Arm, Load
from brownout.core.thresholds import parse_subject
from brownout.drill import invariants
from brownout.drill.attach.database import Database
from brownout.drill.attach.ground import AttachedGround
from brownout.drill.attach.hooks import STOP_SECONDS
from brownout.drill.attach.lease import TTL_SECONDS, Tenancy
from brownout.drill.generator import Driver, Generator
from brownout.drill.play import STALLED_SECONDS, Play
from brownout.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from threading import Event

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.attach.api import Api
    from brownout.drill.attach.terms import Terms
    from brownout.drill.folder import Folder
    from brownout.drill.progress import Watcher
    from brownout.verdict import ArmRun

SERVICE: Final = "service"
"""What the arm is called, unless thresholds have a name for it."""
LOCUST: Final = (sys.executable, "-P", "-m", "locust")
_BESIDE: Final = Path(__file__).with_name("child.py")
_NO_USERS: Final = "Available Users:"
"""What Locust's list ends with if there is nobody on it."""
_PORTS: Final = {"http": 80, "https": 443}
_REACH_SECONDS: Final = 3.0


def service_plan(plan: Plan, target: str, *, arms: Sequence[str] = (), users: int | None = None) -> Plan:
    """Return `plan` with one arm, the service at `target`, and a load that is `users` of its locustfile.

    The arm is that of `arms`; else the one that decides, if thresholds speak of it by its name.

    Raises:
        UsageError: if there is no such arm, or world time wouldn't run as the wall's.
    """
    if len(arms) > 1:
        raise UsageError("--arm: with --attach there is one arm, the service: name one")
    for arm in arms:
        if plan.arms and arm not in plan.arms:
            raise UsageError(f"--arm: {did_you_mean(arm, plan.arms)}")
    if plan.clock.speed != 1 or plan.clock.frozen:
        raise UsageError(f"{plan.name}: clock: a service lives in the wall's time: leave out speed and freeze")
    name = arms[0] if arms else _decider(plan)
    planned = plan.load or Load()
    length = sum(phase.duration_seconds for phase in plan.phases) or planned.duration_seconds
    load = Load(
        journey=planned.journey,
        executor="users",
        rate_per_second=None,
        users=users or planned.users,
        duration_seconds=length,
    )
    return replace(plan, arms={name: Arm(name=name, client=target)}, load=load)


def _decider(plan: Plan) -> str:
    spoken_of = {parse_subject(text).arm for text in (*plan.thresholds, *plan.steady_state)}
    deciding = [name for name, arm in plan.arms.items() if not arm.control and name in spoken_of]
    return deciding[0] if len(deciding) == 1 else SERVICE


def reachable(target: str) -> None:
    """Return if something listens at the service's address.

    Raises:
        UsageError: if it is no address, or nothing does.
    """
    try:
        parts = urlsplit(target)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        parts, port = urlsplit(""), None
    if port is None or not parts.hostname:
        raise UsageError(f"--target: {target!r} is no address of a service: write one such as http://127.0.0.1:3000")
    try:
        with closing(socket.create_connection((parts.hostname, port), _REACH_SECONDS)):
            return
    except OSError as problem:
        raise UsageError(f"--target: nobody answers at {target}: {problem.strerror or problem}; is it up?") from None


@dataclass(slots=True, kw_only=True)
class AttachedDrill:
    """A service to be drilled: `plan` as `service_plan` makes it, from the file `scenario`.

    `otherwise` is what takes the place of the scenario's own seed and duration on the server's side.
    """

    plan: Plan
    registries: Registries
    folder: Folder
    watch: Watcher
    scenario: Path
    api: Api
    target: str
    locustfile: Path
    terms: Terms
    claims_csv: Path | None = None
    otherwise: Mapping[str, str]
    ttl_seconds: float = TTL_SECONDS
    spawn_rate: float | None = None
    command: Sequence[str] = LOCUST
    stalled_seconds: float = STALLED_SECONDS

    def run(self, stop: Event) -> dict[str, Any]:
        """Return the verdict, having left everything in the folder. `stop` ends the drill early.

        Raises:
            UsageError: if it can't begin, or the file of claims or one of the scenario's invariants is wrong.
        """
        (arm,) = self.plan.arms
        own = invariants.load(self.plan.invariants, [Path(self.plan.folder)])
        with self.folder.alone():
            reachable(self.target)
            self.api.check()
            self._rehearse(arm, stop)
            played = self._played(arm, stop)
        return judge([played], invariants=own)

    def _played(self, arm: str, stop: Event) -> ArmRun:
        with Tenancy(self.api, self.ttl_seconds) as tenancy:
            database = Database(self.claims_csv, time.time(), time.sleep)
            ground = AttachedGround(tenancy, time.sleep, database.claims)
            played = Play(
                plan=self.plan,
                arm=arm,
                load=self._load(),
                orders=(),
                ground=ground,
                registries=self.registries,
                folder=self.folder,
                watch=self.watch,
                driver=self._driver(tenancy),
                stalled_seconds=self.stalled_seconds,
            ).run(stop)
        if ground.before:
            self.watch.finding(f"{ground.before} ledger entries are about payments of before this drill: left out")
        database.check(self.folder.journal(arm))
        return played

    def _load(self) -> Load:
        return self.plan.load or Load()

    def _driver(self, tenancy: Tenancy) -> Driver:
        """Return what drives the service: the user's locustfile, with ours beside it."""
        load = self._load()
        told = {
            "url": self.api.url,
            "sandbox": self.api.name,
            "token": self.api.token,
            "lease": tenancy.id,
            "scenario": str(self.scenario.resolve()),
            "otherwise": dict(self.otherwise),
            "terms": asdict(self.terms),
        }
        arguments = [
            *("-f", f"{self.locustfile},{_BESIDE}", "--headless", "--host", self.target),
            *("-u", str(load.users), "-r", f"{self.spawn_rate or load.users:g}"),
            *("-t", f"{ceil(load.duration_seconds)}s", "--stop-timeout", str(STOP_SECONDS)),
            *("--exit-code-on-error", "0", "--only-summary", "--loglevel", "WARNING"),
        ]
        return Driver(self.command, arguments, {"BROWNOUT_ATTACHED": orjson.dumps(told).decode()})

    def _rehearse(self, arm: str, stop: Event) -> None:
        """Have Locust read the locustfile and go.

        Raises:
            UsageError: if it can't.
        """
        if not self.locustfile.is_file():
            raise UsageError(f"--locustfile {self.locustfile}: there is no such file")
        child = Generator(Driver(self.command, ["-f", str(self.locustfile), "--list"], {}), self.folder.log(arm))
        try:
            code = child.rehearsed(self.stalled_seconds, stop)
            if code is None:
                return
            if code != 0:
                raise UsageError(f"--locustfile {self.locustfile}: Locust can't read it: {child.last_words()}")
            if child.last_words().endswith(_NO_USERS):
                raise UsageError(f"--locustfile {self.locustfile}: it defines no User")
        except TimeoutError:
            said = f"--locustfile {self.locustfile}: reading it took over {self.stalled_seconds:.0f} s"
            raise UsageError(said) from None
        finally:
            child.end()
