"""What `check` advises: one thing worth changing, with its place in the scenario."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brownout.core.limits import Limit
    from brownout.core.plan import Plan
    from brownout.core.rules import Rule

    E = TypeVar("E", Rule, Limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing worth changing.

    A `refusal` makes a drill pointless, so it isn't run; a `warning` can make a run inconclusive or unrepeatable; a
    `hint` can't.
    """

    key: str
    message: str
    severity: Literal["refusal", "warning", "hint"] = "warning"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.severity}: {self.key}: {self.message}"


def placed(plan: Plan, section: Literal["faults", "limits"], entries: Iterable[E]) -> Iterator[tuple[str, E]]:
    """Yield each rule or limit of the plan with its key, as mistakes spell it: `phases[1].faults[0].one_of[2]`.

    What comes from a preset is counted in there: `use.refresh-lost-504.faults[0]`.
    """
    numbers: dict[tuple[str | None, str | None], int] = {}
    inside: dict[str, int] = {}
    phases = {phase.name: f"phases[{position}]." for position, phase in enumerate(plan.phases)}
    for entry in entries:
        preset, band = getattr(entry, "preset", None), getattr(entry, "band", None)
        branch = ""
        if band is not None:
            branch = f".one_of[{inside.setdefault(band.choice, 0)}]"
            inside[band.choice] += 1
        slot = entry.phase, preset
        if band is None or branch == ".one_of[0]":
            numbers[slot] = numbers.get(slot, -1) + 1
        where = phases[entry.phase] if entry.phase is not None else ""
        used = f"use.{preset}." if preset is not None else ""
        yield f"{where}{used}{section}[{numbers[slot]}]{branch}", entry
