"""A plan that takes another time than its scenario says."""

from __future__ import annotations

from dataclasses import replace

from brownout.core.plan import Load, Plan


def scaled(plan: Plan, duration_seconds: float) -> Plan:
    """Return `plan` with a load of `duration_seconds`, every phase, stage and window scaled by the same factor.

    Nothing else changes: rates, lifetimes of tokens and delays stay what they are. A plan without load gets the
    default one.

    >>> from brownout.core.plan import Phase
    >>> plan = Plan(phases=(Phase(name="calm", duration_seconds=10), Phase(name="storm", duration_seconds=30)))
    >>> [phase.duration_seconds for phase in scaled(plan, 8.0).phases]
    [2.0, 6.0]

    Raises:
        ValueError: if `duration_seconds` isn't above 0.
    """
    if not duration_seconds > 0:
        raise ValueError(f"a load takes longer than nothing, not {duration_seconds:g} s")
    whole = sum(phase.duration_seconds for phase in plan.phases)
    whole = whole or (plan.load.duration_seconds if plan.load is not None else duration_seconds)
    factor = duration_seconds / whole
    phases = tuple(replace(phase, duration_seconds=phase.duration_seconds * factor) for phase in plan.phases)
    rules = tuple(replace(rule, when=rule.when.scaled(factor)) if rule.when else rule for rule in plan.rules)
    load = plan.load or Load()
    stages = tuple(replace(stage, duration_seconds=stage.duration_seconds * factor) for stage in load.stages)
    load = replace(load, duration_seconds=duration_seconds, stages=stages)
    return replace(plan, rules=rules, phases=phases, load=load)
