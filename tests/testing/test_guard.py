"""The guard by itself: whichever way a program takes to a real host, it is refused, and its line is known."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
import real_calls
import requests
import trustme
import uvloop

from brownout.providers import PROVIDERS
from brownout.testing.guard import Guard, RealHost, RealProviderCalled, real_hosts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

HERE = Path(__file__)


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Return one at work that knows our host."""
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, seen_from=HERE.parent)
    guard.start()
    yield guard
    guard.stop()


def refused(guard: Guard) -> tuple[str, str]:
    """Return address and the user's line of the only call."""
    (call,) = guard.calls
    assert call.place.exact
    line = call.place.stacks[0][0]
    assert line.file in {__file__, real_calls.__file__}
    return call.address, line.function


BLOCKING = [
    real_calls.by_urllib,
    real_calls.by_http_client,
    real_calls.by_urllib3,
    real_calls.by_requests,
    real_calls.by_httpx,
    real_calls.by_name,
    real_calls.by_httpx_on_trio,
]
ASYNC = [real_calls.by_aiohttp, real_calls.by_httpx_async, real_calls.by_streams, real_calls.by_to_thread]


@pytest.mark.parametrize("client", BLOCKING)
def test_a_blocking_client_is_refused_as_by_the_network(guard: Guard, client: Callable[[], None]) -> None:
    """Its own error of connecting comes up, and the call is known by host, port and line."""
    with pytest.raises(Exception, match=r"Brownout's guard: this test may not call api\.pay\.test:443, the real Pay"):
        client()

    assert refused(guard)[0] == "api.pay.test:443"
    assert guard.calls[0].place.stacks[0][0].function in {client.__name__, "get"}


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("client", ASYNC)
def test_an_asyncio_client_is_refused(
    guard: Guard, client: Callable[[], Awaitable[None]], new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """Also where the name is looked up on a task or thread of its own, and by uvloop, which asks no Python for it."""

    async def main() -> None:
        await client()

    with (
        asyncio.Runner(loop_factory=new_loop) as runner,
        pytest.raises(Exception, match=r"Brownout's guard: this test may not call api\.pay\.test:443"),
    ):
        runner.run(main())

    (call,) = guard.calls
    assert call.address == "api.pay.test:443"
    assert client.__name__ in {stack[0].function for stack in call.place.stacks}


async def test_among_many_tasks_the_one_that_called_is_named(guard: Guard) -> None:
    """Not those that merely wait."""

    async def waits() -> None:
        await asyncio.sleep(30)

    others = [asyncio.create_task(waits()) for _ in range(5)]
    with pytest.raises(aiohttp.ClientConnectorError):
        await asyncio.create_task(real_calls.by_aiohttp())
    for one in others:
        one.cancel()

    assert refused(guard) == ("api.pay.test:443", "by_aiohttp")


def test_a_thread_is_named(guard: Guard) -> None:
    """With the line that ran there."""
    with ThreadPoolExecutor(thread_name_prefix="payer") as pool, pytest.raises(requests.ConnectionError):
        pool.submit(real_calls.by_requests).result()

    assert refused(guard) == ("api.pay.test:443", "by_requests")
    assert guard.calls[0].place.thread == "payer_0"
    assert "on thread 'payer_0'\n" in str(guard.tell())


def test_a_thread_without_a_line_of_the_users_shows_where_the_user_stood(guard: Guard) -> None:
    """The library's own function is the thread's target: only who waits for it can be named."""
    failed = []

    def keep(args: threading.ExceptHookArgs) -> None:
        failed.append(args.exc_type)

    before, threading.excepthook = threading.excepthook, keep
    alone = threading.Thread(target=requests.get, args=(real_calls.URL,))
    alone.start()
    alone.join()
    threading.excepthook = before

    (call,) = guard.calls
    assert failed == [requests.ConnectionError]
    assert not call.place.exact
    assert "meanwhile your code stood at\n  test_guard.py:" in str(guard.tell())
    assert "alone." in str(call.place.stacks[0][0].told(HERE.parent))


def test_a_thread_that_was_left_behind_is_not_told_of_first(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests' threads stand somewhere in the user's code too."""
    go_on = threading.Event()

    def linger() -> None:
        go_on.wait()

    behind = [threading.Thread(target=linger) for _ in range(4)]
    for one in behind:
        one.start()
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    alone = threading.Thread(target=requests.get, args=(real_calls.URL,))
    alone.start()
    alone.join()
    go_on.set()
    for one in behind:
        one.join()

    assert "alone." in str(guard.calls[0].place.stacks[0][0].told(HERE.parent))


# ---------------------------------------------------------------- ways around names
@pytest.fixture
def listener() -> Iterator[real_calls.Listener]:
    """Return one, closed at the end."""
    one = real_calls.Listener()
    yield one
    one.close()


def by_a_new_opener(url: str) -> None:
    """Not the process's own, which would go on with this test's proxy."""
    urllib.request.build_opener().open(url)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("get", [requests.get, httpx.get, by_a_new_opener], ids=["requests", "httpx", "urllib"])
def test_a_proxy_is_not_asked(
    guard: Guard, listener: real_calls.Listener, monkeypatch: pytest.MonkeyPatch, get: Callable[[str], Any], scheme: str
) -> None:
    """Behind one the host's name is never looked up: the request to the proxy is what is refused, at once."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")

    with pytest.raises(Exception, match=r"guard|disconnected|Connection reset"):
        get(f"{scheme}://{real_calls.HOST}/v1/balance")

    assert guard.calls[0].host == real_calls.HOST
    assert listener.got == []


async def test_asyncio_clients_do_not_ask_a_proxy_either(
    guard: Guard, listener: real_calls.Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those that read the environment nor those that are told."""
    proxy = f"http://127.0.0.1:{listener.port}"
    monkeypatch.setenv("https_proxy", proxy)

    with pytest.raises(httpx.TransportError):
        await real_calls.by_httpx_async()
    with pytest.raises(aiohttp.ClientError):
        await real_calls.by_aiohttp(proxy=proxy)

    assert {call.address for call in guard.calls} == {"api.pay.test:443"}
    assert listener.got == []


def test_on_uvloop_a_proxy_learns_the_name_and_nothing_else(guard: Guard, listener: real_calls.Listener) -> None:
    """Its sockets are its own; TLS is where it is stopped."""
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(aiohttp.ClientConnectorError, match="Brownout's guard"),
    ):
        runner.run(real_calls.by_aiohttp(proxy=f"http://127.0.0.1:{listener.port}"))

    assert refused(guard) == (real_calls.HOST, "by_aiohttp")
    assert [data.split(b"\r\n")[0] for data in listener.got] == [b"CONNECT api.pay.test:443 HTTP/1.1"]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of uvloop, after any handshake that fails
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_name_that_was_resolved_before_is_refused_in_tls(
    guard: Guard, listener: real_calls.Listener, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """A connection is opened then, and closed before it says a word."""

    async def remembers() -> None:
        connector = aiohttp.TCPConnector(resolver=real_calls.Remembered(listener.port))
        async with aiohttp.ClientSession(connector=connector) as session, session.get(real_calls.URL):
            pass

    with asyncio.Runner(loop_factory=new_loop) as runner, pytest.raises(aiohttp.ClientConnectorSSLError):
        runner.run(remembers())
    gc.collect()

    assert refused(guard) == (real_calls.HOST, "remembers")
    assert listener.got == []


async def test_a_resolver_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiodns, which aiohttp prefers where it is installed, asks c-ares and not Python."""

    class DNSResolver:
        async def getaddrinfo(self, host: str, family: int = 0, port: int | None = None) -> None:
            raise AssertionError("asked")

    monkeypatch.setitem(sys.modules, "aiodns", SimpleNamespace(DNSResolver=DNSResolver))
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, seen_from=HERE.parent)
    guard.start()
    try:
        with pytest.raises(RealProviderCalled):
            await DNSResolver().getaddrinfo(real_calls.HOST, port=443)
    finally:
        guard.stop()

    assert guard.calls[0].address == "api.pay.test:443"


# ---------------------------------------------------------------- connections from before
@pytest.mark.parametrize("kind", ["requests", "httpx", "httpx-async", "aiohttp"])
async def test_a_connection_kept_alive_from_before_is_not_used(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """It is refused when it is written to, and no client waits for an answer that can't come."""
    authority = trustme.CA()
    trusts = ssl.create_default_context()
    authority.configure_trust(trusts)
    provider = real_calls.Provider(authority)
    url = await provider.start()
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *a, **k: real("127.0.0.1", *a, **k))
    get, close = await real_calls.warm(kind, url, trusts)
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, seen_from=HERE.parent)

    guard.start()
    try:
        with pytest.raises((OSError, httpx.TransportError, aiohttp.ClientError)):
            await asyncio.wait_for(get(), 4)
    finally:
        guard.stop()

    assert provider.count == 1
    assert guard.calls[0].host == real_calls.HOST
    await get()
    assert provider.count == 2
    await close()
    await provider.stop()


# ---------------------------------------------------------------- what it leaves alone
def test_everything_is_put_back() -> None:
    """As it was, and nothing is touched before it starts."""
    owners = (socket, sys.modules["_socket"], socket.socket, ssl.SSLSocket, ssl.SSLObject, asyncio.BaseEventLoop,
              uvloop.Loop)  # fmt: skip
    before = [dict(vars(one)) for one in owners]
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, seen_from=HERE.parent)
    assert [dict(vars(one)) for one in owners] == before

    guard.start()
    changed = [dict(vars(one)) for one in owners]
    guard.stop()

    assert all(one != other for one, other in zip(before, changed, strict=True))
    assert [dict(vars(one)) for one in owners] == before


def test_what_somebody_put_over_it_stays_and_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their replacement is not undone, and ours below it lets everything pass once the guard has stopped."""
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, seen_from=HERE.parent)
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)  # put back at the end of the test
    guard.start()
    guarded = socket.getaddrinfo

    def theirs(*args: Any, **more: Any) -> Any:
        return guarded(*args, **more)

    socket.getaddrinfo = theirs
    guard.stop()

    assert socket.getaddrinfo is theirs
    assert socket.getaddrinfo("127.0.0.1", 80)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("api.pay.invalid", 443)
    assert guard.calls == []


@pytest.mark.parametrize(
    "data", [b"POST https://api.pay.test/v1 200", b"CONNECT api.pay.test:443", b'"GET http://api.pay.test/ HTTP/1.1"']
)
def test_bytes_that_only_mention_the_host_are_sent(guard: Guard, listener: real_calls.Listener, data: bytes) -> None:
    """A line of a log is no request."""
    with socket.create_connection(("127.0.0.1", listener.port)) as plain:
        plain.sendall(data)
        assert plain.recv(100)

    assert guard.calls == []


@pytest.mark.parametrize("host", ["pay.test", "x.api.pay.test", "api.pay.test.evil.test", "", None, b"\xff", 7])
def test_other_names_are_none_of_its_business(guard: Guard, host: Any) -> None:
    """Exact names only; what is no name is left to Python's own complaint."""
    with pytest.raises((OSError, TypeError, UnicodeError, ValueError)):
        socket.getaddrinfo(host, "no-such-service")

    assert guard.calls == []


@pytest.mark.parametrize("host", [b"api.pay.test", "API.PAY.TEST", "api.pay.test."])
def test_a_name_is_known_in_every_spelling(guard: Guard, host: Any) -> None:
    """DNS knows no case, and a final dot says only that the name is whole."""
    with pytest.raises(RealProviderCalled) as error:
        socket.getaddrinfo(host, "https")

    assert isinstance(error.value, ConnectionRefusedError)
    assert guard.calls[0].address == "api.pay.test:https"


@pytest.mark.parametrize("how", ["connect", "connect_ex"])
def test_a_socket_does_not_resolve_the_name_itself(guard: Guard, how: str) -> None:
    """In either way to connect: the one that returns errors raises this one too."""
    with socket.socket() as plain, pytest.raises(RealProviderCalled):
        getattr(plain, how)((real_calls.HOST, 443))

    assert guard.calls[0].address == "api.pay.test:443"


def test_what_is_allowed_passes() -> None:
    """And is asked of the network as ever."""
    guard = Guard({real_calls.HOST: RealHost("pay", "Pay")}, ["API.pay.test"], seen_from=HERE.parent)
    guard.start()
    try:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(real_calls.HOST, 443)
    finally:
        guard.stop()

    assert guard.tell() is None


def test_an_endless_loop_of_calls_is_kept_small(guard: Guard) -> None:
    """Equal calls are counted, different ones are bounded, and a few are told."""
    for number in range(300):
        for _ in range(2):
            with pytest.raises(RealProviderCalled):
                socket.getaddrinfo(real_calls.HOST, number + 1)

    told = str(guard.tell())
    assert "api.pay.test:1 (Pay), 2 times" in told
    assert "… and from 95 more places" in told
    assert guard.tell() is None


def test_the_hosts_are_all_providers() -> None:
    """Live ones too, each with whose it is."""
    hosts = real_hosts(PROVIDERS.values())

    assert hosts["api.stripe.com"] == RealHost("stripe", "Stripe")
    assert {"api-m.paypal.com", "api.eu.onfido.com"} <= set(hosts)
