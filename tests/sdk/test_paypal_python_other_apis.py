"""paypal-server-sdk for Python against transaction search, vault and subscriptions: every operation that it has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests
from paypal_models import checked
from paypalserversdk.exceptions.default_error_exception import DefaultErrorException
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.exceptions.search_error_exception import SearchErrorException
from paypalserversdk.exceptions.subscription_error_exception import SubscriptionErrorException
from paypalserversdk.models.balances_response import BalancesResponse
from paypalserversdk.models.billing_plan import BillingPlan
from paypalserversdk.models.customer_vault_payment_tokens_response import CustomerVaultPaymentTokensResponse
from paypalserversdk.models.modify_subscription_response import ModifySubscriptionResponse
from paypalserversdk.models.payment_token_response import PaymentTokenResponse
from paypalserversdk.models.plan_collection import PlanCollection
from paypalserversdk.models.search_response import SearchResponse
from paypalserversdk.models.setup_token_response import SetupTokenResponse
from paypalserversdk.models.subscription import Subscription
from paypalserversdk.models.subscription_collection import SubscriptionCollection
from paypalserversdk.models.subscription_transaction_details import SubscriptionTransactionDetails
from paypalserversdk.models.transactions_list import TransactionsList

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

FULL: Final = {"prefer": "return=representation"}
CARD: Final = {"number": "4005519200000004", "expiry": "2099-01", "security_code": "123", "name": "Jane Roe"}


def usd(value: str) -> dict[str, str]:
    """Return money as a body spells it."""
    return {"currency_code": "USD", "value": value}


def window(**more: Any) -> dict[str, Any]:
    """Return the dates of the last day and the next, as a search wants them."""
    now = datetime.now(UTC)
    days = {"start_date": now - timedelta(days=1), "end_date": now + timedelta(days=1)}
    return {name: at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, at in days.items()} | more


def paid(paypal: PaypalServersdkClient, invoice: str) -> str:
    """Pay an order, and return the capture's id."""
    unit = {"amount": usd("10.00"), "invoice_id": invoice}
    made = paypal.orders.create_order({"body": {"intent": "CAPTURE", "purchase_units": [unit]}}).body
    done = paypal.orders.capture_order({"id": made.id, **FULL}).body
    capture: str = done.purchase_units[0].payments.captures[0].id
    return capture


def test_every_payment_is_found_by_searching(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Page by page, in full; what was booked agrees with it and with the ledger."""
    captures = [paid(paypal, f"i-{number}") for number in range(3)]
    found = []
    for page in (1, 2):
        options = window(fields="all", page_size=2, page=page)
        found += checked(
            paypal.transaction_search.search_transactions(options), 200, SearchResponse
        ).transaction_details
    balances = checked(paypal.transaction_search.search_balances({}), 200, BalancesResponse)

    assert [one.transaction_info.transaction_id for one in found] == captures
    assert {one.transaction_info.invoice_id for one in found} == {"i-0", "i-1", "i-2"}
    assert brownout.ledger().captured() == 3000
    assert balances.balances[0].total_balance.value == "27.48"


def test_what_cant_be_searched_for(paypal: PaypalServersdkClient) -> None:
    """The SDK has exceptions of its own for both calls."""
    with pytest.raises(SearchErrorException) as search:
        paypal.transaction_search.search_transactions(window(page_size=501))
    with pytest.raises(DefaultErrorException) as balances:
        paypal.transaction_search.search_balances({"as_of_time": "now"})

    assert (search.value.name, search.value.details[0].field) == ("INVALID_REQUEST", "page_size")
    assert balances.value.details[0].field == "as_of_time"


def test_the_vault(paypal: PaypalServersdkClient) -> None:
    """A setup token, read, exchanged; a payment token read, listed, paid with and deleted."""
    vault = paypal.vault
    body = {"payment_source": {"card": CARD}, "customer": {"id": "customer-1"}}
    setup = checked(vault.create_setup_token({"body": body, "paypal_request_id": "s-1"}), 201, SetupTokenResponse)
    read = checked(vault.get_setup_token(setup.id), 200, SetupTokenResponse)
    source = {"token": {"id": setup.id, "type": "SETUP_TOKEN"}}
    options = {"body": {"payment_source": source}, "paypal_request_id": "p-1"}
    token = checked(vault.create_payment_token(options), 201, PaymentTokenResponse)
    again = checked(vault.create_payment_token(options), 200, PaymentTokenResponse)
    shown = checked(vault.get_payment_token(token.id), 200, PaymentTokenResponse)
    query = {"customer_id": "customer-1", "total_required": True}
    listed = checked(vault.list_customer_payment_tokens(query), 200, CustomerVaultPaymentTokensResponse)
    unit = {"amount": usd("10.00")}
    order = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"card": {"vault_id": token.id}}}
    done = paypal.orders.create_order({"body": order, "paypal_request_id": "o-1"}).body

    assert (read.status, again.id, shown.id) == ("APPROVED", token.id, token.id)
    assert [one.id for one in listed.payment_tokens] == [token.id]
    assert done.status == "COMPLETED"
    assert vault.delete_payment_token(token.id).status_code == 204
    with pytest.raises(ErrorException) as gone:
        vault.get_payment_token(token.id)
    assert gone.value.details[0].issue == "INVALID_RESOURCE_ID"


def test_a_wallet_in_the_vault(paypal: PaypalServersdkClient) -> None:
    """What its payer saves is read in full too."""
    context = {"return_url": "https://shop.test/ok", "cancel_url": "https://shop.test/no"}
    wallet = {"description": "Tea", "usage_type": "MERCHANT", "experience_context": context}
    options = {"body": {"payment_source": {"paypal": wallet}}, "paypal_request_id": "s-1"}
    setup = checked(paypal.vault.create_setup_token(options), 201, SetupTokenResponse)
    source = {"token": {"id": setup.id, "type": "SETUP_TOKEN"}}
    options = {"body": {"payment_source": source}, "paypal_request_id": "p-1"}
    token = checked(paypal.vault.create_payment_token(options), 201, PaymentTokenResponse)

    assert setup.status == "PAYER_ACTION_REQUIRED"
    assert token.payment_source.paypal.email_address


def product(paypal: PaypalServersdkClient, brownout: Sandbox) -> str:
    """Make a product, for which the SDK has no call."""
    token = paypal.o_auth_authorization.request_token(
        {"authorization": paypal.auth_managers["Oauth2"].build_basic_auth_header()}
    ).body.access_token
    made = requests.post(
        f"{brownout.url_of('paypal')}/v1/catalogs/products", json={"name": "Tea"},
        headers={"Authorization": f"Bearer {token}"}, timeout=10,
    )  # fmt: skip
    return str(made.json()["id"])


def plan(paypal: PaypalServersdkClient, product_id: str, **more: Any) -> dict[str, Any]:
    """Return the options that make a plan."""
    cycle = {
        "tenure_type": "REGULAR", "sequence": 1, "total_cycles": 12,
        "frequency": {"interval_unit": "MONTH", "interval_count": 1},
        "pricing_scheme": {"fixed_price": usd("10.00")},
    }  # fmt: skip
    body = {"product_id": product_id, "name": "Tea a month", "billing_cycles": [cycle], **more}
    return {"body": body, "paypal_request_id": f"plan-{len(more)}", **FULL}


def test_plans(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Made, read, listed, patched, priced anew, switched off and on."""
    api, product_id = paypal.subscriptions, product(paypal, brownout)
    made = checked(api.create_billing_plan(plan(paypal, product_id)), 201, BillingPlan)
    patch = [{"op": "replace", "path": "/description", "value": "Good tea"}]
    scheme = {"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": usd("12.00")}}
    changes = [
        api.patch_billing_plan({"id": made.id, "body": patch}),
        api.update_billing_plan_pricing_schemes({"id": made.id, "body": {"pricing_schemes": [scheme]}}),
        api.deactivate_billing_plan(made.id),
        api.activate_billing_plan(made.id),
    ]
    read = checked(api.get_billing_plan(made.id), 200, BillingPlan)
    listed = checked(api.list_billing_plans({"total_required": True, **FULL}), 200, PlanCollection)

    assert [one.status_code for one in changes] == [204] * 4
    assert read.billing_cycles[0].pricing_scheme.fixed_price.value == "12.00"
    assert [one.id for one in listed.plans] == [made.id]
    with pytest.raises(SubscriptionErrorException) as active:
        api.activate_billing_plan(made.id)
    assert active.value.details[0].issue == "PLAN_STATUS_INVALID"


def test_a_subscription_from_its_start_to_its_end(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Charged, renewed a month later, patched, revised, suspended, resumed, cancelled; its payments listed."""
    api, product_id = paypal.subscriptions, product(paypal, brownout)
    plan_id = api.create_billing_plan(plan(paypal, product_id)).body.id
    dear = api.create_billing_plan(plan(paypal, product_id, description="Dear")).body.id
    body = {"plan_id": plan_id, "custom_id": "c-1", "subscriber": {"payment_source": {"card": CARD}}}
    made = checked(api.create_subscription({"body": body, "paypal_request_id": "k-1", **FULL}), 201, Subscription)
    patch = [{"op": "replace", "path": "/shipping_amount", "value": usd("1.00")}]
    assert api.patch_subscription({"id": made.id, "body": patch}).status_code == 204
    revised = api.revise_subscription({"id": made.id, "body": {"plan_id": dear}})
    checked(revised, 200, ModifySubscriptionResponse)
    reason = {"reason": "Holiday"}
    states = []
    for call in (api.suspend_subscription, api.activate_subscription, api.cancel_subscription):
        assert call({"id": made.id, "body": reason}).status_code == 204
        states.append(checked(api.get_subscription({"id": made.id}), 200, Subscription).status)
    now = datetime.now(UTC)
    times = {"start_time": now - timedelta(days=1), "end_time": now + timedelta(days=1)}
    options = {name: at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, at in times.items()}
    payments = checked(api.list_subscription_transactions({"id": made.id, **options}), 200, TransactionsList)
    listed = checked(api.list_subscriptions({}), 200, SubscriptionCollection)

    assert (made.status, states) == ("ACTIVE", ["SUSPENDED", "ACTIVE", "CANCELLED"])
    assert [one.amount_with_breakdown.gross_amount.value for one in payments.transactions] == ["10.00"]
    assert [one.id for one in listed.subscriptions] == [made.id]
    assert brownout.ledger().captured("c-1/1") == 1000
    with pytest.raises(SubscriptionErrorException) as ended:
        api.suspend_subscription({"id": made.id, "body": reason})
    assert ended.value.details[0].issue == "SUBSCRIPTION_STATUS_INVALID"


def test_what_is_owed_is_captured(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """After a payment that failed."""
    api = paypal.subscriptions
    plan_id = api.create_billing_plan(plan(paypal, product(paypal, brownout))).body.id
    card = {**CARD, "name": "CCREJECT-IF"}
    made = api.create_subscription({"body": {"plan_id": plan_id, "subscriber": {"payment_source": {"card": card}}}})
    owed = {"note": "Owed", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("10.00")}
    done = api.capture_subscription({"id": made.body.id, "body": owed})

    checked(done, 200, SubscriptionTransactionDetails)
    assert done.body.status == "COMPLETED"
    assert brownout.ledger().captured() == 1000
