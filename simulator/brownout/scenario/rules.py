"""The entries of `faults` and `limits` as rules: whom they are about, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.rules import Count, Rule
from brownout.scenario.document import key_of
from brownout.scenario.model import FaultSection, LimitSection, MatchSection
from brownout.scenario.reader import keys_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from brownout.core.fault import Fault
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader

COMMON: Final = frozenset((*FaultSection.model_fields, "kind", "match"))
"""The keys that every fault takes, whatever its kind."""


def rules_of(
    reader: Reader, value: Any, path: Path, taken: dict[str, Path], phase: str | None = None
) -> tuple[Rule, ...]:
    """Return the rules of a `faults` list. Their names are added to `taken`, in which those of others may be."""
    rules = []
    numbers: dict[str, int] = {}
    for place, entry in reader.entries(value, path):
        kind = str(entry.get("kind"))
        numbers[kind] = numbers.get(kind, 0) + 1
        name = entry.get("name") or name_by_position(kind, numbers[kind], phase)
        unique(reader, name, place, taken)
        rule = _rule(reader, entry, place, name=str(name), phase=phase)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def name_by_position(kind: str, number: int | str, phase: str | None) -> str:
    """Return the name of a fault that was given none: the how-manieth of its kind it is, in its phase.

    >>> name_by_position("abort", 2, None), name_by_position("abort", 1, "storm")
    ('abort-2', 'storm.abort-1')
    """
    return f"{kind}-{number}" if phase is None else f"{phase}.{kind}-{number}"


def limits_of(reader: Reader, value: Any, path: Path, phase: str | None = None) -> tuple[Limit, ...]:
    """Return the limits of a `limits` list."""
    limits = []
    taken: dict[str, Path] = {}
    for place, entry in reader.entries(value, path):
        unique(reader, entry.get("name"), place, taken)
        limit = _limit(reader, entry, place, phase)
        if limit is not None:
            limits.append(limit)
    return tuple(limits)


def _rule(reader: Reader, entry: dict[str, Any], path: Path, *, name: str, phase: str | None) -> Rule | None:
    fault_type = _fault_type(reader, entry, path)
    if fault_type is not None:
        entry = reader.known(entry, COMMON | keys_of(fault_type), path)
    common = {key: entry[key] for key in entry if key in FaultSection.model_fields}
    section = reader.section(FaultSection, common, path)
    match = _match(reader, entry, path, salt=name)
    own = {key: entry[key] for key in entry if key not in COMMON}
    fault = reader.options(fault_type, own, path) if fault_type is not None else None
    if section is None or fault_type is None:
        return None
    count = reader.made(
        lambda: Count(percentage=section.percentage, nth=section.nth, every=section.every, first=section.first),
        common,
        path,
    )
    if match is None or count is None or fault is None:
        return None
    possible = fault.targets()
    target = section.target or possible[0]
    if target not in possible:
        reader.fail((*path, "target"), f"{entry['kind']} strikes at {' or '.join(possible)} here, not at {target}")
        return None
    return Rule(name=name, fault=fault, target=target, match=match, count=count, phase=phase)


def _fault_type(reader: Reader, entry: dict[str, Any], path: Path) -> type[Fault] | None:
    kinds = reader.registries.faults
    kind = entry.get("kind")
    if isinstance(kind, str) and kind in kinds:
        return kinds[kind]
    if "kind" not in entry:
        reader.fail(path, f"kind is missing; known: {', '.join(sorted(kinds))}")
    elif isinstance(kind, str):
        reader.fail((*path, "kind"), unknown(kind, kinds))
    else:
        reader.fail((*path, "kind"), f"must be one of {', '.join(sorted(kinds))}, not {shown(kind)}")
    return None


def _limit(reader: Reader, entry: dict[str, Any], path: Path, phase: str | None) -> Limit | None:
    own = reader.known(entry, frozenset((*LimitSection.model_fields, "match")), path)
    match = _match(reader, entry, path, salt=str(entry.get("name")))
    section = reader.section(LimitSection, {key: own[key] for key in own if key != "match"}, path)
    if match is None or section is None:
        return None
    return reader.made(
        lambda: Limit(
            name=section.name,
            match=match,
            algorithm=section.algorithm,
            rate_per_second=section.rate,
            burst=section.burst,
            quota=section.quota,
            partition=section.partition,
            announce=section.announce,
            phase=phase,
        ),
        own,
        path,
    )


def _match(reader: Reader, entry: dict[str, Any], path: Path, *, salt: str) -> Match | None:
    where = (*path, "match")
    if entry.get("match", {}) is None:
        reader.fail(where, "is empty, which would fit everything: leave it out to mean that, or say whom")
        return None
    section = reader.section(MatchSection, entry.get("match"), where)
    if section is None:
        return None
    for kind in reader.matchable:
        reader.fitting(getattr(section, kind), kind, (*where, kind))
    return Match(**{key: getattr(section, key) for key in MatchSection.model_fields}, salt=salt)


def unique(reader: Reader, name: Any, path: Path, taken: dict[str, Path]) -> None:
    """Note a name that was taken before; take it otherwise."""
    if not isinstance(name, str):
        return
    if name in taken:
        first, line = key_of(taken[name]), reader.document.line_of(taken[name])
        reader.fail((*path, "name"), f"{shown(name)} is taken by {first} on line {line}; names are unique")
    else:
        taken[name] = path
