"""The entries of `faults`. One with `one_of` is a choice: its faults share a draw, so at most one strikes a call."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final

from brownout.core.rules import Band
from brownout.scenario.model import ChoiceSection
from brownout.scenario.rules import Scope, Shared, match_of, named, rule_of, when_of
from brownout.scenario.wording import shown

if TYPE_CHECKING:
    from brownout.core.rules import Rule
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader
    from brownout.scenario.rules import Names

KEYS: Final = frozenset((*ChoiceSection.model_fields, "match", "one_of"))
"""The keys of a choice."""
_OF_THE_CHOICE: Final = ("match", "at", "for", "repeat", "ramp")
_NOT_BESIDE_A_DRAW: Final = ("nth", "every", "first")
NOT_IN_A_BRANCH: Final = (*_OF_THE_CHOICE, *_NOT_BESIDE_A_DRAW)
"""The keys of a fault that a branch of a choice doesn't take."""
_ROUNDING: Final = 1e-9
ALWAYS: Final = Scope()
"""The scope of what stands at the top of a scenario."""


def rules_of(reader: Reader, value: Any, path: Path, names: Names, scope: Scope = ALWAYS) -> tuple[Rule, ...]:
    """Return the rules of a `faults` list. Their names are added to `names`, in which those of others may be."""
    rules: list[Rule] = []
    numbers: dict[str, int] = {}
    for place, entry in reader.entries(value, path):
        kind = "choice" if "one_of" in entry else str(entry.get("kind"))
        numbers[kind] = numbers.get(kind, 0) + 1
        name = named(entry, scope, kind, numbers[kind])
        names.take(reader, name, place, scope)
        if "one_of" in entry:
            rules.extend(_choice(reader, entry, place, name=str(name), names=names, scope=scope))
        elif (rule := rule_of(reader, entry, place, name=str(name), scope=scope)) is not None:
            rules.append(rule)
    return tuple(rules)


def _choice(
    reader: Reader, entry: dict[str, Any], path: Path, *, name: str, names: Names, scope: Scope
) -> list[Rule]:  # fmt: skip
    """Return a rule for each branch. Their parts of the draw lie one after the other, in the order of the branches."""
    given = reader.known(entry, KEYS, path)
    own = {key: given[key] for key in given if key in ChoiceSection.model_fields}
    section = reader.section(ChoiceSection, own, path)
    match = match_of(reader, given, path, salt=name)
    branches = list(_branches(reader, given["one_of"], (*path, "one_of")))
    if section is None or match is None:
        return []
    made, when = when_of(reader, section, own, path)
    rules: list[Rule] = []
    numbers: dict[str, int] = {}
    low = 0.0
    for place, branch in branches:
        kind = str(branch.get("kind"))
        numbers[kind] = numbers.get(kind, 0) + 1
        own_name = named(branch, scope, kind, numbers[kind]) if branch.get("name") else f"{name}.{kind}-{numbers[kind]}"
        names.take(reader, own_name, place, scope)
        width = branch.get("percentage")
        share = float(width) if isinstance(width, int | float) and not isinstance(width, bool) else 0.0
        shared = Shared(match, when, section.target, Band(name, low, low + share))
        rule = rule_of(reader, branch, place, name=str(own_name), scope=scope, shared=shared)
        low += share
        if rule is not None:
            rules.append(rule)
    return rules if made else []


def _branches(reader: Reader, value: Any, path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return the branches of a choice, each without what isn't its own to say."""
    if value is None or value == []:
        reader.fail(path, "is empty: list the faults of which one is to strike")
    found = []
    for place, branch in reader.entries(value, path):
        for key in (one for one in _OF_THE_CHOICE if one in branch):
            reader.fail((*place, key), "belongs to the choice: its branches share one draw over the same calls")
        for way in (one for one in _NOT_BESIDE_A_DRAW if one in branch):
            reader.fail((*place, way), "counts calls, and branches share a draw: give a percentage")
        if branch.get("percentage") is None and "one_of" not in branch:
            reader.fail((*place, "percentage"), "missing; each branch says how much of the draw is its own")
        if "one_of" in branch:
            reader.fail((*place, "one_of"), "a choice has no choice inside: list all branches in one")
            continue
        found.append((place, {key: item for key, item in branch.items() if key not in NOT_IN_A_BRANCH}))
    widths = [branch.get("percentage") for _, branch in found]
    whole = fsum(one for one in widths if isinstance(one, int | float) and not isinstance(one, bool) and one > 0)
    if whole > 100 + _ROUNDING:
        reader.fail(path, f"the percentages add up to {shown(round(whole, 6))}, and a call has 100")
    return found
