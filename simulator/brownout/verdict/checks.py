"""What was asked of an arm, and what it came to: its thresholds, and its steady state before and after the trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.metrics import METRICS, is_share
from brownout.core.thresholds import Assertion, Subject, parse_assertion, parse_subject
from brownout.verdict.advice import advice
from brownout.verdict.intervals import of_share
from brownout.verdict.measures import why_not

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from brownout.verdict.arm import Head
    from brownout.verdict.history import History
    from brownout.verdict.measures import Values


class Measured:
    """An arm's values, and by phase."""

    def __init__(self, history: History, whole: Values, phases: Mapping[str, Values]) -> None:
        """Keep what was measured beside what it was measured on."""
        self.history = history
        self._whole = whole
        self._phases = phases

    def value(self, subject: Subject, aggregation: str) -> float | None:
        """Return a value, None if it isn't measured or there is no such phase."""
        values = self._whole if subject.phase is None else self._phases.get(subject.phase)
        return None if values is None else values[subject.metric][aggregation]

    def why_not(self, subject: Subject, aggregation: str) -> str:
        """Return why it isn't measured."""
        scope = self.history.scope(subject.phase)
        return "the run has no such phase" if scope is None else why_not(subject.metric, aggregation, scope)

    def interval(self, subject: Subject, aggregation: str) -> tuple[float, float] | None:
        """Return the 95% interval of a share, None of anything else."""
        scope, value = self.history.scope(subject.phase), self.value(subject, aggregation)
        return of_share(subject.metric, value, scope) if scope and is_share(subject.metric, aggregation) else None


def thresholds(head: Head, measured: Measured, *, anybodys: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what each threshold about this arm came to; with `anybodys`, also those about others.

    Raises:
        ValueError: if one breaks the grammar.
    """
    for text, lines in head.thresholds.items():
        subject = parse_subject(text)
        if anybodys or subject.arm in (None, head.arm):
            for line in lines:
                yield _check(head.arm, subject, line, measured, asked="a threshold asks for")


def steady_state(head: Head, measured: Measured) -> list[dict[str, Any]]:
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
                found += [_check(head.arm, subject, line, measured, asked="the steady state is") for line in lines]
    return found


def broken_before(head: Head, steady: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what didn't hold in the first phase, before anything was broken."""
    return [one for one in steady if one["holds"] is False and one["phase"] == head.phases[0].name]


def not_recovered(head: Head, steady: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what held in the first phase and doesn't in the last: nothing, unless all of it is known to have held."""
    if not all(one["holds"] for one in steady if one["phase"] == head.phases[0].name):
        return []
    return [one for one in steady if one["holds"] is False]


def _check(arm: str, subject: Subject, line: str, measured: Measured, *, asked: str) -> dict[str, Any]:
    assertion = parse_assertion(subject.metric, line)
    value = measured.value(subject, assertion.aggregation)
    interval = measured.interval(subject, assertion.aggregation)
    holds = None if value is None else assertion.holds_of(value, interval)
    if value is None:
        said = f"is not measured, since {measured.why_not(subject, assertion.aggregation)}, and {asked} {line}"
    elif holds is None and interval is not None:
        low, high = interval
        said = f"is {_said(subject, assertion, value)}, with 95% from {low:.3g} to {high:.3g}, and {asked} {line}"
    else:
        said = f"is {_said(subject, assertion, value)}, {'as' if holds else 'but'} {asked} {line}"
    named = subject.metric if subject.phase is None else f"{subject.metric} in {subject.phase}"
    return {
        "arm": arm,
        "metric": subject.metric,
        "phase": subject.phase,
        "assertion": line,
        "value": value,
        "interval": interval,
        "holds": holds,
        "message": f"{arm}: {named} {said}",
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
