"""What went wrong, one sentence each, with the exchanges that tell why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.verdict.words import CLASSES, counted, said, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from brownout.verdict.history import History
    from brownout.verdict.operations import Operation


def findings(history: History) -> list[dict[str, Any]]:
    """Return an arm's findings: money moved wrongly, worst first; what nobody knows; why operations failed."""
    return list(_findings(history))


def _findings(history: History) -> Iterator[dict[str, Any]]:
    arm, found = history.head.arm, history.operations
    for kind, told in _KINDS.items():
        if kind == "duplicated" or history.whole.claimed:
            for one in found:
                message = told(one)
                if message is not None:
                    yield _about(arm, kind, one, message)
    if history.whole.claimed:
        yield from _failed(arm, found)
    paid_for: dict[str, list[Operation]] = defaultdict(list)
    for one in found if history.violations else ():
        for payment in {payment.id for payment in one.effects}:
            paid_for[payment].append(one)
    for violation in history.violations:
        exchanges = [attempt.id for one in paid_for[violation.subject] for attempt in one.attempts]
        yield _finding(arm, "violation", violation.subject, violation.message, exchanges, rule=violation.rule)


def _duplicated(one: Operation) -> str | None:
    if len(one.effects) < 2:
        return None
    extra = say(sum(payment.net for payment in one.effects[1:]), one.currency)
    return f"charged {said(one.key)} {times(len(one.effects))}: {extra} too much"


def _lost(one: Operation) -> str | None:
    return f"says {said(one.key)} was paid{_of(one)}, but nothing was charged" if one.lost else None


def _orphaned(one: Operation) -> str | None:
    return f"says {said(one.key)} failed, but {_taken(one)} was charged" if one.orphaned else None


def _refund(one: Operation) -> str | None:
    if not one.refund_wrong or one.claim is None:
        return None
    claimed, given = say(one.claim.refunded_minor or 0, one.currency), say(one.refunded_minor, one.currency)
    return f"says {claimed} of {said(one.key)} was refunded, but {given} was"


def _amount(one: Operation) -> str | None:
    if one.outcome != "ok" or len(one.effects) != 1 or one.claim is None:
        return None
    claimed, taken = one.claim.amount_minor, one.effects[0].captured
    if claimed in (None, taken):
        return None
    return f"says {said(one.key)} cost {say(claimed or 0, one.currency)}, but {say(taken, one.currency)} was charged"


def _unresolved(one: Operation) -> str | None:
    if one.outcome != "unknown":
        return None
    truth = f"{_taken(one)} was charged" if one.effects else "nothing was charged"
    return f"never learned how {said(one.key)} ended: {truth}"


_KINDS: Final[dict[str, Callable[[Operation], str | None]]] = {
    "duplicated": _duplicated,
    "lost": _lost,
    "orphaned": _orphaned,
    "amount": _amount,
    "refund": _refund,
    "unresolved": _unresolved,
}
"""What can be wrong with an operation's money, worst first: each gives the sentence, None if it isn't."""


def _failed(arm: str, found: Sequence[Operation]) -> Iterator[dict[str, Any]]:
    """Yield a finding for each class of errors that operations ended in, with the first of them as an example."""
    by_class: dict[str, list[Operation]] = defaultdict(list)
    for one in found:
        if one.outcome == "fail" and one.error in CLASSES:
            by_class[one.error].append(one)
    for error, ended in sorted(by_class.items(), key=lambda item: (-len(item[1]), item[0])):
        first = min(ended, key=lambda one: (one.claim.due if one.claim and one.claim.due is not None else 0.0, one.key))
        why = (first.claim.detail if first.claim else "") or str(first.failure or "")
        message = f"failed {counted(len(ended), 'operation')} with {error}; the first was {said(first.key)}"
        yield _about(arm, "failed", first, message + (f" ({said(why)})" if why else ""), error=error, count=len(ended))


def _of(one: Operation) -> str:
    amount = one.claim.amount_minor if one.claim is not None else None
    return f" ({say(amount, one.currency)})" if amount is not None and one.currency else ""


def _taken(one: Operation) -> str:
    return say(one.moved_minor, one.currency)


def _about(arm: str, kind: str, one: Operation, message: str, **more: Any) -> dict[str, Any]:
    amount = sum(payment.net for payment in one.effects[1:]) if kind == "duplicated" else one.moved_minor
    if not amount and one.claim is not None:
        amount = one.claim.amount_minor or 0
    return _finding(
        arm,
        kind,
        one.key,
        f"{arm} {message}",
        [attempt.id for attempt in one.attempts],
        phase=one.phase,
        amount_minor=amount,
        currency=one.currency,
        payments=[payment.id for payment in one.effects],
        **more,
    )


def _finding(arm: str, kind: str, key: str, message: str, exchanges: list[str], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "arm": arm, "key": key, "message": message, **more, "exchanges": exchanges}
