"""PayPal's webhooks as a shop gets them: paid with paypal-server-sdk, verified by hand and through the verify endpoint.

The SDK has no controller for webhooks and no verifier, so the shop here does what PayPal's guide says.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest
import requests
from paypal_hooks import question, verified
from world_times import TIMES

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.paypal import PayPalOptions, WebhookOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
    from tests.sdk.conftest import Delivery, MakePayPal, Receiver

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

ORDERS: Final = "/v2/checkout/orders"
CAPTURED: Final = "PAYMENT.CAPTURE.COMPLETED"
ORDER: Final = {
    "intent": "CAPTURE",
    "purchase_units": [
        {"amount": {"currency_code": "EUR", "value": "24.99"}, "invoice_id": "i-1", "custom_id": "Käse ☕"}
    ],
}


class Shop:
    """A shop that asks the webhooks API itself, with the token that its SDK would use."""

    def __init__(self, box: Sandbox, client: str = "shop-client") -> None:
        self._paypal = box.url_of("paypal")
        self.url = f"{self._paypal}/v1/notifications"
        self._session = requests.Session()
        answer = self._session.post(
            f"{self._paypal}/v1/oauth2/token", auth=(client, "any"), data={"grant_type": "client_credentials"}
        )
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Call the webhooks API, or with a slash in front any other, and return its JSON."""
        url = f"{self._paypal}{path}" if path.startswith("/") else f"{self.url}/{path}"
        answer = self._session.request(method, url, json=body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def listen(self, receiver: Receiver, *names: str) -> str:
        """Make a webhook and return its id."""
        types = [{"name": name} for name in names or ("*",)]
        webhook_id: str = self.send("POST", "webhooks", {"url": receiver.url, "event_types": types})["id"]
        return webhook_id

    def takes(self, delivery: Delivery, webhook_id: str) -> bool:
        """Return whether a delivery is PayPal's: by its certificate and by the endpoint, which must agree."""
        with requests.Session() as anybody:
            pem = anybody.get(delivery.headers["PAYPAL-CERT-URL"]).content
        by_hand = verified(delivery.body, delivery.headers, webhook_id, pem)
        asked = question(delivery.body, delivery.headers, webhook_id)
        said = self.send("POST", "verify-webhook-signature", asked)["verification_status"]
        assert said == ("SUCCESS" if by_hand else "FAILURE")
        return by_hand

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()


@pytest.fixture
def shop(brownout: Sandbox) -> Iterator[Shop]:
    """The shop of this test's sandbox."""
    made = Shop(brownout)
    yield made
    made.close()


def pay(paypal: PaypalServersdkClient) -> Any:
    """Create and capture an order, and return its capture."""
    made = paypal.orders.create_order({"body": ORDER})
    paid = paypal.orders.capture_order({"id": made.body.id, "prefer": "return=representation"})
    return paid.body.purchase_units[0].payments.captures[0]


# ---------------------------------------------------------------- times
@pytest.mark.parametrize("set_time", TIMES, ids=lambda one: one.__name__.strip("_"))
def test_a_delivery_and_its_retries_verify_at_any_time(
    brownout: Sandbox, make_paypal: MakePayPal, receiver: Receiver, set_time: Callable[[Sandbox], None]
) -> None:
    """World time may race, jump or stand still: what is signed is the time of the wall, and the body stays the same."""
    set_time(brownout)
    shop = Shop(brownout)
    webhook_id = shop.listen(receiver, CAPTURED)
    receiver.answers = [500, 503]

    capture = pay(make_paypal())
    brownout.clock.advance("5m")

    assert len(receiver.got) == 3
    assert all(shop.takes(one, webhook_id) for one in receiver.got)
    assert len({one.body for one in receiver.got}) == 1
    assert len({one.headers["PAYPAL-TRANSMISSION-ID"] for one in receiver.got}) == 1
    assert capture.id in receiver.got[0].body.decode()
    signed = [time.strptime(one.headers["PAYPAL-TRANSMISSION-TIME"], "%Y-%m-%dT%H:%M:%SZ") for one in receiver.got]
    assert all(abs(time.mktime(one) - time.timezone - time.time()) < 120 for one in signed)
    delivery = brownout.webhooks()[0]
    assert (delivery["state"], [one["status"] for one in delivery["attempts"]]) == ("delivered", [500, 503, 200])
    shop.close()


def test_the_retries_of_a_jump_come_in_order_and_verify(
    brownout: Sandbox, paypal: PaypalServersdkClient, shop: Shop, receiver: Receiver
) -> None:
    """Thirty days play all twenty-five; after the last the event is given up, and can be sent again by hand."""
    webhook_id = shop.listen(receiver, CAPTURED)
    receiver.answers = [500] * 26
    pay(paypal)

    brownout.clock.advance("30d")
    given_up = brownout.webhooks()[0]
    late = Shop(brownout)  # a month later the token has died
    late.send("POST", f"webhooks-events/{given_up['event']}/resend")
    brownout.clock.advance("1s")

    at = [one["at"] for one in given_up["attempts"]]
    assert (given_up["state"], len(at)) == ("failed", 26)
    assert all(later >= earlier for earlier, later in pairwise(at))
    assert at[-1] - at[0] <= 3 * 86_400
    assert (brownout.webhooks()[0]["state"], len(receiver.got)) == ("delivered", 27)
    assert all(late.takes(one, webhook_id) for one in (receiver.got[0], receiver.got[25], receiver.got[26]))
    late.close()


def test_a_world_that_was_frozen_from_the_start_tells_too(brownout: Sandbox, receiver: Receiver) -> None:
    """An event has the world's time, its signature the wall's."""
    plan = Plan(clock=ClockOptions(start=1_767_225_600.0, frozen=True))
    box = brownout.sandbox(f"{brownout.name}-frozen", scenario=plan)
    shop = Shop(box)
    webhook_id = shop.listen(receiver)

    made = shop.send("POST", ORDERS, ORDER)
    shop.send("POST", f"{ORDERS}/{made['id']}/capture", {})
    box.clock.advance("1ms")

    assert len(receiver.got) == 3
    assert all(shop.takes(one, webhook_id) for one in receiver.got)
    assert all(b'"create_time":"2026-01-01T00:00:00.000Z"' in one.body for one in receiver.got)
    shop.close()
    box.drop()


def test_deliveries_come_by_themselves(
    brownout: Sandbox, paypal: PaypalServersdkClient, shop: Shop, receiver: Receiver
) -> None:
    """Nobody has to move the clock, and they come in the order in which things happened."""
    webhook_id = shop.listen(receiver)
    pay(paypal)

    deadline = time.monotonic() + 5
    while len(receiver.got) < 3:
        assert time.monotonic() < deadline

    types = [orjson.loads(one.body)["event_type"] for one in receiver.got]
    assert types == ["CHECKOUT.ORDER.APPROVED", CAPTURED, "CHECKOUT.ORDER.COMPLETED"]
    assert all(shop.takes(one, webhook_id) for one in receiver.got)


# ---------------------------------------------------------------- whom and what
def test_the_links_of_an_event_lead_to_it(
    brownout: Sandbox, paypal: PaypalServersdkClient, shop: Shop, receiver: Receiver
) -> None:
    """And to what it is about; the resource is what paypal-server-sdk reads."""
    shop.listen(receiver, CAPTURED)
    capture = pay(paypal)
    brownout.clock.advance("1s")

    event = orjson.loads(receiver.got[0].body)

    assert event["links"][0]["href"] == f"{shop.url}/webhooks-events/{event['id']}"
    assert shop.send("GET", f"webhooks-events/{event['id']}") == event
    resource = dict(event["resource"])
    assert resource.pop("disbursement_mode") == "INSTANT"
    read = paypal.payments.get_captured_payment({"capture_id": capture.id})
    assert orjson.loads(read.text) == resource
    assert event["resource"]["links"][0]["href"].startswith(brownout.url_of("paypal"))


def test_a_forged_delivery_is_told(
    brownout: Sandbox, paypal: PaypalServersdkClient, shop: Shop, receiver: Receiver
) -> None:
    """A changed amount, and an event that was signed for another webhook."""
    webhook_id = shop.listen(receiver, CAPTURED)
    pay(paypal)
    brownout.clock.advance("1s")
    (real,) = receiver.got

    forged = real._replace(body=real.body.replace(b"24.99", b"94.99"))

    assert shop.takes(real, webhook_id)
    assert not shop.takes(forged, webhook_id)
    assert not shop.takes(real, "8PT597110X687430LKGECATA")


@pytest.mark.parametrize("own", ["WH1", None], ids=["named", "drawn"])
def test_a_configured_webhook_is_every_accounts(
    brownout: Sandbox, make_paypal: MakePayPal, receiver: Receiver, own: str | None
) -> None:
    """Its id is the scenario's, or else the sandbox's, which is what `webhook_secret` says."""
    hook = WebhookOptions(url=receiver.url, events=(CAPTURED,), id=own)
    brownout.use(Plan(seed=7, providers={"paypal": PayPalOptions(webhooks=(hook,))}))

    captures = [pay(make_paypal(client)) for client in ("one", "two")]
    brownout.clock.advance("1s")

    webhook_id = brownout.webhook_secret("paypal")
    assert webhook_id is not None
    assert own in (None, webhook_id)
    told = {orjson.loads(one.body)["resource"]["id"]: one for one in receiver.got}
    assert set(told) == {one.id for one in captures}
    for client, capture in zip(("one", "two"), captures, strict=True):
        shop = Shop(brownout, client)
        assert shop.takes(told[capture.id], webhook_id)
        shop.close()


def test_a_mock_event_verifies_by_hand_alone(brownout: Sandbox, shop: Shop, receiver: Receiver) -> None:
    """With the id that its guide names; the endpoint knows none of them."""
    body = {"url": receiver.url, "event_type": "CHECKOUT.ORDER.APPROVED"}
    shop.send("POST", "simulate-event", body)
    brownout.clock.advance("1s")
    (mock,) = receiver.got

    pem = requests.get(mock.headers["PAYPAL-CERT-URL"], timeout=5).content
    asked = question(mock.body, mock.headers, "WEBHOOK_ID")

    assert verified(mock.body, mock.headers, "WEBHOOK_ID", pem)
    assert shop.send("POST", "verify-webhook-signature", asked) == {"verification_status": "FAILURE"}
    assert brownout.webhooks()[0]["type"] == "CHECKOUT.ORDER.APPROVED (simulated)"


def test_a_deleted_webhook_gets_no_retry(
    brownout: Sandbox, paypal: PaypalServersdkClient, shop: Shop, receiver: Receiver
) -> None:
    """What was still to be tried again is cancelled."""
    webhook_id = shop.listen(receiver, CAPTURED)
    receiver.answers = [500]
    pay(paypal)
    brownout.clock.advance("1s")
    shop.send("DELETE", f"webhooks/{webhook_id}")

    brownout.clock.advance("1h")

    assert (len(receiver.got), brownout.webhooks()[0]["state"]) == (1, "cancelled")
