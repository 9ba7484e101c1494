"""What stripe-python makes of a wire that fails: one exception for nearly all of it, while the money has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from brownout.testing import Simulator

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

PARAMS: Any = {
    "amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}, "metadata": {"order_id": "o-1"},
}  # fmt: skip


def client_of(box: Sandbox, *, retries: int = 0) -> stripe.StripeClient:
    """Return a client that waits for a second at most."""
    http = stripe.RequestsClient(timeout=1)
    return stripe.StripeClient(
        "sk_test_wire", base_addresses=box.stripe_bases, max_network_retries=retries, http_client=http  # type: ignore[arg-type]
    )  # fmt: skip


LOST: list[dict[str, Any]] = [
    {"kind": "cut"},
    {"kind": "cut", "connection": "reset"},
    {"kind": "cut", "framing": "chunked"},
    {"kind": "cut", "connection": "stall"},
    {"kind": "trickle", "first_byte": 3},
    {"kind": "abort", "connection": "reset", "target": "response"},
    {"kind": "mislabel", "change": "gzip"},
    {"kind": "mislabel", "change": "huge_header"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda one: "-".join(str(part) for part in one.values()))
def test_a_lost_answer_is_a_connection_error(fault: dict[str, Any]) -> None:
    """The money has moved all the same."""
    with Simulator() as box:
        client = client_of(box)
        with (
            box.fault(operation="stripe.payment_intents.create", first=1, **fault) as put,
            pytest.raises(stripe.APIConnectionError),
        ):
            client.v1.payment_intents.create(PARAMS)

        assert put.fired == 1
        assert box.ledger().captured("o-1") == 1000


@pytest.mark.parametrize("fault", LOST[:3], ids=lambda one: "-".join(str(part) for part in one.values()))
def test_it_does_not_try_again_by_itself_and_its_caller_can(fault: dict[str, Any]) -> None:
    """A body that broke off is no connection error to its retries. The same key gets the stored answer: one charge."""
    with Simulator() as box:
        client = client_of(box, retries=2)
        with box.fault(operation="stripe.payment_intents.create", first=1, **fault):
            with pytest.raises(stripe.APIConnectionError):
                client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k-1"})
            assert len(box.exchanges()) == 1
            intent = client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k-1"})

        assert intent.status == "succeeded"
        assert box.ledger().captured("o-1") == 1000
        assert [one.idempotency for one in box.exchanges(operation="stripe.payment_intents.create")] == [
            "first", "replay",
        ]  # fmt: skip


def test_a_body_that_is_complete_and_no_json() -> None:
    """An APIError without a code; the money has moved."""
    with Simulator() as box:
        client = client_of(box)
        with (
            box.fault("cut", framing="cut", operation="stripe.payment_intents.create"),
            pytest.raises(stripe.APIError, match="Invalid response body") as problem,
        ):
            client.v1.payment_intents.create(PARAMS)

        assert not isinstance(problem.value, stripe.APIConnectionError)
        assert problem.value.http_status == 200
        assert box.ledger().captured("o-1") == 1000


def test_a_connection_that_ends_under_its_pool() -> None:
    """The next call fails before anybody has read it: nothing was charged twice, nor once."""
    with Simulator() as box:
        client = client_of(box)
        with box.fault("keepalive", operation="stripe.customers.create", connection="reset"):
            client.v1.customers.create({"email": "a@example.com"})
        with pytest.raises(stripe.APIConnectionError):
            client.v1.payment_intents.create(PARAMS)

        assert box.ledger().captured() == 0
        assert len(box.exchanges()) == 1


def test_a_port_that_is_closed_and_open_again() -> None:
    """A connection error while it is, and then everything is as before."""
    with Simulator() as box:
        own = box.listen("stripe")
        http = stripe.RequestsClient(timeout=1)
        client = stripe.StripeClient(
            "sk_test_wire", base_addresses={"api": own}, max_network_retries=0, http_client=http
        )
        with box.fault("connect", change="refused"):
            box.verify(count=1, within=2, operation="stripe.tcp.connect")
            box.clock.advance(1)  # returns once the port is what it is to be
            with pytest.raises(stripe.APIConnectionError, match="refused"):
                client.v1.payment_intents.create(PARAMS)
        box.clock.advance(1)

        assert client.v1.payment_intents.create(PARAMS).status == "succeeded"
