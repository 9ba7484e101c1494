"""What a request through Brownout costs, beside bare aiohttp in the same run.

    python benchmarks/throughput                 the table of README's "Speed and size" (about four minutes)
    python benchmarks/throughput --quick         the same with fewer rounds, to see that it runs

Server and client have one core each. Baseline and simulator take turns, so that a busy machine meets both. The
primary figure is the server's CPU per request; throughput is shown beside it. Every ratio is baseline ÷ simulator
of one round: the table gives the median with the lowest and the highest round. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import load
from measuring import CONFIRM, CREATE, KEY, Round, baseline, form, measure, resident_bytes, server, simulator, spread

RULES = [
    {"name": f"elsewhere-{n}", "kind": "abort", "status": 500, "match": {"operation": "stripe.webhook_endpoints.*"}}
    for n in range(20)
]


def compare(name: str, scenario: str | None, kind: str, rounds: int, seconds: float) -> dict[str, object]:
    """Return the figures of one row: simulator and both baselines in turns."""
    with server(simulator(scenario)) as (port, process):
        path = "/stripe/v1/payment_intents"
        made = asyncio.run(load.run(port, form(path, CREATE, "warm"), requests=200))
        intent = json.loads(made.last)["id"]
        sample = {
            "GET": lambda _: load.request("GET", f"{path}/{intent}", Authorization=KEY),
            "create": form(path, CREATE, "size"),
            "confirm": form(path, CONFIRM, "size"),
        }[kind]
        size = asyncio.run(load.run(port, sample, requests=20)).body_bytes
        with server(baseline("application", size)) as plain, server(baseline("floor", size)) as floor:
            results: list[tuple[Round, Round, Round]] = []
            for number in range(rounds):
                make = sample if kind == "GET" else form(path, CREATE if kind == "create" else CONFIRM, f"r{number}")
                results.append((
                    measure(*plain, make, seconds),
                    measure(port, process, make, seconds),
                    measure(*floor, make, seconds),
                ))  # fmt: skip
    return {
        "row": name,
        "body_bytes": size,
        "cpu_us": statistics.median(ours.cpu_microseconds for _, ours, _ in results),
        "baseline_cpu_us": statistics.median(plain.cpu_microseconds for plain, _, _ in results),
        "floor_cpu_us": statistics.median(floor.cpu_microseconds for _, _, floor in results),
        "cpu_ratio": spread([plain.cpu_microseconds / ours.cpu_microseconds for plain, ours, _ in results]),
        "floor_ratio": spread([floor.cpu_microseconds / ours.cpu_microseconds for _, ours, floor in results]),
        "per_second": statistics.median(ours.per_second for _, ours, _ in results),
        "rate_ratio": spread([ours.per_second / plain.per_second for plain, ours, _ in results]),
    }


def rules_cost(scenario: str, rounds: int, seconds: float) -> tuple[float, float, float]:
    """Return what 20 rules that can't match add to a GET, in microseconds: over interleaved pairs."""
    differences = []
    path = "/stripe/v1/payment_intents"
    with server(simulator()) as none, server(simulator(scenario)) as twenty:
        makes = []
        for port, _ in (none, twenty):
            made = asyncio.run(load.run(port, form(path, CREATE, "warm"), requests=50))
            request = load.request("GET", f"{path}/{json.loads(made.last)['id']}", Authorization=KEY)
            makes.append(lambda _, request=request: request)
        for _ in range(rounds * 2):
            without = measure(*none, makes[0], seconds / 2).cpu_microseconds
            differences.append(measure(*twenty, makes[1], seconds / 2).cpu_microseconds - without)
    return spread(differences)


def memory(reads: int, payments: int) -> dict[str, float]:
    """Return resident memory after `reads` GETs, and what one confirmed payment keeps."""
    path = "/stripe/v1/payment_intents"
    with server(simulator()) as (port, process):
        made = asyncio.run(load.run(port, form(path, CREATE, "warm"), requests=50))
        request = load.request("GET", f"{path}/{json.loads(made.last)['id']}", Authorization=KEY)
        asyncio.run(load.run(port, lambda _: request, requests=reads))
        after_reads = resident_bytes(process)
    with server(simulator()) as (port, process):
        # More than the ring holds, so that what grows afterwards is kept by the payments themselves.
        asyncio.run(load.run(port, form(path, CONFIRM, "warm"), requests=25_000))
        before = resident_bytes(process)
        asyncio.run(load.run(port, form(path, CONFIRM, "more"), requests=payments))
        per_payment = (resident_bytes(process) - before) / payments
    return {"after_reads_mb": after_reads / 2**20, "bytes_per_payment": per_payment}


def ready_seconds(command: list[str], times: int) -> list[float]:
    """Return how long a server takes from its start to its first line."""
    lengths = []
    for _ in range(times):
        started = time.perf_counter()
        with server(command):
            lengths.append(time.perf_counter() - started)
    return lengths


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=["speed", "memory", "ready"], help="one part")
    chosen = parser.parse_args()
    rounds, seconds = (2, 0.7) if chosen.quick else (7, 2.0)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores, {rounds} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        twenty = Path(folder) / "twenty.yaml"
        twenty.write_text(json.dumps({"brownout": 1, "faults": RULES}))
        if chosen.only in (None, "speed"):
            speed(str(twenty), rounds, seconds)
    if chosen.only in (None, "memory"):
        got = memory(*((20_000, 2_000) if chosen.quick else (200_000, 25_000)))
        print(f"resident after the reads: {got['after_reads_mb']:.0f} MB")
        print(f"kept per confirmed payment: {got['bytes_per_payment']:.0f} bytes\n")
    if chosen.only in (None, "ready"):
        ours, empty = (spread(ready_seconds(command, rounds)) for command in (simulator(), baseline("application", 2)))
        print(f"ready after {ours[0] * 1000:.0f} ms ({ours[1] * 1000:.0f}..{ours[2] * 1000:.0f}); an empty aiohttp")
        print(f"server after {empty[0] * 1000:.0f} ms ({empty[1] * 1000:.0f}..{empty[2] * 1000:.0f}): "
              f"{ours[0] / empty[0]:.2f} times as long")  # fmt: skip


def speed(twenty: str, rounds: int, seconds: float) -> None:
    """Print the table of costs."""
    print(f"{'':22}{'body':>7}{'CPU µs':>9}{'aiohttp':>9}{'floor':>8}  {'CPU ratio (spread)':22}{'to floor':>9}"
          f"{'req/s':>8}  rate ratio (spread)")  # fmt: skip
    for name, scenario, kind in (
        ("GET", None, "GET"),
        ("GET, 20 rules", twenty, "GET"),
        ("create", None, "create"),
        ("create, 20 rules", twenty, "create"),
        ("create and confirm", None, "confirm"),
        ("confirm, 20 rules", twenty, "confirm"),
    ):
        row = compare(name, scenario, kind, rounds, seconds)
        cpu, rate, floor = row["cpu_ratio"], row["rate_ratio"], row["floor_ratio"]
        costs = f"{row['cpu_us']:9.0f}{row['baseline_cpu_us']:9.0f}{row['floor_cpu_us']:8.0f}"
        print(
            f"{name:22}{row['body_bytes']:7}{costs}  {say(cpu):22}{floor[0]:9.2f}{row['per_second']:8.0f}  {say(rate)}"
        )
    cost = rules_cost(twenty, rounds, seconds)
    print(f"\n20 rules that can't match add {cost[0]:+.1f} µs to a GET ({cost[1]:+.1f}..{cost[2]:+.1f})\n")


def say(values: tuple[float, float, float]) -> str:
    """Return a ratio with its spread."""
    return f"{values[0]:.2f} ({values[1]:.2f}..{values[2]:.2f})"


if __name__ == "__main__":
    main()
