"""Faults as rules: whom they strike, how often and when.

Rules are compiled per operation, so a rule that can't match an operation costs it nothing. Every rule of a request
is decided at once, right after its identity is known: what one rule does never moves another's count or draw.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import Chance
from brownout.core.match import Match
from brownout.core.schedule import Band, Count, When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.fault import Fault, Target
    from brownout.core.operation import Operation

__all__ = ["Band", "CompiledRule", "Count", "Decision", "Origin", "Repeatability", "Rule", "Rules", "When"]

Repeatability: TypeAlias = Literal["D0", "D1", "D2"]
"""D0: pure in an explicit key. D1: counted, stable while each client's own order is. D2: from the journal only."""
COUNTS_KEPT: Final = 100_000
"""For so many clients a rule counts; the one longest unseen is forgotten first, and its next call is a first one."""
Origin: TypeAlias = Literal["scenario", "live", "header"]
"""Who asked for a rule: the scenario, whoever put it while the world ran, or the request itself in a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A fault with its name, where it strikes, whom, how often and when.

    Raises:
        ValueError: if its percentage is to grow and there is none.
    """

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
    origin: Origin = "scenario"
    ttl_seconds: float | None = None
    """For how long it was put, in wall time; None for good."""

    def __post_init__(self) -> None:
        """Check that what grows is there."""
        if self.when is not None and self.when.ramp_seconds and self.count.percentage is None:
            raise ValueError("ramp needs percentage: it is the share that grows")

    def concerns(self, operation: Operation) -> bool:
        """Return whether it can strike requests for `operation` at all."""
        if operation.effect == "handshake" and not getattr(self.fault, "handshakes", False):
            return False
        if (operation.effect == "delivery") is not getattr(self.fault, "deliveries", False):
            return False
        return self.match.static(operation) and self.fault.suits(operation)


class Decision(NamedTuple):
    """A rule that fired for a request, and why: its draw from `above` to below the threshold, or its count.

    `lasted_seconds` says how long its phase (or the scenario, or a live rule itself) had gone on, None for a rule that
    is always in force, and `share` how much of its percentage held by then. `firing` says which firing it was of one
    that has an end.
    """

    rule: CompiledRule
    draw: float | None
    threshold: float | None
    number: int | None
    repeatability: Repeatability
    above: float | None = None
    lasted_seconds: float | None = None
    share: float = 1.0
    firing: int | None = None


class CompiledRule:
    """A rule ready to be decided: its chances hashed up to the identity, its matching split in two.

    `matched` counts the requests that matched while it was in force, `shares` sums how much of its percentage held for
    each, and `fired` counts its decisions to fire, whatever came of them. `forgotten` counts the clients whose own
    counts are gone.
    """

    __slots__ = ("_chances", "_counted", "_counts", "_fire", "_plain", "_seed", "_tests", "begins_at", "fired",
                 "forgotten", "matched", "percentage", "rule", "shares")  # fmt: skip

    def __init__(self, rule: Rule, seed: int, begins_at: float = 0.0) -> None:
        """Prepare `rule` under `seed`; its phase begins `begins_at` seconds after the scenario."""
        self.rule = rule
        self.percentage = rule.count.percentage
        self.matched = 0
        self.shares = 0.0
        self.fired = 0
        self._tests = rule.match.tests
        self.begins_at = begins_at
        self._counted = rule.count.counted
        self._plain = rule.when is None and rule.band is None and rule.count.most is None
        self._seed = seed
        self._fire = Chance(seed, "rule", rule.band.choice if rule.band is not None else rule.name, "fire")
        self._chances: dict[str, Chance] = {}
        self._counts: OrderedDict[str, int] = OrderedDict()
        self.forgotten = 0

    def decide(self, exchange: Exchange) -> Decision | None:
        """Return the decision to fire, None if it doesn't. Counts the match either way."""
        for fits in self._tests:
            if not fits(exchange):
                return None
        if not self._plain:
            return self._decide_among(exchange)
        self.matched += 1
        pure: Repeatability = "D1" if exchange.identity.source == "counted" else "D0"
        if self.percentage is not None:
            draw = self._fire.uniform(exchange.identity_bytes)
            if draw * 100 >= self.percentage:
                return None
            self.fired += 1
            return Decision(self, draw, self.percentage / 100, None, pure)
        if not self._counted:
            self.fired += 1
            return Decision(self, None, None, None, pure)
        number = self._number(exchange)
        if not self.rule.count.fires_on(number):
            return None
        self.fired += 1
        return Decision(self, None, None, number, "D1")

    def _number(self, exchange: Exchange) -> int:
        """Count a match of this client, and return which it is."""
        exchange.counted = True  # fired or not: the count had a say
        client = exchange.identity.client
        counts = self._counts
        number = counts[client] = counts.get(client, 0) + 1
        if number > 1:
            counts.move_to_end(client)
        elif len(counts) > COUNTS_KEPT:
            counts.popitem(last=False)
            self.forgotten += 1
        return number

    def _decide_among(self, exchange: Exchange) -> Decision | None:
        """Decide a rule with a window, a shared draw or an end: counts go on only while its window is open."""
        rule, count = self.rule, self.rule.count
        repeatability: Repeatability = "D1" if exchange.identity.source == "counted" else "D0"
        share, lasted = 1.0, None
        if rule.when is not None:
            if exchange.timed:
                exchange.stateful, repeatability = True, "D2"  # when it came had a say
            lasted = exchange.elapsed - self.begins_at
            share = rule.when.share(lasted)
            if share <= 0:
                return None
        self.matched += 1
        self.shares += share
        draw = threshold = above = number = firing = None
        if self.percentage is not None:
            draw = self._fire.uniform(exchange.identity_bytes)
            low = rule.band.low if rule.band is not None else 0.0
            above, threshold = low / 100 or None, (low + self.percentage * share) / 100
            if not low <= draw * 100 < low + self.percentage * share:
                return None
        elif self._counted:
            number = self._number(exchange)
            repeatability = "D2" if repeatability == "D2" else "D1"
            if not count.fires_on(number):
                return None
        if count.most is not None:
            exchange.stateful, repeatability = True, "D2"  # who came before had a say
            if self.fired >= count.most:
                return None
            firing = self.fired + 1
        self.fired += 1
        return Decision(self, draw, threshold, number, repeatability, above, lasted, share, firing)

    def window(self, elapsed: float) -> float | None:
        """Return when its present window began, in seconds since the scenario did; None outside of any."""
        if self.rule.when is None:
            return self.begins_at
        inside = self.rule.when.inside(elapsed - self.begins_at)
        return None if inside is None else round(elapsed - inside, 6)

    def lasted(self, elapsed: float) -> float:
        """Return for how long its present window has been open, `elapsed` seconds after the scenario began."""
        inside = elapsed - self.begins_at
        return max(0.0, inside if self.rule.when is None else self.rule.when.inside(inside) or 0.0)

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
        begins_at: Callable[[Rule], float] | None = None,
    ) -> None:
        """Compile `rules`; those in `kept` go on with the counters they have.

        `begins_at` says how many seconds after the scenario a rule's windows begin to count.
        """
        self.compiled = [
            (kept or {}).get(rule.name) or CompiledRule(rule, seed, begins_at(rule) if begins_at else 0.0)
            for rule in rules
        ]
        self.timed = any(one.rule.when is not None or getattr(one.rule.fault, "timed", False) for one in self.compiled)
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
