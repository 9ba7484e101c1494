"""What is kept under an idempotency key, and what the headers say of it."""

from __future__ import annotations

from typing import Any

import pytest

PAY = (
    "amount=2000&currency=usd&confirm=true&automatic_payment_methods[enabled]=true"
    "&automatic_payment_methods[allow_redirects]=never&payment_method="
)
KEY = {"Idempotency-Key": "order-1"}


@pytest.mark.parametrize(("method", "status"), [("pm_card_visa", 200), ("pm_card_chargeDeclined", 402)])
def test_an_executed_result_is_replayed(world: Any, method: str, status: int) -> None:
    """A success and a decline alike: byte for byte, naming the first request, without a second effect."""
    first = world.post("/v1/payment_intents", PAY + method, headers=KEY)
    entries = len(world.box.ledger)
    again = world.post("/v1/payment_intents", PAY + method, headers=KEY)

    assert (first.status, again.status, again.raw) == (status, status, first.raw)
    assert first.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.headers["Original-Request"] == first.headers["Request-Id"] != again.headers["Request-Id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert first.headers["Stripe-Should-Retry"] == again.headers["Stripe-Should-Retry"] == "false"
    assert first.headers["Idempotency-Key"] == "order-1"
    assert len(world.box.ledger) == entries


@pytest.mark.parametrize("form", ["amount=abc&currency=usd", "amount=100&currency=usd&customer=cus_x"])
def test_a_validation_or_lookup_failure_frees_the_key(world: Any, form: str) -> None:
    """The same key may then serve a corrected request."""
    assert world.post("/v1/payment_intents", form, headers=KEY).status in (400, 404)
    assert world.post("/v1/payment_intents", PAY + "pm_card_visa", headers=KEY).status == 200


def test_other_parameters_or_another_path_are_refused(world: Any) -> None:
    """Both in Stripe's words, without a code."""
    world.post("/v1/payment_intents", PAY + "pm_card_visa", headers=KEY)

    other_params = world.post("/v1/payment_intents", PAY + "pm_card_visa_debit", headers=KEY)
    other_path = world.post("/v1/customers", headers=KEY)

    error = other_params.error
    assert error.pop("request_log_url").endswith(other_params.headers["Request-Id"])
    assert (other_params.status, error) == (400, {
        "message": "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        "Try using a key other than 'order-1' if you meant to execute a different request.",
        "type": "idempotency_error",
    })  # fmt: skip
    assert other_path.error["message"] == (
        "Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/customers' "
        "vs '/v1/payment_intents'). Try using a key other than 'order-1' if you meant to execute a different request."
    )


def test_a_key_is_forgotten_after_a_day(world: Any) -> None:
    """Then it begins anew."""
    first = world.post("/v1/customers", headers=KEY).body["id"]
    world.advance(86_401)

    assert world.post("/v1/customers", headers=KEY).body["id"] != first


def test_a_get_has_no_key_and_a_delete_only_echoes_it(world: Any) -> None:
    """Keys mean nothing to either."""
    customer = world.post("/v1/customers").body["id"]

    got = world.get(f"/v1/customers/{customer}", headers=KEY).headers
    deleted = world.send("DELETE", f"/v1/customers/{customer}", headers=KEY).headers

    assert not {"Idempotency-Key", "Original-Request", "Stripe-Should-Retry"} & got.keys()
    assert deleted["Idempotency-Key"] == "order-1"
    assert not {"Original-Request", "Stripe-Should-Retry"} & deleted.keys()


def test_a_key_has_at_most_255_characters(world: Any) -> None:
    """A longer one is refused, an empty one is none."""
    assert world.post("/v1/customers", headers={"Idempotency-Key": "k" * 256}).status == 400
    assert world.post("/v1/customers", headers={"Idempotency-Key": "k" * 255}).status == 200
    assert "Original-Request" not in world.post("/v1/customers", headers={"Idempotency-Key": ""}).headers


def test_every_answer_has_the_headers_of_stripe(world: Any) -> None:
    """Request id, version, caching, what a browser may read."""
    headers = world.get("/v1/balance").headers

    assert headers["Request-Id"].startswith("req_")
    assert len(headers["Request-Id"]) == 18
    assert headers["Stripe-Version"] == "2026-10-28.endive"
    assert headers["Cache-Control"] == "no-cache, no-store"
    assert headers["Content-Type"] == "application/json"
    assert headers["Vary"] == "Origin"
    assert "Stripe-Should-Retry" in headers["Access-Control-Expose-Headers"]
