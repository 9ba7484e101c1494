"""Where a run leaves its journal if nobody named a file: a folder of this user's own among the temporary files."""

from __future__ import annotations

import getpass
import os
import re
import stat
import tempfile
from pathlib import Path


def unasked(name: str, seed: int) -> Path:
    """Return the file for a run of the scenario `name`; an earlier run's of the same seed is overwritten."""
    word = re.sub(r"[^A-Za-z0-9_.-]", "-", name) or "run"
    return _folder() / f"{word}-{seed}.jsonl"


def _folder() -> Path:
    """Return a folder that nobody else can write to, or has put there."""
    path = Path(tempfile.gettempdir()) / f"brownout-{_user()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        there = path.lstat()
        owned = not hasattr(os, "getuid") or there.st_uid == os.getuid()
        if stat.S_ISDIR(there.st_mode) and owned and not there.st_mode & 0o022:
            return path
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="brownout-"))


def _user() -> str:
    try:
        return re.sub(r"[^A-Za-z0-9_.-]", "-", getpass.getuser())
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
