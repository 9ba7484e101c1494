"""Rules that aren't the scenario's own: put while a world runs, or asked for by a request itself."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.announce import herald_name
from brownout.core.journal import Fired
from brownout.core.rules import CompiledRule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.rules import Decision, Rule

HEADER: Final = "Brownout-Fault"
"""The header in which a request asks for a fault of its own, where the scenario says `fault_header: true`."""


class Live(NamedTuple):
    """A rule that was put while its world ran.

    Its windows count from `began_at`, in seconds since the scenario began. At wall time `ends_at` it goes by itself.
    """

    rule: Rule
    began_at: float
    ends_at: float


class Aside:
    """The scenario's own rules that live ones stand in for: each comes back when the last of those went by itself."""

    __slots__ = ("_rules",)

    def __init__(self) -> None:
        """Begin with nobody aside."""
        self._rules: dict[str, tuple[CompiledRule, int, frozenset[str]]] = {}

    def put(
        self, name: str, new: Collection[str], gone: Collection[str], own: Mapping[str, tuple[CompiledRule, int]]
    ) -> None:
        """Note that `new` live rules, put as `name`, take the place of `gone` ones, and of the scenario's `own`.

        Those come with how often they were applied.
        """
        for each, (rule, applied) in own.items():
            self._rules[each] = rule, applied, frozenset()
        for each, (rule, applied, live) in self._rules.items():
            if each in new or goes_by(rule.rule, name) or not live.isdisjoint(gone):
                self._rules[each] = rule, applied, (live - set(gone)) | set(new)

    def expire(self, over: Collection[str]) -> dict[str, tuple[CompiledRule, int]]:
        """Return the rules that come back once the live ones in `over` are gone."""
        return {each: (rule, applied) for each, rule, applied in self._without(over)}

    def drop(self, name: str, gone: Collection[str]) -> None:
        """Forget the rules that go by `name`, and those that nobody stands in for any more but the ones in `gone`."""
        self._without(gone)
        self._rules = {each: one for each, one in self._rules.items() if not goes_by(one[0].rule, name)}

    def _without(self, live: Collection[str]) -> list[tuple[str, CompiledRule, int]]:
        """Take live rules out, and return what they alone stood in for."""
        alone = []
        for each, (rule, applied, before) in list(self._rules.items()):
            left = before - set(live)
            if left:
                self._rules[each] = rule, applied, left
            else:
                del self._rules[each]
                alone.append((each, rule, applied))
        return alone


def goes_by(rule: Rule, name: str) -> bool:
    """Return whether a rule has this name, or a part of the draw of this name, or announces it."""
    return rule.name in (name, herald_name(name)) or (rule.band is not None and rule.band.choice == name)


def first_end(live: Mapping[str, Live]) -> float:
    """Return the wall time at which the first of them goes by itself; infinity if none does."""
    return min((one.ends_at for one in live.values()), default=inf)


def asked(rules: Iterable[Rule], exchange: Exchange) -> list[Decision]:
    """Return what a request asked for itself; what can do nothing to it is noted as passed."""
    decisions = []
    for rule in rules:
        decision = CompiledRule(rule, exchange.seed).decide(exchange) if rule.concerns(exchange.operation) else None
        if decision is not None:
            decisions.append(decision)
        else:
            exchange.fired = [*(exchange.fired or ()), _passed(rule)]
    return decisions


def _passed(rule: Rule) -> Fired:
    return Fired(
        rule=rule.name,
        kind=rule.fault.kind,
        target=rule.target,
        state="passed",
        repeatability="D0",
        draw=None,
        threshold=None,
        number=None,
        effects=(),
        origin="header",
    )
