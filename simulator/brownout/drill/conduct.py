"""Conducts a drill: one server, its arms one after the other, then the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.executors import ORDERS_MOST, expected, how_many
from brownout.core.journal import RECORDS_KEPT
from brownout.core.plan import Load
from brownout.drill import journeys
from brownout.drill.arrivals import arrivals
from brownout.drill.drivers import Drivers
from brownout.drill.generator import COMMAND, REFUSED, Generator
from brownout.drill.ground import OwnGround
from brownout.drill.play import GLANCE_SECONDS, STALLED_SECONDS, Play
from brownout.server.host import Host
from brownout.server.system import monotonic
from brownout.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.arrivals import Arrival
    from brownout.drill.folder import Folder
    from brownout.drill.progress import Watcher
    from brownout.verdict import ArmRun

EXCHANGES_PER_ORDER_MOST: Final = 40
"""So many records are kept for each planned order, so that a drill of any length fits its journal."""
EXCHANGES_PER_SECOND_MOST: Final = 4_000
"""So many are kept for each second of a closed load; a server on one core answers fewer."""


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
        journeys.find(load.journey)
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
                runs.append(self._play(host, arm, orders).run(stop))
                head = runs[-1].head  # not `stop`: an arm that came to its end in time mustn't be the last one unmarked
                if head.interrupted or not host.alive or (head.trouble is not None and not runs[-1].claims):
                    break
        return judge(runs)

    def _playing(self) -> list[str]:
        return [name for name in self.plan.arms if not self.arms or name in self.arms]

    def _play(self, host: Host, arm: str, orders: Sequence[Arrival]) -> Play:
        ground = OwnGround(host, arm, self.plan)
        return Play(
            plan=self.plan,
            arm=arm,
            load=self.load,
            orders=orders,
            ground=ground,
            driver=self._drivers().of(arm, ground),
            registries=self.registries,
            folder=self.folder,
            watch=self.watch,
            stalled_seconds=self.stalled_seconds,
        )

    def _drivers(self) -> Drivers:
        return Drivers(self.plan, self.load, self.folder.arrivals.resolve(), self.command)

    def _look_at_client(self, arm: str, stop: Event) -> None:
        """Have the child load somebody's own client and go: a typing error should not cost the arms before it.

        Raises:
            UsageError: if it can't be had.
        """
        if journeys.ships(self.plan.arms[arm].client) or stop.is_set():
            return
        child = Generator(self._drivers().rehearsal(arm), self.folder.log(arm))
        try:
            until = monotonic() + self.stalled_seconds
            while (code := child.ended(GLANCE_SECONDS)) is None and not stop.is_set():
                if monotonic() > until:
                    raise UsageError(f"arms.{arm}.client: loading it took more than {self.stalled_seconds:.0f} s")
            if code == REFUSED:
                raise UsageError(f"arms.{arm}.client: {child.refusal()}")
        finally:
            child.end()
