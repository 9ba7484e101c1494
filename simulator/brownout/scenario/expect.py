"""How often each rule of a plan should fire under its load, as far as that can be said before a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from brownout.scenario.odds import interval, never

if TYPE_CHECKING:
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Count, Rule

UNFORESEEN: Final = ("path", "account", "client", "key", "cohort", "header", "body")
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
        due = f" due in {self.phase}" if self.phase is not None else ""
        return f"if each of {self.matching} order{'' if self.matching == 1 else 's'}{due} makes one such call"

    def __str__(self) -> str:
        """Return it as a sentence."""
        if not self.operations:
            return f"{self.how_often}: expected 0 firings, because no operation fits"
        if self.matching is None or self.expected is None:
            return f"{self.how_often}; how many that is, can't be said: {self.unknown}"
        said = f"{self.how_often}: expected {self.expected:.4g} {'firing' if self.expected == 1 else 'firings'}"
        interval = "" if self.low == self.high else f" (95% interval {self.low}..{self.high})"
        return f"{said}{interval} {self.premise}"


def expectations(plan: Plan, registries: Registries) -> list[Expectation]:
    """Return what to expect of every rule, in the plan's order."""
    return [_expectation(plan, rule, registries) for rule in plan.rules]


def operations_of(rule: Rule, registries: Registries) -> list[Operation]:
    """Return the operations that a rule can strike, those for unknown paths and TLS handshakes included."""
    unrouted = (provider.unknown for provider in registries.providers.values())
    known = (*registries.operations().values(), *unrouted, *registries.handshakes().values())
    return [operation for operation in known if rule.concerns(operation)]


def planned(plan: Plan, phase: str | None = None) -> int | None:
    """Return how many orders the load begins in each arm, or those of them due in `phase`; None without a load."""
    if plan.load is None:
        return None
    rate, begins_at = plan.load.rate_per_second, 0.0
    whole = round(rate * plan.load.duration_seconds)
    for one in plan.phases if phase is not None else ():
        ends_at = begins_at + one.duration_seconds
        if one.name == phase:
            last = one is plan.phases[-1]
            return max(0, (whole if last else _before(ends_at, rate, whole)) - _before(begins_at, rate, whole))
        begins_at = ends_at
    return whole


def _before(moment: float, rate: float, whole: int) -> int:
    """Return how many orders are due before `moment`: one at 0, and then one each 1 / `rate` seconds."""
    return min(whole, ceil(round(moment * rate, 6)))


def _expectation(plan: Plan, rule: Rule, registries: Registries) -> Expectation:
    operations = operations_of(rule, registries)
    n, unknown = planned(plan, rule.phase), _unforeseeable(plan, rule, operations)
    if not operations:
        n, unknown = 0, ""
    known: dict[str, Any] = {"unknown": unknown}
    if n is not None and not unknown:
        known = _odds(rule.count, n)
    return Expectation(
        rule=rule.name,
        kind=rule.fault.kind,
        target=rule.target,
        operations=tuple(operation.name for operation in operations),
        how_often=how_often(rule.count),
        phase=rule.phase,
        writes=all(operation.effect == "write" for operation in operations),
        **known,
    )


def _odds(count: Count, n: int) -> dict[str, Any]:
    if count.percentage is not None:
        share = count.percentage / 100
        low, high = interval(n, share)
        return {"matching": n, "expected": n * share, "low": low, "high": high, "never": never(n, share)}
    fires = _counted(count, n)
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
    if plan.load is None:
        return "the scenario has no load"
    if all(operation.effect == "token" for operation in operations):
        return "it depends on how often clients fetch tokens"
    unforeseen = [key for key in UNFORESEEN if getattr(rule.match, key)]
    if rule.match.cohort is not None and "cohort" not in unforeseen:
        unforeseen.append("cohort")
    if unforeseen:
        return f"it depends on which calls fit match.{', match.'.join(unforeseen)}"
    if rule.match.occurrence not in ((), (1,)):
        return "it depends on how often clients try again"
    if rule.count.counted and plan.client_from is not None:
        return "it counts per client, and how many there are is for the run to show"
    return ""


def how_often(count: Count) -> str:
    """Return a rule's way of counting in words.

    >>> from brownout.core.rules import Count
    >>> how_often(Count(percentage=8)), how_often(Count(nth=(1, 3)))
    ('8% of matching calls', 'matching calls 1 and 3')
    """
    if count.percentage is not None:
        return f"{count.percentage:g}% of matching calls"
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
