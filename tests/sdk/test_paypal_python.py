"""paypal-server-sdk for Python against the server: every operation, its models read in full and with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import requests
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.captured_payment import CapturedPayment
from paypalserversdk.models.o_auth_token import OAuthToken
from paypalserversdk.models.order import Order
from paypalserversdk.models.order_authorize_response import OrderAuthorizeResponse
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.patch import Patch
from paypalserversdk.models.payment_authorization import PaymentAuthorization
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund import Refund

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

FULL: Final = {"prefer": "return=representation"}
CARD: Final = {"number": "4005519200000004", "expiry": "2099-01", "security_code": "123", "name": "Jane Roe"}


def usd(value: str) -> dict[str, str]:
    """Return money as a body spells it."""
    return {"currency_code": "USD", "value": value}


def body(value: str = "100.00", intent: str = "CAPTURE", **more: Any) -> dict[str, Any]:
    """Return the body of a new order."""
    unit = {
        "reference_id": "u-1",
        "amount": usd(value) | {"breakdown": {"item_total": usd(value)}},
        "items": [{"name": "Tea", "quantity": "1", "unit_amount": usd(value)}],
        "invoice_id": "i-1",
        "custom_id": "c-1",
        "description": "Tea",
        "shipping": {"name": {"full_name": "Jane Roe"}, "address": {"country_code": "US"}},
    }
    return {"intent": intent, "purchase_units": [unit], **more}


def parsed(model: Any, raw: Any) -> None:
    """Assert that a model took up every field of the JSON that it was read from, nested ones too."""
    assert type(model).__module__.startswith("paypalserversdk.models")
    names = {wire: name for name, wire in model._names.items()}  # noqa: SLF001 - what the model says it can read
    for wire, value in raw.items():
        assert wire in names, f"{type(model).__name__} knows no {wire}"
        read = getattr(model, names[wire])
        if isinstance(value, dict):
            parsed(read, value)
        elif value and isinstance(value, list) and isinstance(value[0], dict):
            assert len(read) == len(value)
            for one, one_raw in zip(read, value, strict=True):
                parsed(one, one_raw)
        else:
            assert read == value


def checked(response: Any, status: int, model: type) -> Any:
    """Return the body of an answer that has this status and is read in full."""
    assert response.status_code == status
    assert isinstance(response.body, model)
    parsed(response.body, requests.compat.json.loads(response.text))
    return response.body


def test_an_order_from_its_creation_to_its_refund(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Create, read, capture, read the capture, refund in part and in full, read the refund."""
    made = checked(paypal.orders.create_order({"body": body(), **FULL}), 201, Order)
    read = checked(paypal.orders.get_order({"id": made.id}), 200, Order)
    done = checked(paypal.orders.capture_order({"id": made.id, **FULL}), 201, Order)
    capture = done.purchase_units[0].payments.captures[0]
    shown = checked(paypal.payments.get_captured_payment({"capture_id": capture.id}), 200, CapturedPayment)
    part = checked(
        paypal.payments.refund_captured_payment({
            "capture_id": capture.id, "body": {"amount": usd("30.00"), "note_to_payer": "Sorry"}, **FULL,
        }),
        201,
        Refund,
    )  # fmt: skip
    rest = checked(paypal.payments.refund_captured_payment({"capture_id": capture.id, **FULL}), 201, Refund)
    again = checked(paypal.payments.get_refund({"refund_id": rest.id}), 200, Refund)
    after = checked(paypal.orders.get_order({"id": made.id}), 200, Order)

    assert (made.status, read.status, done.status) == ("CREATED", "CREATED", "COMPLETED")
    assert shown.seller_receivable_breakdown.paypal_fee.value == "3.98"
    assert part.seller_payable_breakdown.total_refunded_amount.value == "30.00"
    assert again.amount.value == "70.00"
    assert len(after.purchase_units[0].payments.refunds) == 2
    assert brownout.ledger().captured("i-1") == brownout.ledger().refunded("i-1") == 10_000
    assert brownout.ledger().violations == []


def test_brief_answers_are_read_too(paypal: PaypalServersdkClient) -> None:
    """What the SDK gets if it asks for nothing."""
    made = checked(paypal.orders.create_order({"body": body()}), 201, Order)
    done = checked(paypal.orders.capture_order({"id": made.id}), 201, Order)
    capture = done.purchase_units[0].payments.captures[0]
    refund = checked(paypal.payments.refund_captured_payment({"capture_id": capture.id}), 201, Refund)

    assert not hasattr(made, "intent")
    assert refund.status == "COMPLETED"


def test_an_authorization_taken_in_parts_and_one_let_go(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Authorize, read, capture twice, void another."""
    held = []
    for _ in range(2):
        made = paypal.orders.create_order({"body": body(intent="AUTHORIZE")}).body
        done = checked(paypal.orders.authorize_order({"id": made.id, **FULL}), 201, OrderAuthorizeResponse)
        held.append(done.purchase_units[0].payments.authorizations[0].id)
    read = checked(paypal.payments.get_authorized_payment({"authorization_id": held[0]}), 200, PaymentAuthorization)
    for amount, final in (("30.00", False), ("20.00", True)):
        options = {"authorization_id": held[0], "body": {"amount": usd(amount), "final_capture": final}, **FULL}
        checked(paypal.payments.capture_authorized_payment(options), 201, CapturedPayment)
    voided = checked(paypal.payments.void_payment({"authorization_id": held[1], **FULL}), 200, PaymentAuthorization)

    assert (read.status, voided.status) == ("CREATED", "VOIDED")
    assert brownout.ledger().captured() == 5_000
    assert brownout.ledger().violations == []


def test_a_void_without_a_body_is_read(paypal: PaypalServersdkClient) -> None:
    """204."""
    made = paypal.orders.create_order({"body": body(intent="AUTHORIZE")}).body
    done = paypal.orders.authorize_order({"id": made.id, **FULL}).body
    held = done.purchase_units[0].payments.authorizations[0].id

    response = paypal.payments.void_payment({"authorization_id": held})

    assert (response.status_code, response.body) == (204, None)


@pytest.mark.parametrize(("name", "status"), [("Jane Roe", "COMPLETED"), ("CCREJECT-IF", "DECLINED")])
def test_a_card_in_one_step(paypal: PaypalServersdkClient, brownout: Sandbox, name: str, status: str) -> None:
    """The order is completed either way; only the capture says whether it was paid."""
    options = {"body": body(payment_source={"card": {**CARD, "name": name}}), "paypal_request_id": "k-1", **FULL}
    order = checked(paypal.orders.create_order(options), 201, Order)
    capture = order.purchase_units[0].payments.captures[0]

    assert (order.status, capture.status) == ("COMPLETED", status)
    assert order.payment_source.card.brand == "VISA"
    assert capture.processor_response.response_code == {"COMPLETED": "0000", "DECLINED": "5120"}[status]
    assert brownout.ledger().captured() == (10_000 if status == "COMPLETED" else 0)


def test_typed_requests_are_read_as_the_sdk_writes_them(paypal: PaypalServersdkClient) -> None:
    """Its own request models, not only dictionaries."""
    unit = PurchaseUnitRequest(amount=AmountWithBreakdown(currency_code="EUR", value="12.34"))
    request = OrderRequest(intent="CAPTURE", purchase_units=[unit])
    made = paypal.orders.create_order({"body": request, **FULL}).body
    paypal.orders.patch_order({
        "id": made.id,
        "body": [
            Patch(
                op="replace",
                path="/purchase_units/@reference_id=='default'/amount",
                value={"currency_code": "EUR", "value": "15.00"},
            )
        ],
    })  # fmt: skip

    assert paypal.orders.get_order({"id": made.id}).body.purchase_units[0].amount.value == "15.00"


def test_a_buyer_approves_by_the_link_that_the_order_shows(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """The link leads to this server, to this sandbox; the page's button sends the browser on."""
    brownout.use("brownout: 1\nproviders:\n  paypal: {approve: manual}\n")
    source = {"paypal": {"experience_context": {"return_url": "https://shop.example/back"}}}
    made = checked(paypal.orders.create_order({"body": body(payment_source=source), **FULL}), 200, Order)
    link = next(one.href for one in made.links if one.rel == "payer-action")
    page = requests.get(link, timeout=5)
    action = f"{brownout.url_of('paypal')}/checkoutnow"
    pressed = requests.post(action, {"token": made.id, "decision": "approve"}, allow_redirects=False, timeout=5)
    approved = checked(paypal.orders.get_order({"id": made.id}), 200, Order)
    done = checked(paypal.orders.capture_order({"id": made.id, **FULL}), 201, Order)

    assert link.startswith(brownout.url_of("paypal") + "/checkoutnow?token=")
    assert f'action="{action}"' in page.text
    assert pressed.status_code == 302
    assert pressed.headers["Location"].startswith(f"https://shop.example/back?token={made.id}&PayerID=")
    assert (made.status, approved.status, done.status) == ("PAYER_ACTION_REQUIRED", "APPROVED", "COMPLETED")


def test_every_link_of_an_order_leads_somewhere(paypal: PaypalServersdkClient) -> None:
    """Followed as it stands, with the SDK's own token."""
    made = paypal.orders.create_order({"body": body(), **FULL}).body
    done = paypal.orders.capture_order({"id": made.id, **FULL}).body
    capture = done.purchase_units[0].payments.captures[0]
    bearer = {"Authorization": f"Bearer {ask(paypal).body.access_token}"}
    links = [*made.links, *done.links, *capture.links]

    found = {(one.rel, requests.get(one.href, headers=bearer, timeout=5).status_code)
             for one in links if one.method == "GET"}  # fmt: skip

    assert found == {("self", 200), ("approve", 200), ("up", 200)}


def ask(paypal: PaypalServersdkClient) -> Any:
    """Ask for a token with the SDK's own controller."""
    header = paypal.auth_managers["Oauth2"].build_basic_auth_header()
    return paypal.o_auth_authorization.request_token({"authorization": header})


def test_the_token_is_read(paypal: PaypalServersdkClient) -> None:
    """With its life, its scopes and its type."""
    response = ask(paypal)
    token = response.body

    assert (response.status_code, type(token)) == (200, OAuthToken)
    assert (token.token_type, token.expires_in) == ("Bearer", 32_400)
    assert token.access_token.startswith("A21AA")
    assert "https://uri.paypal.com/services/payments/refund" in token.scope.split()


def test_repeating_a_request_id(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """200 with the order as it is by now, and money that moved once."""
    options = {"body": body(), "paypal_request_id": "create-1", **FULL}
    first = checked(paypal.orders.create_order(options), 201, Order)
    take = {"id": first.id, "paypal_request_id": "capture-1", **FULL}
    checked(paypal.orders.capture_order(take), 201, Order)
    checked(paypal.orders.capture_order(take), 200, Order)
    again = checked(paypal.orders.create_order(options), 200, Order)

    assert (again.id, again.status) == (first.id, "COMPLETED")
    assert brownout.ledger().captured("i-1") == 10_000


def test_paypals_own_trigger_works_through_the_sdk(paypal: PaypalServersdkClient) -> None:
    """`paypal_mock_response` forces an issue."""
    made = paypal.orders.create_order({"body": body()}).body
    mock = '{"mock_application_codes":"INSTRUMENT_DECLINED"}'

    with pytest.raises(Exception, match="INSTRUMENT_DECLINED"):
        paypal.orders.capture_order({"id": made.id, "paypal_mock_response": mock})
