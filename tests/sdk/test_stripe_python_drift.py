"""Drifted answers and revoked keys under stripe-python: what the SDK notices, and what it hands on unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeClient

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CREATE: Final = "stripe.payment_intents.create"
RETRIEVE: Final = "stripe.payment_intents.retrieve"
LIST: Final = "stripe.payment_intents.list"
PAY: Final[dict[str, Any]] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
    "metadata": {"order_id": "o-1"},
}


def test_a_status_that_nobody_knows_is_handed_on(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """No exception: an `if status == "succeeded"` simply isn't true, though the money has moved."""
    with brownout.fault("drift", operation=CREATE, path="$.status", change="enum") as fault:
        intent = client.v1.payment_intents.create(PAY)

    assert intent.status == "succeeded_v2"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert brownout.ledger().captured("o-1") == 2000
    assert fault.fired == 1


def test_an_amount_as_text_is_handed_on(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The SDK checks no types: whoever adds up amounts meets a TypeError, or joins texts."""
    with brownout.fault("drift", operation=CREATE, path="$.amount", change="retype"):
        intent = client.v1.payment_intents.create(PAY)

    assert intent.amount == "2000"
    with pytest.raises(TypeError):
        _ = intent.amount + 1
    assert brownout.ledger().captured() == 2000


def test_a_renamed_field_is_an_attribute_error(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The object has what the answer had: the old name is gone, the new one is there."""
    with brownout.fault("drift", operation=CREATE, path="$.client_secret", change="rename"):
        intent = client.v1.payment_intents.create(PAY)

    assert str(intent["clientSecret"]).startswith(f"{intent.id}_secret_")
    with pytest.raises(AttributeError, match="client_secret"):
        _ = intent.client_secret


def test_a_removed_field_is_missing_when_it_is_used(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Not when the answer is read: code that never looks at the field never notices."""
    made = client.v1.payment_intents.create(PAY)
    with brownout.fault("drift", operation=RETRIEVE, path="$.latest_charge", change="remove"):
        found = client.v1.payment_intents.retrieve(made.id)

    assert found.status == "succeeded"
    assert made.latest_charge
    with pytest.raises(AttributeError, match="latest_charge"):
        _ = found.latest_charge


def test_an_object_without_its_type_is_a_plain_one(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Without `object` the SDK can't tell what it holds."""
    made = client.v1.payment_intents.create(PAY)
    with brownout.fault("drift", operation=RETRIEVE, path="$.object", change="rename", to="type"):
        found = client.v1.payment_intents.retrieve(made.id)

    assert type(made) is stripe.PaymentIntent
    assert type(found) is stripe.StripeObject
    assert found["type"] == "payment_intent"


def test_a_page_whose_items_are_null_ends_the_walk(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The SDK's own iterator breaks, not with one of its errors: a client that catches StripeError doesn't catch it."""
    client.v1.payment_intents.create(PAY)

    with brownout.fault("drift", operation=LIST, path="$.data", change="null"), pytest.raises(AttributeError):
        list(client.v1.payment_intents.list().auto_paging_iter())

    assert len(list(client.v1.payment_intents.list().auto_paging_iter())) == 1


def test_every_item_of_a_page_drifts(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """`[*]` reaches each; an added field is simply there."""
    for _ in range(2):
        client.v1.payment_intents.create(PAY)

    with brownout.fault("drift", operation=LIST, path="$.data[*].risk", change="extra", to={"score": 7}):
        page = client.v1.payment_intents.list()

    assert [one["risk"]["score"] for one in page.data] == [7, 7]
    assert not any("risk" in one for one in client.v1.payment_intents.list().data)


def test_a_retry_under_the_same_key_gets_the_original(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """What Stripe keeps under the key never drifted."""
    with brownout.fault("drift", operation=CREATE, path="$.id", change="null", first=1):
        drifted = client.v1.payment_intents.create(PAY, {"idempotency_key": "k"})
        replayed = client.v1.payment_intents.create(PAY, {"idempotency_key": "k"})

    assert drifted.id is None
    assert replayed.id.startswith("pi_")
    assert replayed.last_response.headers["Idempotent-Replayed"] == "true"
    assert brownout.ledger().captured() == 2000


def test_an_error_body_can_drift_too(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A decline without its code is still a CardError by its status, but tells no reason."""
    with (
        brownout.fault("drift", operation=CREATE, path="$.error.code", change="remove"),
        pytest.raises(stripe.CardError) as caught,
    ):
        client.v1.payment_intents.create({**PAY, "payment_method": "pm_card_chargeDeclined"})

    assert (caught.value.http_status, caught.value.code) == (402, None)


def test_a_revoked_key_is_an_authentication_error(brownout: Sandbox, make_client: MakeClient) -> None:
    """From the struck call on, whatever is called; the SDK doesn't try again, and only another key helps."""
    client = make_client("sk_test_abcdefgh1234", max_network_retries=2)
    with brownout.fault("token", name="rolled", change="revoke", operation="stripe.*", nth=2) as fault:
        client.v1.payment_intents.create(PAY)
        with pytest.raises(stripe.AuthenticationError) as caught:
            client.v1.payment_intents.create(PAY)
        assert fault.fired == 1

    assert caught.value.http_status == 401
    assert caught.value.error is not None
    assert caught.value.error.code == "api_key_expired"
    assert caught.value.user_message == "Expired API Key provided: sk_test_********1234"
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve()
    assert make_client("sk_test_other").v1.balance.retrieve().object == "balance"
    assert brownout.ledger().captured() == 2000
    assert [one.decided["cause"] for one in brownout.exchanges(error="token_revoked")] == ["rule rolled"] * 2
