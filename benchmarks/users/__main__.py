"""Thousands of simulated users on one machine: is the generator in time, and what does it cost?

    python benchmarks/users                           5,000 users, 50 orders a second, one process and two
    python benchmarks/users --rates 50 100 200 400    each rate until one is too much
    python benchmarks/users --users 500 --seconds 5   a short one, to see that it runs

Each run is `brownout drill`: the payment journey, the resilient client on Locust's FastHttpUser, a quarter of the
answers to payments lost so that clients have something to do. It ends by itself. A generator that was late ends the
climb; a server that was makes the verdict inconclusive, too: both share the machine's cores. CPU is in seconds of one
core, memory the highest resident size of all processes on that side, both since the start.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from threading import Event
from typing import Any, Self

import psutil

from brownout import assembly
from brownout.core.match import Match
from brownout.core.plan import Arm, Load, Plan
from brownout.core.rules import Count, Rule
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.spread import Spread
from brownout.faults.abort import Abort

CREATE = "stripe.payment_intents.create"
SAMPLED_SECONDS = 0.5
LATE_MOST = 0.01
"""The share of orders beyond which the verdict says that the generator was late."""


def plan(users: int, rate: float, seconds: float) -> Plan:
    """Return what is drilled."""
    lost = Rule(
        name="lost-answer",
        fault=Abort(connection="reset"),
        target="response",
        match=Match(operation=(CREATE,)),
        count=Count(percentage=25),
    )
    return Plan(
        name="users",
        title="Many users",
        seed=1,
        identity={CREATE: "body.metadata.order_id"},
        rules=(lost,),
        load=Load(journey="payment", rate_per_second=rate, duration_seconds=seconds, users=users),
        arms={"resilient": Arm(name="resilient", client="resilient")},
        thresholds={"payments.duplicated": ("count == 0",), "goodput.rate": ("value >= 0.95",)},
    )


class Meter:
    """Samples what a process and its children cost while a block runs."""

    def __init__(self) -> None:
        self.own_memory = self.memory = 0
        self.own_cpu = self.cpu = 0.0
        self._me = psutil.Process()
        self._spent: dict[int, float] = {}
        self._over = Event()

    def __enter__(self) -> Self:
        self._began = sum(self._me.cpu_times()[:2])
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.own_cpu = sum(self._me.cpu_times()[:2]) - self._began
        self.cpu = sum(self._spent.values())

    def _sample(self) -> None:
        while not self._over.wait(SAMPLED_SECONDS):
            memory = 0
            for child in self._me.children(recursive=True):
                try:
                    memory += child.memory_info().rss
                    self._spent[child.pid] = sum(child.cpu_times()[:2])
                except psutil.Error:  # it has just ended
                    continue
            self.memory = max(self.memory, memory)
            self.own_memory = max(self.own_memory, self._me.memory_info().rss)


def run(users: int, rate: float, seconds: float, processes: int) -> dict[str, Any]:
    """Return the figures of one drill."""
    with tempfile.TemporaryDirectory() as folder, Meter() as meter:
        began = time.monotonic()
        drill = Drill(
            plan=plan(users, rate, seconds),
            registries=assembly.registries(),
            folder=Folder(Path(folder, "report")),
            watch=Silent(),
            spread=Spread(processes=processes),
        )
        verdict = drill.run(Event())
        took = time.monotonic() - began
    arm = verdict["arms"]["resilient"]
    return {
        "status": verdict["status"],
        "reasons": verdict["reasons"],
        "orders": arm["orders"],
        "lag": arm["lag"],
        "p95_seconds": arm["latency"]["p95_seconds"],
        "took": took,
        "meter": meter,
    }


def main() -> int:
    """Print a row for each run; return 1 if one of them found no generator in time at its first rate."""
    parser = argparse.ArgumentParser(prog="python benchmarks/users")
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rates", type=float, nargs="+", default=[50.0])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    print("| processes | orders/s | sent | lag p50, p99, most (ms) | late | p95 (ms) | verdict | took "
          "| generator CPU, memory | server CPU, memory |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    good = True
    for processes in asked.processes:
        for rate in asked.rates:
            found = run(asked.users, rate, asked.seconds, processes)
            print(row(processes, rate, found), flush=True)
            if found["status"] != "pass":
                print("\n".join(f"    {reason}" for reason in found["reasons"]), file=sys.stderr)
            if (found["lag"]["late_share"] or 0.0) > LATE_MOST:
                good = good and rate != asked.rates[0]
                break
    return 0 if good else 1


def row(processes: int, rate: float, found: dict[str, Any]) -> str:
    """Return one row of the table."""
    lag, meter, orders = found["lag"], found["meter"], found["orders"]
    lags = ", ".join("?" if (one := lag[name]) is None else f"{one * 1000:.1f}"
                     for name in ("p50_seconds", "p99_seconds", "max_seconds"))  # fmt: skip
    late = "?" if lag["late_share"] is None else f"{lag['late_share']:.1%}"
    p95 = "?" if found["p95_seconds"] is None else f"{found['p95_seconds'] * 1000:.0f}"
    return (
        f"| {processes} | {rate:g} | {orders['claimed']} of {orders['planned']} | {lags} | {late} | {p95} "
        f"| {found['status']} | {found['took']:.0f} s | {meter.cpu:.0f} s, {meter.memory / 1e6:.0f} MB "
        f"| {meter.own_cpu:.0f} s, {meter.own_memory / 1e6:.0f} MB |"
    )


if __name__ == "__main__":
    sys.exit(main())
