"""What is likely to disappoint about a plan that is valid: said before a run, not after it.

Only what follows from the plan itself is said here; nothing is guessed about clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from brownout.core.odds import needed
from brownout.scenario.advice import Advice, placed
from brownout.scenario.decidable import undecidable
from brownout.scenario.deliveries_advice import deliveries, events, strikes_deliveries
from brownout.scenario.expect import Expectation, expectations, operations_of
from brownout.scenario.exposure import exposure, has_room, planned
from brownout.scenario.impossible import grants, paths, why_none
from brownout.scenario.limits_advice import limits
from brownout.scenario.rules import Scope
from brownout.scenario.shadows import shadows
from brownout.scenario.whole import drill, lifetimes, phases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule

RISK: Final = 0.01
"""A rule that never fires with more than this probability makes a drill a coin toss."""


def check(plan: Plan, registries: Registries) -> list[Advice]:
    """Return what is likely to disappoint, rule by rule and then about the whole."""
    advice: list[Advice] = []
    expected = {one.rule: one for one in expectations(plan, registries)}
    keys = {rule.name: key for key, rule in placed(plan, "faults", plan.rules)}
    for rule in plan.rules:
        key = keys[rule.name]
        advice.extend(_odds(key, rule, expected[rule.name], plan, registries))
        advice.extend(paths(key, rule, registries))
        advice.extend(grants(key, rule))
        advice.extend(_windows(key, rule, plan))
        advice.extend(_order(key, rule, plan, registries))
        advice.extend(_handshakes(key, rule, plan, expected[rule.name]))
        advice.extend(deliveries(key, rule, plan, expected[rule.name]))
        advice.extend(events(key, rule, registries))
        if rule.preset is None:
            advice.extend(_named_by_position(key, rule))
    for rule, other in shadows(plan, registries):
        message = f"{rule.name} never acts: {other.name} ends every exchange that it could strike"
        advice.append(Advice(key=keys[rule.name], message=message))
    for part in (limits(plan, registries), phases(plan), lifetimes(plan), drill(plan), undecidable(plan)):
        advice.extend(part)
    return advice


def _named_by_position(key: str, rule: Rule) -> Iterator[Advice]:
    """Say where draws hang on how many faults stand before one."""
    if rule.band is not None:
        if key.endswith(".one_of[0]") and rule.band.choice == _positional(rule.band.choice, "choice", rule.phase):
            message = f"{rule.band.choice} is a name by position, and the draw hangs on it: give a name that can stay"
            yield Advice(key=f"{key.removesuffix('.one_of[0]')}.name", message=message, severity="hint")
    elif rule.name == _positional(rule.name, rule.fault.kind, rule.phase):
        message = f"{rule.name} is a name by position, and draws hang on it: give a name that can stay"
        yield Advice(key=f"{key}.name", message=message, severity="hint")


def _positional(name: str, kind: str, phase: str | None) -> str | None:
    """Return the name by position that ends in the same number as `name`, None if that ends in none."""
    number = name.rpartition("-")[2]
    return Scope(phase).by_position(kind, number) if number.isdigit() else None


def _windows(key: str, rule: Rule, plan: Plan) -> Iterator[Advice]:
    """Say where a window doesn't open, or is cut, before what it counts from is over."""
    when, whole = rule.when, has_room(plan, rule)
    if when is None:
        return
    if plan.clock.frozen and when.at_seconds:
        message = f"{rule.name} waits for its window, and a frozen clock stays before it until it is advanced"
        yield Advice(key=f"{key}.at", message=message)
    if whole is None or when.at_seconds >= whole:
        return
    over = rule.phase if rule.phase is not None else "the load"
    if when.at_seconds + when.ramp_seconds > whole:
        reached = when.share(whole)
        message = f"{rule.name} gets no further than {reached:.0%} of its percentage: {over} ends after {whole:g}s"
        yield Advice(key=f"{key}.ramp", message=message, severity="hint")
    elif when.for_seconds is not None and when.at_seconds + when.for_seconds > whole:
        message = f"{rule.name} has but {whole - when.at_seconds:g}s of its window: {over} ends after {whole:g}s"
        yield Advice(key=f"{key}.for", message=message, severity="hint")


def _odds(key: str, rule: Rule, expected: Expectation, plan: Plan, registries: Registries) -> Iterator[Advice]:
    severity: Literal["refusal", "warning"] = "refusal" if plan.load is not None and plan.arms else "warning"
    if not expected.operations:
        message = f"{rule.name} never fires: no operation fits all that match asks for"
        if getattr(rule.fault, "handshakes", False):
            what = "tcp.connect" if getattr(rule.fault, "own_port", False) else "tls.handshake"
            message += f"; it strikes PROVIDER.{what}, nothing else"
        elif why := why_none(rule, registries):
            message += f"; {why}"
        yield Advice(key=f"{key}.match", message=message, severity=severity)
    elif rule.count.percentage == 0:
        yield Advice(key=f"{key}.percentage", message=f"{rule.name} never fires at 0%", severity=severity)
    elif rule.match.cohort == 0:
        message = f"{rule.name} never fires on a cohort of 0%"
        yield Advice(key=f"{key}.match.cohort", message=message, severity=severity)
    elif rule.when is not None and (whole := has_room(plan, rule)) is not None and rule.when.at_seconds >= whole:
        over = rule.phase if rule.phase is not None else "the load"
        message = f"{rule.name} never fires: its window opens at {rule.when.at_seconds:g}s, and {over} is over by then"
        yield Advice(key=f"{key}.at", message=message, severity=severity)
    elif rule.when is not None and not strikes_deliveries(rule) and _nobody_due(plan, rule):
        message = f"{rule.name} never fires: no order is due in its window"
        yield Advice(key=key, message=message, severity=severity)
    elif rule.phase is not None and planned(plan, rule.phase) == 0:
        message = f"{rule.name} never fires: no order is due in {rule.phase}"
        yield Advice(key=key, message=message, severity=severity)
    elif expected.never is not None and expected.never > RISK:
        message = f"{rule.name} {_risk(rule, expected)}"
        yield Advice(key=key, message=message, severity=severity if expected.writes else "warning")


def _nobody_due(plan: Plan, rule: Rule) -> bool:
    met = exposure(plan, rule)
    return met is not None and met.orders == 0


def _handshakes(key: str, rule: Rule, plan: Plan, expected: Expectation) -> Iterator[Advice]:
    """Say where a fault of handshakes can fire at all."""
    if not getattr(rule.fault, "handshakes", False) or not expected.operations:
        return
    unfit = [name for name in ("account", "client", "key", "header", "body") if getattr(rule.match, name)]
    if unfit:
        what = "connection" if getattr(rule.fault, "own_port", False) else "TLS handshake"
        message = f"{rule.name} never fires: a {what} has no {' and no '.join(unfit)} yet"
        yield Advice(key=f"{key}.match.{unfit[0]}", message=message)
    elif getattr(rule.fault, "own_port", False):
        drill = plan.load is not None and plan.arms
        message = (
            f"{rule.name} never fires in a drill, whose clients share one port"
            if drill
            else f"{rule.name} fires only on a port of a provider's own (as brownout run has, serve --listen "
            "PROVIDER=PORT, or listen of a sandbox), never on the one that all share"
        )
        yield Advice(key=key, message=message, severity="warning" if drill else "hint")
    elif plan.load is not None and plan.arms:
        message = (
            f"{rule.name} never fires in a drill, whose clients speak plain HTTP: brownout run --intercept has TLS"
        )
        yield Advice(key=key, message=message)
    else:
        message = f"{rule.name} fires only where Brownout speaks TLS: with --intercept, or on the port of serve --tls"
        yield Advice(key=key, message=message, severity="hint")


def _risk(rule: Rule, expected: Expectation) -> str:
    if rule.count.percentage is None:
        return f"never fires {expected.premise}"
    enough = needed(rule.count.percentage / 100, RISK)
    return (
        f"has a chance of {expected.never:.0%} to never fire {expected.premise}; "
        f"{enough:.0f} such calls, or a higher percentage, bring that below {RISK:.0%}"
    )


def _order(key: str, rule: Rule, plan: Plan, registries: Registries) -> Iterator[Advice]:
    """Say where a run hangs on the order of requests, which concurrent users don't keep (class D1)."""
    if plan.load is None or plan.load.users == 1:
        return
    operations = operations_of(rule, registries)
    if rule.count.counted:
        way = next(way for way in ("nth", "every", "first") if getattr(rule.count, way))
        if operations and all(one.effect == "token" for one in operations):
            message = f"{rule.name} counts calls for tokens: whose is struck hangs on which of the users comes first"
            yield Advice(key=f"{key}.{way}", message=message, severity="hint")
            return
        message = (
            f"{rule.name} counts calls, and {plan.load.users} users make them in another order each time; "
            "a percentage, or match.occurrence, hits the same ones in every run"
        )
        yield Advice(key=f"{key}.{way}", message=message)
    elif rule.count.percentage not in (None, 0, 100):
        unnamed = [
            one.name
            for one in operations
            if one.effect == "write" and not one.key and one.id_param is None and one.name not in plan.identity
        ]
        if unnamed:
            message = (
                f"calls of {', '.join(unnamed)} have no key of their own, so draws hang on their order, which "
                f"{plan.load.users} users don't keep; say under identity where their key is"
            )
            yield Advice(key=f"{key}.percentage", message=message)
