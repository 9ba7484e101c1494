"""What somebody would send to get out through the proxy, or past it: refused, named, and nothing is sent anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intercepted import GET, HOST, Setting, intercepting

from brownout.server.intercept import interception, outside, sockets
from brownout.server.intercept.heads import HEAD_MOST_BYTES, Refusal, connect
from brownout.server.intercept.hosts import Hosts, is_inside
from brownout.server.intercept.names import Place, absolute, place
from brownout.server.intercept.tallies import HOSTS_COUNTED, OTHERS, Tallies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[Setting]:
    """A server that intercepts, lets one host through, and never gets to connect to it."""
    async with intercepting(allow=["allowed.example"]) as setting:
        yield setting


def status(answer: bytes) -> int:
    """Return the status of the first answer; 0 if there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize(
    "wanted",
    [
        "127.0.0.1:22", "localhost:5432", "[::1]:443", "0.0.0.0:80", "169.254.169.254:80", "10.0.0.1:443",
        "[::ffff:127.0.0.1]:443", "[fe80::1]:443", "[64:ff9b::7f00:1]:443", "2130706433:443", "0x7f000001:443",
        "0177.0.0.1:443", "127.1:443", "evil.example:443", f"{HOST}.evil.example:443", f"evil-{HOST}:443",
        f"{HOST}:22", "allowed.example:22", "notallowed.example:443", "x.allowed.example:443",
    ],
)  # fmt: skip
async def test_connect_leads_nowhere_but_to_hosts_that_are_answered_for_or_allowed(world: Setting, wanted: str) -> None:
    """However an address is spelt; the answer names what was asked for."""
    answer = await world.raw(f"CONNECT {wanted} HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())

    assert status(answer) == 403
    assert b"--allow-host" in answer.partition(b"\r\n")[0]
    assert sum(world.interception.refused.values()) == 1
    assert world.interception.relayed == {}
    assert world.records == []


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT {0} HTTP/1.1\r\n\r\n",
        "CONNECT https://{0}:443 HTTP/1.1\r\n\r\n",
        "CONNECT {0}@127.0.0.1:443 HTTP/1.1\r\n\r\n",
        "CONNECT {0}:443/ HTTP/1.1\r\n\r\n",
        "CONNECT {0}:443#@127.0.0.1:22 HTTP/1.1\r\n\r\n",
        "CONNECT {0}:443:22 HTTP/1.1\r\n\r\n",
        "CONNECT {0}:99999 HTTP/1.1\r\n\r\n",
        "CONNECT {0}:+443 HTTP/1.1\r\n\r\n",
        "CONNECT {0}..:443 HTTP/1.1\r\n\r\n",
        "CONNECT {0}\x00.evil.example:443 HTTP/1.1\r\n\r\n",
        "CONNECT [::1%25lo]:443 HTTP/1.1\r\n\r\n",
        "CONNECT  {0}:443 HTTP/1.1\r\n\r\n",
        "CONNECT {0}:443  HTTP/1.1\r\n\r\n",
        "CONNECT {0}:443 HTTP/2.0\r\n\r\n",
        "CONNECT {0}:443\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\n\n",
        "CONNECT {0}:443 HTTP/1.1\nHost: x\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nA : b\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\n folded: b\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nnonsense\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: {0}\r\n\r\n",
        "CONNECT {0}:443 HTTP/1.1\r\n\r\n\x16\x03\x01",
    ],
)  # fmt: skip
async def test_a_connect_that_can_be_read_in_two_ways_is_not_read_at_all(world: Setting, head: str) -> None:
    """Framing tricks, and bytes that come before the connection is there: 400, counted, and closed."""
    answer = await world.raw(head.format(HOST).encode())

    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert world.app.unparsed_count == 1
    assert world.records == []


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"A: " + b"b" * HEAD_MOST_BYTES, 431),
        (b"\r\n".join(b"A%d: b" % number for number in range(101)), 431),
        (b"A: b", 200),
    ],
)
async def test_a_head_has_an_end(world: Setting, head: bytes, code: int) -> None:
    """In bytes and in headers."""
    begun = b"CONNECT " + HOST.encode() + b":443 HTTP/1.1\r\n" + head + b"\r\n\r\n"
    reader, writer = await world.open()
    writer.write(begun)

    assert status(await reader.readline()) == code
    writer.transport.abort()


@pytest.mark.parametrize("begun", [b"", b"CONN", b"CONNECT x:443 HTTP/1.1\r\nA: b", b"\x16", b"\x16\x03\x01\x00\xff"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "proxy"])
async def test_a_slow_client_is_shown_out(begun: bytes, monkeypatch: pytest.MonkeyPatch, *, tls: bool) -> None:
    """A head, or a ClientHello, that doesn't end is waited for so long and no longer."""
    monkeypatch.setattr(interception, "GREETING_SECONDS", 0.05)
    async with intercepting() as world:
        reader, writer = await world.open(tls=tls)
        writer.write(begun)
        if begun in {b"\x16", b"\x16\x03\x01\x00\xff"} and not tls:
            writer.write(b"\r\n\r\n")  # to the proxy that is a request which can't be read
        if begun[:1] not in {b"", b"\x16"} and tls:
            writer.write(b"\r\n\r\n")

        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):  # what it sent was never read
                assert status(await reader.read()) in {0, 400}
        writer.close()


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"http://{HOST}@127.0.0.1/", 400),
        (f"http://{HOST}:x@127.0.0.1:8700/", 400),
        ("http://127.0.0.1:22/", 403),
        ("http://localhost/_brownout/health", 403),
        ("http://2130706433/", 403),
        (f"http://{HOST}:8080/v1/payments/none", 403),
        (f"http://{HOST}%2eevil.example/", 400),
        ("http://allowed.example/", 501),
        ("http:///v1/payments/none", 400),
        ("//127.0.0.1/", 400),
        ("/_brownout/health", 400),
        ("ftp://evil.example/", 400),
    ],
)
async def test_absolute_form_leads_nowhere_either(world: Setting, target: str, code: int) -> None:
    """Nor does the Host header beside it say otherwise."""
    request = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"

    assert status(await world.raw(request.encode())) == code
    assert world.records == []
    assert world.interception.relayed == {}


async def test_in_absolute_form_the_host_header_is_nothing(world: Setting) -> None:
    """RFC 9112 §3.2.2: a proxy ignores it. Links lead to the host that was asked."""
    request = GET.replace(b"GET /", b"GET http://" + HOST.encode() + b"/").replace(
        b"Host: " + HOST.encode(), b"Host: evil.example\r\nConnection: close"
    )

    assert b"Brownout-Exchange" in await world.raw(request)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((f"Host: {HOST}", "Host: evil.example"), 421),
        ((f"Host: {HOST}", "Host: localhost"), 421),
        ((f"Host: {HOST}", f"Host: {HOST}@evil.example"), 400),
        ((f"Host: {HOST}", "Host: a b"), 400),
        (("GET /", "GET https://evil.example/"), 421),
        (("GET /", f"GET http://{HOST}/"), 421),
        (("GET /v1/payments/none", f"CONNECT {HOST}:443"), 400),
    ],
)
async def test_a_tunnel_is_for_its_own_host_alone(world: Setting, change: tuple[str, str], code: int) -> None:
    """What a request says of its host has to be what CONNECT, or the handshake, said."""
    request = GET.decode().replace(*change).encode()

    for answer in (await world.tunnel(request), await world.tls(request)):
        assert status(answer) == code
    assert world.records == []


async def test_two_host_headers_are_refused(world: Setting) -> None:
    """Whatever they say."""
    request = GET.replace(b"\r\nAuth", f"\r\nHost: {HOST}\r\nAuth".encode())

    assert status(await world.tunnel(request)) == 400
    assert world.records == []


async def test_the_certificate_is_for_connects_host_whatever_sni_says(world: Setting) -> None:
    """A client that asks for one host and means another refuses the certificate by itself."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await world.tunnel(sni="evil.example")
    assert world.records == []


@pytest.mark.parametrize("framing", ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5, 6"])
async def test_requests_cannot_be_smuggled_through_a_tunnel(world: Setting, framing: str) -> None:
    """Two lengths for one body are refused, and the connection with them."""
    hidden = f"0\r\n\r\nPOST /v1/payments HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n"
    request = f"POST /v1/payments HTTP/1.1\r\nHost: {HOST}\r\n{framing}\r\n\r\n{hidden}"

    assert status(await world.tunnel(request.encode())) == 400
    assert world.records == []


@pytest.mark.parametrize("name", ["a_b.example", "ab--cd.example", "1.2.3.4.", "x" * 63 + ".example"])
async def test_odd_names_in_a_handshake_break_nothing(world: Setting, name: str) -> None:
    """They get a certificate that isn't theirs, or a refusal; the next client is served."""
    with pytest.raises((ssl.SSLError, AssertionError, ValueError)):
        assert status(await world.tls(sni=name)) not in {403, 421}

    assert b"Brownout-Exchange" in await world.tls()


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x00\x05abcde", b"\x16\xff\xff\xff\xff" + b"a" * 99, b"\x00" * 99])
async def test_junk_on_the_tls_port_breaks_nothing(world: Setting, junk: bytes) -> None:
    """The connection ends; the next one works."""
    with contextlib.suppress(ConnectionResetError):
        await world.raw(junk, b"\r\n\r\n", tls=True)

    assert b"Brownout-Exchange" in await world.tls()


async def test_a_name_that_resolves_to_an_address_inside_is_not_let_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allowed by name, but its DNS leads to the metadata service: refused, and it says how it could be meant."""

    async def found(*_: object, **__: object) -> list:
        return [(2, 1, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)

    refused = await outside.reach(Place("allowed.example", 443), inside=False)

    assert isinstance(refused, Refusal)
    assert refused.status == 403
    assert "--allow-host allowed.example:443" in refused.why


def test_what_is_counted_is_bounded() -> None:
    """Clients choose the names."""
    tallies = Tallies()
    for number in range(HOSTS_COUNTED + 7):
        tallies.refuse(f"{number}.example")

    assert len(tallies.refused) == HOSTS_COUNTED + 1
    assert tallies.refused[OTHERS] == 7


@given(st.binary(max_size=200))
def test_any_bytes_are_a_place_or_a_refusal(head: bytes) -> None:
    """Never an exception; and what is read as a place is what was written."""
    read = connect(b"CONNECT " + head + b"\r\n\r\n")

    if isinstance(read, Place):
        assert read.host.encode() in head.lower()


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_none(text: str) -> None:
    """In both readings."""
    for read in (place(text, 443), (absolute(f"http://{text}") or ("", None))[1]):
        if read is not None:
            assert read.host in text.lower() or ":" in read.host


@given(st.ip_addresses())
def test_an_ipv4_address_inside_is_inside_in_ipv6_too(address: object) -> None:
    """Mapped, compatible, translated."""
    if ":" not in str(address) and is_inside(str(address)):
        assert all(is_inside(f"{prefix}{address}") for prefix in ("::ffff:", "::", "64:ff9b::"))


def test_emulated_hosts_are_never_let_through() -> None:
    """Not even by a whole domain."""
    hosts = Hosts({"api.toy.test": "toy"}, ["toy"], ["*.toy.test"])

    assert hosts.allows(Place("docs.toy.test", 443))
    assert not hosts.allows(Place("api.toy.test", 443))
    assert not hosts.allows(Place("api.toy.test", 80))


def test_a_hello_without_a_name_has_none() -> None:
    """And what is no ClientHello is told apart."""
    hello = sockets.Hello()
    context, out = ssl.create_default_context(), ssl.MemoryBIO()
    context.check_hostname = False
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()

    assert hello.name(out.read()) is None
    with pytest.raises(sockets.HelloError):
        hello.name(b"\x16\x03\x01\x00\x05abcde")
