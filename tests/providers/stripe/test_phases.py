"""What a phase says of Stripe holds for the calls that fall into it."""

from __future__ import annotations

from urllib.parse import urlencode

import orjson

from brownout.core.plan import Phase, Plan
from brownout.providers.stripe.options import StripeOptions
from brownout.testing.transport import EngineTransport

CALM, STORM = 1.0, 11.0


def phased(base: StripeOptions, storm: StripeOptions, **plan: str) -> EngineTransport:
    """Return a transport whose second phase has options of its own."""
    phases = (
        Phase(name="calm", duration_seconds=10.0),
        Phase(name="storm", duration_seconds=10.0, providers={"stripe": storm}),
    )
    return EngineTransport(Plan(providers={"stripe": base}, phases=phases, **plan))  # type: ignore[arg-type]


def paid(transport: EngineTransport, due: float, *, amount: int = 1999, key: str = "sk_test_a") -> int:
    """Return how a payment that was due then is answered."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-www-form-urlencoded",
        "baggage": f"brownout.due={due}",
    }
    body = urlencode({"amount": amount, "currency": "usd"}).encode()
    return transport.send("POST", "/stripe/v1/payment_intents", headers=headers, body=body).status


def test_the_minimum_amount_is_the_phases_own() -> None:
    """Five cents are too little, where minimum amounts are on."""
    transport = phased(StripeOptions(minimum_charge=False), StripeOptions(minimum_charge=True))

    assert [paid(transport, due, amount=5) for due in (CALM, STORM)] == [200, 400]


def test_a_key_may_be_taken_out_for_a_phase() -> None:
    """Under closed credentials, the keys are those of the phase."""
    transport = phased(StripeOptions(keys=("sk_test_a",)), StripeOptions(keys=("sk_test_b",)), credentials="closed")

    assert [paid(transport, due) for due in (CALM, STORM)] == [200, 401]
    assert [paid(transport, due, key="sk_test_b") for due in (CALM, STORM)] == [401, 200]


def test_events_have_the_phases_version() -> None:
    """An account's version may move on in the middle of a run."""
    transport = phased(StripeOptions(), StripeOptions(api_version="2099-01-01.later"))
    paid(transport, CALM)
    paid(transport, STORM)

    answer = transport.send("GET", "/stripe/v1/events", headers={"Authorization": "Bearer sk_test_a"})
    newest, oldest = orjson.loads(answer.body)["data"]
    assert (newest["api_version"], oldest["api_version"]) == ("2099-01-01.later", StripeOptions().api_version)
