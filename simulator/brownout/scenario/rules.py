"""One entry of `faults` as a rule: whom it is about, how often and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.match import Match
from brownout.core.rules import Count, Rule, When
from brownout.scenario.deliveries_advice import unknown_version
from brownout.scenario.document import key_of
from brownout.scenario.model import FaultSection, MatchSection
from brownout.scenario.reader import keys_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from brownout.core.fault import Fault
    from brownout.core.rules import Band
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader

COMMON: Final = frozenset((*FaultSection.model_fields, "kind", "match"))
"""The keys that every fault takes, whatever its kind."""


class Use(NamedTuple):
    """Where a scenario takes a preset in: whose faults they are then, and where a clash of names is told."""

    preset: str
    reader: Reader
    path: Path


class Scope(NamedTuple):
    """Where an entry stands: in which phase, and in which preset."""

    phase: str | None = None
    use: Use | None = None

    def named(self, name: str) -> str:
        """Return the name of an entry that was given one: a preset that a phase uses has its phase's name before."""
        return f"{self.phase}.{name}" if self.phase is not None and self.use is not None else name

    def by_position(self, kind: str, number: int | str) -> str:
        """Return the name of an entry that was given none: the how-manieth of its kind it is, where it stands.

        >>> Scope().by_position("abort", 2), Scope(phase="storm").by_position("abort", 1)
        ('abort-2', 'storm.abort-1')
        """
        owners = (self.phase, self.use.preset if self.use is not None else None)
        return ".".join([*(one for one in owners if one is not None), f"{kind}-{number}"])


class Names:
    """The names of a scenario's rules and choices, each with where it was given."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def take(self, reader: Reader, name: Any, path: Path, scope: Scope) -> None:
        """Note a name that was taken before; take it otherwise."""
        if not isinstance(name, str):
            return
        first, use = self._taken.get(name), scope.use
        if first is None:
            of = f" of {use.preset}" if use is not None else ""
            self._taken[name] = f"{key_of(path)}{of} on line {reader.document.line_of(path)}"
        elif use is None:
            reader.fail((*path, "name"), f"{shown(name)} is taken by {first}; names are unique")
        else:
            message = f"the rule {shown(name)} of {use.preset} has a name that is taken by {first}; names are unique"
            use.reader.fail(use.path, message)


class Shared(NamedTuple):
    """What the branches of a choice have in common."""

    match: Match
    when: When | None
    target: str | None
    band: Band


def named(entry: dict[str, Any], scope: Scope, kind: str, number: int) -> Any:
    """Return the name of an entry: its own, good or not, else one by its position."""
    given = entry.get("name")
    if not given:
        return scope.by_position(kind, number)
    return scope.named(given) if isinstance(given, str) else given


def rule_of(
    reader: Reader, entry: dict[str, Any], path: Path, *, name: str, scope: Scope, shared: Shared | None = None
) -> Rule | None:  # fmt: skip
    """Return the rule that an entry describes; with `shared`, as a branch of a choice."""
    fault_type = _fault_type(reader, entry, path)
    if fault_type is not None:
        entry = reader.known(entry, COMMON | keys_of(fault_type), path)
    common = {key: entry[key] for key in entry if key in FaultSection.model_fields}
    section = reader.section(FaultSection, common, path)
    match = match_of(reader, entry, path, salt=name) if shared is None else shared.match
    own = {key: entry[key] for key in entry if key not in COMMON}
    fault = reader.options(fault_type, own, path) if fault_type is not None else None
    if section is None or fault_type is None:
        return None
    count = reader.made(
        lambda: Count(
            percentage=section.percentage,
            nth=section.nth,
            every=section.every,
            first=section.first,
            most=section.max,
        ),
        common,
        path,
    )
    made, when = (True, shared.when) if shared is not None else when_of(reader, section, common, path)
    if match is None or count is None or fault is None or not made:
        return None
    if when is not None and when.ramp_seconds and count.percentage is None:
        reader.fail((*path, "ramp"), "needs percentage: it is the share that grows")
        return None
    target = _target(reader, entry, path, fault, section.target or (shared.target if shared is not None else None))
    if target is None:
        return None
    if (unknown := unknown_version(fault, match, reader.registries)) is not None:
        reader.fail((*path, "to"), unknown)
        return None
    return Rule(
        name=name,
        fault=fault,
        target=target,
        match=match,
        count=count,
        phase=scope.phase,
        when=when,
        band=shared.band if shared is not None else None,
        preset=scope.use.preset if scope.use is not None else None,
    )


def when_of(reader: Reader, section: Any, given: dict[str, Any], path: Path) -> tuple[bool, When | None]:
    """Return whether an entry's window is right, and the window, None if it is always in force."""
    lengths = {key: getattr(section, key) for key in ("at", "for", "repeat", "ramp")}
    if all(length is None for length in lengths.values()):
        return True, None
    when = reader.made(
        lambda: When(
            at_seconds=lengths["at"] or 0.0,
            for_seconds=lengths["for"],
            repeat_seconds=lengths["repeat"],
            ramp_seconds=lengths["ramp"] or 0.0,
        ),
        given,
        path,
    )
    return when is not None, when


def _target(reader: Reader, entry: dict[str, Any], path: Path, fault: Fault, wanted: str | None) -> Any:
    """Return where a fault strikes, None if it can't where it is wanted."""
    possible = fault.targets()
    if wanted is None or wanted in possible:
        return wanted or possible[0]
    reader.fail((*path, "target"), f"{entry['kind']} strikes at {' or '.join(possible)} here, not at {wanted}")
    return None


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


def match_of(reader: Reader, entry: dict[str, Any], path: Path, *, salt: str) -> Match | None:
    """Return whom an entry is about; `salt` is what its cohort hangs on."""
    where = (*path, "match")
    if entry.get("match", {}) is None:
        reader.fail(where, "is empty, which would fit everything: leave it out to mean that, or say whom")
        return None
    section = reader.section(MatchSection, entry.get("match"), where)
    if section is None:
        return None
    for kind in reader.matchable:
        reader.fitting(getattr(section, kind), kind, (*where, kind))
    given = {key: getattr(section, key) for key in MatchSection.model_fields if key != "cohort"}
    share, by = section.cohort if section.cohort is not None else (None, "client")
    return Match(**given, cohort=share, cohort_by=by, salt=salt)


def unique(reader: Reader, name: Any, path: Path, taken: dict[str, Path]) -> None:
    """Note a name that was taken before; take it otherwise."""
    if not isinstance(name, str):
        return
    if name in taken:
        first, line = key_of(taken[name]), reader.document.line_of(taken[name])
        reader.fail((*path, "name"), f"{shown(name)} is taken by {first} on line {line}; names are unique")
    else:
        taken[name] = path
