"""Every object has what the official SDK's classes declare, and nothing they don't."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe_types import shape_problems

NO_3DS = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"


def everything(world: Any) -> list[tuple[type, dict[str, Any]]]:
    """Return objects of every class, in all the states they can be in."""
    customer = world.post(
        "/v1/customers",
        "name=Ada&email=a@example.com&address[line1]=1&shipping[name]=Ada&shipping[address][city]=Ulm&metadata[a]=b",
    ).body
    method = world.post(
        "/v1/payment_methods",
        "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2030&card[cvc]=123"
        "&billing_details[address][line1]=1&billing_details[address][postal_code]=2",
    ).body
    world.post(f"/v1/payment_methods/{method['id']}/attach", f"customer={customer['id']}")
    create = f"amount=2000&currency=usd&{NO_3DS}"
    confirm = f"{create}&confirm=true"
    paid = world.post(
        "/v1/payment_intents", f"{confirm}&payment_method={method['id']}&customer={customer['id']}&description=Tea"
    ).body
    held = world.post("/v1/payment_intents", f"{confirm}&payment_method=pm_card_de&capture_method=manual").body
    declined = world.post("/v1/payment_intents", f"{confirm}&payment_method=pm_card_chargeDeclined").error
    challenged = world.post("/v1/payment_intents", f"{confirm}&payment_method=pm_card_authenticationRequired").body
    redirected = world.post(
        "/v1/payment_intents",
        f"{confirm}&payment_method=pm_card_authenticationRequired&return_url=https://shop.example",
    ).body
    fresh = world.post("/v1/payment_intents", create).body
    cancelled = world.post(f"/v1/payment_intents/{fresh['id']}/cancel", "cancellation_reason=abandoned").body
    refund = world.post("/v1/refunds", f"payment_intent={paid['id']}&amount=500").body
    endpoint = world.post("/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[]=*").body
    product = world.post(
        "/v1/products", "name=Tea&images[]=https://shop.example/a.png&marketing_features[][name]=Hot"
    ).body
    price = world.post("/v1/prices", f"currency=usd&unit_amount=100&product={product['id']}").body
    monthly = world.post("/v1/prices", "currency=usd&unit_amount=1&recurring[interval]=month&product_data[name]=A").body
    setups = [
        world.post("/v1/setup_intents", "allowed_payment_method_types[]=card").body,
        world.post("/v1/setup_intents", f"confirm=true&payment_method=pm_card_visa&customer={customer['id']}").body,
        world.post(
            "/v1/setup_intents", "confirm=true&payment_method=pm_card_authenticationRequired&return_url=https://s.x"
        ).body,
        world.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclined").error["setup_intent"],
    ]
    for card in ("createDispute", "createDisputeInquiry", "createIssuerFraudRecord"):
        world.post("/v1/payment_intents", f"{confirm}&payment_method=pm_card_{card}")
    world.advance(10)
    intents = [paid, held, declined["payment_intent"], challenged, redirected, fresh, cancelled]
    found: list[tuple[type, dict[str, Any]]] = [(stripe.PaymentIntent, one) for one in intents]
    found += [(stripe.Charge, one) for one in world.get("/v1/charges", "limit=100&expand[]=data.refunds").body["data"]]
    found += [(stripe.Refund, one) for one in (refund, world.get(f"/v1/refunds/{refund['id']}").body)]
    found += [(stripe.BalanceTransaction, one) for one in world.get("/v1/balance_transactions").body["data"]]
    found += [(stripe.Event, one) for one in world.get("/v1/events", "limit=100").body["data"]]
    return [
        *found,
        (stripe.Customer, customer),
        (stripe.PaymentMethod, method),
        (stripe.Balance, world.get("/v1/balance").body),
        (stripe.WebhookEndpoint, endpoint),
        (stripe.ErrorObject, declined),
        *((stripe.SetupIntent, one) for one in setups),
        *((stripe.SetupAttempt, one) for one in world.get("/v1/setup_attempts").body["data"]),
        *((stripe.Dispute, one) for one in world.get("/v1/disputes").body["data"]),
        *((stripe.radar.EarlyFraudWarning, one) for one in world.get("/v1/radar/early_fraud_warnings").body["data"]),
        (stripe.Product, product),
        (stripe.Price, price),
        (stripe.Price, monthly),
    ]


def test_objects_have_what_the_sdk_declares_and_nothing_else(world: Any) -> None:
    """An object lacks no required field of its SDK class, has none undeclared, and each has a declared type."""
    objects = everything(world)

    assert [told for cls, value in objects for told in shape_problems(value, cls, cls.__name__)] == []
    assert {cls.__name__ for cls, _ in objects} >= {
        "Customer", "PaymentMethod", "PaymentIntent", "Charge", "Refund", "BalanceTransaction", "Balance", "Event",
        "WebhookEndpoint", "ErrorObject", "Product", "Price", "SetupIntent",
        "SetupAttempt", "Dispute", "EarlyFraudWarning",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"made_up": 1}, "PaymentIntent.made_up is not declared"),
        ({"amount": None}, "PaymentIntent.amount is null"),
        ({"amount": "12"}, "PaymentIntent.amount is '12'"),
        ({"payment_method_types": "card"}, "PaymentIntent.payment_method_types is 'card'"),
        ({"automatic_payment_methods": {}}, "PaymentIntent.automatic_payment_methods.enabled is missing"),
    ],
)
def test_the_walk_over_the_types_notices(world: Any, change: dict[str, Any], told: str) -> None:
    """The walk finds unknown, null, wrongly typed and missing fields, also inside."""
    intent = world.post("/v1/payment_intents", "amount=2000&currency=usd").body

    found = shape_problems({**intent, **change}, stripe.PaymentIntent, "PaymentIntent")

    assert len(found) == 1
    assert found[0].startswith(told)
