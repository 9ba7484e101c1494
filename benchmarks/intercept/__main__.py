"""What interception costs a request: over TLS and through CONNECT, beside plain HTTP, kept alive and fresh.

    python benchmarks/intercept                  the table of README's "Interception" (a minute)
    python benchmarks/intercept --quick          the same with fewer requests, to see that it runs

Server and client have one core each, and one request is under way at a time. The ways take turns, so that a busy
machine meets them all. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "api.stripe.com"
REQUEST = f"GET /v1/balance HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer sk_test_benchmark\r\n\r\n".encode()
CONNECT = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
WAYS = ("plain", "tls", "connect")
NAMES = {"plain": "plain HTTP", "tls": "TLS port", "connect": "CONNECT and TLS"}
TICK = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A server that is up."""

    pid: int
    plain: int
    tls: int
    proxy: int
    trust: ssl.SSLContext

    @property
    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        with open(f"/proc/{self.pid}/stat") as stat:  # noqa: PTH123 - /proc isn't a place of files
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def server() -> Iterator[Server]:
    """Start a server on core 0."""
    command = [
        sys.executable,
        "-m",
        "brownout",
        "serve",
        "--port",
        "0",
        "--listen",
        "stripe=0",
        "--intercept",
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(process.pid, {0})
    try:
        ready = json.loads((process.stdout or sys.stdin).readline())
        turned = ready["interception"]
        ports = [int(url.rpartition(":")[2]) for url in (ready["providers"]["stripe"], turned["tls"], turned["proxy"])]
        yield Server(process.pid, *ports, ssl.create_default_context(cafile=turned["ca_file"]))
    finally:
        process.terminate()
        process.wait()


class Round(NamedTuple):
    """One way's figures over one round."""

    cpu_microseconds: float
    latencies_ms: list[float]


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(to: Server, way: str) -> Streams:
    """Open a connection that requests for the host can go by."""
    if way == "plain":
        return await asyncio.open_connection("127.0.0.1", to.plain)
    if way == "tls":
        return await asyncio.open_connection("127.0.0.1", to.tls, ssl=to.trust, server_hostname=HOST)
    reader, writer = await asyncio.open_connection("127.0.0.1", to.proxy)
    writer.write(CONNECT)
    await reader.readuntil(b"\r\n\r\n")
    await writer.start_tls(to.trust, server_hostname=HOST)
    return reader, writer


async def ask(streams: Streams) -> None:
    """Send one request and read its answer."""
    reader, writer = streams
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    if head[9:12] != b"200":
        raise RuntimeError(head.decode())
    at = head.lower().index(b"content-length:")
    await reader.readexactly(int(head[at + 15 : head.index(b"\r", at)]))


async def measure(to: Server, way: str, requests: int, *, fresh: bool) -> Round:
    """Send requests one after the other, each on a connection of its own if they are to be fresh."""
    streams = await connect(to, way)
    await ask(streams)
    latencies = []
    began = to.cpu_seconds
    for _ in range(requests):
        started = time.perf_counter()
        if fresh:
            streams[1].transport.abort()
            streams = await connect(to, way)
        await ask(streams)
        latencies.append((time.perf_counter() - started) * 1000)
    await asyncio.sleep(0.05)
    used = to.cpu_seconds - began
    streams[1].transport.abort()
    return Round(used / requests * 1e6, latencies)


async def compare(rounds: int, kept: int, fresh: int) -> None:
    """Print the table."""
    with server() as to:
        for is_fresh, requests in ((False, kept), (True, fresh)):
            found: dict[str, list[Round]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    found[way].append(await measure(to, way, requests, fresh=is_fresh))
            for way in WAYS:
                _print(f"{NAMES[way]}, {'fresh connections' if is_fresh else 'kept alive'}", found[way], found["plain"])


def _print(name: str, rounds: list[Round], plain: list[Round]) -> None:
    cpu = [one.cpu_microseconds for one in rounds]
    added = [one.cpu_microseconds - beside.cpu_microseconds for one, beside in zip(rounds, plain, strict=True)]
    latencies = sorted(latency for one in rounds for latency in one.latencies_ms)
    p95 = latencies[int(len(latencies) * 0.95)]
    print(
        f"| {name} | {statistics.median(cpu):,.0f} | {statistics.median(added):+,.0f} "
        f"({min(added):+,.0f} to {max(added):+,.0f}) | {statistics.median(latencies):.2f} | {p95:.2f} |"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    os.sched_setaffinity(0, {1})
    print("| way | CPU µs | beside plain (spread) | median ms | p95 ms |\n|---|---|---|---|---|")
    asyncio.run(compare(2 if quick else 7, 300 if quick else 2000, 100 if quick else 400))


main()
