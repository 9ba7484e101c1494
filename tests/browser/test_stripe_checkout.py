"""Checkout's page in a real browser: a person fills it in, mistakes and declines are told, and the shop comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from chromium import IN_A_BROWSER, LOOPBACK, chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium import webdriver

    from brownout.testing import Sandbox

pytestmark = IN_A_BROWSER

CARD = {"card": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Ada Lovelace"}


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Return a browser that reaches this machine alone."""
    with chromium(LOOPBACK) as driver:
        yield driver


@pytest.fixture
def client(brownout: Sandbox) -> Iterator[stripe.StripeClient]:
    """A shop's client."""
    transport = stripe.RequestsClient(timeout=10)
    yield stripe.StripeClient("sk_test_shop", base_addresses=brownout.stripe_bases, http_client=transport)
    transport.close()


def selling(brownout: Sandbox, **more: Any) -> Any:
    """Return the parameters of a session whose payer comes back to an address of ours."""
    shop = f"{brownout.url_of('stripe')}/v1/shop"
    item = {"price_data": {"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Green tea"}}}
    return {
        "mode": "payment", "line_items": [{**item, "quantity": 2}], "cancel_url": f"{shop}?came=away",
        "success_url": f"{shop}?came=back&session={{CHECKOUT_SESSION_ID}}", **more,
    }  # fmt: skip


def fill(browser: webdriver.Chrome, form: dict[str, str]) -> None:
    """Write into the fields, found by their labels' ids."""
    for name, value in form.items():
        field = browser.find_element(By.ID, name)
        if field.tag_name == "select":
            Select(field).select_by_value(value)
        else:
            field.clear()
            field.send_keys(value)


def press(browser: webdriver.Chrome, css: str = "button") -> None:
    """Press a button or follow a link, and wait until another page is there."""
    pressed = browser.find_element(By.CSS_SELECTOR, css)
    page = browser.find_element(By.TAG_NAME, "html")
    pressed.click()
    WebDriverWait(browser, 10).until(lambda driver: driver.find_element(By.TAG_NAME, "html") != page)


def query(browser: webdriver.Chrome) -> dict[str, str]:
    """Return what the browser's address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(browser.current_url).query).items()}


def test_a_person_pays_after_a_decline(
    brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome
) -> None:
    """The decline is read out on the page, which keeps what was written but the card; the next card pays."""
    made = client.v1.checkout.sessions.create(selling(brownout, client_reference_id="order-7"))
    browser.get(str(made.url))
    shown = browser.find_element(By.TAG_NAME, "main").text
    fill(browser, {"email": "ada@example.com", **CARD, "card": "4000000000000002", "country": "DE"})
    press(browser)
    alert = browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    kept = [browser.find_element(By.ID, name).get_attribute("value") for name in ("email", "name", "country", "card")]
    fill(browser, CARD)
    press(browser)
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})

    assert "Green tea" in shown
    assert "€25.00" in shown
    assert alert == "Your card was declined."
    assert kept == ["ada@example.com", "Ada Lovelace", "DE", ""]
    assert query(browser) == {"came": "back", "session": made.id}
    assert (done.status, done.payment_status, done.amount_total) == ("complete", "paid", 2500)
    assert done.customer_details is not None
    assert (done.customer_details.email, done.customer_details.name) == ("ada@example.com", "Ada Lovelace")
    assert brownout.ledger().captured() == 2500


def test_a_person_proves_to_be_the_cardholder(
    brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome
) -> None:
    """The bank's page comes next: failing leads back to the form with the reason, passing to the shop."""
    made = client.v1.checkout.sessions.create(selling(brownout))
    browser.get(str(made.url))
    for answer in ("fail", "complete"):
        fill(browser, {"email": "ada@example.com", **CARD, "card": "4000000000003220"})
        press(browser)
        assert "/3d_secure_2/hosted" in browser.current_url
        press(browser, f"button[value={answer}]")
        if answer == "fail":
            assert "failed authentication" in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text

    assert query(browser)["session"] == made.id
    assert brownout.ledger().captured() == 2500


def test_a_person_cancels_and_empty_fields_are_not_sent(
    brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome
) -> None:
    """The browser itself refuses an empty form, and the way back leads to the shop; the session stays open."""
    made = client.v1.checkout.sessions.create(selling(brownout))
    browser.get(str(made.url))
    browser.find_element(By.TAG_NAME, "button").click()
    stayed = browser.current_url == made.url and browser.execute_script("return !document.forms[0].checkValidity()")
    press(browser, "a[rel=prev]")

    assert stayed
    assert query(browser) == {"came": "away"}
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"


def test_a_payment_link_in_the_browser(
    brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome
) -> None:
    """Each visit has a page of its own; afterwards a page says thanks, and a link that is off says so."""
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Milk"}})
    link = client.v1.payment_links.create({"line_items": [{"price": price.id, "quantity": 1}]})
    browser.get(link.url)
    fill(browser, {"email": "ada@example.com", **CARD})
    press(browser)
    thanks = browser.find_element(By.TAG_NAME, "main").text
    client.v1.payment_links.update(link.id, {"active": False})
    browser.get(link.url)
    off = browser.find_element(By.TAG_NAME, "main").text

    assert "Thanks for your payment" in thanks
    assert "no longer active" in off
    assert brownout.ledger().captured() == 900


def test_the_page_runs_no_script_and_loads_nothing(
    brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome
) -> None:
    """The browser's console stays empty, every field has an accessible name, and nothing overflows a phone."""
    hostile = {"product_data": {"name": "<img src=x onerror=alert(1)>"}, "currency": "usd", "unit_amount": 999}
    made = client.v1.checkout.sessions.create(
        selling(
            brownout,
            line_items=[{"price_data": hostile, "quantity": 1, "adjustable_quantity": {"enabled": True}}],
            shipping_address_collection={"allowed_countries": ["US", "DE"]},
        )
    )
    browser.get_log("browser")
    browser.set_window_size(400, 800)
    browser.get(str(made.url))
    inputs = browser.find_elements(By.CSS_SELECTOR, "input:not([type=hidden]),select,button")
    width = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")

    assert [one.accessible_name for one in inputs if not one.accessible_name] == []
    assert "<img src=x onerror=alert(1)>" in browser.find_element(By.TAG_NAME, "main").text
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert width[0] <= width[1]
    assert [one for one in browser.get_log("browser") if "favicon" not in one["message"]] == []


def test_pages_fit_a_narrow_screen(brownout: Sandbox, client: stripe.StripeClient, browser: webdriver.Chrome) -> None:
    """At 360 pixels nothing has to be moved sideways, even with a product whose name has no spaces."""
    price = {"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Tea" * 40}}
    made = client.v1.checkout.sessions.create(selling(brownout, line_items=[{"price_data": price, "quantity": 1}]))
    begun = client.v1.identity.verification_sessions.create({"type": "document"})
    narrow = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}

    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        for url in (made.url, begun.url):
            browser.get(str(url))
            assert browser.execute_script("return document.documentElement.scrollWidth") == 360
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
