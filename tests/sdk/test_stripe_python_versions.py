"""Dated versions under stripe-python: by client, by request, by key, by account, by endpoint; and Checkout's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import stripe

from brownout.testing import Simulator

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeClient, Receiver

    from brownout.testing import Sandbox

pytestmark = [pytest.mark.sdk, pytest.mark.slow]

PAY: Final[dict[str, Any]] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}
BEFORE: Final[dict[str, Any]] = {
    **{name: value for name, value in PAY.items() if name != "allowed_payment_method_types"},
    "payment_method_types": ["card"],
}
"""The same as older versions had it."""
SESSION: Final[dict[str, Any]] = {
    "mode": "payment",
    "line_items": [
        {"price_data": {"currency": "usd", "product_data": {"name": "Tea"}, "unit_amount": 500}, "quantity": 1}
    ],
    "success_url": "https://shop.example/done",
}


def unpinned(box: Sandbox, key: str, intent: str) -> dict[str, Any]:
    """Return a payment as it is answered to who names no version; the SDK always does."""
    url = f"{box.url_of('stripe')}/v1/payment_intents/{intent}"
    return dict(httpx.get(url, headers={"Authorization": f"Bearer {key}"}).json())


def test_a_client_sees_the_version_that_it_is_pinned_to(make_client: MakeClient) -> None:
    """One payment, as stripe-python of 2022, 2024, 2025 and today would see it; a request's own pin wins."""
    intent = make_client().v1.payment_intents.create(PAY)
    charge = str(intent.latest_charge)

    def shapes(version: str | None) -> tuple[bool, ...]:
        options = {} if version is None else {"stripe_version": version}
        v1 = make_client(**options).v1
        seen, paid = v1.payment_intents.retrieve(intent.id), v1.charges.retrieve(charge)
        return "charges" in seen, "invoice" in seen, "refunds" in paid, "invoice" in paid

    once = make_client().v1.payment_intents.retrieve(intent.id, options={"stripe_version": "2022-08-01"})

    assert shapes("2022-08-01") == (True, True, True, True)
    assert shapes("2024-06-20") == shapes("2025-02-24.acacia") == (False, True, False, True)
    assert shapes("2025-03-31.basil") == shapes(None) == (False, False, False, False)
    assert isinstance(once.charges.data[0], stripe.Charge)
    assert once.last_response.headers["Stripe-Version"] == "2022-08-01"


def test_a_products_features_are_written_and_read_by_their_older_name(make_client: MakeClient) -> None:
    """By a client of 2023; one of today finds them under the new one."""
    old, new = make_client(stripe_version="2023-10-16").v1, make_client().v1

    made = old.products.create({"name": "Tea", "features": [{"name": "Hot"}]})  # type: ignore[typeddict-unknown-key]

    assert made["features"][0].name == "Hot"
    assert new.products.retrieve(made.id).marketing_features[0].name == "Hot"
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: features"):
        new.products.create({"name": "Tea", "features": [{"name": "Hot"}]})  # type: ignore[typeddict-unknown-key]


def test_a_payment_is_booked_as_its_version_captures(make_client: MakeClient) -> None:
    """Of 2023 at once, since 2024-04-10 a moment later: code that reads the fee from the answer breaks there."""
    expand = {**PAY, "expand": ["latest_charge.balance_transaction"]}
    before = make_client(stripe_version="2023-10-16").v1.payment_intents.create(expand)
    after = make_client(stripe_version="2024-04-10").v1.payment_intents.create(expand)

    assert before.latest_charge.balance_transaction.fee > 0  # type: ignore[union-attr]
    assert after.latest_charge.balance_transaction is None  # type: ignore[union-attr]


def test_a_checkout_session_speaks_its_versions_words(make_client: MakeClient) -> None:
    """`hosted` is `hosted_page` since dahlia, and its shipping details stood at the top before basil."""
    old = make_client(stripe_version="2024-06-20").v1
    clover = make_client(stripe_version="2025-09-30.clover").v1

    made = old.checkout.sessions.create({**SESSION, "ui_mode": "hosted"})  # type: ignore[typeddict-item]

    assert (made.ui_mode, "shipping_details" in made) == ("hosted", True)
    assert (clover.checkout.sessions.retrieve(made.id).ui_mode) == "hosted"
    newest = make_client().v1.checkout.sessions.retrieve(made.id)
    assert (newest.ui_mode, "shipping_details" in newest) == ("hosted_page", False)


def test_endive_refuses_what_dahlia_takes() -> None:
    """`payment_method_types`: the code, and what to do instead."""
    with Simulator() as box:
        new = stripe.StripeClient("sk_test_shop", base_addresses=box.stripe_bases).v1
        old = stripe.StripeClient(
            "sk_test_shop", base_addresses=box.stripe_bases, stripe_version="2026-08-26.dahlia"
        ).v1  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as caught:
            new.payment_intents.create(BEFORE)
        with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: payment_method_types"):
            new.checkout.sessions.create({**SESSION, "payment_method_types": ["card"]})

        assert new.payment_intents.create(PAY).payment_method_types == ["card"]
        assert old.payment_intents.create(BEFORE).status == "succeeded"
        assert caught.value.code == "payment_method_types_no_longer_supported"
        assert "allowed_payment_method_types" in str(caught.value.user_message)
        assert box.ledger().captured() == 4000


def test_account_key_request_and_endpoint_each_have_their_own(receiver: Receiver) -> None:
    """The account of 2022, a key of 2024, an endpoint of today: the closest pin wins."""
    text = f"""
brownout: 1
providers:
  stripe:
    api_version: "2022-08-01"
    api_versions: {{rk_test_shop: "2024-06-20"}}
    webhooks:
      - {{url: "{receiver.url}", events: [payment_intent.succeeded], api_version: 2026-10-28.endive}}
"""
    with Simulator(text) as box:
        made = stripe.StripeClient("sk_test_shop", base_addresses=box.stripe_bases).v1.payment_intents.create(PAY)
        seen = {key: unpinned(box, key, made.id) for key in ("sk_test_shop", "rk_test_shop")}
        box.clock.advance("1s")
        event = json.loads(receiver.got[0].body)

    assert "charges" not in made
    assert ["charges" in seen[key] for key in ("sk_test_shop", "rk_test_shop")] == [True, False]
    assert "invoice" in seen["rk_test_shop"]
    assert event["api_version"] == "2026-10-28.endive"
    assert "charges" not in event["data"]["object"]


def test_a_key_moves_overnight() -> None:
    """With the phase, and only for requests that name no version."""
    text = """
brownout: 1
clock: {frozen: true}
providers: {stripe: {api_versions: {sk_test_shop: 2025-02-24.acacia}}}
phases:
  - {name: before, duration: 60s}
  - {name: after, duration: 60s, providers: {stripe: {api_versions: {sk_test_shop: 2025-03-31.basil}}}}
"""
    with Simulator(text) as box:
        pinned = stripe.StripeClient(
            "sk_test_shop", base_addresses=box.stripe_bases, stripe_version="2025-02-24.acacia"
        ).v1  # fmt: skip
        made = pinned.payment_intents.create(PAY)
        before = unpinned(box, "sk_test_shop", made.id)
        box.clock.advance("70s")
        after = unpinned(box, "sk_test_shop", made.id)
        found = pinned.payment_intents.retrieve(made.id)

    assert ["invoice" in one for one in (before, after)] == [True, False]
    assert "invoice" in found
