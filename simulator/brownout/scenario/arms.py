"""The arms of a drill as values: who plays, of ours, the user's own class, locustfile or program."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final

from brownout.core.plan import Arm
from brownout.scenario.model import ArmSection
from brownout.scenario.values import name_of

if TYPE_CHECKING:
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader

KINDS: Final = ("client", "locustfile", "command")
"""What an arm names one of."""


def arms_of(reader: Reader, data: dict[str, Any]) -> dict[str, Arm]:
    """Return the arms by name. Files that they name are looked for from the scenario's own folder."""
    folder = str(FilePath(reader.document.file).parent)
    arms = {}
    for name, value in reader.mapping(data.get("arms"), ("arms",)).items():
        path: Path = ("arms", name)
        reader.made(partial(name_of, name), {}, path)
        section = reader.section(ArmSection, value, path)
        if section is None:
            continue
        given = [kind for kind in KINDS if getattr(section, kind) is not None]
        if not (value or {}).keys() <= ArmSection.model_fields.keys():
            continue  # whoever wrote a key that there isn't meant one of them
        if len(given) != 1:
            found = "none of them" if not given else " and ".join(given)
            reader.fail(path, f"must have one of client, locustfile and command, not {found}")
            continue
        arms[name] = _arm(name, section, folder)
    return arms


def _arm(name: str, section: ArmSection, folder: str) -> Arm:
    if section.client is not None:
        return Arm(name=name, client=section.client, control=section.control)
    if section.locustfile is not None:
        file = FilePath(folder, section.locustfile)
        return Arm(name=name, client=section.locustfile, locustfile=str(file), control=section.control)
    words = section.command or ()
    return Arm(name=name, client=shlex.join(words), command=words, folder=folder, control=section.control)
