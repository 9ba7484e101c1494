"""Conducts a drill: one server, its arms one after the other, then the verdict."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.executors import ORDERS_MOST, expected, how_many
from brownout.core.journal import RECORDS_KEPT
from brownout.core.plan import Load
from brownout.drill import invariants, journeys
from brownout.drill.arrivals import arrivals
from brownout.drill.drivers import Drivers, check, load_of
from brownout.drill.generator import COMMAND, REFUSED, Generator
from brownout.drill.ground import OwnGround
from brownout.drill.limits import raise_open_files
from brownout.drill.play import STALLED_SECONDS, Play
from brownout.drill.spread import LOOPBACK, Spread
from brownout.server.host import Host
from brownout.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.arrivals import Arrival
    from brownout.drill.folder import Folder
    from brownout.drill.ground import Ground
    from brownout.drill.playing import Playing
    from brownout.drill.progress import Watcher
    from brownout.verdict import ArmRun

EXCHANGES_PER_ORDER_MOST: Final = 40
"""So many records are kept for each planned order, so that a drill of any length fits its journal."""
EXCHANGES_PER_SECOND_MOST: Final = 4_000
"""So many are kept for each second of a closed load; a server on one core answers fewer."""


def ready(what: str = "drill", needs: Sequence[str] = ("locust", "plotly")) -> None:
    """Return if what a drill, or its like, needs is installed.

    Raises:
        UsageError: with the line to type.
    """
    missing = [name for name in needs if find_spec(name) is None]
    if missing:
        raise UsageError(f"a {what} needs {' and '.join(missing)}: pip install 'brownout[drill]'")


def with_client(plan: Plan, client: str, arms: Sequence[str] = (), *, command: Sequence[str] = ()) -> Plan:
    """Return `plan` with somebody's own client in the arm that decides, or in the one of `arms`.

    It is `MODULE:CLASS`, a locustfile (`*.py`), or a `command` that reads orders and writes claims.

    Raises:
        UsageError: if it isn't clear which arm that is.
    """
    fitting = [name for name, arm in plan.arms.items() if (name in arms if arms else not arm.control)]
    if len(fitting) != 1:
        of = ", ".join(fitting or plan.arms)
        raise UsageError(f"--client: say with --arm which arm it plays: {of}" if of else "--client: there are no arms")
    arm = replace(
        plan.arms[fitting[0]],
        client=shlex.join(command) if command else client,
        locustfile=client if client.endswith(".py") and not command else None,
        command=tuple(command),
        folder=".",
    )
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
    spread: Spread = field(default_factory=Spread)
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
        for arm in self._playing():
            check(known[arm])
        orders = expected(load)
        if orders is not None and orders > ORDERS_MOST:
            raise UsageError(
                f"{self.plan.name}: {orders:,.0f} orders in each arm; "
                f"a drill sends at most {ORDERS_MOST:,}: lower load.rate or --duration"
            )
        if how_many(self.plan.seed, load) == 0:
            how = f" at {load.rate_per_second:g} orders a second" if load.rate_per_second is not None else ""
            raise UsageError(f"{self.plan.name}: {load.duration_seconds:g} s{how} is no order at all")

    def over(self, spread: Spread) -> None:
        """Spread the load over processes.

        Raises:
            UsageError: if it has too few users for them.
        """
        spread.check(self.load)
        self.spread = spread

    def run(self, stop: Event) -> dict[str, Any]:
        """Return the verdict, having left everything in the folder. `stop` ends the drill early.

        Raises:
            UsageError: if an arm's client can't be had, or one of the scenario's invariants.
        """
        own = invariants.load(self.plan.invariants, [Path(self.plan.folder)])
        raise_open_files(self.load.users)
        with self.folder.alone():
            return judge(self._played(stop), invariants=own)

    def _played(self, stop: Event) -> list[ArmRun]:
        orders = arrivals(self.plan.seed, self.load)
        self.folder.plan(orders)
        for arm in self._playing():
            self._look_at_client(arm, stop)
        runs: list[ArmRun] = []
        with self._stage(orders) as play:
            for arm in self._playing():
                playing = play(arm)
                runs.append(playing.run(stop))
                head = runs[-1].head  # not `stop`: an arm that came to its end in time mustn't be the last one unmarked
                dead = head.trouble is not None and not runs[-1].claims
                if head.interrupted or not playing.ground.alive or dead:
                    break
                if head.aborted is not None and self._decides(arm):
                    break
        return runs

    def _decides(self, arm: str) -> bool:
        """Return whether the verdict hangs on an arm."""
        playing = [self.plan.arms[name] for name in self._playing()]
        return not self.plan.arms[arm].control or all(one.control for one in playing)

    def _playing(self) -> list[str]:
        return [name for name in self.plan.arms if not self.arms or name in self.arms]

    def _records_kept(self, orders: Sequence[Arrival]) -> int:
        """Return how many records each world keeps: all of a run that goes as it may."""
        if not self.load.open:
            return max(RECORDS_KEPT, int(self.load.duration_seconds * EXCHANGES_PER_SECOND_MOST))
        return max(RECORDS_KEPT, len(orders) * EXCHANGES_PER_ORDER_MOST)

    @contextmanager
    def _stage(self, orders: Sequence[Arrival]) -> Iterator[Callable[[str], Playing]]:
        """Give what makes an arm's play, as long as there is a place for it."""
        away = bool(self.spread.workers)  # an address that others can reach wants a password
        with Host(
            self.registries,
            self.plan,
            records_kept=self._records_kept(orders),
            host=self.spread.host if away else LOOPBACK,
            admin_token=self.spread.admin_token if away else None,
        ) as host:
            yield lambda arm: self._play(host, arm, orders)

    def _play(self, host: Host, arm: str, orders: Sequence[Arrival]) -> Play:
        ground = OwnGround(host, arm, self.plan)
        return Play(**self._about(arm, orders, ground), driver=self._drivers().of(arm, ground),
                    stalled_seconds=self.stalled_seconds)  # fmt: skip

    def _about(self, arm: str, orders: Sequence[Arrival], ground: Ground) -> dict[str, Any]:
        """Return what a play is told whatever sends its load."""
        load = load_of(self.plan.arms[arm], self.load)
        return {
            "plan": self.plan,
            "arm": arm,
            "load": load,
            "orders": orders if load.open else (),
            "ground": ground,
            "registries": self.registries,
            "folder": self.folder,
            "watch": self.watch,
        }

    def _drivers(self) -> Drivers:
        return Drivers(
            self.plan,
            self.load,
            self.folder.arrivals.resolve(),
            self.command,
            spread=self.spread,
            providers=self.registries.providers,
        )

    def _look_at_client(self, arm: str, stop: Event) -> None:
        """Have the child load somebody's own client and go: a typing error should not cost the arms before it.

        Raises:
            UsageError: if it can't be had.
        """
        playing = self.plan.arms[arm]
        if playing.kind == "command" or journeys.ships(playing.client) or stop.is_set():
            return
        child = Generator(self._drivers().rehearsal(arm), self.folder.log(arm))
        try:
            if child.rehearsed(self.stalled_seconds, stop) == REFUSED:
                raise UsageError(f"arms.{arm}.{playing.kind}: {child.refusal()}")
        except TimeoutError:
            said = f"arms.{arm}.{playing.kind}: loading it took more than {self.stalled_seconds:.0f} s"
            raise UsageError(said) from None
        finally:
            child.end()
