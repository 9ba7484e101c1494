"""Which limits were planned, and how often each refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.limits import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLimit:
    """A limit as a journal's first line describes it; `phase` is None for always.

    `documented` is the provider's set that it is of: not each of those is meant to be met.
    """

    name: str
    phase: str | None = None
    documented: str | None = None

    @classmethod
    def of(cls, limit: Limit) -> PlannedLimit:
        """Return the description of `limit`."""
        return cls(name=limit.name, phase=limit.phase, documented=limit.documented)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PlannedLimit:
        """Return the limit that JSON describes.

        Raises:
            KeyError: if it has no name.
        """
        return cls(name=data["name"], phase=data.get("phase"), documented=data.get("documented"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTally:
    """How many requests a limit refused in one arm."""

    name: str
    phase: str | None
    refused: int
    documented: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the tally for JSON."""
        return {"name": self.name, "phase": self.phase, "refused": self.refused}


def refusals(limits: Sequence[PlannedLimit], records: Iterable[Mapping[str, Any]]) -> list[LimitTally]:
    """Return how often each limit refused. In its phase, one takes the place of the base's of its name."""
    refused = Counter(
        (name, decided.get("phase")) for record in records if (name := (decided := record["decided"]).get("limit"))
    )
    own = {(limit.name, limit.phase) for limit in limits if limit.phase is not None}
    return [
        LimitTally(
            name=limit.name,
            phase=limit.phase,
            refused=refused[limit.name, limit.phase]
            if limit.phase is not None
            else sum(each for slot, each in refused.items() if slot[0] == limit.name and slot not in own),
            documented=limit.documented,
        )
        for limit in limits
    ]
