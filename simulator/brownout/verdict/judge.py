"""Pass, fail or inconclusive, with the reasons first.

A breach found in a run that came to its end is a fact, and fails it whatever else is uncertain. Without one, anything
that could have hidden a breach makes the verdict inconclusive: it is never a pass when unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.core.metrics import METRICS, parse_assertion, parse_subject
from brownout.verdict.doubts import doubts, unmatched
from brownout.verdict.findings import findings
from brownout.verdict.measures import lag, latency, measure
from brownout.verdict.rules import tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.verdict.arm import ArmRun
    from brownout.verdict.measures import Values
    from brownout.verdict.rules import RuleTally

VERSION: Final = 1
"""The version of `verdict.json`."""

Status: TypeAlias = Literal["pass", "fail", "inconclusive"]


def judge(runs: Sequence[ArmRun]) -> dict[str, Any]:
    """Return the verdict over the arms of one run, as the value that `verdict.json` holds.

    Control arms are judged and shown, but decide only where no other arm ran.

    Raises:
        ValueError: if there is no arm, or a threshold breaks the grammar.
    """
    if not runs:
        raise ValueError("a verdict needs at least one arm")
    alone = all(run.head.control for run in runs)
    tallies = {run.name: tally(run.head.rules, run.records, seed=run.head.seed) for run in runs}
    shown = {run.name: _arm(run, tallies[run.name], decides=alone or not run.head.control) for run in runs}
    head = runs[0].head
    checks = [check for arm in shown.values() for check in arm["thresholds"]]
    reasons, notes = unmatched(tallies)
    if not alone:
        reasons += _unhurt(runs, shown)
    return {
        "brownout_verdict": VERSION,
        **_overall(shown, checks, reasons, finished=not any(_unfinished(run) for run in runs)),
        "interrupted": any(run.head.interrupted for run in runs),
        "scenario": {"name": head.scenario, "title": head.title, "digest": head.digest},
        "seed": head.seed,
        "versions": dict(head.versions),
        "notes": notes,
        "arms": shown,
    }


def _unfinished(run: ArmRun) -> bool:
    return run.head.interrupted or run.head.trouble is not None


def _overall(
    shown: Mapping[str, dict[str, Any]], checks: Iterable[Mapping[str, Any]], reasons: list[str], *, finished: bool
) -> dict[str, Any]:
    breaches = [check["message"] for check in checks if check["holds"] is False and shown[check["arm"]]["decides"]]
    unknown = [*(doubt for arm in shown.values() for doubt in arm["doubts"]), *reasons]
    status: Status = "inconclusive" if unknown else "pass"  # an unfinished run always leaves a doubt
    if breaches and finished:
        status = "fail"
    if status == "inconclusive":
        return {"status": status, "reasons": [*unknown, *breaches]}
    if status == "fail":
        return {"status": status, "reasons": [*breaches, *unknown]}
    deciding = [name for name, arm in shown.items() if arm["decides"]]
    hurt = [f"{check['message']}; a control arm is there to show that" for check in checks if check["holds"] is False]
    return {"status": status, "reasons": [f"every threshold holds for {_listed(deciding)}", *hurt]}


def _arm(run: ArmRun, rules: Sequence[RuleTally], *, decides: bool) -> dict[str, Any]:
    values = measure(run)
    checks = list(_checks(run, values))
    doubt = doubts(run, values, rules, checks, decides=decides)
    status: Status = "inconclusive" if doubt else "pass"
    if any(check["holds"] is False for check in checks) and not _unfinished(run):
        status = "fail"
    return {
        "status": status,
        "client": run.head.client,
        "control": run.head.control,
        "decides": decides,
        "metrics": values,
        "money": _money(run),
        "orders": {"planned": run.head.orders_planned, "claimed": None if run.claims is None else _distinct(run)},
        "rules": [one.as_dict() for one in rules],
        "lag": lag(run),
        "latency": latency(run),
        "exchanges": len(run.records),
        "exchanges_evicted": run.head.evicted,
        "thresholds": checks,
        "doubts": doubt,
        "findings": findings(run),
    }


def _distinct(run: ArmRun) -> int:
    return len({claim["key"] for claim in run.claims or ()})


def _money(run: ArmRun) -> dict[str, dict[str, int]]:
    """Return what was captured and refunded by currency, in minor units."""
    moved: dict[str, dict[str, int]] = {}
    for entry in run.entries:
        sums = moved.setdefault(entry.currency, {"captured_minor": 0, "refunded_minor": 0, "captures": 0})
        if entry.kind == "capture":
            sums["captured_minor"] += entry.amount_minor
            sums["captures"] += 1
        elif entry.kind == "refund":
            sums["refunded_minor"] += entry.amount_minor
    return moved


def _checks(run: ArmRun, values: Values) -> Iterable[dict[str, Any]]:
    for text, lines in run.head.thresholds.items():
        subject = parse_subject(text)
        if subject.arm not in (None, run.name):
            continue
        for line in lines:
            assertion = parse_assertion(subject.metric, line)
            value = values[subject.metric][assertion.aggregation]
            holds = None if value is None else assertion.holds(value)
            yield {
                "arm": run.name,
                "metric": subject.metric,
                "assertion": line,
                "value": value,
                "holds": holds,
                "message": _said(run, subject.metric, line, value, holds=holds),
            }


def _said(run: ArmRun, metric: str, line: str, value: float | None, *, holds: bool | None) -> str:
    if value is None:
        unclaimed = METRICS[metric].needs_claims and not run.claims
        why = "the client made no claims" if unclaimed else "this run doesn't tell"
        return f"{run.name}: {metric} is not measured, since {why}, and a threshold asks for {line}"
    return f"{run.name}: {metric} is {value:g}, {'as' if holds else 'but'} a threshold asks for {line}"


def _unhurt(runs: Sequence[ArmRun], shown: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a reason for each control arm that met every threshold, also those about other arms.

    Such a run can't tell its arms apart: the same result would have come out without the client's precautions.
    """
    return [
        f"{run.name}: the control arm was not hurt, so this run can't tell the arms apart"
        for run in runs
        if run.head.control and not _hurt(run, shown[run.name]["metrics"])
    ]


def _hurt(run: ArmRun, values: Values) -> bool:
    for text, lines in run.head.thresholds.items():
        metric = parse_subject(text).metric
        for line in lines:
            assertion = parse_assertion(metric, line)
            value = values[metric][assertion.aggregation]
            if value is not None and not assertion.holds(value):
                return True
    return False


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
