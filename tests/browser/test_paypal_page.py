"""PayPal's approval page in a real browser: the buttons lead back to the shop, approved or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from chromium import IN_A_BROWSER, LOOPBACK, chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium import webdriver

    from brownout.testing import Sandbox

MANUAL = "brownout: 1\nproviders:\n  paypal: {approve: manual}\n"

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Return a browser that reaches this machine alone."""
    with chromium(LOOPBACK) as driver:
        yield driver


def shop(brownout: Sandbox, source: dict[str, Any] | None = None) -> tuple[requests.Session, Any]:
    """Return a shop's session and an order whose buyer comes back to an address of its own."""
    base = brownout.url_of("paypal")
    session = requests.Session()
    session.trust_env = False
    form = {"grant_type": "client_credentials"}
    token = session.post(f"{base}/v1/oauth2/token", form, auth=("shop", "secret"), timeout=5).json()
    session.headers["Authorization"] = f"Bearer {token['access_token']}"
    ways = {"return_url": f"{base}/v2/shop?came=back", "cancel_url": f"{base}/v2/shop?came=away"}
    units = [{"amount": {"currency_code": "USD", "value": "10.00"}}]
    body = {"intent": "CAPTURE", "purchase_units": units,
            "payment_source": source or {"paypal": {"experience_context": ways}}}  # fmt: skip
    made = session.post(f"{base}/v2/checkout/orders", json=body, headers={"PayPal-Request-Id": "k"}, timeout=5)
    return session, made.json()


def page_of(made: Any) -> str:
    """Return where an order's buyer is sent."""
    return str(next(one["href"] for one in made["links"] if one["rel"] == "payer-action"))


def press(browser: webdriver.Chrome, decision: str) -> dict[str, list[str]]:
    """Press a button, and return the query of where that led once the browser is there."""
    button = browser.find_element(By.CSS_SELECTOR, f"button[value={decision}]")
    before = browser.current_url
    button.click()
    WebDriverWait(browser, 10).until(lambda page: page.current_url != before)
    return parse_qs(urlsplit(browser.current_url).query)


def test_a_buyer_cancels_comes_back_and_approves(brownout: Sandbox, browser: webdriver.Chrome) -> None:
    """Each button leads where the order says; only one of them lets the shop capture."""
    brownout.use(MANUAL)
    session, made = shop(brownout)
    capture = f"{brownout.url_of('paypal')}/v2/checkout/orders/{made['id']}/capture"
    browser.get(page_of(made))
    asked = browser.find_element(By.TAG_NAME, "body").text
    away = press(browser, "cancel")
    early = session.post(capture, timeout=5)
    browser.get(page_of(made))
    back = press(browser, "approve")
    taken = session.post(capture, timeout=5)
    session.close()

    assert "10.00 USD" in asked
    assert away == {"came": ["away"], "token": [made["id"]]}
    assert (back["came"], back["token"], len(back["PayerID"])) == (["back"], [made["id"]], 1)
    assert (early.status_code, taken.status_code) == (422, 201)
    assert brownout.ledger().captured() == 1_000


def test_a_cardholder_is_asked(brownout: Sandbox, browser: webdriver.Chrome) -> None:
    """3D Secure has a page of its own, with two buttons."""
    brownout.use(MANUAL)
    card = {"number": "4868719460707704", "expiry": "2099-01", "attributes": {"verification": {"method": "SCA_ALWAYS"}}}
    session, made = shop(brownout, {"card": card})
    browser.get(page_of(made))
    title, buttons = browser.title, browser.find_elements(By.TAG_NAME, "button")
    seen = (title, [button.text for button in buttons])
    press(browser, "approve")
    shown = session.get(f"{brownout.url_of('paypal')}/v2/checkout/orders/{made['id']}", timeout=5).json()
    session.close()

    assert seen == ("Is this your card?", ["Approve", "Cancel"])
    assert shown["status"] == "APPROVED"
    assert shown["payment_source"]["card"]["authentication_result"]["liability_shift"] == "POSSIBLE"
