"""Rules that aren't the scenario's own: put while a world runs, or asked for by a request itself."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.journal import Fired
from brownout.core.rules import CompiledRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.rules import Decision, Rule

HEADER: Final = "Brownout-Fault"
"""The header in which a request asks for a fault of its own, where the scenario says `fault_header: true`."""


class Live(NamedTuple):
    """A rule that was put while its world ran.

    Its windows count from `began_at`, in seconds since the scenario began. At wall time `ends_at` it goes by itself,
    and what had its name before comes back: `instead`, with the counters that it had.
    """

    rule: Rule
    began_at: float
    ends_at: float
    instead: CompiledRule | None


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
