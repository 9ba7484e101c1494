"""Faults as rules: whom they strike, how often and when.

Rules are compiled per operation, so a rule that can't match an operation costs it nothing. Every rule of a request
is decided at once, right after its identity is known: what one rule does never moves another's count or draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from brownout.core.chance import Chance
from brownout.core.match import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.fault import Fault, Target
    from brownout.core.operation import Operation

Repeatability: TypeAlias = Literal["D0", "D1", "D2"]
"""D0: pure in an explicit key. D1: counted, stable while each client's own order is. D2: from the journal only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often a matching rule fires: at most one field is set, none means every time.

    Counting is per client over the requests that match. `percentage` is 0..100 of the identities; `nth` fires on
    the given matches (from 1), `every` on each nth, `first` on the first n. `most`, beside any of them, ends the rule
    after so many firings over all clients.

    Raises:
        ValueError: if two are set or one is out of range.
    """

    percentage: float | None = None
    nth: tuple[int, ...] = ()
    every: int | None = None
    first: int | None = None
    most: int | None = None

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
class When:
    """When a rule is in force, in world seconds since its phase began (since the scenario did, without one).

    From `at_seconds` on, for `for_seconds` (None: to the end), and again each `repeat_seconds`. Over the first
    `ramp_seconds` of each such window its percentage grows evenly from 0 to what it is.

    Raises:
        ValueError: if a number is out of range, or `repeat_seconds` has no window to repeat.
    """

    at_seconds: float = 0.0
    for_seconds: float | None = None
    repeat_seconds: float | None = None
    ramp_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.at_seconds < 0:
            raise ValueError("at must not be negative")
        if self.for_seconds is not None and self.for_seconds <= 0:
            raise ValueError("for must be above 0: a window of no length never holds a request")
        if self.ramp_seconds < 0:
            raise ValueError("ramp must not be negative")
        if self.repeat_seconds is not None:
            if self.for_seconds is None:
                raise ValueError("repeat needs for: how long is each window?")
            if self.repeat_seconds <= self.for_seconds:
                raise ValueError("repeat must be longer than for: there would be no pause between the windows")

    def share(self, elapsed: float) -> float:
        """Return how much of a rule's percentage holds `elapsed` seconds after the beginning; 0 outside its window.

        >>> when = When(at_seconds=10, for_seconds=20, repeat_seconds=60, ramp_seconds=10)
        >>> [when.share(elapsed) for elapsed in (9.9, 10, 15, 20, 29.9, 30, 75)]
        [0.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.5]
        """
        inside = elapsed - self.at_seconds
        if inside < 0:
            return 0.0
        if self.repeat_seconds is not None:
            inside %= self.repeat_seconds
        if self.for_seconds is not None and inside >= self.for_seconds:
            return 0.0
        return inside / self.ramp_seconds if inside < self.ramp_seconds else 1.0


class Band(NamedTuple):
    """The part of one draw that is a rule's, in percent, where several share the draw `choice`: at most one fires."""

    choice: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A fault with its name, where it strikes, whom, how often and when."""

    name: str
    fault: Fault
    target: Target
    match: Match = field(default_factory=Match)
    count: Count = field(default_factory=Count)
    phase: str | None = None
    """The phase in which alone it is in force; None for always."""
    when: When | None = None
    """None for as long as its phase, or the scenario, goes on."""
    band: Band | None = None
    """Its part of a draw that it shares with others; its percentage is the band's width."""
    preset: str | None = None
    """The library scenario that it was taken from with `use`."""

    def concerns(self, operation: Operation) -> bool:
        """Return whether it can strike requests for `operation` at all."""
        if operation.effect == "handshake" and not getattr(self.fault, "handshakes", False):
            return False
        return self.match.static(operation) and self.fault.suits(operation)


class Decision(NamedTuple):
    """A rule that fired for a request, and why: its draw from `above` to below the threshold, or its count.

    `lasted_seconds` says how far into its window that was, None for a rule that is always in force.
    """

    rule: CompiledRule
    draw: float | None
    threshold: float | None
    number: int | None
    repeatability: Repeatability
    above: float | None = None
    lasted_seconds: float | None = None


class CompiledRule:
    """A rule ready to be decided: its chances hashed up to the identity, its matching split in two."""

    __slots__ = ("_always", "_begins_at", "_chances", "_counts", "_fire", "_plain", "_seed", "fired", "match",
                 "percentage", "rule")  # fmt: skip

    def __init__(self, rule: Rule, seed: int, begins_at: float = 0.0) -> None:
        """Prepare `rule` under `seed`; its phase begins `begins_at` seconds after the scenario."""
        self.rule = rule
        self.match = rule.match
        self.percentage = rule.count.percentage
        self.fired = 0  # decisions to fire, whatever came of them
        self._always = rule.match.is_static
        self._begins_at = begins_at
        self._plain = rule.when is None and rule.band is None and rule.count.most is None
        self._seed = seed
        self._fire = Chance(seed, "rule", rule.band.choice if rule.band is not None else rule.name, "fire")
        self._chances: dict[str, Chance] = {}
        self._counts: dict[str, int] = {}

    def decide(self, exchange: Exchange) -> Decision | None:
        """Return the decision to fire, None if it doesn't. Counts the match either way."""
        if not self._always and not self.match.dynamic(exchange):
            return None
        if not self._plain:
            return self._decide_among(exchange)
        pure: Repeatability = "D1" if exchange.identity.source == "counted" else "D0"
        if self.percentage is not None:
            draw = self._fire.uniform(exchange.identity_bytes)
            return Decision(self, draw, self.percentage / 100, None, pure) if draw * 100 < self.percentage else None
        count = self.rule.count
        if not count.counted:
            return Decision(self, None, None, None, pure)
        number = self._number(exchange)
        return Decision(self, None, None, number, "D1") if count.fires_on(number) else None

    def _number(self, exchange: Exchange) -> int:
        """Count a match of this client, and return which it is."""
        exchange.counted = True  # fired or not: the count had a say
        client = exchange.identity.client
        number = self._counts[client] = self._counts.get(client, 0) + 1
        return number

    def _decide_among(self, exchange: Exchange) -> Decision | None:
        """Decide a rule with a window, a shared draw or an end: counts go on only while its window is open."""
        rule, count = self.rule, self.rule.count
        repeatability: Repeatability = "D1" if exchange.identity.source == "counted" else "D0"
        share, lasted = 1.0, None
        if rule.when is not None:
            if exchange.timed:
                exchange.stateful, repeatability = True, "D2"  # when it came had a say
            lasted = exchange.elapsed - self._begins_at
            share = rule.when.share(lasted)
            if share <= 0:
                return None
        draw = threshold = above = number = None
        if self.percentage is not None:
            draw = self._fire.uniform(exchange.identity_bytes)
            low = rule.band.low if rule.band is not None else 0.0
            above, threshold = low / 100 or None, (low + self.percentage * share) / 100
            if not low <= draw * 100 < low + self.percentage * share:
                return None
        elif count.counted:
            number = self._number(exchange)
            repeatability = "D2" if repeatability == "D2" else "D1"
            if not count.fires_on(number):
                return None
        if count.most is not None:
            exchange.stateful, repeatability = True, "D2"  # who came before had a say
            if self.fired >= count.most:
                return None
        self.fired += 1
        return Decision(self, draw, threshold, number, repeatability, above, lasted)

    def draw(self, purpose: str, identity_bytes: bytes) -> float:
        """Return the draw of `purpose`, for the fault itself."""
        chance = self._chances.get(purpose)
        if chance is None:
            chance = self._chances[purpose] = Chance(self._seed, "rule", self.rule.name, purpose)
        return chance.uniform(identity_bytes)


class Rules:
    """The rules in force, per operation. Counters live here: a new `Rules` starts counting afresh."""

    __slots__ = ("_in_force", "compiled", "timed")

    def __init__(
        self,
        rules: Iterable[Rule],
        seed: int,
        kept: Mapping[str, CompiledRule] | None = None,
        begins_at: Callable[[str | None], float] | None = None,
    ) -> None:
        """Compile `rules`; those in `kept` go on with the counters they have. `begins_at` says when a phase begins."""
        self.compiled = [
            (kept or {}).get(rule.name) or CompiledRule(rule, seed, begins_at(rule.phase) if begins_at else 0.0)
            for rule in rules
        ]
        self.timed = any(one.rule.when is not None for one in self.compiled)
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
