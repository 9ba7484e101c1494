"""A scenario as values: what the engine runs on. Made by `brownout.scenario`, changed live by the admin API.

Rules are compiled per operation, so a rule that can't match an operation costs it nothing. Every rule of a request
is decided at once, right after its identity is known: what one rule does never moves another's count or draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from brownout.core.chance import Chance
from brownout.core.match import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.fault import Fault, Target
    from brownout.core.limits import Limit
    from brownout.core.operation import Operation

Repeatability: TypeAlias = Literal["D0", "D1", "D2"]
"""D0: pure in an explicit key. D1: counted, stable while each client's own order is. D2: from the journal only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often a matching rule fires: at most one field is set, none means every time.

    Counting is per client over the requests that match. `percentage` is 0..100 of the identities; `nth` fires on
    the given matches (from 1), `every` on each nth, `first` on the first n.

    Raises:
        ValueError: if two are set or one is out of range.
    """

    percentage: float | None = None
    nth: tuple[int, ...] = ()
    every: int | None = None
    first: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        given = [name for name in ("percentage", "nth", "every", "first") if getattr(self, name) not in (None, ())]
        if len(given) > 1:
            message = f"{given[0]} and {given[1]} exclude each other: give at most one of percentage, nth, every, first"
            raise ValueError(message)
        if self.percentage is not None and not 0 <= self.percentage <= 100:
            message = f"percentage must be 0 to 100, not {self.percentage:g}"
            raise ValueError(message)
        if any(n < 1 for n in (*self.nth, *(n for n in (self.every, self.first) if n is not None))):
            message = "nth, every and first count from 1"
            raise ValueError(message)

    @property
    def counted(self) -> bool:
        """Whether a counter decides (D1)."""
        return bool(self.nth) or self.every is not None or self.first is not None

    def fires_on(self, number: int) -> bool:
        """Return whether the `number`th match fires (from 1); only for counted rules.

        >>> [n for n in range(1, 8) if Count(every=3).fires_on(n)]
        [3, 6]
        """
        if self.nth:
            return number in self.nth
        if self.every is not None:
            return number % self.every == 0
        return self.first is not None and number <= self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A fault with its name, where it strikes, whom and how often."""

    name: str
    fault: Fault
    target: Target
    match: Match = field(default_factory=Match)
    count: Count = field(default_factory=Count)
    phase: str | None = None
    """The phase in which alone it is in force; None for always."""

    def concerns(self, operation: Operation) -> bool:
        """Return whether it can strike requests for `operation` at all."""
        if operation.effect == "handshake" and not getattr(self.fault, "handshakes", False):
            return False
        return self.match.static(operation) and self.fault.suits(operation)


class Decision(NamedTuple):
    """A rule that fired for a request, and why: its draw below the threshold, or its count."""

    rule: CompiledRule
    draw: float | None
    number: int | None
    repeatability: Repeatability


class CompiledRule:
    """A rule ready to be decided: its chances hashed up to the identity, its matching split in two."""

    __slots__ = ("_always", "_chances", "_counts", "_fire", "_seed", "match", "percentage", "rule")

    def __init__(self, rule: Rule, seed: int) -> None:
        """Prepare `rule` under `seed`."""
        self.rule = rule
        self.match = rule.match
        self.percentage = rule.count.percentage
        self._always = rule.match.is_static
        self._seed = seed
        self._fire = Chance(seed, "rule", rule.name, "fire")
        self._chances: dict[str, Chance] = {}
        self._counts: dict[str, int] = {}

    def decide(self, exchange: Exchange) -> Decision | None:
        """Return the decision to fire, None if it doesn't. Counts the match either way."""
        if not self._always and not self.match.dynamic(exchange):
            return None
        pure: Repeatability = "D1" if exchange.identity.source == "counted" else "D0"
        if self.percentage is not None:
            draw = self._fire.uniform(exchange.identity_bytes)
            return Decision(self, draw, None, pure) if draw * 100 < self.percentage else None
        count = self.rule.count
        if not count.counted:
            return Decision(self, None, None, pure)
        exchange.counted = True  # fired or not: the count had a say
        client = exchange.identity.client
        number = self._counts.get(client, 0) + 1
        self._counts[client] = number
        return Decision(self, None, number, "D1") if count.fires_on(number) else None

    def draw(self, purpose: str, identity_bytes: bytes) -> float:
        """Return the draw of `purpose`, for the fault itself."""
        chance = self._chances.get(purpose)
        if chance is None:
            chance = self._chances[purpose] = Chance(self._seed, "rule", self.rule.name, purpose)
        return chance.uniform(identity_bytes)


class Rules:
    """The rules in force, per operation. Counters live here: a new `Rules` starts counting afresh."""

    __slots__ = ("_in_force", "compiled", "fired", "reached")

    def __init__(self, rules: Iterable[Rule], seed: int, kept: Mapping[str, CompiledRule] | None = None) -> None:
        """Compile `rules`; those in `kept` go on with the counters they have."""
        self.compiled = [(kept or {}).get(rule.name) or CompiledRule(rule, seed) for rule in rules]
        self.fired: dict[str, int] = {}
        self._in_force: dict[tuple[str, str | None], tuple[CompiledRule, ...]] = {}

    def of(self, operation: Operation, phase: str | None = None) -> tuple[CompiledRule, ...]:
        """Return the rules that requests for `operation` can match in `phase`, in the scenario's order."""
        slot = operation.name, phase
        found = self._in_force.get(slot)
        if found is None:
            found = self._in_force[slot] = tuple(
                one for one in self.compiled if one.rule.phase in (None, phase) and one.rule.concerns(operation)
            )
        return found

    def decide(self, exchange: Exchange) -> tuple[Decision, ...]:
        """Return what fires for this request."""
        rules = self.of(exchange.operation, exchange.phase)
        if not rules:
            return ()
        return tuple(decision for rule in rules if (decision := rule.decide(exchange)) is not None)


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
    take the place of each provider's own.
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
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    load: Load | None = None
    arms: Mapping[str, Arm] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    oauth: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steady_state: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""

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
