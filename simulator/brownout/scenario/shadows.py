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
    from brownout.core.plan import Plan, Rule
    from brownout.core.registries import Registries

_DRAWS: Final = (0.0, 0.5, 0.999)


def shadows(plan: Plan, registries: Registries) -> list[tuple[Rule, Rule]]:
    """Return (shadowed rule, the rule that always ends its exchanges before it) for each pair."""
    struck = {rule.name: operations_of(rule, registries) for rule in plan.rules}
    found = []
    for place, rule in enumerate(plan.rules):
        for other_place, other in enumerate(plan.rules):
            if other is rule or not _before(other, other_place, rule, place, struck[rule.name]):
                continue
            if _covers(other, rule, struck[rule.name]):
                found.append((rule, other))
                break
    return found


def _before(other: Rule, other_place: int, rule: Rule, place: int, operations: list[Operation]) -> bool:
    """Return whether `other` acts before `rule`. Within one target all delays count, and the first end."""
    stage, other_stage = TARGETS.index(rule.target), TARGETS.index(other.target)
    if stage != other_stage:
        return other_stage < stage
    return other_place < place and all(_ends(rule, operation) for operation in operations)


def _covers(other: Rule, rule: Rule, operations: list[Operation]) -> bool:
    """Return whether `other` ends every exchange that `rule` could strike."""
    if other.phase not in (None, rule.phase):
        return False
    if other.count.counted and other.count.every != 1:
        return False
    if other.count.percentage is not None and other.count.percentage < 100:
        return False
    same = replace(other.match, salt="") == replace(rule.match, salt="") and other.match.cohort is None
    if not (other.match.is_static or same):
        return False
    return bool(operations) and all(other.concerns(one) and _ends(other, one) for one in operations)


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
