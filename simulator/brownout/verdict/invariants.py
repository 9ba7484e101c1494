"""The user's own invariants, over an arm's ledger and its client's claims. Who imports them hands them in."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from brownout.verdict.words import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.verdict.arm import ArmRun

KEPT_MOST: Final = 100
"""How many violations a verdict keeps; all are counted."""
_SAID_MOST: Final = 3


class Outcome(NamedTuple):
    """What an invariant found, and why it can't be believed to have looked; None if it can."""

    violations: Sequence[str] = ()
    trouble: str | None = None


class Invariant(Protocol):
    """A function of the user's own, which may find anything and never raises."""

    @property
    def name(self) -> str:
        """Return where it is from, MODULE:FUNCTION."""

    def __call__(self, ledger: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> Outcome:
        """Return what it finds in a ledger's entries and in claims, as their files have them."""


def asked(run: ArmRun, invariants: Sequence[Invariant]) -> list[dict[str, Any]]:
    """Return what each invariant that the run's scenario names found in it."""
    if not run.head.invariants:
        return []
    given = {one.name: one for one in invariants}
    ledger = tuple(_frozen(entry.as_dict()) for entry in run.entries)
    claims = tuple(_frozen(dict(claim)) for claim in run.claims or ())
    found = []
    for name in run.head.invariants:
        outcome = given[name](ledger, claims) if name in given else Outcome(trouble="was not evaluated")
        found.append(_told(run.head.arm, name, outcome))
    return found


def _told(arm: str, name: str, outcome: Outcome) -> dict[str, Any]:
    violations = [said(one) for one in outcome.violations]
    holds = not violations if outcome.trouble is None else None
    message = f"{arm}: invariant {name} holds"
    if outcome.trouble is not None:
        message = f"{arm}: invariant {name} {said(outcome.trouble, most=400)}"
    elif violations:
        more = len(violations) - _SAID_MOST
        shown = "; ".join(violations[:_SAID_MOST])
        message = f"{arm}: invariant {name}: {shown}{f'; and {more:,} more' if more > 0 else ''}"
    return {
        "name": name,
        "holds": holds,
        "count": len(violations),
        "violations": violations[:KEPT_MOST],
        "message": message,
    }


def _frozen(value: Any) -> Any:
    """Return a value of JSON that nobody can change."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
