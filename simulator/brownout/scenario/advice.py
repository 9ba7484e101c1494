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
    """Yield each rule or limit of the plan with its key, as mistakes spell it: `phases[1].faults[0]`."""
    numbers: dict[str | None, int] = {}
    phases = {phase.name: f"phases[{position}]." for position, phase in enumerate(plan.phases)}
    for entry in entries:
        number = numbers.get(entry.phase, 0)
        numbers[entry.phase] = number + 1
        where = phases[entry.phase] if entry.phase is not None else ""
        yield f"{where}{section}[{number}]", entry
