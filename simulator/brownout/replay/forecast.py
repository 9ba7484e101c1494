"""What can be said before a run: rules that can't fire whatever the program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.scenario.expect import operations_of
from brownout.scenario.exposure import has_room
from brownout.scenario.shadows import shadows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries


def never(plan: Plan, registries: Registries, *, intercept: bool) -> Iterator[str]:
    """Return a sentence for each rule of `plan` that can never fire, or never change anything.

    `intercept` is whether the run speaks TLS.
    """
    for rule in plan.rules:
        if not operations_of(rule, registries):
            yield f"rule {rule.name!r} can never fire: no operation fits all that its match asks for"
        elif rule.count.percentage == 0:
            yield f"rule {rule.name!r} can never fire: its percentage is 0"
        elif rule.match.cohort == 0:
            yield f"rule {rule.name!r} can never fire: its cohort is 0%"
        elif rule.when is not None and (whole := has_room(plan, rule)) is not None and rule.when.at_seconds >= whole:
            yield f"rule {rule.name!r} can never fire: its window opens when {rule.phase or 'the load'} is over"
        elif getattr(rule.fault, "own_port", False):
            if intercept:
                yield f"rule {rule.name!r} can never fire: it is about a provider's own port, and --intercept has none"
        elif getattr(rule.fault, "handshakes", False) and not intercept:
            yield f"rule {rule.name!r} can never fire: it is about TLS, which needs --intercept"
    for rule, other in shadows(plan, registries):
        yield f"rule {rule.name!r} can never change anything: {other.name!r} ends every call that it could strike"
