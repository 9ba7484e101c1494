"""What was injected, and what the client did about it: the part of a run's summary that tells of one world."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from brownout.replay.aftermath import aftermath
from brownout.verdict.limits import refusals
from brownout.verdict.rules import tally
from brownout.verdict.words import counted, said, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from brownout.replay.aftermath import Met
    from brownout.replay.session import Chapter
    from brownout.verdict.limits import LimitTally
    from brownout.verdict.rules import RuleTally

_SHOWN_MOST: Final = 4
_NAMES_SHOWN_MOST: Final = 3


def injected(chapter: Chapter, *, alone: bool) -> Iterator[str]:
    """Yield what one world's rules and limits did, and what the client did about each; then what went wrong without.

    `alone` is whether there is no other world to tell of.
    """
    run = chapter.run
    met: dict[str, list[Met]] = defaultdict(list)
    for one in aftermath(run.calls):
        met[one.cause].append(one)
    rules = tally(run.head.rules, run.records, seed=run.head.seed)
    limits = refusals(run.head.limits, run.records)
    live = sorted(set(met) - {rule.name for rule in rules} - {limit.name for limit in limits})
    where = "" if alone else f" in sandbox {chapter.sandbox}"
    yield ""
    yield f"injected{where}, and what the client did about it"
    if not (rules or limits or live):
        yield "  nothing: the scenario has neither faults nor limits"
    early = [rule for rule in rules if not (rule.fired or rule.idle) and _begins(chapter, rule.phase) > chapter.seconds]
    for rule in sorted(rules, key=lambda rule: not rule.fired):
        if rule not in early:
            yield from _rule(chapter, rule, met)
    if early:
        first = min(_begins(chapter, rule.phase) for rule in early)
        yield f"  not reached: {', '.join(rule.name for rule in early)}"
        yield f"    their phases begin {first:g} s after the start, or later; it was over after {chapter.seconds:.1f} s"
    for limit in limits:
        yield from _limit(limit, met)
    for name in live:
        # No rule of a scenario, and none that is put, can have a colon in its name.
        how = "asked for by requests themselves" if name.startswith("header:") else "put in force by the run itself"
        yield f"  {name} ({how}): {times(len(met[name]))}"
        yield from _reactions(met[name])
    yield from _organic(chapter)


def _rule(chapter: Chapter, rule: RuleTally, met: Mapping[str, Sequence[Met]]) -> Iterator[str]:
    what = f"  {rule.name} ({rule.kind} at {rule.target})"
    if rule.fired:
        fired = f"{rule.fired} of {counted(rule.matched, 'matching call')}" if rule.matched else times(rule.fired)
        yield f"{what}: struck {fired}"
        yield from _reactions([one for one in met[rule.name] if _in_phase(chapter, one, rule.phase)])
    elif rule.idle:
        yield f"{what}: fired {times(rule.idle)} and changed nothing"
    elif rule.matched == 0:
        yield f"{what}: never fired: no matching call was made{f' in {rule.phase}' if rule.phase else ''}"
    else:
        calls = "" if rule.matched is None else f" on {counted(rule.matched, 'matching call')}"
        yield f"{what}: never fired{calls} ({rule.how_often}); another seed may: --seeds 1..20 --until-fails"


def _begins(chapter: Chapter, phase: str | None) -> float:
    """Return how many seconds after its start a world's phase begins; 0 for what is always in force."""
    begins = 0.0
    for one in chapter.run.head.phases if phase is not None else ():
        if one.name == phase:
            return begins
        begins += one.duration_seconds
    return 0.0


def _in_phase(chapter: Chapter, one: Met, phase: str | None) -> bool:
    if phase is None:
        return True
    found = next((each for each in chapter.run.records if each["decided"]["id"] == one.exchange), None)
    return found is not None and found["decided"].get("phase") == phase


def _limit(limit: LimitTally, met: Mapping[str, Sequence[Met]]) -> Iterator[str]:
    if not limit.refused:
        yield f"  {limit.name} (limit): refused nothing"
        return
    yield f"  {limit.name} (limit): refused {counted(limit.refused, 'call')}"
    yield from _reactions(met[limit.name])


def _reactions(met: Iterable[Met]) -> Iterator[str]:
    """Yield one line for each way in which the client took it."""
    groups: dict[tuple[str, str, str], list[Met]] = defaultdict(list)
    for one in met:
        groups[one.operation, one.saw, one.then].append(one)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    for (operation, saw, then), each in ordered[:_SHOWN_MOST]:
        yield f"    {len(each)} x {operation}: {saw}"
        yield f"        {then}{_later(each)}   ({names(each)})"
    rest = sum(len(each) for _, each in ordered[_SHOWN_MOST:])
    if rest:
        yield f"    {rest} x something else; the journal has them all"


def _later(each: Sequence[Met]) -> str:
    """Return how long after, to two digits: that is how clients choose it."""
    found = sorted(one.after_seconds for one in each if one.after_seconds is not None)
    if not found:
        return ""
    low, high = _length(found[0]), _length(found[-1])
    return f", {low} later" if low == high else f", {low} to {high} later"


def _length(seconds: float) -> str:
    """Return a length to two digits: that is how clients choose it.

    >>> _length(0.00312), _length(0.5021), _length(61.3)
    ('3 ms', '500 ms', '61 s')
    """
    if seconds < 1:
        return f"{float(f'{seconds * 1000:.2g}'):g} ms" if seconds >= 0.01 else f"{seconds * 1000:.0f} ms"
    return f"{float(f'{seconds:.2g}'):g} s"


def names(each: Sequence[Met]) -> str:
    """Return the first few of what they were about."""
    names = [said(name) for name in dict.fromkeys(one.subject for one in each)]
    more = len(names) - _NAMES_SHOWN_MOST
    return ", ".join(names[:_NAMES_SHOWN_MOST]) + (f" and {more} more" if more > 0 else "")


def _organic(chapter: Chapter) -> Iterator[str]:
    """Yield what was refused without any fault: most often a program that isn't set up as it thinks."""
    decided = [record["decided"] for record in chapter.run.records]
    found = Counter(
        (one["method"], one["path"], one["status"], one.get("error")) if one["operation"].endswith(".unknown")
        else (one["operation"], "", one["status"], one.get("error"))
        for one in decided
        if one["answered"] == "reply" and one["status"] >= 400 and not one["fired"] and not one.get("limit")
    )  # fmt: skip
    if found:
        yield "  not injected: answered with an error as the provider would have"
    for (name, path, status, error), number in found.most_common(_SHOWN_MOST):
        yield f"    {number} x {said(' '.join(filter(None, (name, path))))}: {status} {error or ''}".rstrip()
    more = len(found) - _SHOWN_MOST
    if more > 0:
        yield f"    and {more} other kinds"
