"""What happened when: the arms' time lines on common axes, and the phases under them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from brownout.reports.html.words import known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BUCKETS_MOST: Final = 360
"""A chart has no more columns; longer runs are shown in wider ones."""


@dataclass(frozen=True, slots=True)
class Span:
    """A phase, in seconds since the load began."""

    name: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One arm's time line, in buckets of `bucket_seconds`. `at` is the middle of each.

    Counts are sums over a bucket. Where buckets were joined, a latency is the worst of theirs.
    """

    arm: str
    bucket_seconds: float
    at: Sequence[float]
    values: Mapping[str, Any]

    def counts(self, name: str) -> list[float]:
        """Return a count for each bucket, 0 for each if the verdict has none of that name."""
        return self.values.get(name) or [0] * len(self.at)

    def split(self, name: str) -> Mapping[str, Sequence[float]]:
        """Return the counts by class or rule, of those that ever counted."""
        return {each: found for each, found in (self.values.get(name) or {}).items() if any(found)}

    def lengths(self, name: str) -> list[float | None]:
        """Return a length in seconds for each bucket, None where nothing ended."""
        return self.values.get(name) or [None] * len(self.at)


def spans(verdict: Mapping[str, Any]) -> list[Span]:
    """Return the phases of a verdict in order; none if it has none."""
    phases = verdict.get("phases") or []
    ends = list(accumulate(float(phase["duration_seconds"]) for phase in phases))
    return (
        [Span(phase["name"], begin, end) for phase, begin, end in zip(phases, [0.0, *ends[:-1]], ends, strict=True)]
        if phases
        else []
    )


def lines(verdict: Mapping[str, Any]) -> list[Line]:
    """Return the time lines of the arms that have one."""
    found = [(name, arm.get("timeline")) for name, arm in verdict["arms"].items()]
    return [_line(name, one) for name, one in found if one and one.get("at")]


def _line(arm: str, data: Mapping[str, Any]) -> Line:
    width = float(data["bucket_seconds"])
    joined = -(-len(data["at"]) // BUCKETS_MOST)
    values: dict[str, Any] = {}
    for name, found in data.items():
        join = _worst if name.startswith("latency") else sum
        if isinstance(found, dict):
            values[name] = {each: _joined(one, joined, sum) for each, one in found.items()}
        elif isinstance(found, list) and name != "at":
            values[name] = _joined(found, joined, join)
    at = [one + width * joined / 2 for one in data["at"][::joined]]
    return Line(arm=arm, bucket_seconds=width * joined, at=at, values=values)


def _joined(values: list[Any], number: int, join: Callable[[list[Any]], Any]) -> list[Any]:
    if number == 1:
        return values
    return [join(values[begin : begin + number]) for begin in range(0, len(values), number)]


def _worst(values: Sequence[Any]) -> float | None:
    return max(filter(known, values), default=None)


def end(phases: Sequence[Span], found: Sequence[Line]) -> float:
    """Return where the time axis ends: with the last phase, or with what came after it."""
    last = [line.at[-1] + line.bucket_seconds / 2 for line in found]
    return max([*(phase.end for phase in phases), *last], default=1.0) or 1.0
