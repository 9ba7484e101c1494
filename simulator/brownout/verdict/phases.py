"""The stretches of a run, and which of them an operation or a request belongs to.

An operation belongs to the phase that its scheduled start falls into, however late it ends; so do its requests, for
the engine decided their faults by it. What is due after the last phase belongs to the last: a drill doesn't end on the
second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.plan import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPhase:
    """A phase as a journal's first line describes it.

    `planned` is how many operations are due in it, None where only the load's rate tells. It is `altered` if providers
    or the rules of tokens are others in it than before and after.
    """

    name: str
    duration_seconds: float
    planned: int | None = None
    altered: bool = False

    @classmethod
    def of(cls, phase: Phase) -> PlannedPhase:
        """Return the description of `phase`."""
        return cls(
            name=phase.name,
            duration_seconds=phase.duration_seconds,
            altered=bool(phase.providers or phase.oauth),
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PlannedPhase:
        """Return the phase that JSON describes.

        Raises:
            KeyError, TypeError, ValueError: if it doesn't describe one.
        """
        return cls(
            name=str(data["name"]),
            duration_seconds=float(data["duration_seconds"]),
            planned=data.get("planned"),
            altered=data.get("altered") is True,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what a verdict says of it."""
        return {"name": self.name, "duration_seconds": self.duration_seconds}


def phase_at(phases: Sequence[PlannedPhase], due_seconds: float) -> str | None:
    """Return the phase of what is due so long after the beginning, None only where there are no phases.

    >>> calm, storm = (PlannedPhase(name=name, duration_seconds=2) for name in ("calm", "storm"))
    >>> phase_at([calm, storm], 1.9), phase_at([calm, storm], 2), phase_at([calm, storm], 99), phase_at([], 1)
    ('calm', 'storm', 'storm', None)
    """
    for phase in phases:
        due_seconds -= phase.duration_seconds
        if due_seconds < 0:
            return phase.name
    return phases[-1].name if phases else None


def planned(phases: Iterable[PlannedPhase], rate_per_second: float | None) -> list[int | None]:
    """Return how many operations are due in each phase: what it says itself, else what a constant rate makes of it.

    The operations of a constant rate are due at 0, 1/rate, 2/rate and so on.

    >>> calm, storm = (PlannedPhase(name=name, duration_seconds=1.5) for name in ("calm", "storm"))
    >>> planned([calm, storm], 1.0)
    [2, 1]
    """
    found: list[int | None] = []
    since = 0.0
    for phase in phases:
        until = since + phase.duration_seconds
        counted = None if rate_per_second is None else _before(until, rate_per_second) - _before(since, rate_per_second)
        found.append(counted if phase.planned is None else phase.planned)
        since = until
    return found


def _before(seconds: float, rate_per_second: float) -> int:
    return math.ceil(round(seconds * rate_per_second, 6))  # 0.1 * 30 is a hair above 3
