"""YAML in, plan out. A scenario is read whole: everything wrong with it is said at once, with line and suggestion.

The loader is imported when it is used: a server without a scenario must not wait for pydantic.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from brownout.scenario.library import find, incidents, names

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries

__all__ = ["find", "incidents", "load", "load_file", "names"]


def load(
    text: str, registries: Registries, *, file: str = "scenario", name: str | None = None, seed: int | None = None
) -> Plan:
    """Return the plan that a scenario's text describes.

    `file` is what mistakes are reported under; `name` is the plan's, by default the file's without its ending.
    `seed` takes the place of the scenario's own, in cohorts too; the digest is still that of the text.

    Raises:
        ScenarioError: with every mistake found, in the order of lines.
    """
    from brownout.scenario import build, document  # noqa: PLC0415 - pydantic loads when a scenario does, not before

    read = document.read(text, file=file)
    return build.plan(read, registries, name=name or PurePath(file).stem or "scenario", seed=seed)


def load_file(path: str | Path, registries: Registries, *, seed: int | None = None) -> Plan:
    """Return the plan that the file at `path` describes; mistakes name the path as it was given. `seed` as in `load`.

    Raises:
        ScenarioError: with every mistake found, also if the file can't be read.
    """
    from brownout.scenario import document  # noqa: PLC0415 - as above

    return load(document.text_of(Path(path)), registries, file=str(path), seed=seed)
