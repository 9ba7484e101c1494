"""The entries of `phases`: what holds in each of them alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brownout.core.plan import Phase
from brownout.scenario.faults import rules_of
from brownout.scenario.identity import identity_of
from brownout.scenario.limits import limits_of
from brownout.scenario.model import PhaseSection
from brownout.scenario.overlays import oauth_of, providers_of, refuse_once
from brownout.scenario.presets import laid_under
from brownout.scenario.rules import Scope, unique
from brownout.scenario.wording import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.limits import Limit
    from brownout.core.rules import Rule
    from brownout.scenario.document import Path
    from brownout.scenario.presets import Preset, Presets
    from brownout.scenario.reader import Reader
    from brownout.scenario.rules import Names

OVERLAYS: Final = ("providers", "oauth", "limits", "faults", "use")
"""The sections that a phase takes as the top of a scenario does."""
KEYS: Final = frozenset((*PhaseSection.model_fields, *OVERLAYS))
"""The keys of a phase."""


@dataclass(frozen=True, slots=True)
class Phased:
    """The phases of a scenario, and what they hold; `identity` is what their presets say of logical keys."""

    phases: list[Phase] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)


def phases_of(reader: Reader, data: dict[str, Any], names: Names, presets: Presets, base: Any) -> Phased:
    """Return the phases of a scenario's `data`. The names of their faults join `names`, which holds the base's.

    `base` are the options of providers, as written, that theirs are laid over.
    """
    phased = Phased()
    taken: dict[str, Path] = {}
    for path, entry in reader.entries(data.get("phases"), ("phases",)):
        unique(reader, entry.get("name"), path, taken)
        given = reader.known(entry, KEYS, path)
        name = str(entry.get("name"))
        used = presets.of(given.get("use"), (*path, "use"))
        phase = _phase(reader, given, path, used, base)
        phased.rules.extend(rules_of(reader, given.get("faults"), (*path, "faults"), names, Scope(phase=name)))
        phased.limits.extend(limits_of(reader, given.get("limits"), (*path, "limits"), name))
        for preset in used:
            phased.rules.extend(preset.rules(names, name))
            phased.limits.extend(preset.limits(phased.limits, name))
            phased.identity.update(identity_of(preset.reader, preset.data))
        if phase is not None:
            phased.phases.append(phase)
    return phased


def names_of(data: dict[str, Any]) -> list[str]:
    """Return the names of a scenario's phases as they are written, good or not, in their order."""
    entries = data.get("phases")
    names = [entry.get("name") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [name for name in names if isinstance(name, str)]


def _phase(reader: Reader, given: dict[str, Any], path: Path, used: Sequence[Preset], base: Any) -> Phase | None:
    own = {key: value for key, value in given.items() if key in PhaseSection.model_fields}
    section = reader.section(PhaseSection, own, path)
    providers: dict[str, Any] = {}
    oauth: dict[str, Any] = {}
    for number, preset in enumerate(used):
        providers |= preset.providers(laid_under(used[:number], base), once=False)
        oauth |= preset.oauth()
    under = laid_under(used, base)
    providers |= providers_of(reader, given.get("providers"), (*path, "providers"), under)
    refuse_once(reader, given.get("providers"), (*path, "providers"))
    oauth |= oauth_of(reader, given.get("oauth"), (*path, "oauth"))
    if section is None:
        return None
    if section.duration <= 0:
        reader.fail((*path, "duration"), f"must be above 0, not {shown(given['duration'])}")
        return None
    return Phase(name=section.name, duration_seconds=section.duration, providers=providers, oauth=oauth)
