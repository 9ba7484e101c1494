"""Interception as a program meets it: real host names, answered by the emulator, and nothing else let out."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import tempfile
from time import monotonic
from typing import TYPE_CHECKING

import aiohttp
import orjson
import pytest
from intercepted import GET, HOST, Setting, intercepting, until
from toy import KEY, REGISTRIES

from brownout.core.errors import UsageError
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.server.app import App

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def world() -> AsyncIterator[Setting]:
    """A server that intercepts."""
    async with intercepting() as setting:
        yield setting


def answered(answer: bytes) -> int:
    """Return the status."""
    return int(answer.split(b" ", 2)[1])


def explained(answer: bytes) -> str:
    """Return what Brownout itself says in an answer of its own form."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Brownout-Error: 1" in head
    return str(orjson.loads(body)["brownout"]["error"])


async def test_a_client_of_the_proxy_reaches_the_provider(world: Setting) -> None:
    """With an ordinary client, twice over one connection."""
    trust = world.client()
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            url, proxy = f"https://{HOST}/v1/payments", world.interception.proxy_url
            pay = {"amount": 100, "order": "o-1"}
            async with http.post(url, json=pay, headers=KEY, proxy=proxy, ssl=trust) as answer:
                assert answer.status == 200

    assert [record.stage for record in world.records] == ["operation"] * 2
    assert world.interception.refused == {}
    assert world.interception.distrusted == {}


@pytest.mark.parametrize("name", [HOST, "API.Toy.Test", f"{HOST}."])
async def test_names_are_read_in_any_case_and_with_a_trailing_dot(world: Setting, name: str) -> None:
    """In CONNECT, and in the Host header, with or without its port."""
    for host in (name, f"{name}:443"):
        request = f"GET /v1/payments/none HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer key-shop\r\n\r\n"
        assert answered(await world.tunnel(request.encode(), host=name, sni=HOST)) == 404
    assert [record.operation for record in world.records] == ["toy.payments.retrieve"] * 2


async def test_the_tls_port_finds_the_provider_by_name(world: Setting) -> None:
    """By SNI: a real host, or PROVIDER.ANYTHING."""
    nick = GET.replace(HOST.encode(), b"toy.shop.internal:8443")

    assert b"Brownout-Exchange" in await world.tls()
    assert b"Brownout-Exchange" in await world.tls(nick, sni="toy.shop.internal")


async def test_a_name_that_nobody_has_is_refused_inside_tls_and_counted(world: Setting) -> None:
    """The certificate is good, so that the client gets to read why."""
    answer = await world.tls(GET.replace(HOST.encode(), b"api.else.test"), sni="api.else.test")

    assert answered(answer) == 403
    assert "api.else.test" in explained(answer)
    assert "--allow-host api.else.test" in explained(answer)
    assert world.interception.refused == {"api.else.test": 1}


async def test_this_machines_own_name_is_the_whole_server_over_tls(world: Setting) -> None:
    """Without a name of a host, paths decide as on the plain port."""
    request = GET.replace(b"GET /v1", b"GET /toy/v1").replace(HOST.encode(), b"localhost")

    assert b"Brownout-Exchange" in await world.tls(request, sni="localhost")
    assert b"Brownout-Exchange" in await world.tls(request, sni=None)


async def test_the_admin_api_is_not_on_a_real_host(world: Setting) -> None:
    """There the path is the provider's, and it has no such thing."""
    await world.tunnel(GET.replace(b"/v1/payments/none", b"/_brownout/health"))

    assert [record.operation for record in world.records] == ["toy.unknown"]


async def test_alpn_offers_http_1_1_alone(world: Setting) -> None:
    """Also to a client that would rather have HTTP/2."""
    context = world.client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(
        "127.0.0.1", world.interception.tls_port, ssl=context, server_hostname=HOST
    )

    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
    writer.transport.abort()


async def test_plain_http_through_the_proxy_is_answered_too(world: Setting) -> None:
    """In absolute form, as axios and old clients send even https."""
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for scheme in (b"http", b"https"):
        answer = await world.raw(last.replace(b"GET /", b"GET %b://%b/" % (scheme, HOST.encode())))
        assert b"Brownout-Exchange" in answer


async def test_a_tunnel_to_port_80_carries_plain_http(world: Setting) -> None:
    """As undici's ProxyAgent does for http:// URLs."""
    port = int(world.interception.proxy_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"CONNECT {HOST}:80 HTTP/1.1\r\n\r\n".encode())
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert b"Brownout-Exchange" in await reader.read()
    writer.close()


async def test_what_is_spoken_to_the_wrong_port_is_explained(world: Setting) -> None:
    """Plain HTTP to the TLS port, a plain request to the proxy."""
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert "speaks TLS" in explained(await world.raw(request, tls=True))
    assert "HTTPS_PROXY" in explained(await world.raw(request))


async def test_a_websocket_is_refused_clearly(world: Setting) -> None:
    """501, in our own form, and the provider never sees it."""
    upgrade = b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    answer = await world.tunnel(GET.replace(b"\r\n\r\n", upgrade))

    assert answered(answer) == 501
    assert "websocket" in explained(answer)
    assert world.records == []


async def test_a_client_that_distrusts_us_is_counted_by_host(world: Setting) -> None:
    """By its alert, or, as Node does it, by leaving after the handshake without a word."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await world.tunnel(trust=False)
    await until(lambda: world.interception.distrusted)
    assert world.interception.distrusted == {HOST: 1}

    await _leave_after_the_handshake(world)
    await until(lambda: world.interception.distrusted[HOST] == 2)


async def test_who_leaves_a_host_that_others_trust_is_not_counted(world: Setting) -> None:
    """A pool may open a connection that it never needs."""
    await world.tunnel()
    await _leave_after_the_handshake(world)
    await until(lambda: not world.interception.open_connections)

    assert world.interception.distrusted == {}


async def _leave_after_the_handshake(world: Setting) -> None:
    _, writer = await asyncio.open_connection(
        "127.0.0.1", world.interception.tls_port, ssl=world.client(), server_hostname=HOST
    )
    writer.close()
    await writer.wait_closed()


async def test_links_lead_back_the_way_the_request_came() -> None:
    """To the real host by default, to the public URL if there is one."""
    async with intercepting() as world:
        assert _base(world) == f"https://{HOST}"
    async with intercepting() as world:
        world.app.public_url = "https://pay.example.test"
        assert _base(world) == "https://pay.example.test/toy"


def _base(world: Setting) -> str:
    from brownout.server.dispatch import Listener, dispatch  # noqa: PLC0415 - only here

    listener = Listener("toy", None, f"https://{HOST}")
    target = dispatch(world.app.worlds, listener, "GET", "/v1/payments/x", {})
    return world.app.base_url(listener, target, "/v1/payments/x", {"Host": HOST})


async def test_an_allowed_host_is_relayed_blindly_and_counted() -> None:
    """By CONNECT, and by its port alone where it is an address inside."""
    async with _echo() as port, intercepting(allow=[f"localhost:{port}"]) as world:
        reader, writer = await asyncio.open_connection(*_proxy(world))
        writer.write(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
        writer.write(b"\x00\xffanything" * 50_000)
        writer.write_eof()

        assert await reader.read() == b"\x00\xffanything" * 50_000
        assert world.interception.relayed == {f"localhost:{port}": 1}
        assert world.interception.refused == {}
        writer.close()


@pytest.mark.parametrize("allowed", ["localhost", "127.0.0.1", "[::1]"])
async def test_an_address_inside_needs_its_port_by_name(allowed: str) -> None:
    """A name that leads to this machine isn't let through by the name alone."""
    async with intercepting(allow=[allowed]) as world:
        answer = await world.raw(f"CONNECT {allowed}:443 HTTP/1.1\r\n\r\n".encode())

        assert answered(answer) == 403
        assert b"an address inside" in answer
        assert world.interception.relayed == {}


def _proxy(world: Setting) -> tuple[str, int]:
    return "127.0.0.1", int(world.interception.proxy_url.rpartition(":")[2])


class _echo:  # noqa: N801 - used as a function
    """A server that sends back what it gets."""

    async def __aenter__(self) -> int:
        self.server = await asyncio.start_server(self._answer, "127.0.0.1")
        return int(self.server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.close()


async def test_it_stops_within_two_seconds_with_everything_open() -> None:
    """Idle, hanging and half-made connections; nothing is left, neither tasks nor files."""
    rule = Rule(name="r", fault=Abort(connection="hang"), target="edge")
    async with _echo() as port, intercepting(rule, allow=[f"localhost:{port}"]) as world:
        hanging = asyncio.create_task(world.tunnel())
        idle = socket.create_connection(_proxy(world))
        half = socket.create_connection(("127.0.0.1", world.interception.tls_port))
        half.send(b"\x16\x03\x01")
        relayed = socket.create_connection(_proxy(world))
        relayed.send(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
        await until(lambda: world.interception.relayed and world.records)
        file = world.interception.ca_file
        began = monotonic()

        await world.app.stop()

        assert monotonic() - began < 2
        assert not file.parent.exists()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await hanging
        for one in (idle, half, relayed):
            one.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_second_interception_is_refused(world: Setting) -> None:
    """A server has one."""
    with pytest.raises(UsageError, match="intercepts already"):
        await world.app.intercept()


@pytest.mark.parametrize(
    ("allow", "message"),
    [
        ([HOST], "toy is emulated"),
        ([f"{HOST}:443"], "toy is emulated"),
        (["http://x.test"], "no scheme"),
        (["*"], "write a host"),
        (["*.com"], "write a host"),
        (["x.test:0"], "write a host"),
        (["user@x.test"], "write a host"),
    ],
)
async def test_what_cannot_be_allowed_is_refused_at_the_start(
    allow: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no folder is left behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    app = App(REGISTRIES, Plan())

    with pytest.raises(UsageError, match=message):
        await app.intercept(allow=allow)

    assert app.interception is None
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - looked at once, when all is over


async def test_a_fault_strikes_intercepted_requests_like_any_other() -> None:
    """A reset is a TCP reset through TLS too."""
    rule = Rule(name="r", fault=Abort(connection="reset"), target="edge", match=Match(provider=("toy",)))
    async with intercepting(rule) as world:
        with pytest.raises(ConnectionResetError):
            await world.tunnel()
        assert [record.outcome for record in world.records] == ["reset"]


@pytest.mark.slow
async def test_curl_reaches_a_real_host_name(world: Setting) -> None:
    """The command of the documentation."""
    command = ["curl", "-sS", "--proxy", world.interception.proxy_url, "--cacert", str(world.interception.ca_file),
               "-H", "Authorization: Bearer key-shop", f"https://{HOST}/v1/payments/none"]  # fmt: skip
    done = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    out, _ = await done.communicate()

    assert done.returncode == 0
    assert b"absent" in out
