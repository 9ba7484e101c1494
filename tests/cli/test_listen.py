"""`brownout listen` as a user types it: what it forwards and says, and what is left when it or its server goes."""

from __future__ import annotations

import base64
import json
import queue
import re
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import onfido
import pytest
import stripe
import trustme
from paypal_hooks import verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
BROWNOUT = [sys.executable, "-m", "brownout"]
IMPATIENT = (
    "import sys; from brownout.cli import listen, run;"
    "listen._TTL_SECONDS = listen._WAIT_SECONDS = 1; sys.exit(run(['listen', *sys.argv[1:]]))"
)
"""The command, whose registration lapses after a second."""
PATIENCE_SECONDS = 30


class Got(NamedTuple):
    """What the program got."""

    body: bytes
    headers: Mapping[str, str]

    def event(self, secret: str) -> stripe.Event:
        """Return the event, checked by stripe-python's own verifier."""
        return stripe.Webhook.construct_event(self.body, self.headers["Stripe-Signature"], secret)


class Program:
    """A user's program: answers with `answers` first, and then with 200."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.answers: list[int] = []
        self.first: Callable[[], object] = lambda: None  # done before it answers
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                program.got.append(Got(body, self.headers))
                program.first()
                self.send_response(program.answers.pop(0) if program.answers else 200)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"hello")

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # who mistrusts our certificate
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.address = f"localhost:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Server:
    """`brownout serve`, on a free port or on the one of another that is gone."""

    def __init__(self, port: int = 0, seed: int = 7) -> None:
        self._process = subprocess.Popen(
            [*BROWNOUT, "serve", "--port", str(port), "--seed", str(seed), "--json"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_SECONDS)


class Box:
    """A sandbox of a server."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.url = f"{server.url}/~{name}"
        self.place = ("--attach", server.url, "--sandbox", name)

    def call(self, method: str, path: str, body: str | None = None, **headers: str) -> Any:
        """Return what a call answers."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else body.encode()
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data=data, headers=given, method=method), timeout=PATIENCE_SECONDS
        ) as answer:
            return json.load(answer)

    def stripe(self, path: str, form: str = "", **headers: str) -> Any:
        """Make something at Stripe."""
        return self.call("POST", f"/stripe/v1/{path}", form, Authorization="Bearer sk_test_shop", **headers)

    def deliveries(self, **filters: str) -> list[dict[str, Any]]:
        """Return the log."""
        asked = "&".join(f"{name}={value}" for name, value in filters.items())
        found: list[dict[str, Any]] = self.call("GET", f"/_brownout/deliveries?{asked}")["deliveries"]
        return found

    def advance(self, seconds: float) -> None:
        """Play what is due by then."""
        self.call("POST", "/_brownout/clock", json.dumps({"advance": f"{seconds}s"}))


class Listening:
    """The command at work."""

    def __init__(self, box: Box, *arguments: str, command: list[str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*(command or [*BROWNOUT, "listen"]), *box.place, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def line(self) -> str:
        """Return the next line that it prints."""
        return self._lines.get(timeout=PATIENCE_SECONDS)

    def ready(self) -> str:
        """Wait until it listens; return the secret that it names."""
        words = self.line().split()
        assert words[:6] == ["Ready!", "Your", "webhook", "signing", "secret", "is"]
        return words[6]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Signal it and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@contextmanager
def listening(box: Box, *arguments: str, command: list[str] | None = None) -> Iterator[Listening]:
    """Listen, and leave nothing behind."""
    started = Listening(box, *arguments, command=command)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for all tests of this file, each in a sandbox of its own."""
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def box(server: Server, request: pytest.FixtureRequest) -> Box:
    """A sandbox of this test's own."""
    return Box(server, "t" + re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-40:])


@pytest.fixture
def program() -> Iterator[Program]:
    """A user's program."""
    with Program() as running:
        yield running


# ---------------------------------------------------------------- what is forwarded
def test_events_come_signed_with_the_secret_that_it_names(box: Box, program: Program) -> None:
    """Shown as `stripe listen` shows them, a line for what came and one for what the program answered."""
    with listening(box, "--forward-to", program.address) as listener:
        secret = listener.ready()
        made = box.stripe("customers", "name=Ada")
        came, answered = listener.line(), listener.line()

        event = program.got[0].event(secret)
        assert (event.type, event.data.object["id"]) == ("customer.created", made["id"])
        assert came.endswith(f"   --> customer.created [{event.id}]")
        assert f"  <--  [200] POST http://{program.address} [{event.id}] " in answered
        assert answered.endswith("ms")
        (delivery,) = box.deliveries(event=event.id)
    assert delivery["state"] == "delivered"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(box: Box, number: signal.Signals) -> None:
    """Exit code 0; what happens after makes no delivery."""
    with listening(box) as listener:
        listener.ready()
        box.stripe("customers")
        assert "customer.created" in listener.line()

        assert listener.stop(number) == 0

    box.stripe("customers")
    assert len(box.deliveries()) == 1


def test_what_the_program_answers_decides_about_the_next_try(box: Box, program: Program) -> None:
    """A failure is tried again on the provider's ladder, with the same event; the log has what was answered."""
    program.answers = [500]
    with listening(box, "--forward-to", program.address) as listener:
        secret = listener.ready()
        box.stripe("customers")
        assert "customer.created" in listener.line()
        assert "[500] POST" in listener.line()
        box.advance(60)
        assert "customer.created" in listener.line()
        assert "[200] POST" in listener.line()

        (delivery,) = box.deliveries()
        whole = box.call("GET", f"/_brownout/deliveries/{delivery['id']}")
    assert [one["status"] for one in delivery["attempts"]] == [500, 200]
    assert len({one.event(secret).id for one in program.got}) == 1
    assert [one["answer"] for one in whole["attempts"]] == ["hello"] * 2
    assert whole["attempts"][0]["sent"]["Stripe-Signature"] == program.got[0].headers["Stripe-Signature"]


def test_a_program_that_isnt_there_is_a_failed_try(box: Box) -> None:
    """It says so and goes on listening."""
    with listening(box, "--forward-to", "http://127.0.0.1:1/hook") as listener:
        listener.ready()
        for _ in range(2):
            box.stripe("customers")
            assert "customer.created" in listener.line()
            assert "[ERROR] POST http://127.0.0.1:1/hook" in listener.line()
        first = box.deliveries()[0]

    assert (first["state"], first["attempts"][0]["status"]) == ("pending", None)
    assert "refused" in first["attempts"][0]["error"]


def test_only_the_events_that_were_asked_for_come(box: Box, program: Program) -> None:
    """As JSON: a line that says it is ready, then one for each event with all that is known of it."""
    arguments = ("--forward-to", program.address, "--events", "product.*, customer.updated", "--json")
    with listening(box, *arguments) as listener:
        ready = json.loads(listener.line())
        customer = box.stripe("customers")["id"]
        box.stripe(f"customers/{customer}", "name=Ada")
        box.stripe("products", "name=Tea")
        lines = [json.loads(listener.line()) for _ in range(2)]

    assert ready == {"ready": True, "secret": ready["secret"], "forward_to": f"http://{program.address}"}
    assert [one["type"] for one in lines] == ["customer.updated", "product.created"]
    assert [one["status"] for one in lines] == [200, 200]
    assert lines[0]["payload"]["data"]["object"]["name"] == "Ada"
    assert [one.event(ready["secret"]).id for one in program.got] == [one["event"] for one in lines]


def test_events_of_connected_accounts_may_go_elsewhere(box: Box, program: Program) -> None:
    """They say `connect`, and whose they are."""
    with (
        Program() as other,
        listening(box, "--forward-to", program.address, "--forward-connect-to", other.address) as listener,
    ):
        secret = listener.ready()
        account = box.stripe("accounts", "type=standard")["id"]
        box.stripe("customers", Stripe_Account=account)
        box.stripe("customers")
        lines = [listener.line()]
        while not lines[-1].endswith("ms") or len(other.got) + len(program.got) < 2 or not program.got:
            lines.append(listener.line())

    theirs = [one.event(secret) for one in other.got]
    assert ("customer.created", account) in [(one.type, one.account) for one in theirs]
    assert "customer.created" in [one.event(secret).type for one in program.got]
    assert any("--> connect customer.created" in line for line in lines)


@pytest.mark.parametrize(("argument", "version"), [("--version=2022-08-01", "2022-08-01"), ("--latest", None)])
def test_events_come_in_the_version_that_was_asked_for(
    box: Box, program: Program, argument: str, version: str | None
) -> None:
    """Whatever the account's is; the newest is that of the SDK."""
    with listening(box, "--forward-to", program.address, argument) as listener:
        listener.ready()
        box.stripe("customers")
        listener.line(), listener.line()

    assert json.loads(program.got[0].body)["api_version"] == (version or stripe.api_version)


def test_paypals_webhooks_verify_with_the_id_that_it_names(box: Box, program: Program) -> None:
    """PayPal has no secrets: a webhook's id and PayPal's certificate are what a verifier needs."""
    with listening(box, "--provider", "paypal", "--forward-to", program.address) as listener:
        webhook_id = listener.ready()
        basic = base64.b64encode(b"shop:secret").decode()
        form = {"Authorization": f"Basic {basic}", "Content_Type": "application/x-www-form-urlencoded"}
        token = box.call("POST", "/paypal/v1/oauth2/token", "grant_type=client_credentials", **form)["access_token"]
        key = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
        units = [{"amount": {"currency_code": "EUR", "value": "24.99"}}]
        card = {"card": {"number": "4111111111111111", "expiry": "2030-01"}}
        order = {"intent": "CAPTURE", "purchase_units": units, "payment_source": card}
        box.call("POST", "/paypal/v2/checkout/orders", json.dumps(order), PayPal_Request_Id="o-1", **key)
        assert "-->" in listener.line()
        assert "[200] POST" in listener.line()

    got = program.got[0]
    with urllib.request.urlopen(got.headers["PAYPAL-CERT-URL"]) as answer:
        assert verified(got.body, got.headers, webhook_id, answer.read())


def test_onfidos_webhooks_verify_with_the_token_that_it_names(box: Box, program: Program) -> None:
    """By onfido-python's own verifier."""
    with listening(box, "--provider", "onfido", "--forward-to", program.address) as listener:
        token = listener.ready()
        key = {"Authorization": "Token token=api_sandbox.shop.secret", "Content_Type": "application/json"}
        person = json.dumps({"first_name": "Ada", "last_name": "Lovelace"})
        applicant = box.call("POST", "/onfido/v3.6/applicants", person, **key)["id"]
        check = {"applicant_id": applicant, "report_names": ["watchlist_standard"]}
        box.call("POST", "/onfido/v3.6/checks", json.dumps(check), **key)
        box.advance(3600)
        assert "-->" in listener.line()
        assert "[200] POST" in listener.line()

    got = program.got[0]
    event = onfido.WebhookEventVerifier(token).read_payload(got.body.decode(), got.headers["X-SHA2-Signature"])
    assert event.payload.resource_type == "check"


def test_a_certificate_of_ones_own_is_taken_if_it_is_said_so(box: Box) -> None:
    """Otherwise it is no delivery."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    for arguments, expected in (((), "CERTIFICATE_VERIFY_FAILED"), (("--skip-verify",), "[200] POST")):
        with (
            Program(context) as program,
            listening(box, "--forward-to", f"https://{program.address}", *arguments) as listener,
        ):
            listener.ready()
            box.stripe("customers")
            listener.line()
            assert expected in listener.line()


def test_what_the_server_sends_at_once_comes_at_once(box: Box) -> None:
    """A program meets a burst as it would from the provider; and each answer counts for its own delivery."""
    together = threading.Barrier(3)
    burst = {"kind": "webhook_burst", "match": {"provider": "stripe"}, "for": "1h"}
    with Program() as program, listening(box, "--forward-to", program.address, "--json") as listener:
        program.first = lambda: together.wait(PATIENCE_SECONDS / 2)
        listener.line()
        box.call("PUT", "/_brownout/faults/held", json.dumps(burst))
        for _ in range(together.parties):
            box.stripe("customers")
        box.advance(3600)
        shown = {json.loads(listener.line())["event"] for _ in range(together.parties)}

        assert not together.broken
        assert shown == {one["event"] for one in box.deliveries(state="delivered")}


def test_it_ends_with_its_reader(box: Box) -> None:
    """Without a word, as a program in a pipe does."""
    command = [*BROWNOUT, "listen", *box.place, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        box.stripe("customers")

        assert process.wait(timeout=PATIENCE_SECONDS) == 141
        assert process.stderr is not None
        assert process.stderr.read() == ""


# ---------------------------------------------------------------- what is left
def test_the_secret_alone_is_that_which_signs_later(box: Box) -> None:
    """So that a program can be told before; that leaves no registration."""
    command = [*BROWNOUT, "listen", *box.place, "--print-secret"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True).stdout

    box.stripe("customers")

    assert box.deliveries() == []
    with listening(box) as listener:
        assert f"{listener.ready()}\n" == printed


def test_the_registration_of_one_that_was_killed_lapses(box: Box) -> None:
    """Its deliveries are given up, and new ones aren't made."""
    with listening(box, command=[sys.executable, "-c", IMPATIENT]) as listener:
        listener.ready()
        listener.stop(signal.SIGKILL)
        box.stripe("customers")
        while True:  # until what happens makes no delivery
            count = len(box.deliveries())
            box.stripe("customers")
            if len(box.deliveries()) == count:
                break

    box.advance(3600)
    assert {one["state"] for one in box.deliveries()} <= {"cancelled"}


def test_a_server_that_begins_again_is_listened_to_again(program: Program) -> None:
    """It says so; the secret stays what the program was told, although the server's own is another now."""
    first = Server()
    with listening(Box(first, "again"), "--forward-to", program.address) as listener:
        secret = listener.ready()
        first.stop()
        assert "no Brownout answers at" in listener.line()
        assert listener.line() == "Listening again as soon as it answers (Ctrl-C to quit)"
        second = Server(first.port, seed=8)
        try:
            assert listener.line() == "Listening again"
            Box(second, "again").stripe("customers")
            listener.line(), listener.line()
            assert listener.stop() == 0
        finally:
            second.stop()

    assert program.got[0].event(secret).type == "customer.created"


def test_a_sandbox_that_is_reset_is_listened_to_again(box: Box, program: Program) -> None:
    """Under the same secret."""
    with listening(box, "--forward-to", program.address) as listener:
        secret = listener.ready()
        box.call("POST", "/_brownout/reset", "{}")
        assert "nobody listens to sandbox" in listener.line()
        listener.line()
        assert listener.line() == "Listening again"
        box.stripe("customers")
        listener.line(), listener.line()

    assert program.got[0].event(secret).type == "customer.created"


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--provider", "strip"], "did you mean 'stripe'"),
        (["--provider", "oauth"], "oauth sends no webhooks"),
        (["--events", "charge.suceeded"], "did you mean 'charge.succeeded'"),
        (["--events", "zzz"], "'zzz' is no event of Stripe's; there are account.*, "),
        (["--events", ","], "events must be a list"),
        (["--provider", "onfido", "--events", "charge.*"], "is no event of Onfido's"),
        (["--version", "nope"], "can't be a version of Stripe's"),
        (["--version", "2022-08-01", "--latest"], "--latest: give it without --version"),
        (["--provider", "paypal", "--latest"], "for Stripe alone"),
        (["--provider", "paypal", "--version", "2"], "in one version alone"),
        (["--forward-to", "ftp://x"], "--forward-to: 'ftp://x' is no address"),
        (["--forward-connect-to", "http://x:y"], "--forward-connect-to: 'http://x:y' is no address"),
        (["--sandbox", "No"], "--sandbox: 'No' can't be a sandbox"),
        (["--attach", "http://127.0.0.1:1"], "no Brownout answers at http://127.0.0.1:1"),
        (["--forward"], "Did you mean"),
    ],
)
def test_a_wrong_command_line_says_what_was_meant(server: Server, arguments: list[str], hint: str) -> None:
    """Exit 2, no traceback, a suggestion."""
    done = subprocess.run(
        [*BROWNOUT, "listen", "--attach", server.url, *arguments],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip

    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert hint.lower() in done.stderr.lower()
