"""Finds and reads the verdicts that a command is given: files, report folders, folders of them, patterns."""

from __future__ import annotations

from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import UsageError
from brownout.verdict import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = "verdict.json"
_NEEDED: Final = ("status", "reasons", "interrupted", "scenario", "seed", "versions", "arms")


@dataclass(frozen=True, slots=True)
class Kept:
    """A verdict and the file that it is in."""

    path: Path
    verdict: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where its journals are, if they are still there."""
        return self.path.parent


def verdicts(place: str) -> list[Kept]:
    """Return the verdicts at `place`: a verdict.json, a report folder, a folder with such in it, or a pattern.

    Raises:
        UsageError: if there is none, or one can't be read.
    """
    path = Path(place)
    try:
        found = [path] if path.exists() else [Path(each) for each in sorted(glob(place, recursive=True))]  # noqa: PTH207 - a pattern may be absolute
        files = sorted({file for each in found for file in _in(each)})
    except (OSError, ValueError) as problem:  # too long for a name, or a NUL in it
        raise UsageError(f"{place}: {problem}") from problem
    if not found:
        raise UsageError(f"{place}: no such file or folder: name a verdict.json, a report folder or a pattern of them")
    if not files:
        raise UsageError(f"{place}: there is no {_FILE} in it: name a folder that `brownout drill --report` wrote")
    return [Kept(file, _read(file)) for file in files]


def _in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if (path / _FILE).is_file():
        return [path / _FILE]
    return list(path.rglob(_FILE))


def _read(file: Path) -> dict[str, Any]:
    try:
        verdict = orjson.loads(file.read_bytes())
    except OSError as problem:
        raise UsageError(f"{file}: {problem.strerror or problem}") from problem
    except orjson.JSONDecodeError as problem:
        raise UsageError(f"{file}: not JSON: {problem}") from problem
    version = verdict.get("brownout_verdict") if isinstance(verdict, dict) else None
    if version is None:
        raise UsageError(f"{file}: not a verdict: it has no brownout_verdict")
    if version != VERSION:
        raise UsageError(f"{file}: this verdict has version {version}, and this Brownout reads version {VERSION}")
    missing = [key for key in _NEEDED if key not in verdict]
    if missing:
        raise UsageError(f"{file}: not a whole verdict: it has no {', '.join(missing)}")
    found: dict[str, Any] = verdict
    return found
