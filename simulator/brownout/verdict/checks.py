"""What was asked of an arm, and what it came to: its thresholds, and its steady state before and after the trouble."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from brownout.core.binomial import at_least, at_most
from brownout.core.metrics import METRICS, is_share
from brownout.core.thresholds import Assertion, Line, Subject, gated, parse_assertion, parse_subject
from brownout.verdict.advice import advice
from brownout.verdict.attempts import MODELLED
from brownout.verdict.intervals import of_share
from brownout.verdict.measures import cases, censored, measure, why_not
from brownout.verdict.narrow import narrowed
from brownout.verdict.quantiles import interval as wilson
from brownout.verdict.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from brownout.verdict.arm import Head
    from brownout.verdict.history import History, Scope
    from brownout.verdict.measures import Values

RISK: Final = 0.05
"""The chance that a client which meets every bound is failed by chance: of all lines that ask `at 95%` together."""


class Measured:
    """An arm's values, as a whole, by phase, and of some clients or operations."""

    def __init__(self, history: History, whole: Values, phases: Mapping[str, Values]) -> None:
        """Keep what was measured beside what it was measured on."""
        self.history = history
        self._values: dict[Subject, tuple[Scope, Values]] = {_key(None): (history.whole, whole)}
        self._intervals: dict[Subject, tuple[float, float] | None] = {}
        for name, values in phases.items():
            self._values[_key(name)] = history.phases[name], values

    def of(self, subject: Subject) -> tuple[Scope, Values] | None:
        """Return what a subject is about and all that was measured of it, None if there is no such phase."""
        key = subject._replace(metric="", arm=None)
        if key not in self._values:
            whole = self._values.get(_key(subject.phase))
            if whole is None:
                return None
            scope = narrowed(whole[0], subject)
            self._values[key] = scope, measure(scope)
        return self._values[key]

    def value(self, subject: Subject, aggregation: str) -> float | None:
        """Return a value, None if it isn't measured, there is no such phase, or no call fits what is selected."""
        found = self.of(subject)
        if found is None or (subject.narrow and not found[0].attempts):
            return None
        return found[1][subject.metric][aggregation]

    def why_not(self, subject: Subject, aggregation: str) -> str:
        """Return why it isn't measured."""
        found = self.of(subject)
        if found is None:
            return "the run has no such phase"
        if subject.narrow and not found[0].attempts:
            chosen = (("client", subject.client), ("operation", subject.operation))
            return f"no call fits {' and '.join(f'{name} {glob!r}' for name, glob in chosen if glob is not None)}"
        return why_not(subject.metric, aggregation, found[0])

    def unmodelled(self, subject: Subject) -> int:
        """Return how many of the answers that a subject rests on aren't as the provider's own would be."""
        found = self.of(subject)
        return 0 if found is None else sum(one.fidelity != MODELLED for one in found[0].attempts)

    def censored(self, subject: Subject) -> bool:
        """Return whether a value is only the least that it can be: the run ended before it did."""
        found = self.of(subject)
        return found is not None and censored(subject.metric, found[0])

    def interval(self, subject: Subject, aggregation: str) -> tuple[float, float] | None:
        """Return the 95% interval of a share, None of anything else."""
        found, key = self.of(subject), subject._replace(arm=None)
        if found is None or not is_share(subject.metric, aggregation):
            return None
        if key not in self._intervals:  # of one metric only one aggregation is a share
            self._intervals[key] = of_share(subject.metric, self.value(subject, aggregation), found[0])
        return self._intervals[key]

    def by_chance(self, subject: Subject, assertion: Assertion, interval: tuple[float, float] | None) -> float:
        """Return how often a client exactly at the bound would look as bad as this one, or worse (exact binomial).

        Cases that hang together are as few as the `interval` of the share says that they are worth.
        """
        found, value = self.of(subject), self.value(subject, assertion.aggregation)
        if found is None or value is None or interval is None:
            return 1.0
        return _as_bad(value, worth(value, interval, cases(subject.metric, found[0])), assertion)


def _as_bad(value: float, of: int, assertion: Assertion) -> float:
    """Return how often chance makes so bad a share of so many cases. A part of a case is held against nobody.

    >>> _as_bad(0.25, 6, Assertion("rate", "<", 0.05, sure=True)) == at_least(1, 6, 0.05)
    True
    >>> _as_bad(0.75, 6, Assertion("rate", ">", 0.95, sure=True)) == at_most(5, 6, 0.95)
    True
    """
    seen = round(value * of, 6)
    if assertion.operator in ("<", "<="):
        return at_least(math.floor(seen), of, assertion.bound)
    return at_most(math.ceil(seen), of, assertion.bound)


def worth(value: float, interval: tuple[float, float], of: int) -> int:
    """Return how many independent cases would have so wide an interval; never more than there are.

    >>> 95 < worth(0.5, wilson(0.5, 100), 400) < 105, worth(0.5, wilson(0.5, 400), 400)
    (True, 400)
    """
    narrowest = wilson(value, of)
    width, least = interval[1] - interval[0], narrowest[1] - narrowest[0]
    return of if width <= least else max(1, round(of * (least / width) ** 2))


def _key(phase: str | None) -> Subject:
    return Subject("", phase=phase)


def family(heads: Sequence[Head]) -> int:
    """Return over how many lines the risk is shared: those of these arms that decide and ask `at 95%`.

    A steady state decides once, by its last phase. The number hangs on the scenario alone, never on what was measured.
    """
    asked = [
        (subject.metric, line)
        for head in heads
        for subject, line, decides in _lines(head)
        if decides and subject.arm in (None, head.arm)
    ]
    for head in heads:
        for text, lines in head.steady_state.items():
            subject = parse_subject(text)
            asked += [(subject.metric, line) for line in map(Line.of, lines) if subject.arm in (None, head.arm)]
    return sum(parse_assertion(metric, line.threshold).sure for metric, line in asked)


def thresholds(
    head: Head, measured: Measured, *, anybodys: bool = False, family: int = 1
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield what each threshold about this arm came to; with `anybodys`, also those about others.

    Raises:
        ValueError: if one breaks the grammar.
    """
    for subject, line, decides in _lines(head):
        if anybodys or subject.arm in (None, head.arm):
            shared = family if decides else 1
            partial = head.aborted is not None
            yield check(head.arm, subject, line, measured, decides=decides, family=shared, partial=partial)


def _lines(head: Head) -> Iterator[tuple[Subject, Line, bool]]:
    """Yield each line of the thresholds with what it is about, and whether it decides."""
    marked = gated(head.thresholds)
    for text, lines in head.thresholds.items():
        subject = parse_subject(text)
        for line in map(Line.of, lines):
            yield subject, line, line.gate or not marked


def steady_state(head: Head, measured: Measured, *, family: int = 1) -> list[dict[str, Any]]:
    """Return what the steady state came to in the first phase and in the last.

    Raises:
        ValueError: if one of its assertions breaks the grammar.
    """
    ends = [phase.name for phase in head.phases]
    found = []
    for phase in dict.fromkeys(ends[:1] + ends[-1:]):
        for text, lines in head.steady_state.items():
            asked = parse_subject(text)
            if asked.arm in (None, head.arm):
                subject = asked._replace(phase=phase)
                found += [
                    check(head.arm, subject, line, measured, family=family, asked="the steady state is")
                    for line in map(Line.of, lines)
                ]
    return found


def broken_before(head: Head, steady: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what didn't hold in the first phase, before anything was broken."""
    return [one for one in steady if one["holds"] is False and one["phase"] == head.phases[0].name]


def not_recovered(head: Head, steady: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what held in the first phase and doesn't in the last: nothing, unless all of it is known to have held."""
    if not all(one["holds"] for one in steady if one["phase"] == head.phases[0].name):
        return []
    return [one for one in steady if one["holds"] is False]


def check(
    arm: str,
    subject: Subject,
    line: Line,
    measured: Measured,
    *,
    decides: bool = True,
    family: int = 1,
    asked: str = "a threshold asks for",
    partial: bool = False,
) -> dict[str, Any]:
    """Return what one line came to; `family` is over how many the risk of a failure by chance is shared.

    Of a `partial` run, a count or a length that isn't at its end is missed only if more of it can't mend that.

    Raises:
        ValueError: if it breaks the grammar.
    """
    text = line.threshold
    assertion = parse_assertion(subject.metric, text)
    value = measured.value(subject, assertion.aggregation)
    interval = measured.interval(subject, assertion.aggregation)
    endless = value is not None and measured.censored(subject)
    holds = None if value is None else assertion.holds_of(math.inf if endless else value, interval)
    chance = measured.by_chance(subject, assertion, interval) if assertion.sure and value is not None else None
    growing = partial and (endless or assertion.aggregation == "count")
    early = growing and holds is False and value is not None and not assertion.missed_for_good(value)
    unlucky = holds is False and chance is not None and chance > RISK / family
    if value is None:
        said = f"is not measured, since {measured.why_not(subject, assertion.aggregation)}, and {asked} {text}"
    elif early:
        holds = None
        said = f"is {_said(subject, assertion, value)} and may still be more, and {asked} {text}"
    elif endless and value is not None:
        least = _said(subject, assertion, value)
        said = f"is more than {least}, as far as was seen, {'as' if holds else 'but'} {asked} {text}"
    elif unlucky:
        holds = None
        said = (
            f"is {_said(subject, assertion, value)}, which {100 * (chance or 0.0):.2g}% of clients at the bound would "
            f"come to by chance, {100 * RISK / family:.2g}% being the most for one of {family}, and {asked} {text}"
        )
    elif holds is None and interval is not None:
        low, high = interval
        said = f"is {_said(subject, assertion, value)}, with 95% from {low:.3g} to {high:.3g}, and {asked} {text}"
    else:
        said = f"is {_said(subject, assertion, value)}, {'as' if holds else 'but'} {asked} {text}"
    if value is not None and (unmodelled := measured.unmodelled(subject)):
        holds = None
        said += (
            f"; that rests on {counted(unmodelled, 'answer')} not modelled after the provider's, so it shows nothing"
        )
    return {
        "arm": arm,
        "metric": subject.metric,
        "phase": subject.phase,
        "client": subject.client,
        "operation": subject.operation,
        "assertion": text,
        "gate": line.gate,
        "decides": decides,
        "value": value,
        "censored": endless,
        "interval": interval,
        "family": family if assertion.sure else None,
        "by_chance": None if chance is None else float(f"{chance:.6g}"),
        "holds": holds,
        "message": f"{arm}: {subject} {said}",
        "advice": advice(subject.metric) if holds is False else None,
    }


def _said(subject: Subject, assertion: Assertion, value: float) -> str:
    """Return a value as a sentence has it, with so many digits that it doesn't seem to be the bound unless it is.

    >>> _said(Subject("goodput.rate"), Assertion("value", ">=", 0.98), 0.97999999)
    '0.97999999'
    >>> _said(Subject("op.latency"), Assertion("max", "<", 0.8), 0.8)
    '800 ms'
    """
    scale, unit = 1, ""
    if METRICS[subject.metric].timed:
        scale, unit = (1000, " ms") if value < 10 else (1, " s")
    if not unit and float(value).is_integer():
        return f"{value:.0f}"
    texts = (f"{value * scale:.{digits}g}" for digits in range(4, 18))
    alike = (text for text in texts if assertion.holds(float(text) / scale) is assertion.holds(value))
    return next(alike, repr(value * scale)) + unit
