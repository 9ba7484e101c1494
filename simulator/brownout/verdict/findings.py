"""What went wrong, one sentence each, with the exchanges that tell why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.invariants import duplicated, money_conserved
from brownout.core.money import say
from brownout.verdict.measures import lost, orphaned
from brownout.verdict.operations import Operation, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.verdict.arm import ArmRun


def findings(run: ArmRun) -> list[dict[str, Any]]:
    """Return an arm's findings: money moved wrongly, worst first, then what nobody knows."""
    return list(_findings(run))


def _findings(run: ArmRun) -> Iterator[dict[str, Any]]:
    # By key, since which of two orders was captured first is a matter of milliseconds.
    for double in sorted(duplicated(run.entries), key=lambda double: (double.account, double.key)):
        yield _finding(
            run,
            "duplicated",
            double.key,
            str(double),
            amount_minor=double.extra_minor,
            currency=double.currency,
            payments=list(double.payments),
        )
    if run.claims:
        found = operations(run)
        for one in lost(found):
            yield _about(run, "lost", one, f"{one.key} was claimed as paid{_of(one)}, but nothing was charged")
        for one in orphaned(found):
            yield _about(run, "orphaned", one, f"{one.key} was reported as failed, but {_taken(one)} was charged")
        for one in found:
            if one.outcome == "unknown":
                truth = f"{_taken(one)} was charged" if one.effects else "nothing was charged"
                yield _about(run, "unresolved", one, f"the client never learned about {one.key}: {truth}")
    for violation in money_conserved(run.entries):
        yield _finding(run, "violation", violation.subject, violation.message, rule=violation.rule)


def _about(run: ArmRun, kind: str, one: Operation, message: str) -> dict[str, Any]:
    return _finding(
        run,
        kind,
        one.key,
        message,
        amount_minor=one.moved_minor or one.claimed_minor,
        currency=one.currency,
        payments=[payment.id for payment in one.effects],
    )


def _of(one: Operation) -> str:
    amount = one.claimed_minor
    return f" ({say(amount, one.currency)})" if amount is not None and one.currency else ""


def _taken(one: Operation) -> str:
    return say(one.moved_minor, one.currency)


def _finding(run: ArmRun, kind: str, key: str, message: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "arm": run.name, "key": key, "message": message, **more, "exchanges": _exchanges(run, key)}


def _exchanges(run: ArmRun, key: str) -> list[str]:
    return [record["decided"]["id"] for record in run.records if record["decided"]["key"] == key]
