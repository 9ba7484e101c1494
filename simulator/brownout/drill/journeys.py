"""The locustfiles that travel with Brownout, found by the journey's name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from brownout.core.errors import UsageError, did_you_mean

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_FOLDERS: Final = (
    _PACKAGE / "_library" / "loadtests",  # a wheel puts them there
    _PACKAGE.parents[1] / "loadtests",  # an editable install has them beside `simulator/`
)


def folder() -> Path:
    """Return where the locustfiles and their clients are.

    Raises:
        UsageError: if they aren't there.
    """
    for one in _FOLDERS:
        if one.is_dir():
            return one
    raise UsageError("the load tests that travel with Brownout are missing: install it again")


def find(journey: str) -> Path:
    """Return the locustfile of `journey`.

    Raises:
        UsageError: if there is none; says which there are.
    """
    folder = next((one for one in _FOLDERS if one.is_dir()), None)
    files = {path.stem: path for path in folder.glob("*.py")} if folder is not None else {}
    if journey not in files:
        raise UsageError(f"load.journey: {did_you_mean(journey, files)}")
    return files[journey]


def ships(client: str) -> bool:
    """Return whether the journeys bring this client along; any other is somebody's own, or a typing error."""
    folder = next((one for one in _FOLDERS if one.is_dir()), None)
    return folder is not None and client.isidentifier() and (folder / "brownout_clients" / f"{client}.py").is_file()
