"""Unmodified Node programs under `brownout run --intercept`; `make test NODE_SDK=no` leaves this file out."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from run_intercepted import CUSTOMER, NODE_MODULES, ORDERED, PAID, PROGRAMS, Expected

if TYPE_CHECKING:
    from pathlib import Path

    from run_intercepted import Run

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.sdk]

NODE = {
    "stripe_node.mjs": PAID,
    "stripe_node_fetch.cjs": Expected("ada@example.com", [CUSTOMER]),
    "paypal_node.mjs": ORDERED,
}


@pytest.mark.parametrize("program", NODE)
def test_a_node_program_runs_unmodified(run: Run, tmp_path: Path, program: str) -> None:
    """ES modules and CommonJS; https, fetch and axios."""
    assert NODE_MODULES.is_dir(), "no Node SDKs: `make test` installs them, NODE_SDK=no leaves these tests out"
    shutil.copy(PROGRAMS / program, tmp_path)

    done = run(["node", program])

    assert (done.code, done.printed.strip()) == (0, NODE[program].printed), done.said
    assert done.answered == NODE[program].answered
