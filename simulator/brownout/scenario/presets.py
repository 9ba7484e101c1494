"""Library scenarios that another takes in with `use`: their faults, limits, oauth, providers and identity.

Whatever is wrong with one is said of its own file. What hangs on the scenario that uses it (a name that is taken) is
said of the line that uses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Mistake, ScenarioError
from brownout.scenario import library
from brownout.scenario.document import Document, read, text_of
from brownout.scenario.faults import rules_of
from brownout.scenario.limits import limits_of
from brownout.scenario.model import VERSION
from brownout.scenario.overlays import merged, oauth_of, providers_of, refuse_once
from brownout.scenario.reader import Reader
from brownout.scenario.rules import Scope, Use
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path as FilePath

    from brownout.core.limits import Limit
    from brownout.core.rules import Rule
    from brownout.scenario.document import Path
    from brownout.scenario.rules import Names

TAKEN: Final = ("faults", "limits", "oauth", "providers", "identity")
"""The sections that a scenario takes from another one that it uses."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A library scenario as one place of another uses it: `use` says which."""

    name: str
    reader: Reader
    data: dict[str, Any]
    use: Use

    def rules(self, names: Names, phase: str | None = None) -> tuple[Rule, ...]:
        """Return its faults; in a phase, their names begin with the phase's."""
        return rules_of(self.reader, self.data.get("faults"), ("faults",), names, Scope(phase, self.use))

    def limits(self, own: Iterable[Limit], phase: str | None = None) -> tuple[Limit, ...]:
        """Return its limits, beside which stand those that the scenario has there of its `own`."""
        taken = {limit.name for limit in own if limit.phase == phase}
        given = limits_of(self.reader, self.data.get("limits"), ("limits",), phase)
        made = tuple(replace(limit, preset=self.name) for limit in given)
        for name in (limit.name for limit in made if limit.name in taken):
            message = f"the limit {shown(name)} of {self.name} has a name that is taken here; names are unique"
            self.use.reader.fail(self.use.path, message)
        return made

    def oauth(self) -> dict[str, Any]:
        """Return what it says of tokens."""
        return oauth_of(self.reader, self.data.get("oauth"), ("oauth",))

    def providers(self, under: Any, *, once: bool) -> dict[str, Any]:
        """Return its options of providers, laid over what is `under` them; `once` is whether a world begins with it."""
        if not once:
            refuse_once(self.reader, self.data.get("providers"), ("providers",))
        return providers_of(self.reader, self.data.get("providers"), ("providers",), under)


class Presets:
    """Finds and reads what a scenario uses, each file once."""

    def __init__(self, reader: Reader) -> None:
        """Look for the presets of the scenario that `reader` reads."""
        self._reader = reader
        self._read: dict[str, tuple[Reader, dict[str, Any]] | None] = {}
        self._unreadable: list[Mistake] = []

    @property
    def used(self) -> dict[str, Any]:
        """What was read, by name: for the digest."""
        return {name: found[1] for name, found in self._read.items() if found is not None}

    @property
    def mistakes(self) -> list[Mistake]:
        """Return what is wrong with the files that were read, in the order of their lines."""
        found = [found[0].document for found in self._read.values() if found is not None]
        return [*self._unreadable, *(mistake for one in found if one.mistakes for mistake in one.error().mistakes)]

    def of(self, value: Any, path: Path) -> list[Preset]:
        """Return what stands under a `use`: a name, or a list of them."""
        if value is None:
            return []
        found = []
        seen: set[str] = set()
        for position, name in enumerate(value if isinstance(value, list) else [value]):
            place: Path = (*path, position) if isinstance(value, list) else path
            if not isinstance(name, str):
                message = f"must be the name of a library scenario, or a list of names, not {shown(name)}"
                self._reader.fail(place, message)
            elif name in seen:
                self._reader.fail(place, f"{shown(name)} is given twice: once is enough")
            elif (known := self._known(name, place)) is not None:
                seen.add(name)
                found.append(Preset(name, *known, Use(name, self._reader, place)))
        return found

    def _known(self, name: str, place: Path) -> tuple[Reader, dict[str, Any]] | None:
        files = library.files()
        if name not in files:
            self._reader.fail(place, unknown(name, files, hint="brownout list incidents shows all"))
            return None
        if name not in self._read:
            self._read[name] = self._loaded(name, files[name])
        return self._read[name]

    def _loaded(self, name: str, file: FilePath) -> tuple[Reader, dict[str, Any]] | None:
        try:
            document = read(text_of(file), file=_said(file))
        except ScenarioError as error:
            self._unreadable.extend(error.mistakes)
            return None
        data = document.data if isinstance(document.data, dict) else {}
        _fit_to_use(document, data, name)
        return Reader(document, self._reader.registries), data


def _fit_to_use(document: Document, data: dict[str, Any], name: str) -> None:
    """Note what keeps a scenario from being used by another."""
    if data.get("brownout") != VERSION:
        document.fail(("brownout",), f"must be {VERSION}, the version of the format")
    elif data.get("use") is not None:
        document.fail(("use",), f"{name} can't be used by another scenario, since it uses others itself: use those")
    elif not any(data.get(section) for section in TAKEN):
        document.fail((), f"{name} has nothing to be used: {', '.join(TAKEN)} at the top are what is taken")
    elif data.get("phases") and not any(data.get(section) for section in ("faults", "limits", "oauth")):
        message = f"what goes wrong in {name} is in its phases, and only what stands at the top is taken: copy it"
        document.fail(("phases",), message)


def _said(file: FilePath) -> str:
    """Return a library file as mistakes name it: from the library's own folder on."""
    parts = file.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("scenarios") :]) if "scenarios" in parts else file.name


def laid_under(presets: Sequence[Preset], under: Any = None) -> Any:
    """Return the options of providers, as written, that presets leave for what lies over them."""
    for preset in presets:
        under = merged(under, preset.data.get("providers")) if preset.data.get("providers") else under
    return under
