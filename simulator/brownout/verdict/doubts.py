"""Why a run can't be trusted to show that a client copes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.measures import lag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.verdict.arm import ArmRun
    from brownout.verdict.measures import Values
    from brownout.verdict.rules import RuleTally

LAG_MOST_SECONDS: Final = 0.050
"""How late the generator may be in 99 of 100 operations: later, it tested another load than it says."""
UNSENT_MOST_SHARE: Final = 0.01


def doubts(
    run: ArmRun,
    values: Values,
    rules: Sequence[RuleTally],
    checks: Sequence[Mapping[str, Any]],
    *,
    decides: bool,
) -> list[str]:
    """Return what makes one arm's result uncertain, a sentence each."""
    return [
        *_ending(run),
        *_load(run, values),
        *(f"{run.name}: {doubt}" for rule in rules for doubt in _unfired(rule)),
        *(check["message"] for check in checks if check["holds"] is None and decides),
        *([f"{run.name}: no threshold is about this arm, so nothing was judged"] if decides and not checks else []),
        *_ledger(run, values),
    ]


def unmatched(tallies: Mapping[str, Sequence[RuleTally]]) -> tuple[list[str], list[str]]:
    """Return, as doubts and as notes, which rules were about none of the requests of an arm.

    In every arm, it is a doubt: the fault was planned and nobody met it. In some, it is a note: a client that never
    makes a call can't be hurt by its failing.
    """
    everywhere: list[str] = []
    somewhere: list[str] = []
    for rule in next(iter(tallies.values())):
        without = [arm for arm, rules in tallies.items() if _matched(rules, rule.name) == 0]
        if len(without) == len(tallies):
            everywhere.append(f"rule {rule.name!r} matched no request, so nobody met its fault")
        else:
            somewhere += [f"{arm}: rule {rule.name!r} matched none of its requests" for arm in without]
    return everywhere, somewhere


def _matched(rules: Sequence[RuleTally], name: str) -> int | None:
    return next((rule.matched for rule in rules if rule.name == name), 0)


def _ending(run: ArmRun) -> Iterator[str]:
    if run.head.interrupted:
        yield f"{run.name}: the run was interrupted before its end"
    if run.head.trouble is not None:
        yield f"{run.name}: {run.head.trouble}"


def _load(run: ArmRun, values: Values) -> Iterator[str]:
    if not values["operations"]["count"]:
        yield f"{run.name}: no operation ran"
        return
    if run.head.evicted:
        yield (
            f"{run.name}: {run.head.evicted} journal records were evicted, so the journal doesn't hold the whole run"
        )
    planned = run.head.orders_planned
    if planned is None or run.claims is None:
        return
    unsent = planned - len({claim["key"] for claim in run.claims})
    if unsent > planned * UNSENT_MOST_SHARE:
        yield f"{run.name}: {unsent} of {planned} planned orders were not sent, or nobody knows how they ended"
    late = lag(run)
    if late["measured"] < len(run.claims) or not run.claims:
        yield f"{run.name}: the claims don't say when operations were due and begun, so nobody knows how late they were"
    elif late["p99_seconds"] > LAG_MOST_SECONDS:
        yield (
            f"{run.name}: the load generator was late: 1 in 100 operations began more than "
            f"{late['p99_seconds'] * 1000:.0f} ms after its time, and {LAG_MOST_SECONDS * 1000:.0f} ms is the most"
        )


def _unfired(rule: RuleTally) -> Iterator[str]:
    if rule.fired:
        return
    if rule.matched:
        yield f"rule {rule.name!r} matched {rule.matched} requests and never fired ({rule.how_often})"
    elif rule.matched is None:
        yield f"rule {rule.name!r} never fired"


def _ledger(run: ArmRun, values: Values) -> Iterator[str]:
    if values["ledger.violations"]["count"]:
        yield f"{run.name}: the ledger breaks its own rules, which is a bug of Brownout: see the findings"
