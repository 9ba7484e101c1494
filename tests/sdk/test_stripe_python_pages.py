"""Pages of payers against whoever means ill: addresses that run as scripts, odd forms, and what the browser is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

ASKED: Any = {
    "amount": 2000, "currency": "usd", "payment_method": "pm_card_threeDSecure2Required", "confirm": True,
}  # fmt: skip
NOT_ADDRESSES = (
    "javascript:alert(1)", "JavaScript://shop.example/%0aalert(1)", "data:text/html,<b>", "http://[::1", "shop",
    "https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/\0", "https://shop.example:99999/",
)  # fmt: skip


def post(url: str | None, form: dict[str, str]) -> requests.Response:
    """Post a form as a browser that doesn't follow on."""
    assert url is not None
    return requests.post(url, form, timeout=10, allow_redirects=False)


def challenge(client: stripe.StripeClient, return_url: str) -> str:
    """Return the address of a bank's page."""
    intent = client.v1.payment_intents.create({**ASKED, "return_url": return_url})
    return str(intent.next_action.redirect_to_url.url)  # type: ignore[union-attr]


@pytest.mark.parametrize("address", NOT_ADDRESSES)
def test_nobody_is_sent_to_what_is_no_address(client: stripe.StripeClient, address: str) -> None:
    """A `return_url` that runs as a script, or that no browser can read, is refused when it is said."""
    identity: Any = {"type": "document", "return_url": address}
    setup: Any = {"confirm": True, "payment_method": "pm_card_visa", "return_url": address}

    for refused in (
        lambda: challenge(client, address),
        lambda: client.v1.setup_intents.create(setup),
        lambda: client.v1.identity.verification_sessions.create(identity),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="Not a valid URL") as told:
            refused()
        assert (told.value.code, told.value.param) == ("url_invalid", "return_url")


def test_an_app_and_any_letters_are_addresses(client: stripe.StripeClient) -> None:
    """An app's own scheme is one; letters that a header can't have are encoded, and the shop's own query stays."""
    app = post(challenge(client, "shop-app://back"), {"result": "complete"})
    shop = post(challenge(client, "https://shop.example/ö?a=%ff&b#c"), {"result": "fail"})

    assert app.headers["Location"].startswith("shop-app://back?payment_intent=pi_")
    assert shop.headers["Location"].startswith("https://shop.example/%C3%B6?a=%ff&b&payment_intent=pi_")
    assert shop.headers["Location"].endswith("redirect_status=failed#c")


@pytest.mark.parametrize("form", [{"result[a]": "complete"}, {"result": "<script>"}, {}])
def test_a_result_that_is_none(client: stripe.StripeClient, form: dict[str, str]) -> None:
    """It is told on a page, which repeats nothing of it, and the payment still waits."""
    page = challenge(client, "https://shop.example/")

    answer = post(page, form)

    assert answer.status_code == 400
    assert "Say one of complete, fail." in answer.text
    assert "<script" not in answer.text
    assert post(page, {"result": "complete"}).status_code == 303


def test_every_page_says_what_it_is_and_runs_nothing(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Each says that it is a simulator's, and forbids scripts, frames and guessing of types."""
    begun = client.v1.identity.verification_sessions.create({"type": "document"})
    base = brownout.url_of("stripe")

    for url in (challenge(client, "https://shop.example/"), str(begun.url), f"{base}/links/none", f"{base}/c/pay/none"):
        page = requests.get(url, timeout=10)
        assert "This is Brownout, a simulator." in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
