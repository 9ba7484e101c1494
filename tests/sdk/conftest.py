"""What the tests of the official SDKs share: clients that close behind themselves, and a receiver of webhooks."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

import onfido
import pytest
import requests
import stripe
from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brownout.testing import Sandbox

    MakeClient: TypeAlias = Callable[..., stripe.StripeClient]
    MakePayPal: TypeAlias = Callable[..., PaypalServersdkClient]
    MakeOnfido: TypeAlias = Callable[..., onfido.DefaultApi]

KEY = "sk_test_shop"


class Delivery(NamedTuple):
    """One POST that the receiver got: the raw body and what the verifier needs beside it."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def signature(self) -> str:
        """Return the header as the SDKs' verifiers take it."""
        return self.headers["Stripe-Signature"]

    def event(self, secret: str, **options: Any) -> stripe.Event:
        """Verify with stripe-python's own verifier and return the event."""
        return stripe.Webhook.construct_event(self.body, self.signature, secret, **options)


class Receiver:
    """A shop's webhook endpoint in a thread of its own. `answers` are the statuses to give first, then 200."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Delivery(body, self.headers))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def _straight_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is for the world outside; the SDKs' transports would use it for us too."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook endpoint that keeps what it gets."""
    with Receiver() as running:
        yield running


@pytest.fixture
def make_client(brownout: Sandbox) -> Iterator[MakeClient]:
    """Make stripe-python clients of this test's sandbox; `timeout` is in seconds."""
    opened: list[stripe.RequestsClient] = []

    def make(key: str = KEY, *, timeout: float = 10.0, **options: Any) -> stripe.StripeClient:
        transport = stripe.RequestsClient(timeout=timeout)
        opened.append(transport)
        return stripe.StripeClient(
            key, **{"base_addresses": brownout.stripe_bases, "http_client": transport, **options}
        )

    yield make
    for transport in opened:
        transport.close()


@pytest.fixture
def client(make_client: MakeClient) -> stripe.StripeClient:
    """A stripe-python client as a shop has it: nothing retried by itself."""
    return make_client()


@pytest.fixture
def make_onfido(brownout: Sandbox) -> Iterator[MakeOnfido]:
    """Make onfido-python clients of this test's sandbox; without `oauth_client_id` they hold a sandbox token."""
    opened: list[onfido.ApiClient] = []

    def make(box: Sandbox | None = None, **options: Any) -> onfido.DefaultApi:
        given = options if "oauth_client_id" in options else {"api_token": "api_sandbox.shop.secret", **options}
        host = (box or brownout).url_of("onfido") + "/v3.6"
        opened.append(onfido.ApiClient(onfido.Configuration(host=host, **given)))
        return onfido.DefaultApi(opened[-1])

    yield make
    for one in opened:
        one.rest_client.pool_manager.clear()


@pytest.fixture
def onfido_api(make_onfido: MakeOnfido) -> onfido.DefaultApi:
    """An onfido-python client with a sandbox token, as it is out of the box."""
    return make_onfido()


@pytest.fixture
def make_paypal(brownout: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePayPal]:
    """Make paypal-server-sdk clients of this test's sandbox, by the one documented line."""
    monkeypatch.setitem(Configuration.environments[Environment.SANDBOX], Server.DEFAULT, brownout.url_of("paypal"))
    opened: list[requests.Session] = []

    def make(client: str = "shop-client", secret: str = "any", **options: Any) -> PaypalServersdkClient:  # noqa: S107
        oauth = {name: options.pop(name) for name in list(options) if name.startswith("o_auth_")}
        session = requests.Session()
        opened.append(session)
        return PaypalServersdkClient(
            http_client_instance=session,
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(client, secret, **oauth),
            **options,
        )

    yield make
    for session in opened:
        session.close()


@pytest.fixture
def paypal(make_paypal: MakePayPal) -> PaypalServersdkClient:
    """A paypal-server-sdk client as a shop has it."""
    return make_paypal()
