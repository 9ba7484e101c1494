"""One arm, judged by itself: what was measured, what was asked of it, and what is doubtful about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.verdict.backoff import shape
from brownout.verdict.checks import Measured, broken_before, not_recovered, steady_state, thresholds
from brownout.verdict.doubts import doubts, late
from brownout.verdict.findings import findings
from brownout.verdict.history import History, history
from brownout.verdict.intervals import intervals
from brownout.verdict.lateness import excused
from brownout.verdict.limits import LimitTally, refusals
from brownout.verdict.measures import Values, errors, lag, latency, measure, service, wire_errors
from brownout.verdict.rules import RuleTally, tally
from brownout.verdict.server import bottleneck, server
from brownout.verdict.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.verdict.arm import ArmRun, Head

Status: TypeAlias = Literal["pass", "fail", "inconclusive"]

_FACTS: Final = ("payments.", "money.", "ledger.")
"""Metrics that tell of what can't be undone by saying that the run was a bad one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One arm. `hurt` is whether it missed any threshold at all, also one about another arm."""

    run: ArmRun
    decides: bool
    history: History
    values: Values
    by_phase: Mapping[str, Values]
    rules: Sequence[RuleTally]
    limits: Sequence[LimitTally]
    thresholds: Sequence[Mapping[str, Any]]
    steady_state: Sequence[Mapping[str, Any]]
    server: Mapping[str, Any]
    doubts: Sequence[str]
    hurt: bool

    @property
    def head(self) -> Head:
        """What was planned for it."""
        return self.run.head

    @property
    def breaches(self) -> list[str]:
        """What it missed, a sentence each."""
        arm = self.head.arm
        unrecovered = (
            str(one["message"]).removeprefix(f"{arm}: ") for one in not_recovered(self.head, self.steady_state)
        )
        return [
            *(str(check["message"]) for check in self.thresholds if check["holds"] is False),
            *(f"{arm}: did not recover: {each}" for each in unrecovered),
        ]

    @property
    def failed(self) -> bool:
        """Whether what it missed is to be held against it.

        Not if it was unwell before anything was broken: then only money that went astray is a fact. Nor are lengths of
        time if they may be due to a generator that was late, or to our own server.
        """
        missed = [check for check in self.thresholds if check["holds"] is False]
        if broken_before(self.head, self.steady_state):
            return any(check["metric"].startswith(_FACTS) for check in missed)
        missed += not_recovered(self.head, self.steady_state)
        run = {"generator_late": bool(late(self.history)), "server_slow": any(bottleneck(self.server))}
        return not all(excused(check, self.by_phase.get(check["phase"], self.values), **run) for check in missed)

    @property
    def status(self) -> Status:
        """How it did by itself."""
        if self.failed and self.head.finished:
            return "fail"
        return "inconclusive" if self.doubts else "pass"

    def as_dict(self) -> dict[str, Any]:
        """Return what `verdict.json` says of it."""
        whole = self.history.whole
        return {
            "status": self.status,
            "client": self.head.client,
            "control": self.head.control,
            "decides": self.decides,
            "metrics": self.values,
            "intervals": intervals(self.values, whole),
            "backoff": shape(whole),
            "errors": {"operations": errors(whole), "attempts": wire_errors(whole)},
            "money": _money(self.run, self.history),
            "orders": {
                "planned": self.head.orders_planned,
                "claimed": len(self.history.claims.by_key) if self.history.claims.given else None,
            },
            "rules": [one.as_dict() for one in self.rules],
            "limits": [one.as_dict() for one in self.limits],
            "lag": lag(whole),
            "server": self.server,
            "latency": latency(whole),
            "service": service(whole),
            "phases": [self._phase(name) for name in self.by_phase],
            "exchanges": len(self.run.records),
            "exchanges_evicted": self.head.evicted,
            "thresholds": list(self.thresholds),
            "steady_state": list(self.steady_state),
            "doubts": list(self.doubts),
            "findings": findings(self.history),
            "timeline": timeline(self.history),
        }

    def _phase(self, name: str) -> dict[str, Any]:
        scope = self.history.phases[name]
        return {
            "name": name,
            "duration_seconds": scope.seconds,
            "operations": len(scope.operations),
            "unsent": scope.unsent,
            "metrics": self.by_phase[name],
            "intervals": intervals(self.by_phase[name], scope),
            "errors": errors(scope),
            "attempt_errors": wire_errors(scope),
            "latency": latency(scope),
            "lag": lag(scope),
        }


def judged(run: ArmRun, *, decides: bool) -> Judged:
    """Return what an arm amounts to; `decides` is whether the verdict hangs on it.

    Raises:
        ValueError: if a threshold breaks the grammar.
    """
    head = run.head
    known = history(run)
    values = measure(known.whole)
    by_phase = {name: measure(scope) for name, scope in known.phases.items()}
    measured = Measured(known, values, by_phase)
    rules = tally(head.rules, run.records, seed=head.seed)
    checks = list(thresholds(head, measured))
    ours = server(run)
    steady = steady_state(head, measured)
    return Judged(
        run=run,
        decides=decides,
        history=known,
        values=values,
        by_phase=by_phase,
        rules=rules,
        limits=refusals(head.limits, run.records),
        thresholds=checks,
        steady_state=steady,
        server=ours,
        doubts=doubts(known, rules, checks, steady, server=ours, decides=decides),
        hurt=any(check["holds"] is False for check in thresholds(head, measured, anybodys=True))
        or bool(not_recovered(head, steady)),
    )


def _money(run: ArmRun, history: History) -> dict[str, dict[str, int]]:
    """Return what was captured and refunded by currency, in minor units.

    With claims also what the client expects to have been charged, and by how much operations are off.
    """
    moved: dict[str, dict[str, int]] = {}
    for entry in run.entries:
        sums = moved.setdefault(entry.currency, {"captured_minor": 0, "refunded_minor": 0, "captures": 0})
        if entry.kind == "capture":
            sums["captured_minor"] += entry.amount_minor
            sums["captures"] += 1
        elif entry.kind == "refund":
            sums["refunded_minor"] += entry.amount_minor
    if history.claims.given:
        for sums in moved.values():
            sums |= {"expected_minor": 0, "error_minor": 0}
        for one in history.operations:
            if one.currency in moved:
                moved[one.currency]["expected_minor"] += one.claimed_minor or 0
                moved[one.currency]["error_minor"] += one.money_error_minor or 0
    return moved
