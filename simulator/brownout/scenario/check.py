"""What is likely to disappoint about a plan that is valid: said before a run, not after it.

Only what follows from the plan itself is said here; nothing is guessed about clients.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from brownout.core.metrics import METRICS, parse_subject
from brownout.scenario.expect import Expectation, expectations, operations_of, planned
from brownout.scenario.odds import needed
from brownout.scenario.shadows import shadows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Plan, Rule
    from brownout.core.registries import Registries

RISK: Final = 0.01
"""A rule that never fires with more than this probability makes a drill a coin toss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing worth changing.

    A `refusal` makes a drill pointless, so it isn't run; a `warning` can make a run inconclusive or unrepeatable; a
    `hint` can't.
    """

    key: str
    message: str
    severity: Literal["refusal", "warning", "hint"] = "warning"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.severity}: {self.key}: {self.message}"


def check(plan: Plan, registries: Registries) -> list[Advice]:
    """Return what is likely to disappoint, rule by rule and then about the whole."""
    advice: list[Advice] = []
    expected = {one.rule: one for one in expectations(plan, registries)}
    for position, rule in enumerate(plan.rules):
        key = f"faults[{position}]"
        advice.extend(_odds(key, rule, expected[rule.name], drill=plan.load is not None and bool(plan.arms)))
        advice.extend(_order(key, rule, plan, registries))
        if rule.name.startswith(f"{rule.fault.kind}-") and rule.name.rpartition("-")[2].isdigit():
            message = f"{rule.name} is a name by position, and draws hang on it: give a name that can stay"
            advice.append(Advice(key=f"{key}.name", message=message, severity="hint"))
    for rule, other in shadows(plan, registries):
        key = f"faults[{plan.rules.index(rule)}]"
        message = f"{rule.name} never acts: {other.name} ends every exchange that it could strike"
        advice.append(Advice(key=key, message=message))
    advice.extend(_limits(plan, registries))
    advice.extend(_drill(plan))
    return advice


def _odds(key: str, rule: Rule, expected: Expectation, *, drill: bool) -> Iterator[Advice]:
    severity: Literal["refusal", "warning"] = "refusal" if drill else "warning"
    if not expected.operations:
        message = f"{rule.name} never fires: no operation fits all that match asks for"
        yield Advice(key=f"{key}.match", message=message, severity=severity)
    elif rule.count.percentage == 0:
        yield Advice(key=f"{key}.percentage", message=f"{rule.name} never fires at 0%", severity=severity)
    elif rule.match.cohort == 0:
        message = f"{rule.name} never fires on a cohort of 0%"
        yield Advice(key=f"{key}.match.cohort", message=message, severity=severity)
    elif expected.never is not None and expected.never > RISK:
        if rule.count.percentage is None:
            message = f"{rule.name} never fires in {expected.matching} matching operations"
        else:
            enough = needed(rule.count.percentage / 100, RISK)
            message = (
                f"{rule.name} has a chance of {expected.never:.0%} to never fire in {expected.matching} matching "
                f"operations; {enough:.0f} of them, or a higher percentage, bring that below {RISK:.0%}"
            )
        yield Advice(key=key, message=message, severity=severity)


def _order(key: str, rule: Rule, plan: Plan, registries: Registries) -> Iterator[Advice]:
    """Say where a run hangs on the order of requests, which concurrent users don't keep (class D1)."""
    if plan.load is None or plan.load.users == 1:
        return
    if rule.count.counted:
        way = next(way for way in ("nth", "every", "first") if getattr(rule.count, way))
        message = (
            f"{rule.name} counts calls, and {plan.load.users} users make them in another order each time; "
            "a percentage, or match.occurrence, hits the same ones in every run"
        )
        yield Advice(key=f"{key}.{way}", message=message)
    elif rule.count.percentage not in (None, 0, 100):
        unnamed = [
            one.name
            for one in operations_of(rule, registries)
            if one.effect == "write" and not one.key and one.id_param is None and one.name not in plan.identity
        ]
        if unnamed:
            message = (
                f"calls of {', '.join(unnamed)} have no key of their own, so draws hang on their order, which "
                f"{plan.load.users} users don't keep; say under identity where their key is"
            )
            yield Advice(key=f"{key}.percentage", message=message)


def _limits(plan: Plan, registries: Registries) -> Iterator[Advice]:
    operations = registries.operations().values()
    for position, limit in enumerate(plan.limits):
        key = f"limits[{position}]"
        if not any(limit.match.static(operation) for operation in operations):
            yield Advice(key=f"{key}.match", message=f"{limit.name} never limits: no operation fits all of match")
        if plan.clock.frozen and limit.algorithm == "token_bucket":
            message = f"{limit.name} never refills while the clock is frozen: advance it, or leave frozen out"
            yield Advice(key=key, message=message)


def _drill(plan: Plan) -> Iterator[Advice]:
    if plan.arms and plan.load is None:
        yield Advice(key="arms", message="nothing is sent to compare them by: there is no load")
    if plan.arms and all(arm.control for arm in plan.arms.values()):
        yield Advice(key="arms", message="every arm is a control, so none decides the verdict")
    if plan.load is not None and not planned(plan):
        yield Advice(key="load", message="rate times duration is less than one operation")
    if plan.load is not None and not plan.thresholds:
        yield Advice(key="thresholds", message="a drill without thresholds has no verdict")
    for key in plan.thresholds:
        subject = parse_subject(key)
        if METRICS[subject.metric].needs_claims and not plan.arms:
            message = "it needs clients' claims, which arms of a drill send; without them it reads not measured"
            yield Advice(key=f"thresholds.{key}", message=message, severity="hint")
        if subject.arm is not None and plan.arms[subject.arm].control:
            message = f"{subject.arm} is a control arm: what is found of it doesn't decide the verdict"
            yield Advice(key=f"thresholds.{key}", message=message, severity="hint")
