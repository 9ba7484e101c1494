"""What rules cost a request, and how exact an injected delay is.

    python benchmarks/rules                  both tables (about four minutes)
    python benchmarks/rules --quick          the same with fewer rounds, to see that it runs
    python benchmarks/rules --only cost|delay

Cost: two servers take turns, one without and one with the rules, and each pair of turns gives one difference of the
server's CPU per GET. Given are the median and its 95 % interval (order statistics). Delay: 50 connections ask for
50 ms each, of Brownout and of a bare aiohttp handler that sleeps; *late* is what was measured minus what was asked.
Server and client have one core each. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "throughput"))

import load
from measuring import CREATE, KEY, form, measure, server, simulator

PATH = "/stripe/v1/payment_intents"
ASKED_SECONDS = 0.05
READS = {"operation": "stripe.payment_intents.retrieve"}
MIXES: dict[str, list[dict[str, Any]]] = {
    "20 rules that can't match": [
        {"kind": "abort", "status": 500, "match": {"operation": "stripe.webhook_endpoints.*"}} for _ in range(20)
    ],
    "20 that can and don't fire": [
        {"kind": "abort", "status": 500, "match": READS, "percentage": 0.000001} for _ in range(20)
    ],
    "one that fires at 10 %": [{"kind": "drift", "change": "extra", "path": "$.new", "match": READS, "percentage": 10}],
}
SLEEPER = f"""
import asyncio
from aiohttp import web
async def handle(request):
    await asyncio.sleep({ASKED_SECONDS})
    return web.Response(body=b"x")
async def main():
    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def interval(values: list[float]) -> tuple[float, float, float]:
    """Return the median with its 95 % interval from order statistics (ranks n/2 ± 0.98 √n)."""
    ordered, n = sorted(values), len(values)
    reach = 0.98 * n**0.5
    low, high = max(0, int(n / 2 - reach)), min(n - 1, int(n / 2 + reach))
    return statistics.median(ordered), ordered[low], ordered[high]


def cost(scenario: str, pairs: int, seconds: float) -> tuple[float, float, float]:
    """Return what the rules of a scenario add to a GET, in microseconds of CPU."""
    differences = []
    with server(simulator()) as none, server(simulator(scenario)) as ruled:
        requests = []
        for port, _ in (none, ruled):
            made = asyncio.run(load.run(port, form(PATH, CREATE, "warm"), requests=50))
            requests.append(load.request("GET", f"{PATH}/{json.loads(made.last)['id']}", Authorization=KEY))
        for _ in range(pairs):
            without = measure(*none, lambda _: requests[0], seconds).cpu_microseconds
            differences.append(measure(*ruled, lambda _: requests[1], seconds).cpu_microseconds - without)
    return interval(differences)


async def latenesses(port: int, requests: int) -> list[float]:
    """Return how late each answer was, in milliseconds, over 50 connections."""
    late: list[float] = []
    asked = load.request("GET", "/stripe/v1/balance", Authorization=KEY)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(requests // 50):
            began = time.perf_counter()
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:")
            await reader.readexactly(int(head[at + 15 : head.index(b"\r", at)]))
            late.append((time.perf_counter() - began - ASKED_SECONDS) * 1000)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(50)))
    return late


def show_cost(pairs: int, seconds: float) -> None:
    """Print what each mix of rules costs."""
    for name, faults in MIXES.items():
        named = [{**fault, "name": f"rule-{number}"} for number, fault in enumerate(faults)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rules.yaml"
            path.write_text(json.dumps({"brownout": 1, "faults": named}))
            middle, low, high = cost(str(path), pairs, seconds)
        print(f"{name:28}{middle:+8.1f} µs a GET  (95 % {low:+.1f} to {high:+.1f}, {pairs} pairs)")


def show_delay(requests: int) -> None:
    """Print how late delays end, beside a bare sleep's."""
    delay = {"name": "late", "kind": "latency", "delay": f"{ASKED_SECONDS * 1000:g}ms", "target": "edge"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "delay.yaml"
        path.write_text(json.dumps({"brownout": 1, "faults": [delay]}))
        with server(simulator(str(path))) as (ours, _), server([sys.executable, "-c", SLEEPER]) as (bare, _):
            for name, port in (("brownout", ours), ("bare sleep", bare)):
                late = sorted(asyncio.run(latenesses(port, requests)))
                shares = {share: late[int(len(late) * share)] for share in (0.5, 0.99)}
                print(f"{name:12} late by {late[0]:.2f} ms at least, p50 {shares[0.5]:.2f}, p99 {shares[0.99]:.2f}, "
                      f"{late[-1]:.2f} at most ({len(late)} requests, 50 at once)")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=["cost", "delay"], help="one part")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores\n")
    if chosen.only in (None, "cost"):
        show_cost(*((4, 0.5) if chosen.quick else (40, 1.0)))
    if chosen.only in (None, "delay"):
        show_delay(500 if chosen.quick else 5_000)


if __name__ == "__main__":
    main()
