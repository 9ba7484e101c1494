"""How long a client was worse than before, once the trouble was over, and what that cost. Formulas: docs/verdict.md."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.verdict.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.verdict.history import Scope
    from brownout.verdict.operations import Operation
    from brownout.verdict.trouble import Trouble

Values: TypeAlias = dict[str, dict[str, float | None]]

WINDOW_SECONDS: Final = 5.0
HOLD_SECONDS: Final = 30.0
WINDOWS_LEAST: Final = 3
"""In a run that goes on for less after its trouble, windows are shorter: so many of them fit."""
HOLD_LEAST_SHARE: Final = 0.25
"""How much of what was seen after the trouble has to be well in the end, where that is less than `HOLD_SECONDS`."""
STEPS: Final = 5
"""So many windows begin within the length of one."""
BASELINE_LEAST: Final = 20
WINDOW_LEAST: Final = 10
"""Of fewer operations in a window on average, one that fails would decide."""
GOODPUT_LEAST: Final = 0.95
LATENCY_MOST: Final = 1.2
LATENCY_SLACK_SECONDS: Final = 0.050
"""A p(95) that grew by less is noise where operations take milliseconds."""
UNSENT_MOST: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How an arm recovered. Lengths are seconds; with `censored`, at least so many: it never did while it was seen."""

    time_seconds: float
    loss_seconds: float
    censored: bool


def recovered(scope: Scope) -> Values:
    """Return the metrics of recovery."""
    found = recovery(scope)
    known = found if isinstance(found, Recovery) and scope.claimed and scope.whole else None
    return {
        "recovery.time": {"value": None if known is None else known.time_seconds},
        "resilience.loss": {"value": None if known is None else known.loss_seconds},
        "retry.debt": {"count": _debt(scope)},
    }


def recovery(scope: Scope) -> Recovery | str:
    """Return how an arm recovered, or why nobody knows."""
    trouble = scope.trouble
    if scope.phase is not None:
        return "that is of the whole run: leave the phase out"
    if trouble is None:
        return "nothing troubled this arm, or nobody knows when"
    due = sorted(
        ((at, one) for one in scope.operations if (at := one.due_seconds(scope.began_at)) is not None),
        key=lambda each: each[0],
    )
    if scope.planned - len(due) > UNSENT_MOST * scope.planned:
        return "too many operations were never sent, or nobody knows when they were due"
    run = _Run(due, trouble, open_=scope.open)
    return run.why_not() or run.recovery()


def _debt(scope: Scope) -> int | None:
    """Return how many operations that had been due were still under way when the trouble ended.

    None unless every claim says when its operation was due and when it was made: one that doesn't is no debt.
    """
    if scope.trouble is None or scope.began_at is None or not scope.claimed or not scope.whole:
        return None
    ended = scope.began_at + scope.trouble.ended
    known = [(one.due_seconds(scope.began_at), one.claim) for one in scope.operations if one.claim is not None]
    if any(due is None or claim.first_at is None for due, claim in known):
        return None
    return sum((due or 0.0) < scope.trouble.ended and (claim.first_at or 0.0) > ended for due, claim in known)


class _Run:
    """What was due when, and how it went; before, in and after the trouble."""

    def __init__(self, due: Sequence[tuple[float, Operation]], trouble: Trouble, *, open_: bool) -> None:
        self._due = [at for at, _ in due]
        self._operations = [one for _, one in due]
        self._trouble = trouble
        self._open = open_
        self._seen = max(0.0, trouble.until - trouble.ended)
        self._length = min(WINDOW_SECONDS, self._seen / WINDOWS_LEAST)
        self._before = self._between(0.0, trouble.began)
        self._goodput = self._good(self._before, trouble.began) or 0.0
        self._latency = _p95(self._before)

    def why_not(self) -> str | None:
        """Return why nobody can know, None if one can."""
        if len(self._before) < BASELINE_LEAST:
            return f"that takes {BASELINE_LEAST} operations before the trouble and there were {len(self._before)}"
        if not self._goodput or self._latency is None:
            return "the client was unwell before the trouble"
        after = len(self._due) - bisect_left(self._due, self._trouble.ended)
        if self._length <= 0 or after < WINDOWS_LEAST * WINDOW_LEAST:
            return f"that takes {WINDOWS_LEAST * WINDOW_LEAST} operations after the trouble and there were {after}"
        if after * self._length / self._seen < WINDOW_LEAST:
            return f"that takes {WINDOW_LEAST} operations in each {self._length:.3g} s after the trouble"
        return None

    def recovery(self) -> Recovery:
        """Return how it went."""
        after = self._well_after()
        seen = self._seen if after is None else after
        loss = self._loss(self._trouble.ended + seen)
        return Recovery(time_seconds=round(seen, 6), loss_seconds=round(loss, 6), censored=after is None)

    def _well_after(self) -> float | None:
        """Return after how long all windows are as before, None if that wasn't seen."""
        step = self._length / STEPS
        last = round((self._seen - self._length) / step)
        hold = min(HOLD_SECONDS, self._seen * HOLD_LEAST_SHARE)
        since: int | None = None
        for number in range(last + 1):
            if not self._well(self._trouble.ended + number * step):
                since = None
                continue
            since = number if since is None else since
            if (number - since) * step >= HOLD_SECONDS:
                return since * step
        return since * step if since is not None and (last - since) * step >= hold else None

    def _well(self, at: float) -> bool:
        found = self._between(at, at + self._length)
        good = self._good(found, self._length)
        if good is None:
            return True  # nothing was due, so nothing was worse
        if good < GOODPUT_LEAST * self._goodput:
            return False
        most = max(LATENCY_MOST * (self._latency or 0.0), (self._latency or 0.0) + LATENCY_SLACK_SECONDS)
        slow = _p95(found)
        return not found or (slow is not None and slow <= most)

    def _loss(self, until: float) -> float:
        """Return the integral of what was missing of the goodput, from when the trouble began."""
        lost, at = 0.0, self._trouble.began
        while until - at > 1e-9:
            length = min(self._length, until - at)
            good = self._good(self._between(at, at + length), length)
            lost += 0.0 if good is None else length * max(0.0, 1 - good / self._goodput)
            at += length
        return lost

    def _between(self, since: float, until: float) -> Sequence[Operation]:
        return self._operations[bisect_left(self._due, since) : bisect_left(self._due, until)]

    def _good(self, found: Sequence[Operation], seconds: float) -> float | None:
        """Return the goodput of a window: the share that is good of what was due, None if nothing was.

        In a closed load nothing is due before its user is free, so there it is good operations a second.
        """
        good = sum(one.good for one in found)
        if self._open:
            return good / len(found) if found else None
        return good / seconds if seconds else None


def _p95(found: Sequence[Operation]) -> float | None:
    known = sorted(one for each in found if (one := each.latency_seconds) is not None)
    return quantile(known, 0.95, of=len(found))


def trouble_of(scope: Scope) -> dict[str, Any] | None:
    """Return what `verdict.json` says of an arm's trouble: when it was, and whether the client was seen to recover."""
    if scope.trouble is None:
        return None
    found = recovery(scope)
    return {
        "began_seconds": round(scope.trouble.began, 6),
        "ended_seconds": round(scope.trouble.ended, 6),
        "recovered": not found.censored if isinstance(found, Recovery) else None,
    }
