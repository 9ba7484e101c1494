"""Consent in a real browser: somebody allows, takes back, and is asked again."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from chromium import IN_A_BROWSER, LOOPBACK, chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from brownout.core.plan import Plan
from brownout.providers.oauth import Fixture, OAuthOptions, Registration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium import webdriver

    from brownout.testing import Sandbox

VERIFIER = "v" * 43

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Return a browser that reaches this machine alone."""
    with chromium(LOOPBACK) as driver:
        yield driver


class Shop:
    """The application that people are led back to: it keeps the addresses that they arrived at."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/back"):
                    shop.arrived.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Shop</title><p>Welcome back")

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.back = f"http://127.0.0.1:{self.server.server_port}/back"

    @property
    def last(self) -> dict[str, str]:
        """What the last one to arrive brought along."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.arrived[-1]).query).items()}


@pytest.fixture
def shop() -> Iterator[Shop]:
    """An application at its redirect_uri."""
    made = Shop()
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


@pytest.fixture
def client(brownout: Sandbox, shop: Shop) -> Iterator[OAuth2Session]:
    """The application's client; it may have two scopes, and is registered with its address."""
    fixtures = {"/api/read": Fixture(scopes=("read",), body=1), "/api/write": Fixture(scopes=("write",), body=2)}
    registered = {"shop": Registration(redirect_uris=(shop.back,))}
    options = OAuthOptions(fixtures=fixtures, registered=registered, clients={"shop": "secret"})
    brownout.sandbox(brownout.name, scenario=Plan(seed=7, providers={"oauth": options}))
    url = brownout.url_of("oauth")
    made = OAuth2Session(
        "shop", "secret", redirect_uri=shop.back, code_challenge_method="S256", token_endpoint=f"{url}/token"
    )
    with made:
        yield made


def ask(browser: webdriver.Chrome, client: OAuth2Session, url: str, scope: str) -> None:
    """Send the browser to where the client asks for consent."""
    address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=VERIFIER, scope=scope)
    browser.get(address)


def press(browser: webdriver.Chrome, text: str) -> None:
    """Press the button of this text."""
    browser.find_element(By.XPATH, f"//button[normalize-space()='{text}']").click()


def led_back(browser: webdriver.Chrome, shop: Shop, text: str) -> None:
    """Press the button of this text, and wait until the browser has arrived at the application."""
    before = len(shop.arrived)
    press(browser, text)
    WebDriverWait(browser, 10).until(lambda page: len(shop.arrived) > before and page.title == "Shop")


def boxes(browser: webdriver.Chrome) -> dict[str, Any]:
    """Return the tick boxes by scope."""
    found = browser.find_elements(By.CSS_SELECTOR, "input[type=checkbox]")
    return {str(one.get_attribute("value")): one for one in found}


def fetched(client: OAuth2Session, shop: Shop) -> str:
    """Exchange what the browser brought back; return the granted scope."""
    token = client.fetch_token(authorization_response=f"{shop.back}?{urlsplit(shop.arrived[-1]).query}",
                               code_verifier=VERIFIER)  # fmt: skip
    return str(token["scope"])


def test_consent_is_given_taken_back_and_given_again(
    brownout: Sandbox, browser: webdriver.Chrome, client: OAuth2Session, shop: Shop
) -> None:
    """Half of it first, then the rest, then nothing any more, then all: each step by clicks."""
    url = brownout.url_of("oauth")

    ask(browser, client, url, "read write")
    assert {scope: box.is_selected() for scope, box in boxes(browser).items()} == {"read": True, "write": True}
    boxes(browser)["write"].click()
    led_back(browser, shop, "Allow")
    assert fetched(client, shop) == "read"
    assert client.get(f"{url}/api/write").status_code == 403

    ask(browser, client, url, "read write")
    assert "(allowed before)" in browser.page_source
    led_back(browser, shop, "Allow")
    assert fetched(client, shop) == "read write"
    assert client.get(f"{url}/api/write").status_code == 200

    browser.get(f"{url}/consents")
    press(browser, "Take back all")
    WebDriverWait(browser, 10).until(lambda page: "No application has access" in page.page_source)
    assert client.get(f"{url}/api/read").status_code == 401

    ask(browser, client, url, "read write")
    led_back(browser, shop, "Allow")
    assert fetched(client, shop) == "read write"
    assert client.get(f"{url}/api/write").status_code == 200
    assert [one["message"] for one in browser.get_log("browser") if "favicon" not in one["message"]] == []


def test_a_denial_leads_back_too(
    brownout: Sandbox, browser: webdriver.Chrome, client: OAuth2Session, shop: Shop
) -> None:
    """With the error and the state, and nothing granted; with every box empty Allow is a denial as well."""
    for denied in ("Deny", "Allow"):
        ask(browser, client, brownout.url_of("oauth"), "read")
        if denied == "Allow":
            boxes(browser)["read"].click()
        led_back(browser, shop, denied)

        assert (shop.last["error"], "code" in shop.last) == ("access_denied", False)


def test_a_wrong_address_leads_nowhere(brownout: Sandbox, browser: webdriver.Chrome, shop: Shop) -> None:
    """The person sees why; the address that isn't registered is never visited."""
    options = OAuthOptions(registered={"shop": Registration(redirect_uris=("https://shop.example/back",))})
    brownout.sandbox(brownout.name, scenario=Plan(seed=7, providers={"oauth": options}))

    browser.get(f"{brownout.url_of('oauth')}/authorize?response_type=code&client_id=shop&redirect_uri={shop.back}")

    assert browser.find_element(By.ID, "error").text == "invalid_request"
    assert shop.arrived == []
