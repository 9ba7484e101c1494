"""Why a run can't be trusted to show that a client copes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.checks import broken_before
from brownout.verdict.lateness import all_busy
from brownout.verdict.measures import LAG_MOST_SECONDS, lag
from brownout.verdict.server import bottleneck
from brownout.verdict.words import counted, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from brownout.verdict.arm import Head
    from brownout.verdict.history import History, Scope
    from brownout.verdict.limits import LimitTally
    from brownout.verdict.rules import RuleTally

LAG_PHASE_LEAST: Final = 100
"""A phase with fewer operations isn't looked at by itself: there, the latest one would be the 99th percentile."""
UNSENT_MOST_SHARE: Final = 0.01
_MOSTLY: Final = 0.5


def doubts(
    history: History,
    rules: Sequence[RuleTally],
    checks: Sequence[Mapping[str, Any]],
    steady: Sequence[Mapping[str, Any]],
    *,
    server: Mapping[str, Any],
    decides: bool,
) -> list[str]:
    """Return what makes one arm's result uncertain, a sentence each; `server` is how busy ours was.

    That a run which a threshold ended is short is no doubt.
    """
    if history.head.aborted is not None:
        unwell = _unsteady(history.head, steady) if decides and broken_before(history.head, steady) else ()
        said = [*unwell, *_ending(history.head), *late(history), *bottleneck(server), *_ledger(history)]
        return [f"{history.head.arm}: {each}" for each in said]
    said = [
        *(_unsteady(history.head, steady) if decides else ()),
        *_ending(history.head),
        *_load(history),
        *bottleneck(server),
        *_phases(history),
        *_claims(history),
        *(doubt for rule in rules for doubt in _unfired(history, rule, decides=decides)),
        *_ledger(history),
    ]
    named = [f"{history.head.arm}: {each}" for each in said]
    if decides:
        asked = [check for check in checks if check.get("decides", True)]
        named += [check["message"] for check in (*asked, *steady) if check["holds"] is None]
        if not (checks or steady):
            named.append(f"{history.head.arm}: no threshold is about this arm, so nothing was judged")
    return named


def unmet(
    rules: Mapping[str, Sequence[RuleTally]], limits: Mapping[str, Sequence[LimitTally]]
) -> tuple[list[str], list[str]]:
    """Return, as doubts and as notes, which rules and which phases' limits were met by no request of an arm.

    In every arm, it is a doubt: the trouble was planned and nobody met it. In some, it is a note: a client that never
    makes a call can't be hurt by its failing, and one that paces itself isn't refused.
    """
    everywhere: list[str] = []
    somewhere: list[str] = []

    def sort(without: Sequence[str], arms: int, nobody: str, this: str) -> None:
        if len(without) == arms:
            everywhere.append(nobody)
        else:
            somewhere.extend(f"{arm}: {this}" for arm in without)

    for rule in next(iter(rules.values())):
        spared = _without(rules, rule, lambda one: one.matched == 0 and not (one.fired or one.idle))
        sort(
            spared,
            len(rules),
            f"rule {rule.name!r} matched no request, so nobody met its fault",
            f"rule {rule.name!r} matched none of its requests",
        )
    for limit in next(iter(limits.values())):
        if limit.phase is not None and limit.documented is None:
            sort(
                _without(limits, limit, lambda one: not one.refused),
                len(limits),
                f"the limit {limit.name!r} refused nothing in {limit.phase}, so nobody met it",
                f"the limit {limit.name!r} refused nothing in {limit.phase}",
            )
    return everywhere, somewhere


def _without(arms: Mapping[str, Sequence[Any]], planned: Any, spared: Callable[[Any], bool]) -> list[str]:
    """Return the arms whose requests `planned`, a rule or a limit, left alone; those without it too."""

    def same(one: Any) -> bool:
        return (one.name, one.phase) == (planned.name, planned.phase)

    return [arm for arm, tallies in arms.items() if all(spared(one) for one in tallies if same(one))]


def _unsteady(head: Head, steady: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if head.steady_state and not head.phases:
        yield "the steady state wasn't looked at, since the run has no phases"
    broken = broken_before(head, steady)
    if broken:
        yield "the steady state didn't hold before anything was broken, so what came after shows nothing"
    yield from (str(one["message"]).removeprefix(f"{head.arm}: ") for one in broken)


def _ending(head: Head) -> Iterator[str]:
    if head.interrupted:
        yield "the run was interrupted before its end"
    if head.trouble is not None:
        yield head.trouble
    if head.broke is not None:
        yield f"the client did what no client may: {head.broke}"


def _load(history: History) -> Iterator[str]:
    head = history.head
    if not history.operations:
        yield "no operation ran"
        return
    if head.evicted:
        yield f"{head.evicted} journal records were evicted, so the journal doesn't hold the whole run"
    if head.orders_planned is None or not history.claims.given:
        return
    unsent = head.orders_planned - len(history.claims.by_key)
    if unsent > head.orders_planned * UNSENT_MOST_SHARE:
        yield f"{unsent} of {head.orders_planned} planned orders were not sent, or nobody knows how they ended"
    if not history.claims.by_key or lag(history.whole)["measured"] < len(history.claims.by_key):
        yield "the claims don't say when operations were due and begun, so nobody knows how late they were"
        return
    yield from late(history)


def late(history: History) -> list[str]:
    """Return where the load generator was late: on the whole, else in which phases."""
    users = history.head.users
    found = [*_late(history.whole, "", users)]
    if not found:
        for phase in history.phases.values():
            if len(phase.operations) >= LAG_PHASE_LEAST:
                found += _late(phase, f" in {phase.phase}", users)
    return found


def _late(scope: Scope, where: str, users: int | None) -> Iterator[str]:
    lateness = lag(scope)["p99_seconds"]
    if lateness is not None and lateness > LAG_MOST_SECONDS:
        yield (
            f"the load generator was late{where}: 1 in 100 operations began more than {lateness * 1000:.0f} ms after "
            f"its time, and {LAG_MOST_SECONDS * 1000:.0f} ms is the most{_why_late(scope, users)}"
        )


def _why_late(scope: Scope, users: int | None) -> str:
    """Return what to do about it, if its users were too few."""
    busy = None if users is None else all_busy(scope, users)
    if busy is None or busy < _MOSTLY:
        return ""
    return f"; all {users} users were busy with earlier ones then: raise load.users"


def _phases(history: History) -> Iterator[str]:
    if not history.operations:
        return
    if history.head.finished:  # the end of one that isn't finished says why its last phases are empty
        yield from (
            f"no operation ran in {name}, so that phase shows nothing"
            for name, scope in history.phases.items()
            if not scope.operations
        )
    if history.unplaced:
        yield f"nobody knows when {counted(history.unplaced, 'operation')} should have begun, so no phase has them"


def _claims(history: History) -> Iterator[str]:
    unread = history.claims.unread
    if unread:
        more = "" if len(unread) == 1 else f", and {len(unread) - 1} more"
        yield f"a claim can't be read: {unread[0]}{more}"


def _unfired(history: History, rule: RuleTally, *, decides: bool) -> Iterator[str]:
    scope = history.scope(rule.phase)
    if rule.fired or (not history.head.finished and (scope is None or not scope.operations)):
        return
    if rule.idle:
        if decides:  # a client that is down already can't be hurt more, and a control arm is there to go down
            yield f"rule {rule.name!r} fired {times(rule.idle)} and never changed anything"
    elif rule.matched:
        yield f"rule {rule.name!r} matched {counted(rule.matched, 'request')} and never fired ({rule.how_often})"
    elif rule.matched is None:
        yield f"rule {rule.name!r} never fired"


def _ledger(history: History) -> Iterator[str]:
    if history.violations:
        yield "the ledger breaks its own rules, which is a bug of Brownout: see the findings"
