"""Pass, fail or inconclusive, with the reasons first.

A breach found in a run that came to its end is a fact, and fails it whatever else is uncertain. Without one, anything
that could have hidden a breach makes the verdict inconclusive: it is never a pass when unknown. What arms did is said
of each for itself: that one does better than another is for `pairs` alone to say, and decides nothing.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from brownout.core.thresholds import gated
from brownout.verdict.checks import broken_before, family
from brownout.verdict.doubts import unmet
from brownout.verdict.grounds import cant_see, rests_on
from brownout.verdict.judged import Judged, Status, judged
from brownout.verdict.pairs import pairs
from brownout.verdict.words import listed, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.verdict.arm import ArmRun, Head
    from brownout.verdict.invariants import Invariant

VERSION: Final = 1
"""The version of `verdict.json`."""


def judge(runs: Sequence[ArmRun], *, invariants: Sequence[Invariant] = ()) -> dict[str, Any]:
    """Return the verdict over the arms of one run, as the value that `verdict.json` holds.

    Control arms are judged and shown, but decide only where no other arm ran. `invariants` are the functions that the
    scenario names; one that isn't given wasn't evaluated.

    Raises:
        ValueError: if there is no arm, or a threshold breaks the grammar.
    """
    if not runs:
        raise ValueError("a verdict needs at least one arm")
    alone = all(run.head.control for run in runs)
    shared = max(1, family([run.head for run in runs if alone or not run.head.control]))
    arms = [judged(run, decides=alone or not run.head.control, family=shared, invariants=invariants) for run in runs]
    whole = [arm for arm in arms if arm.head.aborted is None] or arms  # what an aborted one didn't meet might have come
    met_by_none, notes = unmet({arm.head.arm: arm.rules for arm in whole}, {arm.head.arm: arm.limits for arm in whole})
    doubts = [*(doubt for arm in arms for doubt in arm.doubts), *met_by_none, *_ungated(arms), *_unhurt(arms)]
    head = runs[0].head
    return {
        "brownout_verdict": VERSION,
        **_overall(arms, doubts),
        "interrupted": any(run.head.interrupted for run in runs),
        "aborted": [run.head.arm for run in runs if run.head.aborted is not None],
        "warnings": [warning for arm in arms if arm.decides for warning in arm.warnings],
        "scenario": {"name": head.scenario, "title": head.title, "digest": head.digest},
        "seed": head.seed,
        "versions": dict(head.versions),
        "simulated": head.simulated,
        "phases": [phase.as_dict() for phase in head.phases],
        "load": None if head.load is None else dict(head.load),
        "repeat": _repeat(head),
        "notes": [*_simulated(head), *_closed(head), *notes, *_idle_controls(arms), *_unsteady_controls(arms)],
        "pairs": pairs(arms, sound=not doubts and all(run.head.aborted is None for run in runs)),
        "rests_on": rests_on(runs),
        "cant_see": cant_see(runs),
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
    asked = "threshold marked gate" if gated(arms[0].head.thresholds) else "threshold"
    said = [f"every {asked} holds for {names}"] if any(arm.thresholds for arm in deciding) else []
    if any(arm.invariants for arm in deciding):
        said.append(f"every invariant holds for {names}")
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


def _ungated(arms: Sequence[Judged]) -> list[str]:
    """Return a reason if lines are marked `gate`, and none of them is about an arm that decides."""
    decide = [check for arm in arms if arm.decides for check in arm.thresholds]
    if not gated(arms[0].head.thresholds) or any(check["decides"] for check in decide):
        return []
    return ["no threshold marked gate is about an arm that decides, so nothing was judged"]


def _simulated(head: Head) -> list[str]:
    """Return what a simulation leaves out."""
    said = (
        "simulated, in one process and on virtual time: no network, no machine that could be slow; what they add to "
        "latencies and orders is for a drill to show"
    )
    return [said] if head.simulated else []


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
