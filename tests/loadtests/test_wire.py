"""What really goes over the wire for one call of a client: Locust's own HTTP session, in a process of its own."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

LOADTESTS = Path(__file__).resolve().parents[2] / "loadtests"
CHILD = """
import locust
import sys
sys.path.insert(0, sys.argv[1])
from locust.env import Environment
from brownout_clients.protocols import Lost
from brownout_clients.user import CREW, Customers
CREW.arrive = lambda: None  # there is no run that would begin
Customers.abstract, Customers.host = False, sys.argv[2]
user = Customers(Environment(user_classes=[Customers]))
user.on_start()
user.wire.about("order-1", 0.0)
for method in ("GET", "POST", "PUT", "DELETE"):
    try:
        user.wire.send(method, f"{sys.argv[2]}/lost", headers={}, body=b"a")
    except Lost:
        print("lost", method)
"""


class Resetting:
    """A server that answers what is asked of Brownout, and resets every other request's connection."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                Thread(target=self._serve, args=(self._socket.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while head := connection.recv(65_536):
                if b" /_brownout" in head.partition(b"\r\n")[0]:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    continue
                self.lost.append(head.partition(b" ")[0].decode())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@pytest.mark.slow
def test_a_lost_answer_is_asked_for_once() -> None:
    """No library between strategy and server sends again by itself: neither a poll nor, far worse, a payment."""
    server = Resetting()
    try:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(LOADTESTS), server.url],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    finally:
        server.close()

    assert child.stdout.splitlines() == [f"lost {method}" for method in ("GET", "POST", "PUT", "DELETE")]
    assert server.lost == ["GET", "POST", "PUT", "DELETE"]
