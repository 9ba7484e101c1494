"""One arm of a run as the verdict sees it: what was planned, what the server wrote down, what the client claims."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.rules import PlannedRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan

JOURNAL_VERSION: Final = 1
"""The version of a journal's first line; a newer one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a journal's first line says: everything a verdict needs that isn't an exchange.

    `orders_planned` is how many operations the generator was to send, None where nobody planned them. `trouble` says
    why the run didn't come to its end, None if it did. `versions` are those of what made the journal.
    """

    arm: str
    client: str = ""
    control: bool = False
    scenario: str = ""
    title: str = ""
    digest: str = ""
    seed: int = 0
    orders_planned: int | None = None
    thresholds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[PlannedRule, ...] = ()
    evicted: int = 0
    interrupted: bool = False
    trouble: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, arm: str, **more: Any) -> Head:
        """Return the head of `plan`'s arm named `arm`; `more` sets what only the run knows."""
        found = plan.arms[arm]
        return cls(
            arm=arm,
            client=found.client,
            control=found.control,
            scenario=plan.name,
            title=plan.title,
            digest=plan.digest,
            seed=plan.seed,
            thresholds=dict(plan.thresholds),
            rules=tuple(PlannedRule.of(rule) for rule in plan.rules),
            **more,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the journal's first line."""
        return {"brownout_journal": JOURNAL_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Head:
        """Return the head that `as_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: if `as_dict` didn't write it.
        """
        given = {name: value for name, value in data.items() if name != "brownout_journal"}
        given["rules"] = tuple(PlannedRule.from_dict(rule) for rule in data.get("rules", ()))
        given["thresholds"] = {name: tuple(lines) for name, lines in data.get("thresholds", {}).items()}
        return cls(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRun:
    """Everything known of one arm. `records` are journal lines; `claims` is None where the client made none."""

    head: Head
    records: Sequence[Mapping[str, Any]]
    entries: Sequence[Entry]
    claims: Sequence[Mapping[str, Any]] | None = None

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.head.arm
