"""One arm of a run as the verdict sees it: what was planned, what the server wrote down, what the client claims."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brownout.core.thresholds import read_lines
from brownout.verdict.limits import PlannedLimit
from brownout.verdict.phases import PlannedPhase
from brownout.verdict.rules import PlannedRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.ledger import Entry
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.thresholds import Line

JOURNAL_VERSION: Final = 1
"""The version of a journal's first line; a newer one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a journal's first line says: everything a verdict needs that isn't an exchange.

    `orders_planned` is how many operations the generator was to send, None where nobody planned them. `load` has the
    fields of `core.plan.Load`, None without one; `load_began_at` is the wall time, in unix seconds, of what was due at
    0. `loop_lag` is how long the server's event loop let calls wait, None where nobody measured that. `trouble` says
    why the run didn't come to its end, None if it did; `broke` what its client did that none may, None if it kept to
    its protocol. `aborted` has the `check` that ended its load early, as a verdict has it, and `after_seconds`; None if
    none did. `simulated` says that there was no network and time was virtual. `versions` are those of what made the
    journal; `repeat` is the line that makes the run again, empty where a drill does.
    """

    arm: str
    client: str = ""
    control: bool = False
    scenario: str = ""
    title: str = ""
    digest: str = ""
    seed: int = 0
    orders_planned: int | None = None
    thresholds: Mapping[str, tuple[str | Line, ...]] = field(default_factory=dict)
    steady_state: Mapping[str, tuple[str | Line, ...]] = field(default_factory=dict)
    invariants: tuple[str, ...] = ()
    phases: tuple[PlannedPhase, ...] = ()
    rules: tuple[PlannedRule, ...] = ()
    limits: tuple[PlannedLimit, ...] = ()
    load: Mapping[str, Any] | None = None
    load_began_at: float | None = None
    loop_lag: Mapping[str, Any] | None = None
    evicted: int = 0
    interrupted: bool = False
    trouble: str | None = None
    broke: str | None = None
    aborted: Mapping[str, Any] | None = None
    simulated: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    repeat: str = ""

    @classmethod
    def of(cls, plan: Plan, arm: str, operations: Iterable[Operation] | None = None, **more: Any) -> Head:
        """Return the head of `plan`'s arm named `arm`; `more` sets what only the run knows.

        `operations` are all that the server had: with them, a rule is held to those that its fault can do anything to.
        """
        found = plan.arms[arm]
        known = None if operations is None else list(operations)
        told: dict[str, Any] = {
            "arm": arm,
            "client": found.client,
            "control": found.control,
            "scenario": plan.name,
            "title": plan.title,
            "digest": plan.digest,
            "seed": plan.seed,
            "thresholds": dict(plan.thresholds),
            "steady_state": dict(plan.steady_state),
            "invariants": plan.invariants,
            "phases": tuple(PlannedPhase.of(phase) for phase in plan.phases),
            "rules": tuple(PlannedRule.of(rule, known, plan.begins_at(rule.phase)) for rule in plan.rules),
            "limits": tuple(PlannedLimit.of(limit) for limit in plan.limits),
            "load": None if plan.load is None else asdict(plan.load),
        }
        return cls(**{**told, **more})

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return not self.interrupted and self.trouble is None

    @property
    def rate_per_second(self) -> float | None:
        """How many operations were to begin each second, None where nobody says."""
        rate = (self.load or {}).get("rate_per_second")
        return float(rate) if isinstance(rate, int | float) else None

    @property
    def open(self) -> bool:
        """Whether operations were due whatever became of earlier ones; they were if nobody says otherwise."""
        return (self.load or {}).get("executor") != "users"

    @property
    def users(self) -> int | None:
        """How many took turns, None where nobody says."""
        users = (self.load or {}).get("users")
        return users if isinstance(users, int) else None

    @property
    def duration_seconds(self) -> float | None:
        """How long operations were to begin, None where nobody says."""
        if self.phases:
            return sum(phase.duration_seconds for phase in self.phases)
        length = (self.load or {}).get("duration_seconds")
        return float(length) if isinstance(length, int | float) else None

    def as_dict(self) -> dict[str, Any]:
        """Return the journal's first line."""
        return {"brownout_journal": JOURNAL_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Head:
        """Return the head that `as_dict` wrote; one of an earlier version knows less.

        Raises:
            KeyError, TypeError, ValueError: if `as_dict` didn't write it.
        """
        given = {name: value for name, value in data.items() if name != "brownout_journal"}
        given["rules"] = tuple(PlannedRule.from_dict(rule) for rule in data.get("rules", ()))
        given["limits"] = tuple(PlannedLimit.from_dict(limit) for limit in data.get("limits", ()))
        if "stages" in (data.get("load") or {}):
            given["load"] = {**data["load"], "stages": tuple(data["load"]["stages"])}
        given["phases"] = tuple(PlannedPhase.from_dict(phase) for phase in data.get("phases", ()))
        for part in "thresholds", "steady_state":
            given[part] = {name: read_lines(lines) for name, lines in data.get(part, {}).items()}
        given["invariants"] = tuple(data.get("invariants", ()))
        return cls(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRun:
    """Everything known of one arm. `records` are journal lines; `claims` is None where the client made none."""

    head: Head
    records: Sequence[Mapping[str, Any]]
    entries: Sequence[Entry]
    claims: Sequence[Mapping[str, Any]] | None = None

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """The records of requests: all but those of webhook deliveries that a fault struck."""
        return [one for one in self.records if one["decided"].get("does") != "delivery"]

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.head.arm
