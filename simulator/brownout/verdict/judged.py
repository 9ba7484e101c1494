"""One arm, judged by itself: what was measured, what was asked of it, and what is doubtful about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.core.thresholds import Subject
from brownout.verdict.backoff import shape
from brownout.verdict.checks import Measured, broken_before, not_recovered, steady_state, thresholds
from brownout.verdict.doubts import doubts, late
from brownout.verdict.findings import findings
from brownout.verdict.history import History, Scope, history
from brownout.verdict.intervals import intervals
from brownout.verdict.invariants import asked
from brownout.verdict.known import by_client
from brownout.verdict.lateness import excused
from brownout.verdict.limits import LimitTally, refusals
from brownout.verdict.measures import (
    MAY_BE_CENSORED,
    Values,
    censored,
    errors,
    lag,
    latency,
    measure,
    service,
    wire_errors,
)
from brownout.verdict.operations import made
from brownout.verdict.partial import so_far
from brownout.verdict.recovery import trouble_of
from brownout.verdict.rules import RuleTally, tally
from brownout.verdict.server import bottleneck, server
from brownout.verdict.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.verdict.arm import ArmRun, Head
    from brownout.verdict.invariants import Invariant

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
    measured: Measured
    thresholds: Sequence[Mapping[str, Any]]
    steady_state: Sequence[Mapping[str, Any]]
    invariants: Sequence[Mapping[str, Any]]
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
            *self._aborted(),
            *(str(check["message"]) for check in self._missed() if not self._ended_it(check)),
            *(f"{arm}: did not recover: {each}" for each in unrecovered),
            *(str(one["message"]) for one in self.invariants if one["holds"] is False),
        ]

    def _missed(self) -> list[Mapping[str, Any]]:
        return [check for check in self.thresholds if check["holds"] is False and check["decides"]]

    def _ended_it(self, check: Mapping[str, Any]) -> bool:
        """Return whether that is what ended its load."""
        ended = {} if self.head.aborted is None else self.head.aborted["check"]
        return all(ended.get(key) == check[key] for key in ("metric", "phase", "client", "operation", "assertion"))

    def _aborted(self) -> Iterator[str]:
        if self.head.aborted is not None:
            missed = str(self.head.aborted["check"]["message"]).removeprefix(f"{self.head.arm}: ")
            yield f"{self.head.arm}: aborted after {self.head.aborted['after_seconds']:.0f} s: {missed}"

    @property
    def warnings(self) -> list[str]:
        """What it missed that doesn't decide, since other thresholds are marked `gate`."""
        return [str(one["message"]) for one in self.thresholds if one["holds"] is False and not one["decides"]]

    @property
    def failed(self) -> bool:
        """Whether what it missed is to be held against it.

        Not if it was unwell before anything was broken: then only money that went astray is a fact. Nor are lengths of
        time if they may be due to a generator that was late, or to our own server.
        """
        missed = self._missed()
        if self.head.aborted is not None:
            missed.append(self.head.aborted["check"])
        if any(one["holds"] is False for one in self.invariants):
            return True
        if broken_before(self.head, self.steady_state):
            return any(check["metric"].startswith(_FACTS) for check in missed)
        missed += not_recovered(self.head, self.steady_state)
        run = {"generator_late": bool(late(self.history)), "server_slow": any(bottleneck(self.server))}
        return not all(excused(check, self._measured_with(check), **run) for check in missed)

    def _measured_with(self, check: Mapping[str, Any]) -> Values:
        """Return all that was measured where a check was made."""
        about = Subject("", phase=check["phase"], client=check.get("client"), operation=check.get("operation"))
        found = self.measured.of(about)
        return self.values if found is None else found[1]

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
            **_intervals(self.values, whole),
            "censored": sorted(metric for metric in MAY_BE_CENSORED if censored(metric, whole)),
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
            "exchanges": len(self.run.calls),
            "exchanges_evicted": self.head.evicted,
            "thresholds": list(self.thresholds),
            "steady_state": list(self.steady_state),
            "invariants": list(self.invariants),
            "aborted": None if self.head.aborted is None else dict(self.head.aborted),
            "warnings": self.warnings,
            "doubts": list(self.doubts),
            "findings": findings(self.history),
            "trouble": trouble_of(whole),
            "staleness": by_client(whole) if whole.claimed else None,
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
            **_intervals(self.by_phase[name], scope),
            "errors": errors(scope),
            "attempt_errors": wire_errors(scope),
            "latency": latency(scope),
            "lag": lag(scope),
        }


def judged(run: ArmRun, *, decides: bool, family: int = 1, invariants: Sequence[Invariant] = ()) -> Judged:
    """Return what an arm amounts to; `decides` is whether the verdict hangs on it.

    `family` is over how many lines of all arms the risk of a failure by chance is shared.

    Raises:
        ValueError: if a threshold breaks the grammar.
    """
    head = run.head
    seen = run if head.aborted is None else so_far(run)
    known = history(seen, until=None if head.aborted is None else float(head.aborted["after_seconds"]))
    values = measure(known.whole)
    by_phase = {name: measure(scope) for name, scope in known.phases.items()}
    measured = Measured(known, values, by_phase)
    rules = tally(head.rules, run.records, seed=head.seed)
    family = family if decides else 1
    checks = list(thresholds(head, measured, family=family))
    ours = server(run)
    steady = steady_state(head, measured, family=family)
    own = asked(seen, invariants)
    return Judged(
        run=run,
        decides=decides,
        history=known,
        values=values,
        by_phase=by_phase,
        rules=rules,
        limits=refusals(head.limits, run.records),
        measured=measured,
        thresholds=checks,
        steady_state=steady,
        invariants=own,
        server=ours,
        doubts=doubts(known, rules, [*checks, *own], steady, server=ours, decides=decides),
        hurt=any(check["holds"] is False for check in thresholds(head, measured, anybodys=True))
        or bool(not_recovered(head, steady))
        or head.aborted is not None,
    )


def _intervals(values: Values, scope: Scope) -> dict[str, Any]:
    found = intervals(values, scope)
    return {
        "intervals": {metric: (one.low, one.high) for metric, one in found.items()},
        "interval_methods": {metric: one.method for metric, one in found.items()},
    }


def _money(run: ArmRun, history: History) -> dict[str, dict[str, int]]:
    """Return what was captured and refunded by currency, in minor units.

    With claims also what the client expects to have been charged, and by how much operations are off.
    """
    moved: dict[str, dict[str, int]] = {}
    for entry in made(run.entries):
        sums = moved.setdefault(entry.currency, {"captured_minor": 0, "refunded_minor": 0, "captures": 0})
        if entry.kind == "capture":
            sums["captured_minor"] += entry.amount_minor
            sums["captures"] += 1
        elif entry.kind == "refund":
            sums["refunded_minor"] += entry.amount_minor
        elif entry.kind == "refund_failure":
            sums["refunded_minor"] -= entry.amount_minor
    if history.claims.given:
        for sums in moved.values():
            sums |= {"expected_minor": 0, "error_minor": 0}
        for one in history.operations:
            if one.currency in moved:
                moved[one.currency]["expected_minor"] += one.claimed_minor or 0
                moved[one.currency]["error_minor"] += one.money_error_minor or 0
    return moved
