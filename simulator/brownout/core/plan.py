"""A scenario as values: what the engine runs on. Made by `brownout.scenario`, changed live by the admin API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from brownout.core.executors import EXECUTORS, in_words, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.executors import Executor
    from brownout.core.limits import Limit
    from brownout.core.rules import Rule
    from brownout.core.thresholds import Line

_OF_EXECUTORS: Final = tuple(dict.fromkeys(name for one in EXECUTORS.values() for name in one.fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOptions:
    """How a world's clock begins. `start` is unix seconds, None for the wall's now."""

    start: float | None = None
    speed: float = 1.0
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of a scenario. Its rules and limits carry its name; `providers` and `oauth` lie over the base's.

    `providers` holds whole options, already joined with the base; `oauth` only the fields that it changes.
    """

    name: str
    duration_seconds: float
    providers: Mapping[str, Any] = field(default_factory=dict)
    oauth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One client of a drill. A `control` arm shows the failure: its findings don't decide the drill's verdict.

    `client` says who it is: one of ours, `module:Class`, or in words what follows. `locustfile` is the user's own,
    which sends what it sees fit; `command` a program's words, which reads orders and writes claims, run in `folder`.
    """

    name: str
    client: str
    control: bool = False
    locustfile: str | None = None
    command: tuple[str, ...] = ()
    folder: str = "."

    @property
    def kind(self) -> Literal["client", "locustfile", "command"]:
        """What it is, by the scenario's key."""
        return "locustfile" if self.locustfile is not None else "command" if self.command else "client"

    @property
    def own(self) -> bool:
        """Whether it is the user's own, of whatever kind."""
        return self.kind != "client" or ":" in self.client


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stretch of a ramp: the rate moves evenly to `rate_per_second`; without any duration, it jumps there.

    Raises:
        ValueError: if either is negative.
    """

    duration_seconds: float
    rate_per_second: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.duration_seconds < 0:
            raise ValueError("duration must not be negative")
        if self.rate_per_second < 0:
            raise ValueError("rate must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a drill sends: operations of `journey` for `duration_seconds`, over `users`, as `executor` plans them.

    `constant_arrival_rate`: one each 1 / `rate_per_second`. `poisson`: as many on average, independent of each other.
    `ramping_arrival_rate`: at `start_rate_per_second`, then as its `stages` say, the last one's rate to the end.
    `bursts`: each `repeat_seconds`, `size` at once, or `rate_per_second` for `for_seconds`. `users`: no plan, each of
    `users` begins its next when its last is done and `think_seconds` have passed. `rate_per_second` is None where the
    executor takes none. With phases, the duration is theirs in all.

    Raises:
        ValueError: if a number is out of range, missing, or not the executor's.
    """

    journey: str = "checkout"
    rate_per_second: float | None = 15.0
    duration_seconds: float = 7.0
    users: int = 10
    executor: Executor = "constant_arrival_rate"
    start_rate_per_second: float = 0.0
    stages: tuple[Stage, ...] = ()
    repeat_seconds: float | None = None
    size: int | None = None
    for_seconds: float | None = None
    think_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Check what the executor takes."""
        sending = EXECUTORS[self.executor]
        for name in _OF_EXECUTORS:
            if name not in sending.fields and getattr(self, name) not in (None, (), 0.0):
                raise ValueError(f"{spelled(name)} doesn't belong to {self.executor}, {sending}")
        for name in sending.needs:
            if not getattr(self, name):
                raise ValueError(f"{self.executor} needs {spelled(name)}{'' if name == 'stages' else ' above 0'}")
        if min(self.start_rate_per_second, self.think_seconds) < 0:
            raise ValueError("start_rate and think must not be negative")
        if self.executor == "bursts":
            self._check_bursts()

    def _check_bursts(self) -> None:
        if self.size is not None and not (self.rate_per_second is None and self.for_seconds is None):
            raise ValueError("size is how many come at once: give either that, or rate and for")
        if self.size is not None:
            if self.size < 1:
                raise ValueError("size must be at least 1")
            return
        if not self.rate_per_second or not self.for_seconds:
            raise ValueError("bursts needs size, or rate and for: how many come at once, or how fast for how long")
        if self.for_seconds >= (self.repeat_seconds or 0.0):
            raise ValueError("repeat must be longer than for: there would be no pause between the bursts")

    def __str__(self) -> str:
        """Return it in words.

        >>> str(Load()), str(Load(executor="users", rate_per_second=None, users=3, think_seconds=1))
        ('15 a second for 7s', '3 users, each 1s after its last is done, for 7s')
        """
        return f"{in_words(self)} for {self.duration_seconds:g}s"

    @property
    def open(self) -> bool:
        """Whether its orders are planned, whatever becomes of earlier ones."""
        return self.executor != "users"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole scenario. `digest` identifies the text it came from; `threshold` values are in k6's grammar.

    `rules` and `limits` hold the phases' too, each with its phase's name. `oauth` holds fields of `TokenRules` that
    take the place of each provider's own. `fault_header` lets a request ask for a fault of its own (`Brownout-Fault`).
    `invariants` are functions of the user's own, `MODULE:FUNCTION`, and `folder` is where the scenario's file is.
    """

    title: str = "No faults: a plain emulator"
    description: str = ""
    name: str = "default"
    seed: int = 0
    clock: ClockOptions = field(default_factory=ClockOptions)
    identity: Mapping[str, str] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    credentials: Literal["open", "closed"] = "open"
    client_from: str | None = None
    fault_header: bool = False
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    load: Load | None = None
    arms: Mapping[str, Arm] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    oauth: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, tuple[str | Line, ...]] = field(default_factory=dict)
    steady_state: Mapping[str, tuple[str | Line, ...]] = field(default_factory=dict)
    invariants: tuple[str, ...] = ()
    folder: str = "."
    digest: str = ""

    def begins_at(self, phase: str | None) -> float:
        """Return how many seconds after the beginning a phase begins; 0 for none.

        >>> Plan(phases=(Phase(name="calm", duration_seconds=2), Phase(name="storm", duration_seconds=3))).begins_at(
        ...     "storm"
        ... )
        2.0
        """
        begins = 0.0
        for one in self.phases if phase is not None else ():
            if one.name == phase:
                break
            begins += one.duration_seconds
        return begins

    def phase_at(self, offset: float) -> str | None:
        """Return the phase `offset` seconds after the beginning; None after the last, or without any.

        >>> Plan(phases=(Phase(name="calm", duration_seconds=2), Phase(name="storm", duration_seconds=3))).phase_at(2)
        'storm'
        """
        for phase in self.phases:
            offset -= phase.duration_seconds
            if offset < 0:
                return phase.name
        return None
