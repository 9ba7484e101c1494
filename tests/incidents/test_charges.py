"""Incidents that cost money: charged twice, or charged and told otherwise."""

from __future__ import annotations

import hashlib
import json
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests
from incidents import applied, meeting

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

PATIENCE: Final = (10, 0.4)
CARD: Final = {"number": "4005519200000004", "expiry": "2030-01", "security_code": "123", "name": "Jane Roe"}


class Shop:
    """Pays with Stripe by plain calls; `key` and `parameters` are the client's own idea of a good request."""

    def __init__(self, box: Sandbox) -> None:
        self.url = box.url_of("stripe")
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = "Bearer sk_test_shop"

    def post(self, path: str, form: dict[str, str], key: str | None = None, **how: Any) -> requests.Response:
        """Send a form."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.post(self.url + path, data=form, headers=headers, **{"timeout": 10, **how})

    def pay(self, order: str, key: str | None, **more: Any) -> requests.Response:
        """Pay an order, with whatever else the request or the call has."""
        how = {"timeout": more.pop("timeout", 10)}
        form = {"amount": "2500", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
                "allowed_payment_method_types[]": "card", "metadata[order_id]": order, **more}  # fmt: skip
        return self.post("/v1/payment_intents", form, key, **how)


def insist(tries: int, pay: Callable[[], requests.Response]) -> requests.Response | None:
    """Press the button until there is a payment."""
    for _ in range(tries):
        try:
            answer = pay()
        except requests.RequestException:
            continue
        if answer.ok:
            return answer
    return None


@pytest.mark.slow
def test_slow_ok_then_retry() -> None:
    """Three presses are three charges; with one key for the purchase they are one."""
    with meeting("slow-ok-then-retry") as box:
        shop, presses = Shop(box), count()
        paid = insist(3, lambda: shop.pay("naive", f"naive-{next(presses)}", timeout=PATIENCE))

        assert paid is not None
        assert box.ledger().captured("naive") == 7500
        assert [one.key for one in box.ledger().duplicated] == ["naive"]
    with meeting("slow-ok-then-retry", delay="600ms") as box:
        shop = Shop(box)

        assert insist(9999, lambda: shop.pay("careful", "careful", timeout=PATIENCE)) is not None
        assert box.ledger().captured("careful") == 2500
        assert {409, 200} == {one.status for one in box.exchanges()}  # while the first try is under way, the key is


def test_volatile_key() -> None:
    """A key that hashes the time of the attempt is new each time: the order is authorised twice."""
    with meeting("volatile-key") as box:
        shop, clock = Shop(box), count(1_767_225_600)

        def naive() -> requests.Response:
            sdk_data = {"metadata[sdk_created_at]": str(next(clock))}
            key = hashlib.sha256(json.dumps(sdk_data).encode()).hexdigest()
            return shop.pay("naive", key, **sdk_data)

        assert insist(2, naive) is not None
        assert box.ledger().captured("naive") == 5000

        assert insist(2, lambda: shop.pay("careful", "pay:careful")) is not None
        assert box.ledger().captured("careful") == 2500
        assert applied(box) == 2


def test_key_bound_to_token() -> None:
    """Each try mints a token, and with it another key: the buyer pays twice."""
    with meeting("key-bound-to-token") as box:
        shop = Shop(box)

        def mint() -> str:
            return str(shop.post("/v1/payment_methods", {"type": "card", "card[token]": "tok_visa"}).json()["id"])

        def naive() -> requests.Response:
            token = mint()
            return shop.pay("naive", f"naive_{token}", payment_method=token)

        assert insist(2, naive) is not None
        assert box.ledger().captured("naive") == 5000

        token = mint()
        assert insist(2, lambda: shop.pay("careful", "careful", payment_method=token)) is not None
        assert box.ledger().captured("careful") == 2500


class Till:
    """Pays with PayPal; on any 401 it renews its token and sends the request again."""

    def __init__(self, box: Sandbox) -> None:
        self.url = box.url_of("paypal")
        self.renewals = 0
        self.ids = count()
        self.renew()

    def renew(self) -> None:
        """Fetch a token."""
        form = {"grant_type": "client_credentials"}
        answer = requests.post(f"{self.url}/v1/oauth2/token", auth=("till", "secret"), data=form, timeout=10)
        self.token = answer.json()["access_token"]

    def send(self, body: dict[str, Any], request_id: str | None) -> requests.Response:
        """Send a sale; without an id of its own, each time that it is sent has another."""
        for _ in range(2):
            headers = {
                "Authorization": f"Bearer {self.token}",
                "PayPal-Request-Id": request_id or f"till-{next(self.ids)}",
            }
            answer = requests.post(f"{self.url}/v2/checkout/orders", json=body, headers=headers, timeout=10)
            if answer.status_code != 401:
                break
            self.renewals += 1
            self.renew()
        return answer

    def sell(self, sale: str, request_id: str | None = None) -> requests.Response:
        """Sell something for 25 dollars."""
        unit = {"amount": {"currency_code": "USD", "value": "25.00"}, "custom_id": sale}
        body = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"card": CARD}}
        return self.send(body, request_id)


def test_401_replays_post() -> None:
    """The interceptor sells twice; an id of the sale makes the second the first one's answer."""
    with meeting("401-replays-post") as box:
        till = Till(box)

        assert till.sell("naive").ok
        assert till.renewals == 1
        assert box.ledger().captured("naive") == 5000
        assert [one.key for one in box.ledger().duplicated] == ["naive"]

        assert till.sell("careful", "sale-careful").ok
        assert box.ledger().captured("careful") == 2500
        assert applied(box) == 2


class CaptureMethod(Enum):
    """What the client knows."""

    AUTOMATIC = "automatic"
    AUTOMATIC_ASYNC = "automatic_async"
    MANUAL = "manual"


def test_enum_sev1() -> None:
    """Every payment fails to be read, and every one was captured; who reads the rest reads them all."""
    with meeting("enum-sev1") as box:
        shop, failed, read = Shop(box), 0, 0
        for number in range(10):
            answer = shop.pay(f"order-{number}", f"order-{number}").json()
            try:
                CaptureMethod(answer["capture_method"])
            except ValueError:
                failed += 1
            known = answer["capture_method"] in {one.value for one in CaptureMethod}
            read += answer["status"] == "succeeded" and not known

        assert (failed, read) == (10, 10)
        assert box.ledger().captured() == 25000
        assert applied(box) == 10


def test_error_type_unknown() -> None:
    """A declined card is a crash in the error's own handler; its status tells what it was."""
    with meeting("error-type-unknown") as box:
        shop = Shop(box)
        errors = {"card_error": "declined", "invalid_request_error": "our mistake", "api_error": "try again"}
        answer = shop.pay("o-1", "o-1", payment_method="pm_card_visa_chargeDeclined")
        error = answer.json()["error"]

        with pytest.raises(KeyError, match="processor_error"):
            errors[error["type"]]
        by_status = {402: "declined"}
        assert errors.get(error["type"], by_status.get(answer.status_code)) == "declined"
        assert error["message"] == "Your card was declined."
        assert applied(box) == 1
