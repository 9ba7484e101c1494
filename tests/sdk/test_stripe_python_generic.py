"""What isn't modelled, through stripe-python: refused by name, or answered from its schema alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from stripe_types import shape_problems

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = [pytest.mark.sdk, pytest.mark.slow]

RESOURCES: dict[str, dict[str, Any]] = {
    "v1.apple_pay_domains": {"domain_name": "shop.example"},
    "v1.billing.alerts": {"alert_type": "usage_threshold", "title": "Much"},
    "v1.billing.credit_grants": {"category": "paid", "name": "Grant"},
    "v1.billing.meters": {"display_name": "Calls", "event_name": "call"},
    "v1.billing_portal.configurations": {"features": {"invoice_history": {"enabled": True}}},
    "v1.climate.orders": {"product": "climsku_1", "metric_tons": "1.5"},
    "v1.coupons": {"percent_off": 25.5, "duration": "once", "id": "25OFF"},
    "v1.entitlements.features": {"name": "Exports", "lookup_key": "exports"},
    "v1.ephemeral_keys": {"customer": "cus_1"},
    "v1.financial_connections.sessions": {"permissions": ["balances"]},
    "v1.forwarding.requests": {"url": "https://api.example.com"},
    "v1.issuing.cardholders": {"name": "Ada", "type": "individual", "phone_number": "+15551234567"},
    "v1.payment_method_configurations": {"name": "Web"},
    "v1.payment_method_domains": {"domain_name": "shop.example"},
    "v1.plans": {"amount": 500, "currency": "EUR", "interval": "month"},
    "v1.promotion_codes": {"code": "SPRING", "max_redemptions": 3},
    "v1.quotes": {"description": "A quote", "header": "Hello"},
    "v1.reporting.report_runs": {"report_type": "balance.summary.1"},
    "v1.subscription_schedules": {"customer": "cus_1", "end_behavior": "release"},
    "v1.tax.registrations": {"country": "IE", "active_from": 1767225600},
    "v1.tax_ids": {"type": "eu_vat", "value": "DE123456789"},
    "v1.tax_rates": {"display_name": "VAT", "percentage": 19.5, "inclusive": True},
    "v1.terminal.configurations": {"name": "Shop"},
    "v1.terminal.locations": {"display_name": "HQ", "address": {"line1": "1 Main", "country": "US", "city": "Ulm"}},
    "v1.terminal.readers": {"registration_code": "simulated-wpe", "label": "Till"},
    "v1.test_helpers.test_clocks": {"frozen_time": 1767225600, "name": "Clock"},
    "v1.treasury.outbound_transfers": {"amount": 2000, "currency": "usd", "financial_account": "fa_1"},
    "v1.treasury.financial_accounts": {"supported_currencies": ["usd"], "nickname": "Float"},
    "v2.core.accounts": {"contact_email": "ada@example.com", "display_name": "Ada"},
    "v2.core.event_destinations": {"name": "Hooks", "type": "webhook_endpoint"},
}
"""Resources of every corner of the SDK, and what they are made from."""


@pytest.fixture
def generic(brownout: Sandbox, client: stripe.StripeClient) -> stripe.StripeClient:
    """A client of a world that answers what isn't modelled."""
    brownout.use(Plan(seed=7, providers={"stripe": StripeOptions(generic=True)}))
    return client


def service_of(client: stripe.StripeClient, name: str) -> Any:
    """Return the SDK's service of that name."""
    found: Any = client
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_that_isnt_modelled_holds_together(generic: stripe.StripeClient, name: str) -> None:
    """What is made is found, listed, changed and deleted, as far as its service can, and is what its class declares."""
    service, given = service_of(generic, name), RESOURCES[name]

    made = service.create(given)

    assert type(made).__name__ != "StripeObject"
    assert shape_problems(plain(made), type(made), name) == []
    kept = {key: value for key, value in plain(made).items() if key in given and not isinstance(value, dict)}
    assert {key: str(value).lower() for key, value in kept.items()} == {key: str(given[key]).lower() for key in kept}
    if hasattr(service, "retrieve"):
        assert plain(service.retrieve(made.id)) == plain(made)
    if hasattr(service, "list"):
        assert [one.id for one in service.list({"limit": 5}).data] == [made.id]
    if hasattr(service, "update") and "metadata" in plain(made):
        assert plain(service.update(made.id, {"metadata": {"a": "1"}}))["metadata"] == {"a": "1"}
    if hasattr(service, "delete") and hasattr(service, "retrieve"):
        service.delete(made.id)
        with pytest.raises(stripe.InvalidRequestError, match="No such") as caught:
            service.retrieve(made.id)
        assert caught.value.http_status == 404


def plain(value: Any) -> dict[str, Any]:
    """Return an object of the SDK as it stood on the wire."""
    return dict(value.to_dict())


def test_without_being_asked_for_it_is_refused(brownout: Sandbox, make_client: Any) -> None:
    """The SDK raises what says so, and doesn't try again, however many retries it may make."""
    client = make_client(max_network_retries=3)

    with pytest.raises(stripe.InvalidRequestError, match="it doesn't model POST /v1/tax_rates") as caught:
        client.v1.tax_rates.create({"display_name": "VAT", "inclusive": True, "percentage": 19})

    assert caught.value.http_status == 400
    assert "generic: true" in str(caught.value)
    [record] = brownout.exchanges(operation="stripe.tax_rates.*")
    assert (record.operation, record.error) == ("stripe.tax_rates.create", "not_modelled")
