"""The locustfiles under Locust's own master and workers, as anybody types it: no order is sent twice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from brownout import assembly
from brownout.core.plan import Load, Plan
from brownout.drill.arrivals import arrivals
from brownout.server.host import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADTESTS = Path(__file__).resolve().parents[2] / "loadtests"
ROOT = LOADTESTS.parent / "simulator"
LOAD = Load(journey="payment", rate_per_second=20, duration_seconds=2, users=6)
LOCUST = [sys.executable, "-m", "locust", "-f", str(LOADTESTS / "payment.py"), "--headless", "--only-summary"]

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.fixture
def host() -> Iterator[Host]:
    """A server without faults."""
    with Host(assembly.registries(), Plan(), records_kept=10_000) as made:
        yield made


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """The environment of a load with a plan of 40 orders."""
    file = tmp_path / "arrivals.jsonl"
    file.write_bytes(b"".join(orjson.dumps(one.as_dict()) + b"\n" for one in arrivals(7, LOAD)))
    more = {"BROWNOUT_CLIENT": "resilient", "BROWNOUT_ARRIVALS": str(file), "PYTHONPATH": str(ROOT)}
    return {**os.environ, **more, "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def port() -> str:
    """A free one for the master: Locust's own may be somebody else's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def _at(port: str) -> list[str]:
    return ["--master-port", port, "--master-bind-port", port]


def _claims(host: Host) -> list[dict[str, Any]]:
    return host.call(lambda: list(next(iter(host.app.worlds)).claims))


def _each_once(claims: list[dict[str, Any]]) -> None:
    """Check that all 40 orders were sent, by one process each, in time."""
    assert sorted(one["key"] for one in claims) == [f"order-{number:04d}" for number in range(1, 41)]
    assert all(one["outcome"] == "ok" for one in claims)
    began = {round(one["scheduled_at"] - one["due"], 3) for one in claims}
    assert max(began) - min(began) <= 0.002  # one beginning for all, by the master's clock
    late = sorted(one["started_at"] - one["scheduled_at"] for one in claims)
    assert late[len(late) // 2] < 0.05


def test_processes(host: Host, told: dict[str, str], port: str) -> None:
    """`locust --processes 2` sends each order once, and ends by itself after the last."""
    done = subprocess.run(
        [*LOCUST, "--processes", "2", *_at(port), "-u", "6", "-r", "6", "--host", host.url],
        env=told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    _each_once(_claims(host))


def test_master_and_workers(host: Host, told: dict[str, str], port: str) -> None:
    """So do a master and two workers that are started by hand, however slowly users are added."""
    where = ["--master-port", port]
    workers = [
        subprocess.Popen([*LOCUST, "--worker", *where], env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    master = subprocess.run(
        [*LOCUST, "--master", "--master-bind-port", port, "--expect-workers", "2", "-u", "6", "-r", "3",
         "--host", host.url],
        env=told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    codes = [worker.wait(timeout=20) for worker in workers]

    assert master.returncode == 0, master.stdout + master.stderr
    assert codes == [0, 0]
    _each_once(_claims(host))


def test_without_a_plan_each_run_has_its_own_orders(host: Host, told: dict[str, str], port: str) -> None:
    """The workers of one run share a prefix and no order; it ends when somebody ends it."""
    del told["BROWNOUT_ARRIVALS"]

    done = subprocess.run(
        [*LOCUST, "--processes", "2", *_at(port), "-u", "4", "-r", "4", "-t", "5s", "--host", host.url],
        env=told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    keys = [one["key"] for one in _claims(host)]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(keys) > 10
    assert len(keys) == len(set(keys))
    assert len({key.partition("-")[0] for key in keys}) == 1
