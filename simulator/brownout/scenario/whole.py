"""What is likely to disappoint about the parts of a plan beside its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.metrics import METRICS
from brownout.core.thresholds import parse_subject
from brownout.scenario.advice import Advice
from brownout.scenario.exposure import planned
from brownout.scenario.reader import keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Load, Plan

TTL_LEAST_SECONDS: Final = 120.0
"""Clients refresh a token 30 to 60 seconds before it ends: below this, some never use one for long."""


def phases(plan: Plan) -> Iterator[Advice]:
    """Yield where phases don't pass as their durations say."""
    if plan.phases and plan.clock.frozen:
        message = (
            f"a frozen clock stays in {plan.phases[0].name} until it is advanced, unless calls say when they were due"
        )
        yield Advice(key="clock.frozen", message=message)
    elif plan.phases and plan.load is not None and plan.clock.speed != 1:
        message = (
            f"at speed {plan.clock.speed:g} what happens by itself (webhooks, reviews) passes through the phases at "
            "that speed, and the load at the wall's; leave speed out"
        )
        yield Advice(key="clock.speed", message=message)


def lifetimes(plan: Plan) -> Iterator[Advice]:
    """Yield access tokens too short for clients that refresh ahead; where only ours are met, that is but a hint."""
    if plan.clock.frozen:
        return
    ours = bool(plan.arms) and not any(arm.own for arm in plan.arms.values())
    for key, ttl in _access_ttls(plan):
        if ttl / plan.clock.speed < TTL_LEAST_SECONDS:
            message = (
                f"a client sees access tokens live {ttl / plan.clock.speed:g} s; many refresh 30 to 60 s before the "
                f"end, and some are then never done refreshing: {TTL_LEAST_SECONDS:g} s or more are safe"
            )
            yield Advice(key=key, message=message, severity="hint" if ours else "warning")


def _access_ttls(plan: Plan) -> Iterator[tuple[str, float]]:
    """Yield the lives of access tokens that the scenario says itself, with their keys."""
    places = [("", plan.oauth, plan.providers)]
    places += [(f"phases[{number}].", phase.oauth, phase.providers) for number, phase in enumerate(plan.phases)]
    for where, oauth, providers in places:
        if "access_ttl_seconds" in oauth:
            yield f"{where}oauth.access_ttl", oauth["access_ttl_seconds"]
        elif "access_ttl_seconds" not in plan.oauth:  # which goes before what providers say
            for name, options in providers.items():
                if "access_ttl" in keys_of(type(options)) and (not where or options != plan.providers.get(name)):
                    yield f"{where}providers.{name}.access_ttl", options.access_ttl


def drill(plan: Plan) -> Iterator[Advice]:
    """Yield what keeps a drill from a verdict."""
    if plan.arms and plan.load is None:
        yield Advice(key="arms", message="nothing is sent to compare them by: there is no load")
    if plan.arms and all(arm.control for arm in plan.arms.values()):
        yield Advice(key="arms", message="every arm is a control, so none decides the verdict")
    if plan.load is not None and planned(plan) == 0:
        constant = plan.load.executor == "constant_arrival_rate"
        message = "rate times duration is less than one operation" if constant else "no order comes of it"
        yield Advice(key="load", message=message)
    elif plan.load is not None:
        yield from _load(plan.load)
        for position, phase in enumerate(plan.phases):
            if planned(plan, phase.name) == 0:
                yield Advice(key=f"phases[{position}]", message=f"no order is due in {phase.name}")
    if plan.load is not None and not (plan.thresholds or plan.steady_state):
        yield Advice(key="thresholds", message="a drill without thresholds has no verdict")
    for section, asserted in (("thresholds", plan.thresholds), ("steady_state", plan.steady_state)):
        for key in asserted:
            yield from _asserted(plan, f"{section}.{key}", key)


def _load(load: Load) -> Iterator[Advice]:
    """Yield what the load itself can't do."""
    if load.size is not None and load.size > load.users:
        message = (
            f"{load.size} orders come at once and {load.users} users take them: the others wait for their turn, which "
            f"the verdict calls a late generator; give {load.size} or more"
        )
        yield Advice(key="load.users", message=message)
    if not load.open:
        message = (
            "a closed load slows down with the provider, and its latency counts from when an order really began: "
            "what would have come meanwhile isn't in it"
        )
        yield Advice(key="load.executor", message=message, severity="hint")


def _asserted(plan: Plan, key: str, text: str) -> Iterator[Advice]:
    subject = parse_subject(text)
    if METRICS[subject.metric].needs_claims and not plan.arms:
        message = "it needs clients' claims, which arms of a drill send; without them it reads not measured"
        yield Advice(key=key, message=message, severity="hint")
    if subject.arm is not None and plan.arms[subject.arm].control:
        message = f"{subject.arm} is a control arm: what is found of it doesn't decide the verdict"
        yield Advice(key=key, message=message, severity="hint")
