"""Rules that another rule never lets act: what ends an exchange first, ends it for those after it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from brownout.core.effects import Hang, Refuse, Reset
from brownout.core.exchange import Exchange, Request
from brownout.core.fault import TARGETS
from brownout.core.identity import Identity
from brownout.core.moment import Moment
from brownout.scenario.expect import operations_of

if TYPE_CHECKING:
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule

_DRAWS: Final = (0.0, 0.5, 0.999)


def shadows(plan: Plan, registries: Registries) -> list[tuple[Rule, Rule]]:
    """Return (shadowed rule, the rule that always ends its exchanges before it) for each pair."""
    struck = {rule.name: operations_of(rule, registries) for rule in plan.rules}
    ends = {rule.name: {one.name for one in struck[rule.name] if _ends(rule, one)} for rule in plan.rules}
    always = [(place, other) for place, other in enumerate(plan.rules) if ends[other.name] and _always(other)]
    found = []
    for place, rule in enumerate(plan.rules):
        strikes = {one.name for one in struck[rule.name]}
        for other_place, other in always:
            if other is rule or other.phase not in (None, rule.phase) or not strikes <= ends[other.name]:
                continue
            # Within one target all delays count, and the first end.
            first = other_place < place and strikes <= ends[rule.name]
            if strikes and _before(other, rule, first=first) and _fits(other, rule):
                found.append((rule, other))
                break
    return found


def _always(rule: Rule) -> bool:
    """Return whether it fires on every call that it matches."""
    if rule.when is not None or rule.count.most is not None or (rule.count.counted and rule.count.every != 1):
        return False
    return rule.count.percentage is None or rule.count.percentage >= 100


def _before(other: Rule, rule: Rule, *, first: bool) -> bool:
    """Return whether `other` acts before `rule`; `first` is what holds where both strike at one target."""
    stage, other_stage = TARGETS.index(rule.target), TARGETS.index(other.target)
    return first if stage == other_stage else other_stage < stage


def _fits(other: Rule, rule: Rule) -> bool:
    """Return whether `other` matches whatever `rule` does of the operations that both concern."""
    same = replace(other.match, salt="") == replace(rule.match, salt="") and other.match.cohort is None
    return other.match.is_static or same


def _ends(rule: Rule, operation: Operation) -> bool:
    """Return whether the fault always ends an exchange of `operation`, tried out on a plain one."""
    probe = Exchange(Request(operation.method, operation.path, headers={}), Moment(0.0, 0.0), seed=0)
    probe.operation, probe.params, probe.path_params = operation, {}, {}
    probe.identity = Identity("client", operation.name, "key", 1, "operation")
    return all(
        any(isinstance(effect, Refuse | Reset | Hang) for effect in rule.fault.effects(probe, partial(_draw, share)))
        for share in _DRAWS
    )


def _draw(share: float, _purpose: str) -> float:
    return share
