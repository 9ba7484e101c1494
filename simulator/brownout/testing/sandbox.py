"""A sandbox as a test holds it. `Sandbox` is for blocking code, `AsyncSandbox` for code on the server's own loop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import orjson

from brownout.core import invariants
from brownout.core.explain import explain
from brownout.core.units import parse_duration
from brownout.server import control
from brownout.testing.guard import real_hosts
from brownout.testing.tokens import TokenCalls

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path
    from types import TracebackType

    from brownout.core.invariants import Duplicate, Violation
    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.sandbox import Sandbox as World
    from brownout.server.app import App
    from brownout.testing.guard import RealHost

T = TypeVar("T")

_MATCH_KEYS = ("provider", "operation", "method", "path", "account", "client", "key", "grant", "occurrence",
               "cohort", "header", "body")  # fmt: skip
_DURATIONS = frozenset({"ttl", "at", "for", "repeat", "ramp"})
"""The rule's; a fault's own are those of its fields that are `Seconds`."""


class Exchange(SimpleNamespace):
    """One exchange of the journal: the decided and the observed part as attributes (`status`, `operation`, …)."""

    id: str
    operation: str
    status: int
    decided: dict[str, Any]
    observed: dict[str, Any]

    def explain(self) -> str:
        """Return why this request got this answer, in plain words."""
        return explain({"decided": self.decided, "observed": self.observed})


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What really happened to money, as of when it was asked."""

    entries: tuple[Entry, ...]

    @property
    def duplicated(self) -> list[Duplicate]:
        """The business keys that were paid more than once."""
        return invariants.duplicated(self.entries)

    @property
    def violations(self) -> list[Violation]:
        """Where money appeared or vanished."""
        return invariants.money_conserved(self.entries)

    def captured(self, key: str | None = None) -> int:
        """Return how much was taken in all, in minor units, for one business key or for all."""
        return sum(one.amount_minor for one in self.entries if one.kind == "capture" and key in (None, one.key))

    def refunded(self, key: str | None = None) -> int:
        """Return how much was given back, in minor units, for one business key or all; failed refunds don't count."""
        signs = {"refund": 1, "refund_failure": -1}
        return sum(signs.get(one.kind, 0) * one.amount_minor for one in self.entries if key in (None, one.key))


class _Held(TokenCalls):
    """What both kinds of sandbox share: addresses, and calls that wait for nothing."""

    def __init__(self, app: App, world: World, base_url: str) -> None:
        self._app = app
        self._world = world
        self.name = world.name
        self.url = f"{base_url}/~{world.name}"

    @property
    def seed(self) -> int:
        """The seed that every draw of this sandbox hangs on."""
        return self._world.plan.seed

    def real_hosts(self) -> dict[str, RealHost]:
        """Return the names of its providers' real hosts, and whose each is; none of them is ever called from here."""
        return real_hosts(self._world.providers.values(), lambda one: self._world.options(one.name))

    def url_of(self, provider: str) -> str:
        """Return the base URL of a provider in this sandbox."""
        return f"{self.url}/{provider}"

    @property
    def stripe_bases(self) -> dict[str, str]:
        """What `stripe.StripeClient(key, base_addresses=…)` takes."""
        return dict.fromkeys(("api", "files", "connect", "meter_events"), self.url_of("stripe"))

    def webhook_secret(self, provider: str) -> str | None:
        """Return the secret that signs a provider's deliveries to configured endpoints."""
        return self._now(lambda: self._world.providers[provider].webhook_secret(self._world))

    def exchanges(self, **filters: Any) -> list[Exchange]:
        """Return what happened, oldest first; filter by client, operation, key, status, fault, error, after, limit."""
        found = self._now(lambda: control.exchanges(self._world, filters))
        return [Exchange(**one["observed"], **one["decided"], **one) for one in found]

    def ledger(self) -> LedgerView:
        """Return what really happened to money."""
        return self._now(lambda: LedgerView(tuple(self._world.ledger)))

    def webhooks(self) -> list[dict[str, Any]]:
        """Return the webhook deliveries with their attempts."""
        return self._now(lambda: [one.as_dict(self._world.clock.started_at) for one in self._world.hooks])

    def faults(self) -> list[dict[str, Any]]:
        """Return the rules in force: how often each should have fired by now, and how often it did."""
        return self._now(lambda: control.faults(self._world, self._app.wall()))

    def claim(self, *claims: Mapping[str, Any]) -> None:
        """Say what the client believes happened: key, outcome (ok, fail, unknown), object, amount_minor."""
        lines = [orjson.dumps(claim) for claim in claims]
        self._now(lambda: control.claim(self._world, lines))

    def reset(self) -> None:
        """Start the world over: objects, money, keys, counters, clock."""
        self._now(lambda: self._app.reset(self._world))

    def use(self, scenario: str | Path | Plan) -> None:
        """Go on under another scenario: a plan, a path, a library name or YAML text."""
        plan = read_plan(self._app, scenario)
        self._now(lambda: self._world.use(plan, self._app.wall()))

    def fault(
        self, kind: str, *, name: str | None = None, ttl: float | str | None = None, **options: Any
    ) -> LiveFault:  # fmt: skip
        """Put a fault in force now; `with` takes it out again at the end of the block, and it goes after `ttl` itself.

        `options` are the fault's own keys, those of `match` (operation, client, …), `target`, one of percentage, nth,
        every, first, and `max`, `at`, `repeat`, `ramp`, and `for_`, since Python has a `for` of its own. Durations may
        be numbers of seconds; `ttl` is wall time, windows are world time from now on. Where a fault has a key of
        `match` for itself, as drift has `path`, match's own goes into `match={"path": …}`.
        """
        match = dict(options.pop("match", {}))
        entry: dict[str, Any] = {"kind": kind, "match": match}
        own = self._own_keys(kind)
        for given, value in {**options, **({} if ttl is None else {"ttl": ttl})}.items():
            key = given.removesuffix("_")
            if key in _MATCH_KEYS and (key not in own or isinstance(value, dict)):  # abort's body is a word
                match[key] = value
            else:
                timed = (key in _DURATIONS or "Seconds" in own.get(key, "")) and isinstance(value, int | float)
                entry[key] = f"{value:f}s" if timed else value
        chosen = name or self._now(self._free_name(kind))
        rules = control.live_rules(self._app.worlds.registries, chosen, entry, seed=self._world.plan.seed)
        self._now(lambda: self._world.put_rules(chosen, rules, self._app.wall()))
        return LiveFault(self, chosen)

    def _own_keys(self, kind: str) -> dict[str, str]:
        """Return the keys of a kind of fault and their types; none of an unknown one, which the loader then refuses."""
        fault: Any = self._app.worlds.registries.faults.get(kind)
        return {field.name: str(field.type) for field in fields(fault)} if fault is not None else {}

    def _free_name(self, kind: str) -> Callable[[], str]:
        def find() -> str:
            taken = {one.rule.name for one in self._world.rules.compiled}
            return next(name for number in range(1, len(taken) + 2) if (name := f"{kind}-{number}") not in taken)

        return find

    def _drop(self, name: str) -> None:
        self._now(lambda: self._world.drop_rule(name))

    def _fired(self, name: str) -> int:
        return self._now(lambda: self._world.fired.get(name, 0))


class LiveFault:
    """A fault in force."""

    def __init__(self, sandbox: _Held, name: str) -> None:
        self._sandbox = sandbox
        self._fired: int | None = None  # while it is in force; the next fault may have its name
        self.name = name

    @property
    def fired(self) -> int:
        """How often it was applied, so far or until it was taken out."""
        return self._sandbox._fired(self.name) if self._fired is None else self._fired  # noqa: SLF001 - the same module's

    def remove(self) -> None:
        """Take it out."""
        if self._fired is None:
            self._fired = self.fired
            self._sandbox._drop(self.name)  # noqa: SLF001

    def __enter__(self) -> Self:
        """Return the fault, in force already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take it out."""
        self.remove()


def _advance_arguments(amount: str | float) -> float:
    return parse_duration(amount) if isinstance(amount, str) else float(amount)


class Clock:
    """A sandbox's world time, for blocking code."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def now(self) -> float:
        """World time in unix seconds."""
        return self._sandbox._now(self._sandbox._moment)  # noqa: SLF001

    def advance(self, amount: str | float, *, wait: bool = True) -> None:
        """Jump ahead ("1h", or seconds); returns once every webhook due on the way was tried.

        `wait=False` where the receiver runs in the calling thread and so can't answer meanwhile.
        """
        self._sandbox._set_clock(advance_seconds=_advance_arguments(amount), wait=wait)  # noqa: SLF001

    def freeze(self) -> None:
        """Stop world time."""
        self._sandbox._set_clock(freeze=True)  # noqa: SLF001

    def resume(self) -> None:
        """Let world time go on."""
        self._sandbox._set_clock(freeze=False)  # noqa: SLF001

    def speed(self, times: float) -> None:
        """Run world time `times` as fast as the wall."""
        self._sandbox._set_clock(speed=times)  # noqa: SLF001


class Sandbox(_Held):
    """A sandbox of a server that runs on a thread of its own. Every call blocks until it is done."""

    def __init__(self, app: App, world: World, base_url: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(app, world, base_url)
        self._loop = loop
        self.clock = Clock(self)

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        import asyncio

        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _now(self, call: Callable[[], T]) -> T:
        async def run() -> T:
            return call()

        return self._wait(run())

    def _moment(self) -> float:
        return self._world.arrive(self._app.wall()).world

    def _set_clock(self, **change: Any) -> None:
        self._wait(self._app.set_clock(self._world, **change))

    def sandbox(self, name: str, *, scenario: str | Path | Plan | None = None, seed: int | None = None) -> Sandbox:
        """Return another sandbox of the same server, made if need be."""
        plan = None if scenario is None else read_plan(self._app, scenario)
        world = self._now(lambda: self._app.make_sandbox(name, plan=plan, seed=seed))
        return Sandbox(self._app, world, self.url.rpartition("/~")[0], self._loop)

    def listen(self, provider: str) -> str:
        """Open a port of its own for a provider of this sandbox and return its URL, which has no path."""
        return self._wait(self._app.listen(provider=provider, sandbox=self.name))

    def settle(self) -> None:
        """Return once every webhook that is due was tried."""
        self._wait(self._app.courier.settle(self._world))

    def drop(self) -> None:
        """Forget the sandbox."""
        self._wait(self._app.drop_sandbox(self._world))

    def verify(self, *, within: str | float = 0, **wanted: Any) -> None:
        """Assert that the journal holds `count` (or at_least, at_most) exchanges that fit the filters.

        Raises:
            AssertionError: saying what was found instead.
        """
        self._wait(_verify(self._app, self._world, wanted, within))


class AsyncClock:
    """A sandbox's world time, for code on the server's own loop."""

    def __init__(self, sandbox: AsyncSandbox) -> None:
        self._sandbox = sandbox

    @property
    def now(self) -> float:
        """World time in unix seconds."""
        return self._sandbox._moment()  # noqa: SLF001

    async def advance(self, amount: str | float, *, wait: bool = True) -> None:
        """Jump ahead ("1h", or seconds); returns once every webhook due on the way was tried."""
        await self._sandbox._set_clock(advance_seconds=_advance_arguments(amount), wait=wait)  # noqa: SLF001

    async def freeze(self) -> None:
        """Stop world time."""
        await self._sandbox._set_clock(freeze=True)  # noqa: SLF001

    async def resume(self) -> None:
        """Let world time go on."""
        await self._sandbox._set_clock(freeze=False)  # noqa: SLF001

    async def speed(self, times: float) -> None:
        """Run world time `times` as fast as the wall."""
        await self._sandbox._set_clock(speed=times)  # noqa: SLF001


class AsyncSandbox(_Held):
    """A sandbox of a server on the caller's own loop. What waits is awaited; the rest answers at once."""

    def __init__(self, app: App, world: World, base_url: str) -> None:
        super().__init__(app, world, base_url)
        self.clock = AsyncClock(self)

    def _now(self, call: Callable[[], T]) -> T:
        return call()

    def _moment(self) -> float:
        return self._world.arrive(self._app.wall()).world

    async def _set_clock(self, **change: Any) -> None:
        await self._app.set_clock(self._world, **change)

    def sandbox(self, name: str, *, scenario: str | Path | Plan | None = None, seed: int | None = None) -> AsyncSandbox:
        """Return another sandbox of the same server, made if need be."""
        plan = None if scenario is None else read_plan(self._app, scenario)
        world = self._app.make_sandbox(name, plan=plan, seed=seed)
        return AsyncSandbox(self._app, world, self.url.rpartition("/~")[0])

    async def listen(self, provider: str) -> str:
        """Open a port of its own for a provider of this sandbox and return its URL, which has no path."""
        return await self._app.listen(provider=provider, sandbox=self.name)

    async def settle(self) -> None:
        """Return once every webhook that is due was tried."""
        await self._app.courier.settle(self._world)

    async def drop(self) -> None:
        """Forget the sandbox."""
        await self._app.drop_sandbox(self._world)

    async def verify(self, *, within: str | float = 0, **wanted: Any) -> None:
        """Assert that the journal holds `count` (or at_least, at_most) exchanges that fit the filters.

        Raises:
            AssertionError: saying what was found instead.
        """
        await _verify(self._app, self._world, wanted, within)


async def _verify(app: App, world: World, wanted: Mapping[str, Any], within: str | float) -> None:
    left = _advance_arguments(within)
    while not (answer := control.verify(world, wanted))["verified"]:
        if left <= 0:
            raise AssertionError(f"wanted {dict(wanted)}, found {answer['found']}; the journal holds {answer['seen']}")
        await app.pause(0.01)
        left -= 0.01


def read_plan(app: App, scenario: str | Path | Plan) -> Plan:
    """Return the plan of a scenario given as a plan, a path, a library name or YAML text."""
    from brownout.core.plan import Plan as Made

    if isinstance(scenario, Made):
        return scenario
    from brownout import scenario as scenarios

    if isinstance(scenario, str) and "\n" in scenario:
        return scenarios.load(scenario, app.worlds.registries)
    return scenarios.load_file(scenarios.find(str(scenario)), app.worlds.registries)
