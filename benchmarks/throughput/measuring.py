"""What the benchmarks share: servers on a core of their own, and what their processes used."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
KEY = "Bearer sk_test_benchmark"
TICK = os.sysconf("SC_CLK_TCK")
FORM = "application/x-www-form-urlencoded"
CREATE = b"amount=2499&currency=usd&allowed_payment_method_types[0]=card&metadata[order_id]=order-%d"
CONFIRM = CREATE + b"&payment_method=pm_card_visa&confirm=true"


@dataclass(frozen=True, slots=True)
class Round:
    """One server's figures over one round."""

    cpu_microseconds: float
    per_second: float


@contextmanager
def server(command: list[str]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Start a server on core 0; yield its port and process."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    os.sched_setaffinity(process.pid, {0})
    try:
        line = (process.stdout or sys.stdin).readline()
        port = json.loads(line)["url"].rpartition(":")[2] if line.startswith("{") else line
        yield int(port), process
    finally:
        process.terminate()
        process.wait()


def simulator(scenario: str | None = None) -> list[str]:
    """Return the command of a simulator."""
    return [sys.executable, "-m", "brownout", "serve", *([scenario] if scenario else []), "--port", "0", "--json"]


def baseline(kind: str, size: int) -> list[str]:
    """Return the command of a baseline that answers `size` bytes."""
    return [sys.executable, str(HERE / "baseline.py"), kind, str(size)]


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_bytes(process: subprocess.Popen[str]) -> int:
    """Return how much memory a process holds."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(port: int, process: subprocess.Popen[str], make: Callable[[int], bytes], seconds: float) -> Round:
    """Return one round's figures."""
    before = cpu_seconds(process)
    got = asyncio.run(load.run(port, make, seconds=seconds))
    return Round((cpu_seconds(process) - before) / got.answers * 1e6, got.answers / got.seconds)


def form(path: str, template: bytes, run: str) -> Callable[[int], bytes]:
    """Return what makes POSTs, each with a fresh idempotency key as the SDKs send it."""

    def make(number: int) -> bytes:
        body = template % number
        return load.request("POST", path, body, Authorization=KEY, Content_Type=FORM, Idempotency_Key=f"{run}-{number}")

    return make


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return median, lowest and highest."""
    return statistics.median(values), min(values), max(values)
