"""paypal-server-sdk for Python against the rest of checkout: sources, confirmation, trackers, reauthorization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import requests
from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.models.bancontact_payment_request import BancontactPaymentRequest
from paypalserversdk.models.captured_payment import CapturedPayment
from paypalserversdk.models.card_request import CardRequest
from paypalserversdk.models.confirm_order_request import ConfirmOrderRequest
from paypalserversdk.models.order import Order
from paypalserversdk.models.order_tracker_item import OrderTrackerItem
from paypalserversdk.models.order_tracker_request import OrderTrackerRequest
from paypalserversdk.models.payment_authorization import PaymentAuthorization
from paypalserversdk.models.payment_source import PaymentSource
from tests.sdk.test_paypal_python import CARD, FULL, body, checked, usd

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
    from tests.sdk.conftest import MakePayPal

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

JANE: Final = {"name": "Jane Roe"}
SOURCES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "card": ("USD", CARD),
    "token": ("USD", {"id": "B-1", "type": "BILLING_AGREEMENT"}),
    "paypal": ("USD", {"vault_id": "v-1"}),
    "venmo": ("USD", {"vault_id": "v-1"}),
    "apple_pay": (
        "USD",
        {**JANE, "decrypted_token": {"tokenized_card": {"number": CARD["number"], "expiry": "2099-01"}}},
    ),
    "google_pay": ("USD", {**JANE, "card": {"number": CARD["number"], "expiry": "2099-01"}}),
    "bancontact": ("EUR", {**JANE, "country_code": "BE"}),
    "blik": ("PLN", {**JANE, "country_code": "PL", "email": "jane@example.com"}),
    "eps": ("EUR", {**JANE, "country_code": "AT"}),
    "giropay": ("EUR", {**JANE, "country_code": "DE"}),
    "ideal": ("EUR", {**JANE, "country_code": "NL"}),
    "mybank": ("EUR", {**JANE, "country_code": "IT"}),
    "p24": ("PLN", {**JANE, "country_code": "PL", "email": "jane@example.com"}),
    "sofort": ("EUR", {**JANE, "country_code": "DE"}),
    "trustly": ("EUR", {**JANE, "country_code": "FI"}),
}
"""What each payment source of the SDK's model needs, and the currency that it is paid in."""


def in_currency(currency: str, **more: Any) -> dict[str, Any]:
    """Return the body of an order of one unit in a currency."""
    unit = {"amount": {"currency_code": currency, "value": "100.00"}, "invoice_id": "i-1"}
    return {"intent": "CAPTURE", "purchase_units": [unit], **more}


def test_every_source_of_the_sdks_model_is_here() -> None:
    """A new one in the SDK is noticed."""
    assert set(SOURCES) == set(PaymentSource._names.values())  # noqa: SLF001 - what the model says it can send


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_pays_an_order(paypal: PaypalServersdkClient, brownout: Sandbox, kind: str) -> None:
    """Made, approved where somebody has to, captured where it isn't yet; every answer read in full."""
    currency, source = SOURCES[kind]
    options = {"body": in_currency(currency, payment_source={kind: source}), "paypal_request_id": "k", **FULL}
    made = paypal.orders.create_order(options)
    checked(made, made.status_code, Order)
    if made.body.status == "PAYER_ACTION_REQUIRED":
        link = next(one.href for one in made.body.links if one.rel == "payer-action")
        assert requests.get(link, timeout=5).status_code == 200
        checked(paypal.orders.get_order({"id": made.body.id}), 200, Order)
        checked(paypal.orders.capture_order({"id": made.body.id, **FULL}), 201, Order)
    after = checked(paypal.orders.get_order({"id": made.body.id}), 200, Order)

    assert after.status == "COMPLETED"
    assert brownout.ledger().captured("i-1") == 10_000
    assert brownout.ledger().violations == []


def test_a_typed_confirmation(paypal: PaypalServersdkClient) -> None:
    """The SDK's own request models: a card is approved, a bank sends the buyer away."""
    request = {
        "id": "",
        "body": ConfirmOrderRequest(payment_source=PaymentSource(card=CardRequest.from_dictionary(CARD))),
    }
    made = paypal.orders.create_order({"body": body()}).body
    confirmed = checked(paypal.orders.confirm_order({**request, "id": made.id, **FULL}), 200, Order)
    euros = paypal.orders.create_order({"body": in_currency("EUR")}).body
    bank = PaymentSource(bancontact=BancontactPaymentRequest(name="Jane Roe", country_code="BE"))
    sent_away = paypal.orders.confirm_order({"id": euros.id, "body": ConfirmOrderRequest(payment_source=bank), **FULL})
    checked(sent_away, 200, Order)

    assert (confirmed.status, confirmed.payment_source.card.last_digits) == ("APPROVED", "0004")
    assert sent_away.body.status == "PAYER_ACTION_REQUIRED"
    assert checked(paypal.orders.capture_order({"id": made.id, **FULL}), 201, Order).status == "COMPLETED"


def test_3d_secure_is_read(paypal: PaypalServersdkClient) -> None:
    """The liability shift that a merchant has to look at before capturing."""
    card = {**CARD, "number": "4868719796782421", "attributes": {"verification": {"method": "SCA_WHEN_REQUIRED"}}}
    options = {"body": body(payment_source={"card": card}), "paypal_request_id": "k", **FULL}
    made = checked(paypal.orders.create_order(options), 200, Order)
    requests.get(next(one.href for one in made.links if one.rel == "payer-action"), timeout=5)
    asked = checked(paypal.orders.get_order({"id": made.id}), 200, Order)

    assert asked.status == "APPROVED"
    assert asked.payment_source.card.authentication_result.liability_shift == "NO"
    assert asked.payment_source.card.authentication_result.three_d_secure.authentication_status == "N"


def test_a_tracker_from_parcel_to_cancellation(paypal: PaypalServersdkClient) -> None:
    """Told with the SDK's models, shown in the order, cancelled."""
    made = paypal.orders.create_order({"body": body()}).body
    done = paypal.orders.capture_order({"id": made.id, **FULL}).body
    capture = done.purchase_units[0].payments.captures[0].id
    parcel = OrderTrackerRequest(
        capture_id=capture, tracking_number="443844607820", carrier="FEDEX", notify_payer=False,
        items=[OrderTrackerItem(name="Tea", quantity="1")],
    )  # fmt: skip
    told = checked(paypal.orders.create_order_tracking({"id": made.id, "body": parcel}), 201, Order)
    tracker = checked(paypal.orders.get_order({"id": made.id}), 200, Order).purchase_units[0].shipping.trackers[0]
    cancel = [{"op": "replace", "path": "/status", "value": "CANCELLED"}]
    changed = paypal.orders.update_order_tracking({"id": made.id, "tracker_id": tracker.id, "body": cancel})
    after = checked(paypal.orders.get_order({"id": made.id}), 200, Order)

    assert told.purchase_units[0].shipping.trackers[0].id == tracker.id == f"{capture}-443844607820"
    assert (tracker.status, changed.status_code) == ("SHIPPED", 204)
    assert after.purchase_units[0].shipping.trackers[0].status == "CANCELLED"


def test_a_reauthorization_after_the_days_of_honor(
    make_paypal: MakePayPal, paypal: PaypalServersdkClient, brownout: Sandbox
) -> None:
    """Too soon on the first day, a new id on the fifth, which is what is taken then."""
    made = paypal.orders.create_order({"body": body(intent="AUTHORIZE")}).body
    done = paypal.orders.authorize_order({"id": made.id, **FULL}).body
    held = done.purchase_units[0].payments.authorizations[0].id
    with pytest.raises(ErrorException) as raised:
        paypal.payments.reauthorize_payment({"authorization_id": held})
    brownout.clock.advance("4d")
    later = make_paypal()  # the first one's token has expired, and it goes by its own clock
    renewed = checked(
        later.payments.reauthorize_payment({"authorization_id": held, "body": {"amount": usd("110.00")}, **FULL}),
        201,
        PaymentAuthorization,
    )
    checked(later.payments.capture_authorized_payment({"authorization_id": renewed.id, **FULL}), 201, CapturedPayment)

    assert raised.value.details[0].issue == "REAUTHORIZATION_TOO_SOON"
    assert renewed.id != held
    assert brownout.ledger().captured() == 11_000
    assert brownout.ledger().violations == []


def test_a_pending_capture_is_read(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """With its reason, and the refusal to refund it yet."""
    brownout.use("brownout: 1\nproviders:\n  paypal: {pending: ECHECK}\n")
    made = paypal.orders.create_order({"body": body()}).body
    done = checked(paypal.orders.capture_order({"id": made.id, **FULL}), 201, Order)
    capture = done.purchase_units[0].payments.captures[0]
    with pytest.raises(ErrorException) as raised:
        paypal.payments.refund_captured_payment({"capture_id": capture.id, "body": {"amount": usd("1.00")}})

    assert (capture.status, capture.status_details.reason) == ("PENDING", "ECHECK")
    assert raised.value.details[0].issue == "PENDING_CAPTURE"
    assert brownout.ledger().captured() == 0


def test_a_token_for_every_payment_meets_the_hidden_limit(make_paypal: MakePayPal, brownout: Sandbox) -> None:
    """A client made for each payment works twenty times a minute; one that is kept works on."""
    limit = "{name: tokens, match: {operation: paypal.token}, algorithm: token_bucket, rate: 20/m, burst: 20}"
    brownout.use(f"brownout: 1\nproviders: {{paypal: {{}}}}\nlimits: [{limit}]\n")
    kept = make_paypal()
    for _ in range(19):
        make_paypal().orders.create_order({"body": body()})
    kept.orders.create_order({"body": body()})

    with pytest.raises(AuthValidationException, match="OAuthToken is undefined or expired"):
        make_paypal().orders.create_order({"body": body()})
    assert kept.orders.create_order({"body": body()}).status_code == 201
    assert [one.operation for one in brownout.exchanges(status=429)] == ["paypal.token"]
