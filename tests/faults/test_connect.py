"""Connections that are refused or thrown out: only on a provider's own port, and told of in the journal."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.doors import connect_of
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.core.schedule import When
from brownout.faults.certificate import Certificate
from brownout.faults.connect import Connect
from brownout.scenario.check import check
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

FROZEN = ClockOptions(frozen=True)
WINDOW = When(at_seconds=10, for_seconds=5, repeat_seconds=60)
PAY = {"amount": 100, "order": "o-1"}


def simulator(change: str, **options: object) -> Simulator:
    """Return a server for the toy provider whose world stands still."""
    rule = Rule(name="c", fault=Connect(change=change), target="edge", **options)  # type: ignore[arg-type]
    phases = (Phase(name="calm", duration_seconds=20), Phase(name="storm", duration_seconds=20)) if rule.phase else ()
    return Simulator(Plan(rules=(rule,), clock=FROZEN, phases=phases), registries=REGISTRIES)


async def ask(url: str) -> int:
    """Ask once, on a connection of its own."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/v1/payments", headers=KEY) as answer:
        return answer.status


async def until(true: Callable[[], object]) -> None:
    """Let the loop go on until the server has got there."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the server's own state
            await asyncio.sleep(0.001)


async def test_a_port_that_is_shut_from_the_beginning_lets_nobody_in_first() -> None:
    """Whoever is told its address and connects at once is refused, too."""
    async with simulator("refused") as box:
        own = await box.listen("toy")
        with pytest.raises(ConnectionRefusedError):  # at once: before the loop has gone on
            socket.create_connection((urlsplit(own).hostname, urlsplit(own).port), timeout=5)


async def test_a_port_is_closed_for_its_window_and_open_after_it() -> None:
    """The system refuses, the shared port knows nothing of it, and the port is the same afterwards."""
    async with simulator("refused", when=WINDOW) as box:
        own = await box.listen("toy")
        assert await ask(own) == 200

        for _ in range(2):
            await box.clock.advance(10)
            with pytest.raises(aiohttp.ClientConnectorError, match=r"refused|Connect call failed"):
                await ask(own)
            assert await ask(box.url_of("toy")) == 200
            await box.clock.advance(5)
            assert await ask(own) == 200
            await box.clock.advance(45)

        shut = box.exchanges(operation="toy.tcp.connect")
        assert [(one.answered, one.outcome, one.error) for one in shut] == [
            ("refused", "refused", "connection_refused")
        ] * 2
        assert shut[0].fired[0]["state"] == "applied"
        assert "The port was closed" in shut[0].explain()
        assert box.faults()[0]["fired"] == 2


@pytest.mark.parametrize(
    ("get", "seen"),
    [
        (requests.get, requests.exceptions.ConnectionError),
        (httpx.get, httpx.ConnectError),
    ],
    ids=["requests", "httpx"],
)
async def test_other_clients_are_refused_too(get: Callable[[str], object], seen: type[Exception]) -> None:
    """By the system's own error, as from a process that is down."""
    async with simulator("refused") as box:
        own = await box.listen("toy")
        await until(lambda: box.exchanges(operation="toy.tcp.connect"))
        await asyncio.sleep(0.01)

        with pytest.raises(seen, match="refused"):
            await asyncio.to_thread(get, own)


async def test_a_connection_that_waits_is_closed_with_the_port() -> None:
    """As when a process goes down: a client's pool doesn't carry it over the outage."""
    async with simulator("refused", when=WINDOW) as box, aiohttp.ClientSession() as session:
        own = await box.listen("toy")
        async with session.get(f"{own}/v1/payments", headers=KEY) as answer:
            await answer.read()
        await box.clock.advance(10)
        await asyncio.sleep(0.02)

        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{own}/v1/payments", headers=KEY)


async def test_a_window_counts_as_one_connection() -> None:
    """So every other window can pass."""
    async with simulator("refused", when=WINDOW, count=Count(nth=(2,))) as box:
        own = await box.listen("toy")
        await box.clock.advance(10)
        assert await ask(own) == 200
        await box.clock.advance(60)
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(own)


async def test_a_phase_is_a_window() -> None:
    """The port is closed while it lasts."""
    async with simulator("refused", phase="storm") as box:
        own = await box.listen("toy")
        assert await ask(own) == 200
        await box.clock.advance(20)
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(own)
        await box.clock.advance(20)
        assert await ask(own) == 200


async def test_put_live_and_taken_out() -> None:
    """Within a glance of the server; a reset of the world begins with the scenario's own."""
    async with Simulator(Plan(), registries=REGISTRIES) as box:
        own = await box.listen("toy")
        with box.fault("connect", change="refused"):
            await until(lambda: box.exchanges(operation="toy.tcp.connect"))
            await asyncio.sleep(0.01)
            with pytest.raises(aiohttp.ClientConnectorError):
                await ask(own)
        await asyncio.sleep(0.06)
        assert await ask(own) == 200


async def test_a_reset_comes_before_the_request_is_read() -> None:
    """Nobody has asked for anything: the second try is the first that the provider sees."""
    async with simulator("reset", count=Count(first=1)) as box:
        own = await box.listen("toy")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientOSError):
                await session.post(f"{own}/v1/payments", json=PAY, headers=KEY)
            assert box.ledger().captured() == 0
            async with session.post(f"{own}/v1/payments", json=PAY, headers=KEY) as answer:
                assert answer.status == 200

        first, second = box.exchanges()
        assert (first.operation, first.method, first.answered, first.outcome) == (
            "toy.tcp.connect", "TCP", "reset", "reset",
        )  # fmt: skip
        assert first.fired[0]["state"] == "applied"
        assert second.operation == "toy.payments.create"
        assert box.ledger().captured() == 100


@pytest.mark.parametrize("change", ["refused", "reset"])
async def test_never_on_the_port_that_all_share(change: str) -> None:
    """Whoever connects there hasn't said to whom."""
    async with simulator(change) as box:
        await asyncio.sleep(0.05)

        assert await ask(box.url_of("toy")) == 200
        assert box.faults()[0]["fired"] == 0


async def test_a_stop_gives_a_closed_port_back() -> None:
    """Whoever wants it can have it."""
    async with simulator("refused") as box:
        own = await box.listen("toy")
        await until(lambda: box.exchanges(operation="toy.tcp.connect"))
        await asyncio.sleep(0.01)
    port = int(own.rpartition(":")[2])
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
    server.close()


def test_no_other_fault_is_asked_about_connections() -> None:
    """Nor this one about requests and TLS."""
    own = Rule(name="c", fault=Connect(change="reset"), target="edge")
    certificate = Rule(name="t", fault=Certificate(change="expired"), target="edge")
    operation = connect_of("toy")

    assert own.concerns(operation)
    assert not certificate.concerns(operation)
    assert [name for name, one in REGISTRIES.handshakes().items() if own.concerns(one)] == ["toy.tcp.connect"]
    assert not any(own.concerns(one) for one in REGISTRIES.operations().values())


@pytest.mark.parametrize(
    ("match", "advice"),
    [
        ("{}", "only on a port of a provider's own"),
        ("{operation: toy.tcp.connect}", "only on a port of a provider's own"),
        ("{operation: toy.payments.create}", "strikes PROVIDER.tcp.connect"),
        ("{client: x, header: {a: b}}", "has no client and no header"),
    ],
)
def test_check_says_where_it_can_fire(match: str, advice: str) -> None:
    """Only where connections are one provider's."""
    text = f"brownout: 1\ntitle: t\nfaults:\n  - {{name: c, kind: connect, change: reset, match: {match}}}\n"
    said = [str(one) for one in check(scenario.load(text, REGISTRIES), REGISTRIES)]

    assert any(advice in one for one in said), said


async def test_a_sandboxs_own_port_by_the_admin_api() -> None:
    """From YAML to the socket: put with a scenario and a port, refused at once, open once the rule is out."""
    text = "brownout: 1\ntitle: t\nfaults:\n  - {name: down, kind: connect, change: refused, for: 1h}\n"
    async with Simulator(scenario.load(text, REGISTRIES), registries=REGISTRIES) as box:
        admin = f"{box.url.rpartition('/~')[0]}/_brownout"
        async with aiohttp.ClientSession() as session:
            async with session.put(f"{admin}/sandboxes/other", json={"listen": ["toy"]}) as answer:
                own = (await answer.json())["listeners"]["toy"]
            with pytest.raises(aiohttp.ClientConnectorError):
                await ask(own)
            async with session.delete(f"{admin.replace('/_brownout', '/~other/_brownout')}/faults/down"):
                pass
        assert await ask(own) == 200
        assert (await ask(box.url_of("toy"))) == 200


async def test_a_port_that_cannot_be_held_is_tried_again() -> None:
    """Somebody else has taken it meanwhile: it opens once they leave it."""
    async with simulator("refused", when=WINDOW) as box:
        own = await box.listen("toy")
        port = box._app._ports[int(own.rpartition(":")[2])]  # noqa: SLF001 - nothing shows how a port is held
        bound, port._bound = port._bound, _taken  # type: ignore[method-assign] # noqa: SLF001
        await box.clock.advance(10)
        await box.clock.advance(5)
        assert port.shut
        port._bound = bound  # type: ignore[method-assign] # noqa: SLF001
        await until(lambda: not port.shut)

        assert await ask(own) == 200


def _taken() -> list[socket.socket]:
    raise OSError
