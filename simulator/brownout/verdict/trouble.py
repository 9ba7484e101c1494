"""From when to when an arm was in trouble, so that its recovery can be told from it.

What a phase brings ends with that phase, or with its rule's window if that closes earlier: as planned, so that nothing
a client does moves it. A rule of the whole run has no planned end; its trouble ends with its last firing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brownout.verdict.arm import Head
    from brownout.verdict.attempts import Attempt
    from brownout.verdict.rules import PlannedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """When it `began` and `ended`, in seconds since the load did. The run's load went on `until` then."""

    began: float
    ended: float
    until: float


def struck(attempt: Attempt) -> bool:
    """Return whether trouble met a request: a fault changed something, or a limit refused."""
    return bool(attempt.rules) or attempt.error == "throttle"


def trouble(head: Head, attempts: Sequence[Attempt], began_at: float | None, until: float) -> Trouble | None:
    """Return an arm's trouble; None if it met none, or nobody knows when.

    Rules and limits that never did anything to this arm are no trouble of its own; providers and tokens' rules that
    are others in a phase are.
    """
    spans = [*_of_phases(head, attempts), *_of_the_run(head, attempts, began_at)]
    if not spans:
        return None
    return Trouble(began=min(began for began, _ in spans), ended=max(ended for _, ended in spans), until=until)


def _of_phases(head: Head, attempts: Sequence[Attempt]) -> Iterator[tuple[float, float]]:
    fired = {(rule, one.phase) for one in attempts for rule in one.rules}
    refused = {one.phase for one in attempts if one.error == "throttle"}
    limited = {one.phase for one in head.limits if one.phase is not None and one.documented is None}
    begins = 0.0
    for phase in head.phases:
        ends = begins + phase.duration_seconds
        if phase.altered or (phase.name in limited and phase.name in refused):
            yield begins, ends
        for rule in head.rules:
            if rule.phase == phase.name and (rule.name, phase.name) in fired:
                yield _window(rule, begins, ends)
        begins = ends


def _window(rule: PlannedRule, begins: float, ends: float) -> tuple[float, float]:
    """Return when a phase's rule was in force, from its first time to its last."""
    if rule.when is None:
        return begins, ends
    opens = min(ends, begins + rule.when.at_seconds)
    if rule.when.for_seconds is None or rule.when.repeat_seconds is not None:
        return opens, ends
    return opens, min(ends, opens + rule.when.for_seconds)


def _of_the_run(head: Head, attempts: Sequence[Attempt], began_at: float | None) -> Iterator[tuple[float, float]]:
    own = {(rule.name, rule.phase) for rule in head.rules if rule.phase is not None}
    at = [
        (one.at, one.at if one.ended_at is None else one.ended_at)
        for one in attempts
        if one.at is not None and any((rule, one.phase) not in own for rule in one.rules)
    ]
    if at and began_at is not None:
        yield (
            max(0.0, min(came for came, _ in at) - began_at),
            max(0.0, max(left for _, left in at) - began_at),
        )
