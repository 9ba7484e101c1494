"""The locustfiles under plain `locust`, as anybody types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from brownout import assembly
from brownout.core.plan import Plan
from brownout.providers.oauth.options import Fixture, OAuthOptions
from brownout.providers.onfido import OnfidoOptions
from brownout.server.host import Host

LOADTESTS = Path(__file__).resolve().parents[2] / "loadtests"
ROOT = LOADTESTS.parent / "simulator"

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.mark.parametrize("executor", ["constant_arrival_rate", "users"])
def test_a_journey_runs_under_plain_locust(executor: str) -> None:
    """Headless for three seconds against a server: orders are placed, none fails, and it ends by itself."""
    quick = Plan(providers={"onfido": OnfidoOptions(review=0.1)})  # an order is done in a fraction of the three seconds
    with Host(assembly.registries(), quick, records_kept=10_000) as host:
        told = {"BROWNOUT_CLIENT": "resilient", "BROWNOUT_EXECUTOR": executor, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(LOADTESTS / "checkout.py"), "--headless", "-u", "3", "-r", "3",
             "-t", "3s", "--host", host.url, "--only-summary"],
            env={**os.environ, **told, "NO_PROXY": "127.0.0.1"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ORDER" in done.stdout + done.stderr


RECORDS = {
    "/api/records": Fixture(body={"data": [{"id": "r1"}], "next": "/api/records/2"}),
    "/api/records/2": Fixture(body={"data": [{"id": "r2"}], "next": None}),
}


@pytest.mark.parametrize("journey", ["onboarding", "refunds", "webhooks", "sync"])
def test_each_journey_runs_by_hand(journey: str) -> None:
    """Claims come in, none of them in doubt; only people whom the provider rejects end badly."""
    plan = Plan(providers={"onfido": OnfidoOptions(review=0.1), "oauth": OAuthOptions(fixtures=RECORDS)})
    with Host(assembly.registries(), plan, records_kept=10_000) as host:
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(LOADTESTS / f"{journey}.py"), "--headless", "-u", "3", "-r", "3",
             "-t", "3s", "--host", host.url, "--only-summary"],
            env={**os.environ, "BROWNOUT_CLIENT": "resilient", "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        with urlopen(f"{host.url}/_brownout/claims") as answer:
            claims = json.load(answer)["claims"]

    assert claims, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert [said for said in claims if said["outcome"] != "ok" and said["error"] != "business"] == []
    assert {said["provider"] for said in claims} <= {"stripe", "paypal", "onfido", "oauth"}
    assert all(said["records"] == 2 for said in claims if journey == "sync")
    assert all(said["seen_at"] <= said["at"] for said in claims if journey == "webhooks")


def test_an_unknown_executor_is_said() -> None:
    """By hand, two are known; a drill brings the others in a file."""
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(LOADTESTS / "checkout.py"), "--headless", "-t", "1s"],
        env={**os.environ, "BROWNOUT_EXECUTOR": "poison", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert "BROWNOUT_EXECUTOR: known are constant_arrival_rate and users, not 'poison'" in done.stderr
