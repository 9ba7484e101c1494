"""What the end-to-end tests share: `brownout run`, intercepted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from run_intercepted import NODE_MODULES, Done, Run, alone, exchanges

if TYPE_CHECKING:
    from collections.abc import Sequence

collect_ignore = ["alone.py", "programs"]
"""Commands of their own, which pytest would import in search of doctests."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`brownout run`, intercepted, in an empty folder that Node finds its SDKs from."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "scenario.yaml").write_text("brownout: 1\nseed: 7\n")

    def run(
        command: Sequence[str], *options: str, scenario: str = "scenario.yaml", journal: str = "journal.jsonl"
    ) -> Done:
        brownout = [sys.executable, "-m", "brownout", "run", scenario, "--intercept", "--journal", journal]
        done = subprocess.run(
            [*alone(), *brownout, *options, "--", *command],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr, exchanges(tmp_path / journal))

    return run
