"""How often each rule of a plan should fire under its load, as far as that can be said before a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from brownout.core.odds import Odds, never
from brownout.core.schedule import window
from brownout.scenario.exposure import Exposure, exposure

if TYPE_CHECKING:
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Band, Count, Rule, When

UNFORESEEN: Final = ("path", "account", "client", "key", "header", "body")
"""Keys of `match` that depend on what clients will send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What to expect of one rule in one arm.

    `matching` counts its matching calls if each order of the load (a rule of a phase: each that is due in it) makes
    one such call, retries not counted; it and what follows from it are None where `unknown` says why. `low` and
    `high` hold the number of firings with 95%. `writes` says whether it strikes nothing but writing operations:
    an order makes those about once, while reads are repeated and tokens are shared.
    """

    rule: str
    kind: str
    target: str
    operations: tuple[str, ...]
    how_often: str
    phase: str | None = None
    window: bool = False
    writes: bool = False
    matching: int | None = None
    expected: float | None = None
    low: int | None = None
    high: int | None = None
    never: float | None = None
    unknown: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @property
    def premise(self) -> str:
        """What its figures suppose."""
        where = "in its window" if self.window else ""
        if self.phase is not None:
            where = f"{where} of {self.phase}" if where else f"in {self.phase}"
        due = f" due {where}" if where else ""
        return f"if each of {self.matching} order{'' if self.matching == 1 else 's'}{due} makes one such call"

    def __str__(self) -> str:
        """Return it as a sentence."""
        if not self.operations:
            return f"{self.how_often}: expected 0 firings, because no operation fits"
        if self.matching is None or self.expected is None:
            return f"{self.how_often}; how many that is, can't be said: {self.unknown}"
        number = f"{self.expected:.4g}"
        said = f"{self.how_often}: expected {number} {'firing' if number == '1' else 'firings'}"
        interval = "" if self.low == self.high else f" (95% interval {self.low}..{self.high})"
        if self.low is None:
            interval = " on average over cohorts"
        return f"{said}{interval} {self.premise}"


def expectations(plan: Plan, registries: Registries) -> list[Expectation]:
    """Return what to expect of every rule, in the plan's order."""
    return [_expectation(plan, rule, registries) for rule in plan.rules]


def operations_of(rule: Rule, registries: Registries) -> list[Operation]:
    """Return the operations that a rule can strike: calls, also for unknown paths, handshakes, deliveries."""
    unrouted = (provider.unknown for provider in registries.providers.values())
    known = (*registries.operations().values(), *unrouted, *registries.beside().values())
    found = [operation for operation in known if rule.concerns(operation)]
    return found or [operation for operation in registries.beyond().values() if rule.concerns(operation)]


def _expectation(plan: Plan, rule: Rule, registries: Registries) -> Expectation:
    operations = operations_of(rule, registries)
    met, unknown = exposure(plan, rule), _unforeseeable(plan, rule, operations)
    if not operations:
        met, unknown = Exposure(0, 0.0), ""
    known: dict[str, Any] = {"unknown": unknown}
    if met is not None and not unknown:
        known = _odds(rule, met)
    return Expectation(
        rule=rule.name,
        kind=rule.fault.kind,
        target=rule.target,
        operations=tuple(operation.name for operation in operations),
        how_often=how_often(rule.count, rule.when, rule.band),
        phase=rule.phase,
        window=rule.when is not None,
        writes=all(operation.effect == "write" for operation in operations),
        **known,
    )


def _odds(rule: Rule, met: Exposure) -> dict[str, Any]:
    count, n = rule.count, met.orders
    share, cohort = met.share, rule.match.cohort
    if cohort is not None:
        share *= cohort / 100
    if count.percentage is not None or cohort is not None:
        share *= (100.0 if count.percentage is None else count.percentage) / 100
        odds = Odds.of(n, share, count.most)
        if cohort is not None and rule.match.cohort_by != "key":  # a cohort's calls come together, or not at all
            return {"matching": n, "expected": odds.expected}
        return {"matching": n, **odds._asdict(), "never": never(n, share)}
    fires = _counted(count, n)
    fires = fires if count.most is None else min(fires, count.most)
    return {"matching": n, "expected": float(fires), "low": fires, "high": fires, "never": 0.0 if fires else 1.0}


def _counted(count: Count, n: int) -> int:
    if count.nth:
        return sum(number <= n for number in set(count.nth))
    if count.every is not None:
        return n // count.every
    return n if count.first is None else min(count.first, n)


def _unforeseeable(plan: Plan, rule: Rule, operations: list[Operation]) -> str:
    """Return why the number of matching calls isn't known, nothing if it is."""
    if operations and all(operation.effect == "handshake" for operation in operations):
        return "it depends on how often clients connect"
    if operations and all(operation.effect == "delivery" for operation in operations):
        return "it depends on which events happen, and who listens"
    if plan.load is None:
        return "the scenario has no load"
    if not plan.load.open:
        return "its users begin as many orders as they get done"
    if all(operation.effect == "token" for operation in operations):
        return "it depends on how often clients fetch tokens"
    unforeseen = [key for key in UNFORESEEN if getattr(rule.match, key)]
    if rule.match.cohort is not None and rule.count.counted:
        unforeseen.append("cohort")
    if unforeseen:
        return f"it depends on which calls fit match.{', match.'.join(unforeseen)}"
    if rule.match.occurrence not in ((), (1,)):
        return "it depends on how often clients try again"
    if rule.count.counted and plan.client_from is not None:
        return "it counts per client, and how many there are is for the run to show"
    return ""


def how_often(count: Count, when: When | None = None, band: Band | None = None) -> str:
    """Return a rule's way of counting in words.

    >>> from brownout.core.rules import Band, Count, When
    >>> how_often(Count(percentage=8)), how_often(Count(nth=(1, 3)))
    ('8% of matching calls', 'matching calls 1 and 3')
    >>> how_often(Count(percentage=20, most=5), When(at_seconds=60, for_seconds=10, ramp_seconds=5), Band("x", 0, 20))
    '20% of the calls that x draws for, from 60s on for 10s, growing over 5s, at most 5 times'
    """
    said = _share(count, band)
    if when is not None:
        said += f", {window(when)}"
    return said if count.most is None else f"{said}, at most {'once' if count.most == 1 else f'{count.most} times'}"


def _share(count: Count, band: Band | None) -> str:
    if count.percentage is not None:
        calls = "matching calls" if band is None else f"the calls that {band.choice} draws for"
        return f"{count.percentage:g}% of {calls}"
    if count.nth:
        numbers = [str(number) for number in count.nth]
        return (
            f"matching call {numbers[0]}"
            if len(numbers) == 1
            else (f"matching calls {', '.join(numbers[:-1])} and {numbers[-1]}")
        )
    if count.every is not None:
        return "every matching call" if count.every == 1 else f"one matching call in {count.every}"
    if count.first is not None:
        return "the first matching call" if count.first == 1 else f"the first {count.first} matching calls"
    return "every matching call"
