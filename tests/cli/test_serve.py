"""`brownout serve` as a user starts it: ready, busy, refused, stopped."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
BROWNOUT = [sys.executable, "-m", "brownout"]


class Served:
    """A server in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*BROWNOUT, "serve", "--port", "0", "--json", *arguments], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """End it; return exit code and how long that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code, time.monotonic() - started


@pytest.fixture
def served() -> Iterator[Served]:
    """A server with a port of its own for Stripe."""
    server = Served("--listen", "stripe=0", "--seed", "7")
    yield server
    if server.process.poll() is None:
        server.stop()


def wrong(*arguments: str) -> str:
    """Return what a refused command says; it must exit 2 without a traceback."""
    done = subprocess.run([*BROWNOUT, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_the_ready_line_has_every_url(served: Served) -> None:
    """One JSON line; each URL in it answers."""
    ready = served.ready

    with urllib.request.urlopen(f"{ready['admin']}/health") as answer:
        assert json.load(answer)["instance"] == ready["instance"]
    assert ready["seed"] == 7
    assert ready["providers"]["stripe"].count("/") == 2
    assert ready["webhook_secrets"]["stripe"].startswith("whsec_")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_two_seconds(served: Served, number: signal.Signals) -> None:
    """Also while a request hangs; exit code 0, and the port is free again."""
    admin = served.ready["admin"]
    fault = json.dumps({"kind": "abort", "connection": "hang"}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{admin}/faults/hang", data=fault, method="PUT")).close()
    port = int(served.ready["url"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /stripe/v1/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_x\r\n\r\n")
        while not json.load(urllib.request.urlopen(f"{admin}/faults"))["faults"][0]["fired"]:
            pass
        code, seconds = served.stop(number)

    assert code == 0
    assert seconds < 2.0
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_busy_port_says_who_holds_it(served: Served) -> None:
    """And how to take another."""
    said = wrong("serve", "--port", served.ready["url"].rpartition(":")[2])

    assert f"process {served.process.pid}" in said
    assert "--port 0" in said


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["serv"], "did you mean 'serve'"),
        (["serve", "lost-anser"], "did you mean 'lost-answer'"),
        (["serve", "--listen", "strip=1"], "did you mean 'stripe'"),
        (["serve", "--listen", "stripe"], "PROVIDER=VALUE"),
        (["serve", "--listen", "stripe=x"], "a port is a number"),
        (["serve", "--webhook", "stripe=nowhere"], "http://"),
        (["serve", "--host", "0.0.0.0"], "--admin-token"),
        (["serve", "--port", "99999"], "--port"),
    ],
)
def test_a_wrong_command_line_says_what_was_meant(arguments: list[str], hint: str) -> None:
    """Exit 2, one sentence, a suggestion; never a traceback."""
    assert hint in wrong(*arguments)


def test_the_table_points_each_sdk_here() -> None:
    """Without --json a person reads URLs, seed, webhook secret, and a line per SDK."""
    process = subprocess.Popen([*BROWNOUT, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    process.stdout.close()
    table = "".join(lines)

    for expected in ("/_brownout", "seed", "whsec_", "StripeClient(", "new Stripe("):
        assert expected in table
