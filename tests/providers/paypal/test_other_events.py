"""Events of payouts, vault, disputes and subscriptions, as PayPal's own API lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paypal_world import CARD, usd

if TYPE_CHECKING:
    from paypal_world import World


def told(world: World) -> list[str]:
    """Return the types of all events, sorted."""
    bearer = {"Authorization": "Bearer " + world.token().body["access_token"]}
    events = world.get("/v1/notifications/webhooks-events?page_size=300", **bearer).body["events"]
    assert all(one["resource"] and "{" not in one["summary"] for one in events)
    return sorted(one["event_type"] for one in events)


def listen(world: World) -> None:
    """Have a webhook that wants everything."""
    body = {"url": "https://shop.test/hook", "event_types": [{"name": "*"}]}
    assert world.post("/v1/notifications/webhooks", body).status == 201


def test_payouts_and_vault(world: World) -> None:
    """A batch with each ending, and a payment token's life."""
    listen(world)
    items = [
        {"recipient_type": "EMAIL", "receiver": "a@b.test", "amount": {"currency": "USD", "value": "1"}, "note": note}
        for note in ("", "ERRPYO022", "ERRPYO025", "ERRPYO026", "ERRPYO027")
    ]
    world.post("/v1/payments/payouts", {"sender_batch_header": {}, "items": items})
    made = world.post("/v3/vault/payment-tokens", {"payment_source": {"card": CARD}}).body["id"]
    world.send("DELETE", f"/v3/vault/payment-tokens/{made}")
    world.advance(31 * 86_400)

    assert told(world) == [
        *(f"PAYMENT.PAYOUTS-ITEM.{how}" for how in ("BLOCKED", "FAILED", "HELD", "RETURNED", "RETURNED", "SUCCEEDED",
                                                    "UNCLAIMED")),
        "PAYMENT.PAYOUTSBATCH.PROCESSING", "PAYMENT.PAYOUTSBATCH.SUCCESS",
        "VAULT.PAYMENT-TOKEN.CREATED", "VAULT.PAYMENT-TOKEN.DELETED",
    ]  # fmt: skip


def test_disputes_and_billing(world: World) -> None:
    """A dispute that is answered and given up; a subscription's whole life."""
    capture = world.paid("10.00")["id"]
    listen(world)
    about = {"disputed_transactions": [{"seller_transaction_id": capture}], "reason": "OTHER"}
    dispute = world.post("/v1/customer/disputes", about).links["self"]
    world.post(f"{dispute}/send-message", {"message": "Why?"})
    world.post(f"{dispute}/accept-claim")
    product = world.post("/v1/catalogs/products", {"name": "Tea"}).body["id"]
    world.send("PATCH", f"/v1/catalogs/products/{product}", [{"op": "add", "path": "/description", "value": "Green"}])
    cycle = {"tenure_type": "REGULAR", "sequence": 1, "total_cycles": 1, "frequency": {"interval_unit": "DAY"},
             "pricing_scheme": {"fixed_price": usd("1.00")}}  # fmt: skip
    plan = f"/v1/billing/plans/{_plan(world, product, cycle)}"
    world.send("PATCH", plan, [{"op": "replace", "path": "/name", "value": "More tea"}])
    scheme = {"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": usd("2.00")}}
    world.post(f"{plan}/update-pricing-schemes", {"pricing_schemes": [scheme]})
    world.post(f"{plan}/deactivate")
    world.post(f"{plan}/activate")
    bad = {**CARD, "name": "CCREJECT-IF"}
    for card in (CARD, bad):
        body = {"plan_id": plan.rpartition("/")[2], "subscriber": {"payment_source": {"card": card}}}
        world.post("/v1/billing/subscriptions", body)

    kinds = told(world)

    assert [one for one in kinds if not one.startswith("BILLING.SUBSCRIPTION")] == [
        "BILLING.PLAN.ACTIVATED", "BILLING.PLAN.CREATED", "BILLING.PLAN.DEACTIVATED",
        "BILLING.PLAN.PRICING-CHANGE.ACTIVATED", "BILLING.PLAN.UPDATED", "CATALOG.PRODUCT.CREATED",
        "CATALOG.PRODUCT.UPDATED", "CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED",
        "CUSTOMER.DISPUTE.UPDATED", "PAYMENT.SALE.COMPLETED",
    ]  # fmt: skip
    assert [one.removeprefix("BILLING.SUBSCRIPTION.") for one in kinds if one.startswith("BILLING.SUBSCRIPTION")] == [
        "ACTIVATED", "ACTIVATED", "CREATED", "CREATED", "EXPIRED", "EXPIRED", "PAYMENT.FAILED",
    ]  # fmt: skip


def _plan(world: World, product: str, cycle: object) -> str:
    body = {"product_id": product, "name": "Tea", "billing_cycles": [cycle]}
    made: str = world.post("/v1/billing/plans", body).body["id"]
    return made
