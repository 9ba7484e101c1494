"""Pass, fail or inconclusive, with the reasons first.

A breach found in a run that came to its end is a fact, and fails it whatever else is uncertain. Without one, anything
that could have hidden a breach makes the verdict inconclusive: it is never a pass when unknown. What arms did is said
of each for itself: nothing here claims that one does better than another.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.checks import broken_before
from brownout.verdict.doubts import unmet
from brownout.verdict.judged import Judged, Status, judged
from brownout.verdict.words import listed, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.verdict.arm import ArmRun, Head

VERSION: Final = 1
"""The version of `verdict.json`."""


def judge(runs: Sequence[ArmRun]) -> dict[str, Any]:
    """Return the verdict over the arms of one run, as the value that `verdict.json` holds.

    Control arms are judged and shown, but decide only where no other arm ran.

    Raises:
        ValueError: if there is no arm, or a threshold breaks the grammar.
    """
    if not runs:
        raise ValueError("a verdict needs at least one arm")
    alone = all(run.head.control for run in runs)
    arms = [judged(run, decides=alone or not run.head.control) for run in runs]
    met_by_none, notes = unmet({arm.head.arm: arm.rules for arm in arms}, {arm.head.arm: arm.limits for arm in arms})
    doubts = [*(doubt for arm in arms for doubt in arm.doubts), *met_by_none, *_unhurt(arms)]
    head = runs[0].head
    return {
        "brownout_verdict": VERSION,
        **_overall(arms, doubts),
        "interrupted": any(run.head.interrupted for run in runs),
        "scenario": {"name": head.scenario, "title": head.title, "digest": head.digest},
        "seed": head.seed,
        "versions": dict(head.versions),
        "phases": [phase.as_dict() for phase in head.phases],
        "load": None if head.load is None else dict(head.load),
        "repeat": _repeat(head),
        "notes": [*_closed(head), *notes, *_idle_controls(arms), *_unsteady_controls(arms)],
        "arms": {arm.head.arm: arm.as_dict() for arm in arms},
    }


def _repeat(head: Head) -> str | None:
    """Return the line that makes the run again, None where nobody knows the scenario."""
    if head.repeat or not head.scenario:
        return head.repeat or None
    return f"brownout drill {shlex.quote(head.scenario)} --seed {head.seed}"


def _overall(arms: Sequence[Judged], doubts: Sequence[str]) -> dict[str, Any]:
    breaches = [breach for arm in arms if arm.decides for breach in arm.breaches]
    status: Status = "inconclusive" if doubts else "pass"  # an unfinished run always leaves a doubt
    if any(arm.failed for arm in arms if arm.decides) and all(arm.head.finished for arm in arms):
        status = "fail"
    if status == "inconclusive":
        return {"status": status, "reasons": [*doubts, *breaches]}
    if status == "fail":
        return {"status": status, "reasons": [*breaches, *doubts]}
    return {"status": status, "reasons": [*_held(arms), *_shown_by_controls(arms)]}


def _held(arms: Sequence[Judged]) -> list[str]:
    deciding = [arm for arm in arms if arm.decides]
    names = listed([arm.head.arm for arm in deciding])
    said = [f"every threshold holds for {names}"] if any(arm.thresholds for arm in deciding) else []
    if any(arm.steady_state for arm in deciding):
        said.append(f"the steady state held before the trouble and after it for {names}")
    return said


def _shown_by_controls(arms: Sequence[Judged]) -> list[str]:
    return [
        f"{breach}; a control arm is there to show that" for arm in arms if not arm.decides for breach in arm.breaches
    ]


def _unhurt(arms: Sequence[Judged]) -> list[str]:
    """Return a reason for each control arm that met every threshold, also those about other arms.

    Such a run can't tell its arms apart: the same result would have come out without the client's precautions.
    """
    return [
        f"{arm.head.arm}: the control arm was not hurt, so this run can't tell the arms apart"
        for arm in arms
        if not arm.decides and not arm.hurt
    ]


def _closed(head: Head) -> list[str]:
    """Return what a closed load can't tell."""
    said = (
        "the load was closed: each user began its next operation when the last was done, and latency counts from when "
        "an operation really began; a slow provider slows such a load down, and hides in it"
    )
    return [] if head.open else [said]


def _idle_controls(arms: Sequence[Judged]) -> list[str]:
    return [
        f"{arm.head.arm}: rule {rule.name!r} fired {times(rule.idle)} and changed nothing"
        for arm in arms
        if not arm.decides
        for rule in arm.rules
        if rule.idle and not rule.fired
    ]


def _unsteady_controls(arms: Sequence[Judged]) -> list[str]:
    return [
        f"{arm.head.arm}: the steady state didn't hold before anything was broken"
        for arm in arms
        if not arm.decides and broken_before(arm.head, arm.steady_state)
    ]
