"""The transport without sockets and the wire: the same answer arrives by both, or fails to in the same way.

The client of the wire is written here on a bare socket, so that no library's view of a broken answer comes between.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import KEY, REGISTRIES

from brownout.core.plan import ClockOptions, Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.faults.cut import Cut
from brownout.faults.deprecation import Deprecation
from brownout.faults.drift import Drift
from brownout.faults.gateway import Gateway
from brownout.faults.keepalive import Keepalive
from brownout.faults.latency import Latency
from brownout.faults.malformed import Malformed
from brownout.faults.mislabel import Mislabel
from brownout.faults.trickle import Trickle
from brownout.testing import EngineTransport, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from brownout.testing import Sandbox

START: Final = 1_780_000_000.0
PATIENCE_SECONDS: Final = 0.6
"""How long the client waits for the next byte: much longer than any of the waits here."""
OF_HTTP: Final = frozenset({"date", "content-length", "transfer-encoding", "connection", "server", "brownout-exchange"})
FAULTS: Final[tuple[Any, ...]] = (
    Abort(connection="reset"),
    Abort(connection="hang"),
    Abort(status=429, headers={"Retry-After": "7"}),
    Abort(status=504, body="html"),
    Gateway(status=520),
    Gateway(status=503, server="envoy"),
    Latency(delay=0.01),
    Cut(),
    Cut(connection="reset"),
    Cut(connection="stall"),
    Cut(after_bytes=0),
    Cut(after_bytes=3, framing="cut"),
    Cut(framing="chunked"),
    Cut(framing="chunked", share=100, connection="reset"),
    Trickle(first_byte=0.01),
    Trickle(piece_bytes=4, pause=0.002),
    Keepalive(),
    Keepalive(ends="after_answer"),
    Keepalive(ends="after_answer", connection="reset"),
    Malformed(change="cut_off"),
    Malformed(change="empty"),
    Malformed(change="html"),
    Malformed(change="bad_utf8"),
    Mislabel(change="gzip"),
    Mislabel(change="utf16"),
    Mislabel(change="huge_header"),
    Deprecation(sunset="30d", link="https://example.com/changes"),
    Drift(change="status", to=204),
    Drift(change="status", to=404),
    Drift(change="empty_body"),
    Drift(change="extra", path="$.new", to=1),
)
CALLS: Final = (
    ("POST", "/v1/payments", b'{"amount": 100, "order": "o-1"}'),
    ("GET", "/v1/payments", b""),
    ("HEAD", "/v1/payments", b""),
)


class Seen(NamedTuple):
    """What a client has of an exchange: an answer, or how it failed."""

    failed: str | None = None
    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""


def sent(status: int, headers: Mapping[str, str], body: bytes) -> Seen:
    """Return an answer without what HTTP itself adds."""
    own = {name.lower(): text for name, text in headers.items() if name.lower() not in OF_HTTP}
    return Seen(None, status, own, body)


def by_engine(transport: EngineTransport, method: str, path: str, body: bytes) -> Seen:
    """Send a request straight into the engine."""
    try:
        answer = transport.send(method, f"/toy{path}", headers=KEY, body=body)
    except ConnectionResetError:
        return Seen("reset")
    except ConnectionAbortedError:
        return Seen("closed")
    except TimeoutError:
        return Seen("silent")
    return sent(answer.status, answer.headers, answer.body)


def by_wire(url: str, method: str, path: str, body: bytes) -> Seen:
    """Send a request through a socket, and read until the answer is complete or nothing comes any more."""
    parts = urlsplit(url)
    lines = [f"{method} {parts.path}{path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in KEY.items()]
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        got = b""
        while (found := parsed(method, got)) is None:
            try:
                more = client.recv(65536)
            except ConnectionResetError:
                return Seen("reset")
            except TimeoutError:
                return Seen("silent")
            if not more:
                return Seen("closed")
            got += more
        return found


def parsed(method: str, got: bytes) -> Seen | None:
    """Return the answer if that is all of it."""
    head, end, rest = got.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    status = int(first.split(" ")[1])
    if method == "HEAD" or status in (204, 304):
        return sent(status, headers, b"")
    if "Transfer-Encoding" in headers:
        assert b"\r\n0\r\n\r\n" not in rest, "chunks are sent by cuts alone here, and lack their end"
        return None
    length = int(headers["Content-Length"])
    return sent(status, headers, rest[:length]) if len(rest) >= length else None


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """One server for all examples."""
    with Simulator(registries=REGISTRIES) as sandbox:
        yield sandbox


def outcome_of(box: Sandbox) -> Any:
    """Return what the journal says of the only exchange, once the server has noticed that its client is gone."""
    for _ in range(500):
        if (found := box.exchanges()) and found[-1].outcome is not None:
            return found[-1]
        time.sleep(0.01)
    raise AssertionError("no exchange ended")


@pytest.mark.slow
@settings(max_examples=60)
@given(
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3),
    call=st.sampled_from(CALLS),
)
def test_both_ways_an_answer_arrives_or_fails_alike(
    box: Sandbox, faults: list[Any], call: tuple[str, str, bytes]
) -> None:
    """Status, headers, bytes and the way it fails; and the journal of both says the same, byte for byte."""
    rules = tuple(
        Rule(name=f"r-{number}", fault=fault, target=fault.default_target) for number, fault in enumerate(faults)
    )
    plan = Plan(rules=rules, seed=3, clock=ClockOptions(start=START, frozen=True))
    transport = EngineTransport(plan, registries=REGISTRIES, wall=START)
    box.use(plan)
    box.reset()

    without_sockets = by_engine(transport, *call)
    with_them = by_wire(box.url_of("toy"), *call)

    assert with_them == without_sockets
    (record,) = transport.world.journal
    found = outcome_of(box)
    assert found.outcome == record.outcome
    assert found.decided["fired"] == record.decided()["fired"]
    assert found.decided["status"] == record.decided()["status"]
