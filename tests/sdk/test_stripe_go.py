"""stripe-go: customers, payments, declines, refunds, holds, idempotency, lists and webhooks, in one program.

It needs the command `go`, and once its module: without them this file says so and is left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = [pytest.mark.sdk, pytest.mark.slow]

HERE: Final = Path(__file__).with_name("go")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built."""
    if shutil.which("go") is None:
        pytest.skip("no Go here (the command `go`)")
    try:
        subprocess.run(["go", "mod", "download"], cwd=HERE, capture_output=True, timeout=120, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        told = (problem.stderr or b"").decode("utf-8", "replace").strip()
        pytest.skip(f"stripe-go isn't here and can't be fetched: {told[-200:]}")
    built = tmp_path_factory.mktemp("go") / "shop"
    subprocess.run(["go", "build", "-o", str(built), "."], cwd=HERE, check=True, timeout=600)
    return built


@pytest.fixture
def seen(program: Path, brownout: Sandbox) -> dict[str, Any]:
    """What the program saw."""
    ran = subprocess.run(
        [str(program)],
        env={**os.environ, "BROWNOUT_STRIPE_URL": brownout.listen("stripe")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = orjson.loads(ran.stdout)
    return found


def test_the_core_flow_through_stripe_go(brownout: Sandbox, seen: dict[str, Any]) -> None:
    """Everything arrives in the SDK's own types, errors as its own classes, and the ledger agrees."""
    declined = {"class": "CardError", "status": 402, "type": "card_error", "code": "card_declined", "param": ""}
    missing = {"class": "InvalidRequestError", "status": 404, "code": "resource_missing", "param": "intent"}
    mismatch = {"class": "IdempotencyError", "status": 400, "type": "idempotency_error"}

    assert seen["customer"] == ["Ada Lövelace", "ada@example.com", "u-1", False]
    assert seen["paid"] == ["requires_confirmation", "succeeded", 2000, "visa"]
    assert seen["declined"] == {**declined, "decline": "insufficient_funds", "request": True}
    assert seen["missing"].items() >= missing.items()
    assert seen["refunded"] == ["succeeded", 500, 500, False]
    assert seen["captured"] == ["requires_capture", "succeeded", 700]
    assert seen["repeated"][0] is True
    assert seen["repeated"][1].items() >= mismatch.items()
    assert seen["listed"] == 7
    assert seen["nobody"].items() >= {"status": 401, "type": "invalid_request_error"}.items()
    ledger = brownout.ledger()
    assert (ledger.captured(), ledger.refunded(), ledger.violations) == (3_600, 500, [])


def test_a_webhook_passes_stripe_gos_own_verifier(seen: dict[str, Any]) -> None:
    """In the SDK's version; a changed body and another secret don't."""
    assert seen["webhook"] == ["payment_intent.succeeded", True, True, True, True]
