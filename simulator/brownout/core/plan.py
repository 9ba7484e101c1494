"""A scenario as values: what the engine runs on. Made by `brownout.scenario`, changed live by the admin API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.limits import Limit
    from brownout.core.rules import Rule


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
    """One client of a drill. A `control` arm shows the failure: its findings don't decide the drill's verdict."""

    name: str
    client: str
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a drill sends: `rate_per_second` operations of `journey` for `duration_seconds`, over `users`.

    With phases, the duration is theirs in all.
    """

    journey: str = "checkout"
    rate_per_second: float = 15.0
    duration_seconds: float = 7.0
    users: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole scenario. `digest` identifies the text it came from; `threshold` values are in k6's grammar.

    `rules` and `limits` hold the phases' too, each with its phase's name. `oauth` holds fields of `TokenRules` that
    take the place of each provider's own. `fault_header` lets a request ask for a fault of its own (`Brownout-Fault`).
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
    thresholds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steady_state: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
