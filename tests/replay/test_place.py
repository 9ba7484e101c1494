"""Where a run leaves its journal if nobody named a file."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from brownout.replay.place import unasked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files, with a user called me."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    return tmp_path


def test_it_is_a_folder_of_this_users_own(temporary: Path) -> None:
    """Nobody else reads it; the same scenario and seed have the same file."""
    assert unasked("lost-answer", 7) == unasked("lost-answer", 7) == temporary / "brownout-me" / "lost-answer-7.jsonl"
    assert (temporary / "brownout-me").stat().st_mode & 0o777 == 0o700
    assert unasked("../x y", 7).name == "..-x-y-7.jsonl"


@pytest.mark.parametrize("kind", ["link", "open", "file"])
def test_what_somebody_else_put_there_is_not_used(temporary: Path, kind: str) -> None:
    """A link, a folder that others can write to, a file: then one with a name of its own is made."""
    there = temporary / "brownout-me"
    if kind == "link":
        (temporary / "elsewhere").mkdir()
        there.symlink_to(temporary / "elsewhere")
    elif kind == "open":
        there.mkdir()
        there.chmod(0o777)
    else:
        there.touch()

    found = unasked("x", 1)

    assert found.parent != there
    assert found.parent.stat().st_mode & 0o777 == 0o700
