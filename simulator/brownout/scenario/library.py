"""The scenarios that travel with Brownout, found by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from brownout.core.errors import UsageError
from brownout.scenario.wording import unknown

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_FOLDERS: Final = (
    _PACKAGE / "_library" / "scenarios",  # a wheel puts them there
    _PACKAGE.parents[1] / "scenarios",  # an editable install has them beside `simulator/`
)
INCIDENTS: Final = "incidents"
"""The folder of what really happened to somebody."""
_ENDINGS: Final = (".yaml", ".yml")


def names() -> list[str]:
    """Return the names of the library's scenarios, in alphabetical order; incidents have a list of their own."""
    return sorted(_in(""))


def incidents() -> list[str]:
    """Return the names of the library's incidents, in alphabetical order."""
    return sorted(_in(INCIDENTS))


def files() -> dict[str, Path]:
    """Return the files of scenarios and incidents by name."""
    return {**_in(INCIDENTS), **_in("")}


def find(name_or_path: str | Path) -> Path:
    """Return the file that is meant: one at that path, else the library's of that name.

    Raises:
        UsageError: if there is neither; says which names there are.
    """
    path = Path(name_or_path)
    name = str(name_or_path)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError):  # too long for a name, or a NUL in it: no such file either way
        pass
    known = files()
    if name in known:
        return known[name]
    if path.suffix in _ENDINGS or path.name != name:
        raise UsageError(f"no such file: {name!r}; the library has {', '.join(sorted(_in(''))) or 'nothing'}")
    raise UsageError(
        f"scenario: {unknown(name, known)} (brownout list scenarios and list incidents show all; a file needs its path)"
    )


def _in(within: str) -> dict[str, Path]:
    folder = next((one for one in _FOLDERS if one.is_dir()), None)
    return {path.stem: path for path in (folder / within).glob("*.yaml")} if folder is not None else {}
