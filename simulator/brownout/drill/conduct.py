"""Conducts a drill: one server, its arms one after the other, then the verdict."""

from __future__ import annotations

import platform
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from brownout import __version__
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.executors import ORDERS_MOST, expected, how_many, longest_pause
from brownout.core.journal import RECORDS_KEPT
from brownout.core.plan import Load
from brownout.drill import journeys
from brownout.drill.arrivals import Arrival, arrivals
from brownout.drill.generator import COMMAND, Generator
from brownout.drill.glance import Glance
from brownout.drill.probe import LoopProbe
from brownout.server.host import Host
from brownout.server.system import monotonic
from brownout.verdict import ArmRun, Head, judge
from brownout.verdict.phases import PlannedPhase, phase_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from threading import Event

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox
    from brownout.drill.folder import Folder
    from brownout.drill.progress import Watcher

GLANCE_SECONDS: Final = 0.1
"""How long between two looks at a running arm."""
STALLED_SECONDS: Final = 30.0
"""How long nothing may happen before the generator counts as hanging."""
EXCHANGES_PER_ORDER_MOST: Final = 40
"""So many records are kept for each planned order, so that a drill of any length fits its journal."""
EXCHANGES_PER_SECOND_MOST: Final = 4_000
"""So many are kept for each second of a closed load; a server on one core answers fewer."""
REFUSED: Final = 2
"""The exit code of a child that can't do what the scenario asks for."""
BROKEN: Final = 70
"""The exit code of a child whose client did what no client may: raised, or returned nonsense."""


class Ending(NamedTuple):
    """How an arm's load ended: what kept it from its end, and what its client did that no client may."""

    trouble: str | None
    broke: str | None = None


def ready() -> None:
    """Return if the drill's extras are installed.

    Raises:
        UsageError: with the line to type.
    """
    missing = [name for name in ("locust", "plotly") if find_spec(name) is None]
    if missing:
        raise UsageError(f"a drill needs {' and '.join(missing)}: pip install 'brownout[drill]'")


def with_client(plan: Plan, client: str, arms: Sequence[str] = ()) -> Plan:
    """Return `plan` with somebody's own client (`MODULE:CLASS`) in the arm that decides, or in the one of `arms`.

    Raises:
        UsageError: if it isn't clear which arm that is.
    """
    fitting = [name for name, arm in plan.arms.items() if (name in arms if arms else not arm.control)]
    if len(fitting) != 1:
        of = ", ".join(fitting or plan.arms)
        raise UsageError(f"--client: say with --arm which arm it plays: {of}" if of else "--client: there are no arms")
    arm = replace(plan.arms[fitting[0]], client=client)
    return replace(plan, arms={**plan.arms, arm.name: arm})


@dataclass(slots=True, kw_only=True)
class Drill:
    """A plan to be drilled. `command` starts the generator; `stalled_seconds` is how long it may do nothing.

    Raises:
        UsageError: if the plan has no arms, or not those asked for.
    """

    plan: Plan
    registries: Registries
    folder: Folder
    watch: Watcher
    arms: Sequence[str] = ()
    command: Sequence[str] = COMMAND
    stalled_seconds: float = STALLED_SECONDS
    load: Load = field(init=False)
    locustfile: Path = field(init=False)

    def __post_init__(self) -> None:
        """Check what can be checked before anything starts."""
        known = self.plan.arms
        if not known:
            raise UsageError(
                f"{self.plan.name}: a drill needs arms, such as\n"
                "  arms: {naive: {client: naive, control: true}, resilient: {client: resilient}}"
            )
        for arm in self.arms:
            if arm not in known:
                raise UsageError(f"--arm: {did_you_mean(arm, known)}")
        load = self.plan.load or Load()
        self.load = load
        self.locustfile = journeys.find(load.journey)
        orders = expected(load)
        if orders is not None and orders > ORDERS_MOST:
            raise UsageError(
                f"{self.plan.name}: {orders:,.0f} orders in each arm; "
                f"a drill sends at most {ORDERS_MOST:,}: lower load.rate or --duration"
            )
        if how_many(self.plan.seed, load) == 0:
            how = f" at {load.rate_per_second:g} orders a second" if load.rate_per_second is not None else ""
            raise UsageError(f"{self.plan.name}: {load.duration_seconds:g} s{how} is no order at all")

    def run(self, stop: Event) -> dict[str, Any]:
        """Return the verdict, having left everything in the folder. `stop` ends the drill early.

        Raises:
            UsageError: if an arm's client can't be had.
        """
        orders = arrivals(self.plan.seed, self.load)
        self.folder.prepare()
        self.folder.plan(orders)
        for arm in self._playing():
            self._look_at_client(arm, stop)
        runs: list[ArmRun] = []
        kept = max(RECORDS_KEPT, len(orders) * EXCHANGES_PER_ORDER_MOST)
        if not self.load.open:
            kept = max(RECORDS_KEPT, int(self.load.duration_seconds * EXCHANGES_PER_SECOND_MOST))
        with Host(self.registries, self.plan, records_kept=kept) as host:
            for arm in self._playing():
                runs.append(self._arm(host, arm, orders, stop))
                head = runs[-1].head  # not `stop`: an arm that came to its end in time mustn't be the last one unmarked
                if head.interrupted or not host.alive or (head.trouble is not None and not runs[-1].claims):
                    break
        return judge(runs)

    def _playing(self) -> list[str]:
        return [name for name in self.plan.arms if not self.arms or name in self.arms]

    def _look_at_client(self, arm: str, stop: Event) -> None:
        """Have the child load somebody's own client and go: a typing error should not cost the arms before it.

        Raises:
            UsageError: if it can't be had.
        """
        if journeys.ships(self.plan.arms[arm].client) or stop.is_set():
            return
        nobody = "0"
        child = Generator(self.command, [str(self.locustfile), nobody], self._about(arm), self.folder.log(arm))
        try:
            until = monotonic() + self.stalled_seconds
            while (code := child.ended(GLANCE_SECONDS)) is None and not stop.is_set():
                if monotonic() > until:
                    raise UsageError(f"arms.{arm}.client: loading it took more than {self.stalled_seconds:.0f} s")
            if code == REFUSED:
                raise UsageError(f"arms.{arm}.client: {child.refusal()}")
        finally:
            child.end()

    def _arm(self, host: Host, arm: str, orders: Sequence[Arrival], stop: Event) -> ArmRun:
        world = host.fresh(arm, self.plan)
        self.watch.begin(arm, len(orders) if self.load.open else None)
        probe = LoopProbe(host)
        try:
            ending = self._send(host, world, arm, stop, probe)
        finally:
            self.watch.end()
        return self._gather(host, world, arm, orders, ending, probe, interrupted=stop.is_set())

    def _send(self, host: Host, world: Sandbox, arm: str, stop: Event, probe: LoopProbe) -> Ending:
        """Return once the orders are sent."""
        arguments = [str(self.locustfile), str(self.load.users)]
        try:
            child = Generator(self.command, arguments, self._told(host, world, arm), self.folder.log(arm))
        except OSError as problem:
            return Ending(f"the load generator couldn't be started: {problem}")
        try:
            trouble = self._wait(child, host, world, arm, stop, probe)
            return Ending(trouble, child.refusal() if child.ended(0) == BROKEN else None)
        finally:
            child.end()

    def _told(self, host: Host, world: Sandbox, arm: str) -> dict[str, str]:
        return {
            "BROWNOUT_URL": f"{host.url}/~{world.name}",
            "BROWNOUT_SANDBOX": world.name,
            **self._about(arm),
        }

    def _about(self, arm: str) -> dict[str, str]:
        return {
            "BROWNOUT_SEED": str(self.plan.seed),
            "BROWNOUT_ARM": arm,
            "BROWNOUT_CLIENT": self.plan.arms[arm].client,
            **self._orders(),
            "BROWNOUT_CLIENT_PATH": str(Path.cwd()),
        }

    def _orders(self) -> dict[str, str]:
        """Return where the orders come from."""
        if self.load.open:
            return {"BROWNOUT_ARRIVALS": str(self.folder.arrivals.resolve())}
        return {
            "BROWNOUT_EXECUTOR": self.load.executor,
            "BROWNOUT_DURATION": str(self.load.duration_seconds),
            "BROWNOUT_THINK": str(self.load.think_seconds),
        }

    def _wait(
        self, child: Generator, host: Host, world: Sandbox, arm: str, stop: Event, probe: LoopProbe
    ) -> str | None:  # fmt: skip
        """Return once the child has ended or was told to: None if all went well, else what went wrong."""
        glance = Glance(world, self.plan)
        seen = host.call(glance.read).snapshot
        moved_at = began_at = monotonic()
        quiet_most = self.stalled_seconds + longest_pause(self.plan.seed, self.load)
        all_most = 2 * self.stalled_seconds + 3 * self.load.duration_seconds
        code = None
        while code is None and not stop.is_set():
            code = child.ended(GLANCE_SECONDS)
            now = monotonic()
            if not host.alive:
                return "the target died: Brownout's own server stopped answering in the middle of the run"
            news = probe.call(glance.read)
            for finding in glance.findings(news):
                self.watch.finding(finding)
            self.watch.tick(news.snapshot)
            if news.snapshot != seen:
                seen, moved_at = news.snapshot, now
            elif now - moved_at > quiet_most:
                return f"the load generator did nothing for {quiet_most:.0f} s and was ended{_why(child)}"
            if now - began_at > all_most:
                return f"the load generator had not ended {all_most:.0f} s after its start and was ended{_why(child)}"
        if code == REFUSED and (refusal := child.refusal()):
            raise UsageError(f"arms.{arm}.client: {refusal}")
        if code == 0 and not seen.orders:
            return f"the load generator ended before its first order was through{_why(child)}"
        return f"the load generator died {_how(code)}{_why(child)}" if code not in (0, None, BROKEN) else None

    def _gather(
        self,
        host: Host,
        world: Sandbox,
        arm: str,
        orders: Sequence[Arrival],
        ending: Ending,
        probe: LoopProbe,
        *,
        interrupted: bool,
    ) -> ArmRun:
        lines, entries, claims, evicted = host.call(
            lambda: (
                [record.line() for record in world.journal],
                list(world.ledger),
                list(world.claims),
                world.journal.evicted,
            )
        )
        providers = self.registries.providers.values()
        head = Head.of(
            self.plan,
            arm,
            operations=[*self.registries.operations().values(), *(provider.unknown for provider in providers)],
            orders_planned=len(orders) if self.load.open else None,
            phases=tuple(self._phases(orders)),
            loop_lag=probe.summary(),
            evicted=evicted,
            interrupted=interrupted,
            trouble=ending.trouble,
            broke=ending.broke,
            versions=_versions(),
            load_began_at=_began_at(claims),
        )
        run = ArmRun(head=head, records=[orjson.loads(line) for line in lines], entries=entries, claims=claims)
        self.folder.keep(run, lines)
        return run

    def _phases(self, orders: Sequence[Arrival]) -> Iterator[PlannedPhase]:
        """Yield the phases with how many orders are due in each, as the engine decides it."""
        phases = [PlannedPhase.of(phase) for phase in self.plan.phases]
        due = Counter(phase_at(phases, order.due_seconds) for order in orders)
        for phase in phases:
            yield replace(phase, planned=due[phase.name] if self.load.open else None)


def _began_at(claims: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the wall time at which the first order was due, as the client's own claims have it."""
    for claim in claims:
        scheduled, due = claim.get("scheduled_at"), claim.get("due")
        if isinstance(scheduled, int | float) and isinstance(due, int | float):
            return round(scheduled - due, 6)
    return None


def _how(code: int) -> str:
    """Return how a process ended."""
    try:
        return f"of {signal.Signals(-code).name}"
    except ValueError:
        return f"with exit code {code}"


def _why(child: Generator) -> str:
    words = child.last_words()
    return f"; its last words ({child.log}): {words}" if words else ", without a word"


def _versions() -> Mapping[str, str]:
    found = {"brownout": __version__, "python": platform.python_version()}
    for name in ("locust", "plotly"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
