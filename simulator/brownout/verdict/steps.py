"""What a client did next about each answer that wasn't good: the step from one attempt to that which repeats it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.verdict.attempts import Attempt

WAITING: Final = frozenset({"transport", "throttle", "conflict", "server"})
"""Classes that pass with time: the same request may be answered well later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An attempt that ended badly, and the next one in its slot, None if there was none.

    `number` counts the failures in a row, 1 for the first. `wait_seconds` is from when the answer had left to when the
    next attempt arrived, None where nobody knows.
    """

    before: Attempt
    after: Attempt | None
    number: int
    wait_seconds: float | None

    @property
    def waits(self) -> bool:
        """Whether this was a wait for something that passes with time, of a length that is known."""
        return self.wait_seconds is not None and self.before.error in WAITING


def steps(attempts: Iterable[Attempt]) -> list[Step]:
    """Return the steps of an arm, in the journal's order of what failed."""
    slots: dict[tuple[str, str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.slot is not None:
            slots[attempt.slot].append(attempt)
    found = []
    for each in slots.values():
        each.sort(key=lambda one: (one.at is not None, one.at or 0.0, one.number))
        failures = 0
        for before, after in zip(each, [*each[1:], None], strict=True):
            failures = 0 if before.error is None else failures + 1
            if failures:
                found.append(Step(before=before, after=after, number=failures, wait_seconds=_wait(before, after)))
    return sorted(found, key=lambda one: one.before.number)


def _wait(before: Attempt, after: Attempt | None) -> float | None:
    if after is None or after.at is None or before.ended_at is None:
        return None
    if after.at < before.ended_at and before.error == "transport":
        return None  # the client had left before we noticed, and nobody knows when
    return max(0.0, after.at - before.ended_at)
