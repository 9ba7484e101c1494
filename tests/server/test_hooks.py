"""The hooks inside a Python and a Node program: whom they lead, what they leave alone, and that they break nothing."""

from __future__ import annotations

import ast
import os
import ssl
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from brownout.server.intercept.environment import HOOKS
from brownout.server.intercept.hooks.python.brownout_hook import Guide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NODE = Path(sys.executable).with_name("node")


class Answering(BaseHTTPRequestHandler):
    """Says which host the client meant."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = f"{self.headers['Host']} answered".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def led(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a program led to a TLS server of ours; without a proxy, so that only the hooks can do it."""
    folder = tmp_path_factory.mktemp("ca")
    ours, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("api.stripe.com").configure_cert(context)
    ours.cert_pem.write_to_path(str(folder / "ca.pem"))
    other.cert_pem.write_to_path(str(folder / "own-roots.pem"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that go in the middle
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    ours_alone = ("PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG")
    yield {
        **{name: os.environ[name] for name in ours_alone if name in os.environ},
        "BROWNOUT_TLS_PORT": str(server.server_port),
        "BROWNOUT_CA": str(folder / "ca.pem"),
        "BROWNOUT_HOSTS": "api.stripe.com,files.stripe.com",
        "BROWNOUT_ALLOWED_HOSTS": "allowed.example",
        "OWN_ROOTS": str(folder / "own-roots.pem"),
        "PYTHONPATH": str(HOOKS / "python"),
        "NODE_OPTIONS": f'--require "{HOOKS / "node" / "preload.cjs"}"',
        "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem"),
    }
    server.shutdown()
    thread.join()
    server.server_close()


def python(program: str, environment: Mapping[str, str]) -> str:
    """Run a Python program; it must say nothing on stderr. Return what it printed."""
    return ran([sys.executable, "-W", "error", "-c", textwrap.dedent(program)], environment)


def node(program: str, environment: Mapping[str, str]) -> str:
    """The same for an ES module of Node."""
    return ran([str(NODE), "--input-type=module", "-e", textwrap.dedent(program)], environment)


def ran(command: list[str], environment: Mapping[str, str]) -> str:
    """Run it."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("host", "port", "led_there"),
    [
        ("api.stripe.com", 443, True),
        ("API.Stripe.com.", "443", True),
        (b"api.stripe.com", "https", True),
        ("example.com", 80, True),
        ("api.stripe.com", 8443, False),
        ("database.internal", 5432, False),
        ("localhost", 443, False),
        ("shop.localhost", 443, False),
        ("127.0.0.53", 80, False),
        ("::1", 443, False),
        ("", 443, False),
        (None, 443, False),
        ("a.example", 443, False),
        ("b.example", 443, True),
        ("b.example", 80, False),
        ("deep.under.c.example", 443, False),
        ("c.example", 443, True),
    ],
)
def test_a_hosts_web_ports_are_led_unless_it_is_this_machine_or_allowed(host: Any, port: Any, led_there: bool) -> None:  # noqa: FBT001
    """In every form in which a program may name them."""
    assert Guide(1, "", "", "a.example,B.example:80,*.c.example").led(host, port) is led_there


@pytest.mark.slow
def test_a_program_with_roots_of_its_own_and_no_proxy_is_answered(led: dict[str, str]) -> None:
    """As stripe-python and urllib3 are; a host that the certificate isn't for is still refused."""
    program = """
        import http.client, os, ssl
        roots = ssl.create_default_context(cafile=os.environ["OWN_ROOTS"])
        for host in ("api.stripe.com", "other.example"):
            connection = http.client.HTTPSConnection(host, context=roots)
            try:
                connection.request("GET", "/")
                print(connection.getresponse().read().decode())
            except ssl.SSLCertVerificationError as problem:
                print(problem.verify_message)
            connection.close()
    """

    first, second = python(program, led).splitlines()

    assert first == "api.stripe.com answered"
    assert "other.example" in second


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_asyncio_clients_are_led_on_every_loop(led: dict[str, str], loop: str) -> None:
    """aiohttp, httpx without the environment, and bare streams."""
    program = f"""
        import asyncio, aiohttp, httpx, ssl, {loop} as chosen
        trust = ssl.create_default_context()
        async def main():
            async with aiohttp.ClientSession() as session, session.get("https://api.stripe.com/") as answer:
                print(await answer.text())
            async with httpx.AsyncClient(trust_env=False, verify=trust) as client:
                print((await client.get("https://api.stripe.com/")).text)
            reader, writer = await asyncio.open_connection("api.stripe.com", 443, ssl=True)
            writer.write(b"GET / HTTP/1.1\\r\\nHost: raw\\r\\nConnection: close\\r\\n\\r\\n")
            print((await reader.read()).decode().splitlines()[-1])
            writer.close()
            await writer.wait_closed()
        chosen.run(main())
    """

    assert python(program, led).splitlines() == ["api.stripe.com answered"] * 2 + ["raw answered"]


@pytest.mark.slow
def test_the_providers_hosts_need_no_proxy_and_all_others_do(led: dict[str, str]) -> None:
    """For each client that reads the environment: the proxy here is a port that refuses."""
    program = """
        import asyncio, aiohttp, httpx, ssl, urllib.request, requests
        trust = ssl.create_default_context()
        async def through_aiohttp(url):
            async with aiohttp.ClientSession(trust_env=True) as session, session.get(url) as answer:
                return await answer.text()
        for get in (
            lambda url: urllib.request.urlopen(url).read().decode(),
            lambda url: requests.get(url).text,
            lambda url: httpx.get(url, verify=trust).text,
            lambda url: asyncio.run(through_aiohttp(url)),
        ):
            print(get("https://api.stripe.com/"))
            try:
                get("https://other.example:8443/")
            except Exception as problem:
                print("refused" in str(problem) or "Connect call failed" in str(problem))
    """
    nowhere = "http://127.0.0.1:9"

    printed = python(program, {**led, "HTTPS_PROXY": nowhere, "https_proxy": nowhere}).splitlines()

    assert printed == ["api.stripe.com answered", "True"] * 4


@pytest.mark.slow
def test_gevent_may_still_patch_first(led: dict[str, str]) -> None:
    """It warns if ssl is there before it, and warnings are errors here."""
    program = """
        from gevent import monkey
        monkey.patch_all()
        import urllib3
        print(urllib3.PoolManager().request("GET", "https://api.stripe.com/").data.decode())
    """

    assert python(program, led) == "api.stripe.com answered"


@pytest.mark.slow
def test_a_program_that_speaks_no_tls_pays_nothing(led: dict[str, str]) -> None:
    """The hook imports nothing that takes long, neither ssl nor socket."""
    program = "import sys; print({'ssl', 'socket', 'typing', 'contextlib', 'pathlib', 're'} & {*sys.modules})"

    assert python(program, led) == "set()"


@pytest.mark.slow
def test_what_is_allowed_and_what_listens_is_left_alone(led: dict[str, str]) -> None:
    """An allowed name is looked up as ever, and so is what a server listens on."""
    program = """
        import _socket
        _socket.getaddrinfo = lambda *asked: [(*asked[2:5], "", asked[:2])]
        import socket
        for host in ("allowed.example", "other.example"):
            print(socket.getaddrinfo(host, 443)[0][4][0])
        print(socket.getaddrinfo("shop.example", 443, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][4][0])
    """

    assert python(program, led).splitlines() == ["allowed.example", "127.0.0.1", "shop.example"]


@pytest.mark.slow
def test_another_sitecustomize_runs_too(led: dict[str, str], tmp_path: Path) -> None:
    """The one that ours stands in the way of; it finds itself under its own name."""
    (tmp_path / "sitecustomize.py").write_text("import sys; print(sys.modules[__name__].__file__)\n")
    path = f"{HOOKS / 'python'}{os.pathsep}{tmp_path}"

    assert python("print('program')", {**led, "PYTHONPATH": path}).splitlines() == [
        str(tmp_path / "sitecustomize.py"),
        "program",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoiled", [{"BROWNOUT_TLS_PORT": "nonsense"}, {"BROWNOUT_TLS_PORT": ""}, {"BROWNOUT_CA": "/nowhere/ca.pem"}]
)
def test_a_hook_that_fails_breaks_nothing(led: dict[str, str], spoiled: dict[str, str]) -> None:
    """The program runs as without it, in either language, and isn't told."""
    environment = {**led, **spoiled, "NODE_EXTRA_CA_CERTS": ""}

    assert python("import ssl; ssl.create_default_context(); print('ran')", environment) == "ran"
    assert node("import 'node:tls'; console.log('ran')", environment) == "ran"


@pytest.mark.parametrize("file", ["sitecustomize.py", "brownout_hook.py"])
def test_the_python_hook_is_read_by_old_interpreters(file: str) -> None:
    """A program may start one that is older than Brownout's own."""
    ast.parse((HOOKS / "python" / file).read_text(), feature_version=(3, 7))


@pytest.mark.slow
def test_every_client_of_node_is_led(led: dict[str, str]) -> None:
    """fetch, https, one with roots of its own, TLS over a socket of one's own, and a worker's."""
    program = """
        import {readFileSync} from 'node:fs';
        import https from 'node:https';
        import net from 'node:net';
        import tls from 'node:tls';
        import {once} from 'node:events';
        import {Worker} from 'node:worker_threads';

        const get = (options) => new Promise((resolve, reject) => {
          https.get('https://api.stripe.com/', options, (answer) => {
            answer.setEncoding('utf8').on('data', resolve);
          }).on('error', reject);
        });
        console.log(await (await fetch('https://api.stripe.com/')).text());
        console.log(await get({agent: false}));
        console.log(await get({agent: false, ca: readFileSync(process.env.OWN_ROOTS)}));
        for (const over of [{socket: net.connect(443, 'api.stripe.com')}, {host: 'api.stripe.com', port: '443'}]) {
          const socket = tls.connect(over);
          await once(socket, 'secureConnect');
          console.log(socket.authorized);
          socket.destroy();
        }
        const worker = new Worker(`
          const {parentPort} = require('node:worker_threads');
          fetch('https://api.stripe.com/').then((one) => one.text()).then((text) => parentPort.postMessage(text));
        `, {eval: true, execArgv: []});
        console.log((await once(worker, 'message'))[0]);
        try { await get({agent: false, hostname: 'other.example'}); } catch (problem) { console.log(problem.code); }
        process.exit();
    """

    assert node(program, led).splitlines() == [
        *["api.stripe.com answered"] * 3,
        *["true"] * 2,
        "api.stripe.com answered",
        "ERR_TLS_CERT_ALTNAME_INVALID",
    ]


@pytest.mark.slow
def test_node_leaves_this_machine_and_allowed_hosts_alone(led: dict[str, str]) -> None:
    """Its own servers, sockets in the file system, and names that were allowed."""
    program = """
        import net from 'node:net';
        import {once} from 'node:events';

        const server = net.createServer((socket) => socket.end('own')).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const {port} = server.address();
        for (const where of [[port], [port, 'localhost'], [{port, host: '127.0.0.1'}]]) {
          console.log(String((await once(net.connect(...where), 'data'))[0]));
        }
        const failing = async (where) => {
          const socket = net.connect(where);
          const problem = await new Promise((resolve) => socket.on('error', resolve));
          console.log(problem.message);
        };
        await failing({path: '/nowhere.sock'});
        const lookup = (host, options, done) => done(new Error(`looked up ${host}`));
        await failing({host: 'allowed.example', port: 443, lookup});
        server.close();
    """

    assert node(program, led).splitlines() == [
        *["own"] * 3,
        "connect ENOENT /nowhere.sock",
        "looked up allowed.example",
    ]
