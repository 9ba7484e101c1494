"""A run of which only a part is there: while it goes on, or because a threshold ended it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from brownout.core.thresholds import AT_THE_END, Line, parse_subject
from brownout.verdict import claims
from brownout.verdict.attempts import NAMED
from brownout.verdict.checks import Measured, check, family
from brownout.verdict.history import history
from brownout.verdict.measures import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.thresholds import Subject
    from brownout.verdict.arm import ArmRun, Head


def so_far(run: ArmRun) -> ArmRun:
    """Return a run held to the operations that have ended, by their claims; without claims, all that is known.

    One under way is neither lost nor in doubt, and one that isn't due is not unsent.
    """
    head = replace(run.head, orders_planned=None, phases=tuple(replace(one, planned=None) for one in run.head.phases))
    if not run.claims:
        return replace(run, head=head)
    ended = claims.read(run.claims).by_key
    records = [
        one
        for one in run.records
        if one["decided"]["key_source"] not in NAMED or one["decided"]["key"] in ended or one["decided"]["key"] is None
    ]
    entries = [one for one in run.entries if one.key is None or one.key in ended]
    return replace(run, head=head, records=records, entries=entries)


def aborting(head: Head) -> list[tuple[Subject, Line]]:
    """Return the lines about this arm that end its load when they are missed."""
    return list(_aborting(head))


def missed(run: ArmRun, seconds: float, *, looks: int) -> dict[str, Any] | None:
    """Return the first of `aborting` that a run misses `seconds` after its load began, None if it misses none.

    `looks` is how often it is looked at in all: a share that has to be sure is held to so much more, since the chance
    to see it astray grows with each look and with each line. What may still come right isn't missed: a count that is
    to be higher, a length of time that goes on and is still below its bound.

    Raises:
        ValueError: if a threshold breaks the grammar.
    """
    due = [(subject, line) for subject, line in _aborting(run.head) if line.delay_seconds <= seconds]
    if not due:
        return None
    known = history(so_far(run), until=seconds)
    by_phase = {name: measure(scope) for name, scope in known.phases.items()}
    measured = Measured(known, measure(known.whole), by_phase)
    risks = looks * max(1, family([run.head]))
    checks = (check(run.head.arm, subject, line, measured, family=risks, partial=True) for subject, line in due)
    return next((one for one in checks if one["holds"] is False), None)


def _aborting(head: Head) -> Iterator[tuple[Subject, Line]]:
    for text, lines in head.thresholds.items():
        subject = parse_subject(text)
        for line in map(Line.of, lines):
            if line.abort_on_fail and subject.metric not in AT_THE_END and subject.arm in (None, head.arm):
                yield subject, line
