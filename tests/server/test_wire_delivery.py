"""Answers that arrive late, slowly or in part: what real clients see, what the ledger knows, what the journal says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
import requests
from intercepted import GET, intercepting
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.effects import Reword
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.cut import Cut
from brownout.faults.keepalive import Keepalive
from brownout.faults.latency import Latency
from brownout.faults.trickle import Trickle
from brownout.testing import Simulator

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Draw
    from brownout.core.operation import Operation
    from brownout.testing import AsyncSandbox

PAY = {"amount": 100, "order": "o-1"}
LIST = GET.replace(b"/v1/payments/none", b"/v1/payments")


@dataclass(frozen=True, kw_only=True)
class Padded:
    """Make the answer as large as it has to be."""

    api = 1
    kind = "padded"
    size: int

    def suits(self, operation: Operation) -> bool:
        """Return True."""
        return True

    def effects(self, exchange: Exchange, draw: Draw) -> tuple[Reword]:
        """Return the change."""
        return (Reword(change=lambda reply: replace(reply, body=b" " * self.size), said="pad"),)


def simulator(*faults: Any, **count: Any) -> Simulator:
    """Return a server for the toy provider under these faults, each of the first payment."""
    rules = tuple(
        Rule(name=fault.kind, fault=fault, target="response", count=Count(**(count or {"first": 1})))
        for fault in faults
    )
    return Simulator(Plan(rules=rules), registries=REGISTRIES)


def by_requests(url: str) -> tuple[int, bytes]:
    """Pay with requests."""
    answer = requests.post(url, json=PAY, headers=KEY, timeout=0.4)
    return answer.status_code, answer.content


def by_httpx(url: str) -> tuple[int, bytes]:
    """Pay with httpx."""
    answer = httpx.post(url, json=PAY, headers=KEY, timeout=0.4)
    return answer.status_code, answer.content


def by_aiohttp(url: str) -> tuple[int, bytes]:
    """Pay with aiohttp, on a loop of its own."""

    async def pay() -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(sock_read=0.4)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, json=PAY, headers=KEY) as answer,
        ):
            return answer.status, await answer.read()

    return asyncio.run(pay())


CLIENTS = {"requests": by_requests, "httpx": by_httpx, "aiohttp": by_aiohttp}
LOST = {
    "requests": requests.exceptions.ChunkedEncodingError,
    "httpx": httpx.RemoteProtocolError,
    "aiohttp": aiohttp.ClientPayloadError,
}
RESET = {
    "requests": (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError),
    "httpx": httpx.ReadError,
    "aiohttp": (aiohttp.ClientPayloadError, aiohttp.ClientOSError),
}
SLOW = {
    "requests": requests.exceptions.ConnectionError,  # as requests words a read timeout in the body
    "httpx": httpx.ReadTimeout,
    "aiohttp": TimeoutError,
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("fault", "seen", "outcome"),
    [
        (Cut(), LOST, "cut"),
        (Cut(after_bytes=0), LOST, "cut"),
        (Cut(connection="reset"), RESET, "cut"),
        (Cut(connection="stall"), SLOW, "client_gone"),
        (Cut(framing="chunked"), LOST, "cut"),
        (Cut(framing="chunked", share=100), LOST, "cut"),
        (Cut(framing="chunked", connection="reset"), RESET, "cut"),
    ],
    ids=["close", "nothing", "reset", "stall", "chunked", "no-last-chunk", "chunked-reset"],
)
async def test_a_cut_answer(client: str, fault: Cut, seen: Any, outcome: str) -> None:
    """The client can tell that something is missing, and not what: the payment stands."""
    async with simulator(fault) as box:
        with pytest.raises(seen[client]):
            await asyncio.to_thread(CLIENTS[client], f"{box.url_of('toy')}/v1/payments")
        await settled(box)
        record = box.exchanges()[0]

        assert box.ledger().captured() == 100
        assert (record.answered, record.status, record.outcome) == ("reply", 200, outcome)
        assert [fired["state"] for fired in record.fired] == ["applied"]
        assert record.fired[0]["effects"][0] in record.explain()


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_cut_that_says_it_is_all(client: str) -> None:
    """For HTTP the answer is complete, and the connection good; only its JSON ends too early."""
    async with simulator(Cut(after_bytes=10, framing="cut")) as box:
        status, body = await asyncio.to_thread(CLIENTS[client], f"{box.url_of('toy')}/v1/payments")

        assert (status, len(body)) == (200, 10)
        assert box.exchanges()[0].outcome == "sent"
        assert box.ledger().captured() == 100


@pytest.mark.parametrize(
    ("fault", "seconds", "head_seconds"),
    [
        (Trickle(first_byte=0.2), 0.2, 0.1),
        (Trickle(piece_bytes=20, pause=0.03), 0.09, None),
        (Trickle(bytes_per_second=500), 0.15, None),
        (Trickle(first_byte=0.05, bytes_per_second=1000, piece_bytes=10, pause=0.01), 0.19, None),
    ],
    ids=["first-byte", "pieces", "rate", "all"],
)
async def test_a_slow_body_is_whole_and_never_early(
    fault: Trickle, seconds: float, head_seconds: float | None
) -> None:  # fmt: skip
    """The status comes at once, the last byte not before its time, and the connection goes on."""
    async with simulator(fault) as box, aiohttp.ClientSession() as session:
        started = time.monotonic()
        async with session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
            head = time.monotonic() - started
            body = await answer.read()
        took = time.monotonic() - started

        assert len(body) == 75
        assert body.startswith(b"{")
        assert body.endswith(b"}")
        assert took >= seconds
        assert head_seconds is None or head < head_seconds
        assert box.exchanges()[0].outcome == "sent"
        async with session.get(f"{box.url_of('toy')}/v1/payments", headers=KEY) as after:
            assert after.status == 200


async def test_bytes_of_a_dribble_keep_a_read_timeout_away() -> None:
    """Each wait is short, the whole is long: only a total timeout helps."""
    async with simulator(Trickle(piece_bytes=5, pause=0.03)) as box:
        timeout = aiohttp.ClientTimeout(sock_read=0.2, total=0.3)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            with pytest.raises(TimeoutError, match=r"^$"):  # not aiohttp's own SocketTimeoutError, which has words
                async with session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
                    await answer.read()
        await settled(box)

        assert box.exchanges()[0].outcome == "client_gone"
        assert "The client was answered 200. The client left before all of it was sent." in box.exchanges()[0].explain()
        assert box.ledger().captured() == 100


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Keepalive(), aiohttp.ServerDisconnectedError),
        (Keepalive(connection="reset"), aiohttp.ClientOSError),
        (Keepalive(ends="after_answer"), None),
        (Keepalive(ends="after_answer", connection="reset"), None),
    ],
    ids=["next-close", "next-reset", "after-close", "after-reset"],
)
async def test_a_connection_that_was_promised_to_last(fault: Keepalive, seen: type[Exception] | None) -> None:
    """The answer is whole and says nothing of closing; whoever uses the connection again is never heard."""
    async with simulator(fault) as box, aiohttp.ClientSession() as session:
        url = f"{box.url_of('toy')}/v1/payments"
        async with session.post(url, json=PAY, headers=KEY) as answer:
            assert answer.status == 200
            assert "Connection" not in answer.headers
            await answer.read()
        if seen is None:
            await asyncio.sleep(0.02)  # the client hears of the end, and leaves the connection alone
        else:
            with pytest.raises(seen):
                await session.post(url, json=PAY | {"order": "o-2"}, headers=KEY)
        assert box.ledger().captured() == 100
        await session.post(url, json=PAY | {"order": "o-2"}, headers=KEY)

        assert box.ledger().captured() == 200
        first = box.exchanges()[0]
        assert (first.outcome, first.fired[0]["state"]) == ("sent", "applied")


def test_a_pool_that_believes_in_its_connection() -> None:
    """A pool learns it from the reset: the call failed before anybody read it."""
    rule = Rule(name="k", fault=Keepalive(connection="reset"), target="response", count=Count(first=1))
    with Simulator(Plan(rules=(rule,)), registries=REGISTRIES) as box, requests.Session() as session:
        url = f"{box.url_of('toy')}/v1/payments"
        assert session.post(url, json=PAY, headers=KEY, timeout=5).status_code == 200
        with pytest.raises(requests.exceptions.ConnectionError):
            session.post(url, json=PAY | {"order": "o-2"}, headers=KEY, timeout=5)

        assert box.ledger().captured() == 100
        assert len(box.exchanges()) == 1


async def test_a_pipelined_request_is_no_next_one() -> None:
    """It was there already: the connection ends after the answer before it."""
    async with simulator(Keepalive()) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        one = b"GET /toy/v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-shop\r\n\r\n"
        writer.write(one + one)
        seen = await reader.read()
        writer.close()

        assert seen.count(b"200 OK") == 1


@pytest.mark.parametrize("fault", [Cut(connection="stall"), Trickle(first_byte=60), Trickle(piece_bytes=1, pause=9)])
async def test_a_stop_ends_what_is_slow(fault: Any) -> None:
    """Within two seconds, by a reset; the journal says who ended it."""
    started = time.monotonic()
    async with aiohttp.ClientSession() as session:
        async with simulator(fault) as box:
            answer = await session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY)
        with pytest.raises(aiohttp.ClientError):
            await answer.read()

    assert time.monotonic() - started < 2
    assert box.exchanges()[0].outcome == "stopped"


@pytest.mark.parametrize("fault", [Cut(connection="stall"), Trickle(first_byte=60)])
async def test_a_client_that_leaves_ends_it_at_once(fault: Any) -> None:
    """Its slot and its key are free again, and the record says so."""
    async with simulator(fault) as box, aiohttp.ClientSession() as session:
        answer = await session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY)
        answer.close()
        await settled(box)

        assert box.exchanges()[0].outcome == "client_gone"


@pytest.mark.parametrize("fault", [Cut(), Trickle(first_byte=60), Cut(framing="chunked")])
async def test_an_answer_without_a_body_passes(fault: Any) -> None:
    """HEAD has nothing to be cut or slow."""
    async with simulator(fault, every=1) as box, aiohttp.ClientSession() as session:
        async with session.head(f"{box.url_of('toy')}/v1/payments", headers=KEY) as answer:
            assert await answer.read() == b""
        await settled(box)

        record = box.exchanges()[0]
        assert (record.outcome, [fired["state"] for fired in record.fired]) == ("sent", ["passed"])


async def test_a_connection_can_end_after_an_answer_without_a_body() -> None:
    """HEAD is an answer like others."""
    async with simulator(Keepalive(ends="after_answer"), Cut()) as box, aiohttp.ClientSession() as session:
        async with session.head(f"{box.url_of('toy')}/v1/payments", headers=KEY) as answer:
            assert answer.status == 404
        await settled(box)

        assert [fired["state"] for fired in box.exchanges()[0].fired] == ["applied", "passed"]
        assert box.exchanges()[0].outcome == "sent"


async def test_a_client_of_http_1_0_gets_no_chunks() -> None:
    """It gets the bytes, and the end of the connection is the end of the answer, as it always was there."""
    async with simulator(Cut(framing="chunked")) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /toy/v1/payments HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer key-shop\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()

        assert b"chunked" not in head.lower()
        assert body == b'{"dat'


async def test_a_slow_body_that_breaks_off() -> None:
    """Both rules have their part, and the journal names both; a second cut finds nothing to cut."""
    faults = Trickle(first_byte=0.1), Cut(after_bytes=10, connection="reset"), Keepalive()
    async with simulator(*faults) as box, aiohttp.ClientSession() as session:
        started = time.monotonic()
        async with session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
            first = await answer.content.readany()
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.content.readany()
        assert len(first) == 10
        assert time.monotonic() - started >= 0.1
        await settled(box)

        record = box.exchanges()[0]
        assert [fired["state"] for fired in record.fired] == ["applied", "applied", "passed"]


async def test_a_large_answer_has_left_before_the_reset() -> None:
    """All that was to be sent arrives, whatever the socket's buffer holds, and however slowly it is read."""
    size = 20_000_000
    async with simulator(Padded(size=size), Cut(share=99, connection="reset")) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1000)
        writer.write(b"GET /toy/v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-shop\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.02)
        assert box.exchanges()[0].outcome is None
        got = await everything(reader)
        writer.close()
        await settled(box)

        assert f"Content-Length: {size}".encode() in head
        assert got == size * 99 // 100
        assert box.exchanges()[0].outcome == "cut"


@pytest.mark.slow
async def test_a_stop_ends_what_nobody_reads() -> None:
    """A client that takes nothing holds nothing up."""
    started = time.monotonic()
    async with simulator(Padded(size=20_000_000), Cut(share=99, connection="reset")) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1000)
        writer.write(b"GET /toy/v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-shop\r\n\r\n")
        await box.verify(count=1, within=2)
    writer.close()

    assert time.monotonic() - started < 2
    assert box.exchanges()[0].outcome == "stopped"


@pytest.mark.slow
async def test_a_thousand_delays_are_never_shorter_than_asked() -> None:
    """At 50 at a time, measured around each call."""
    delay = 0.02
    async with simulator(Latency(delay=delay), every=1) as box:
        url = f"{box.url_of('toy')}/v1/payments/none"
        early: list[float] = []

        async def ask(session: aiohttp.ClientSession) -> None:
            for _ in range(20):
                started = time.monotonic()
                async with session.get(url, headers=KEY) as answer:
                    await answer.read()
                took = time.monotonic() - started
                if took < delay:
                    early.append(took - delay)

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as session:
            await asyncio.gather(*(ask(session) for _ in range(50)))

        assert len(box.exchanges(limit=2000)) == 1000
        assert early == []


async def everything(reader: asyncio.StreamReader) -> int:
    """Return how many bytes come before the reset."""
    got = 0
    try:
        while piece := await reader.read(65_536):
            got += len(piece)
    except ConnectionResetError:
        return got
    raise AssertionError("it ended in order")


async def settled(box: AsyncSandbox) -> None:
    """Let the loop go on until the server is done with its first exchange."""
    async with asyncio.timeout(5):
        while not box.exchanges() or box.exchanges()[0].outcome is None:  # noqa: ASYNC110 - the server's own state
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "connect"])
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Cut(after_bytes=5), asyncio.IncompleteReadError),
        (Cut(after_bytes=5, connection="reset"), (ConnectionResetError, asyncio.IncompleteReadError)),
        (Cut(after_bytes=5, framing="cut"), None),
        (Trickle(first_byte=0.05, piece_bytes=5, pause=0.01), None),
        (Keepalive(connection="reset"), None),
    ],
    ids=["close", "reset", "cut", "trickle", "keepalive"],
)
async def test_it_works_through_interception(fault: Any, seen: Any, *, tls: bool) -> None:
    """The same wire, under TLS and behind a proxy."""
    rule = Rule(name="r", fault=fault, target="response", count=Count(first=1))
    async with intercepting(rule) as setting:
        ask = setting.tls if tls else setting.tunnel
        if seen is None:
            assert b"200 OK" in await ask(LIST)
        else:
            with pytest.raises(seen) as problem:
                await ask(LIST)
            assert getattr(problem.value, "partial", b'{"dat') == b'{"dat'
        async with asyncio.timeout(5):
            while not setting.records or setting.records[0].outcome is None:  # noqa: ASYNC110 - the server's own state
                await asyncio.sleep(0.002)

        assert setting.records[0].outcome == ("sent" if seen is None else "cut")
        assert setting.records[0].fired[0].state == "applied"


async def test_yaml_to_wire_to_journal() -> None:
    """Each kind as a scenario spells it; the record names all of them, in their order."""
    text = """
brownout: 1
title: t
faults:
  - {name: labelled, kind: mislabel, change: text}
  - {name: spoiled, kind: malformed, change: bom}
  - {name: slow, kind: trickle, piece_bytes: 4, pause: 5ms}
  - {name: short, kind: cut, after_bytes: 10, framing: chunked}
  - {name: stale, kind: keepalive}
"""
    async with Simulator(scenario.load(text, REGISTRIES), registries=REGISTRIES) as box:
        url = f"{box.url_of('toy')}/v1/payments"
        async with aiohttp.ClientSession() as session, session.get(url, headers=KEY) as answer:
            assert answer.content_type == "text/plain"
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        await settled(box)
        fired = box.exchanges()[0].fired

        assert [(one["rule"], one["state"]) for one in fired] == [
            ("labelled", "applied"), ("spoiled", "applied"), ("slow", "applied"), ("short", "applied"),
            ("stale", "passed"),
        ]  # fmt: skip
        assert "We broke it off before its end." in box.exchanges()[0].explain()
