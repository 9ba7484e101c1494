"""Every fault at every target: what stripe-python raises, what the ledger knows, and what a retry then does."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeClient

    from brownout.testing import Sandbox

    Target = Literal["edge", "request", "response"]

pytestmark = pytest.mark.sdk

CREATE: Final = "stripe.payment_intents.create"
PAY: Final[dict[str, Any]] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
    "metadata": {"order_id": "o-1"},
}


class Seen(NamedTuple):
    """A fault, what the client sees of it, and whether Stripe keeps it under the key when it strikes at the request."""

    fault: dict[str, Any]
    error: type[stripe.StripeError] | None
    status: int | None = None
    kept: bool = False
    slow: bool = False


FAULTS: Final = {
    "latency": Seen({"kind": "latency", "delay": "50ms"}, None),
    "jitter": Seen({"kind": "latency", "delay": "20ms", "jitter": "20ms"}, None),
    "500": Seen({"kind": "abort", "status": 500}, stripe.APIError, 500, kept=True),
    "503": Seen({"kind": "abort", "status": 503}, stripe.APIError, 503, kept=True),
    "429": Seen({"kind": "abort", "status": 429}, stripe.RateLimitError, 429),
    "409": Seen({"kind": "abort", "status": 409}, stripe.APIError, 409),
    "decline": Seen({"kind": "abort", "status": 402, "code": "lost_card"}, stripe.CardError, 402, kept=True),
    "403": Seen({"kind": "abort", "status": 403}, stripe.PermissionError, 403),
    "400": Seen({"kind": "abort", "status": 400}, stripe.InvalidRequestError, 400),
    "gateway": Seen({"kind": "abort", "status": 502, "body": "html"}, stripe.APIError, 502),
    "reset": Seen({"kind": "abort", "connection": "reset"}, stripe.APIConnectionError),
    "hang": Seen({"kind": "abort", "connection": "hang"}, stripe.APIConnectionError, slow=True),
}
CASES: Final = [
    pytest.param(name, target, marks=[pytest.mark.slow] if FAULTS[name].slow else [], id=f"{name}-{target}")
    for name in FAULTS
    for target in ("edge", "request", "response")
]


def put(brownout: Sandbox, fault: dict[str, Any], **more: Any) -> None:
    """Put a fault on making payments in force."""
    rule = {"name": "fault", "match": {"operation": CREATE}, **fault, **more}
    brownout.use(json.dumps({"brownout": 1, "faults": [rule]}) + "\n")


def pay(client: stripe.StripeClient, key: str) -> stripe.PaymentIntent | stripe.StripeError:
    """Pay for order o-1 and return the payment, or what was raised instead."""
    try:
        return client.v1.payment_intents.create(PAY, {"idempotency_key": key})
    except stripe.StripeError as error:
        return error


def until_over(brownout: Sandbox) -> None:
    """Wait for the server to notice that every exchange so far has ended on the wire."""
    deadline = time.monotonic() + 5
    while not (found := brownout.exchanges()) or any(one.outcome is None for one in found):
        assert time.monotonic() < deadline, found


@pytest.mark.parametrize(("name", "target"), CASES)
def test_what_the_client_sees_and_what_the_ledger_knows(
    brownout: Sandbox, make_client: MakeClient, name: str, target: Target
) -> None:
    """Only at the response, or after a mere delay, has the money moved; the same key then never moves it again."""
    seen = FAULTS[name]
    put(brownout, seen.fault, target=target, first=1)
    hasty = make_client(timeout=0.3 if seen.slow else 10.0)
    patient = make_client()
    started = time.monotonic()

    first = pay(hasty, "k-1")
    took = time.monotonic() - started
    until_over(brownout)

    moved = target == "response" or seen.error is None
    if seen.error is None:
        assert isinstance(first, stripe.PaymentIntent)
        assert took >= 0.02
    else:
        assert type(first) is seen.error
        assert isinstance(first, stripe.StripeError)
        assert first.http_status == seen.status
    assert brownout.ledger().captured("o-1") == (2000 if moved else 0)
    assert brownout.faults()[0]["fired"] == 1

    again = pay(patient, "k-1")

    record = brownout.exchanges()[-1]
    if target == "request" and seen.kept:
        assert type(again) is seen.error
        assert isinstance(again, stripe.StripeError)
        assert (again.headers or {})["Idempotent-Replayed"] == "true"
        assert (record.idempotency, brownout.ledger().captured()) == ("replay", 0)
    else:
        assert isinstance(again, stripe.PaymentIntent)
        assert again.status == "succeeded"
        assert record.idempotency == ("replay" if moved else "first")
        assert brownout.ledger().captured("o-1") == 2000
    assert brownout.ledger().duplicated == []
    assert brownout.ledger().violations == []


@pytest.mark.parametrize(("name", "target"), CASES)
def test_a_shop_that_pays_again_with_a_fresh_key(
    brownout: Sandbox, make_client: MakeClient, name: str, target: Target
) -> None:
    """It charges twice exactly where the effect stood although the client saw a failure, and the ledger says so."""
    seen = FAULTS[name]
    put(brownout, seen.fault, target=target, first=1)
    first = pay(make_client(timeout=0.3 if seen.slow else 10.0), "k-1")
    until_over(brownout)

    if isinstance(first, stripe.StripeError):
        assert isinstance(pay(make_client(), "k-2"), stripe.PaymentIntent)

    twice = target == "response" and seen.error is not None
    duplicated = [(one.key, one.extra_minor) for one in brownout.ledger().duplicated]
    assert duplicated == ([("o-1", 2000)] if twice else [])
    assert brownout.ledger().captured("o-1") == (4000 if twice else 2000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "target", "calls"),
    [
        ({"kind": "abort", "connection": "reset"}, "edge", 2),
        ({"kind": "abort", "connection": "reset"}, "request", 2),
        ({"kind": "abort", "connection": "reset"}, "response", 2),
        ({"kind": "abort", "status": 503}, "edge", 2),
        ({"kind": "abort", "status": 503}, "request", 1),
        ({"kind": "abort", "status": 503}, "response", 2),
        ({"kind": "abort", "status": 502, "body": "html"}, "response", 2),
        ({"kind": "abort", "status": 409}, "edge", 2),
        ({"kind": "abort", "status": 429}, "request", 1),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_the_sdks_own_retries(
    brownout: Sandbox, make_client: MakeClient, fault: dict[str, Any], target: Target, calls: int
) -> None:
    """They repeat the key by themselves, so nobody is charged twice; an executed failure says not to try again."""
    put(brownout, fault, target=target, first=1)
    paid = calls == 2

    answer = None
    try:
        answer = make_client(max_network_retries=2).v1.payment_intents.create(PAY)
    except stripe.StripeError as error:
        assert not paid, error  # noqa: PT017 - only where a failure is meant

    assert (answer is not None) == paid
    assert brownout.ledger().captured("o-1") == (2000 if paid else 0)
    assert brownout.ledger().duplicated == []
    brownout.verify(operation=CREATE, count=calls)
    assert len({one.idempotency_key for one in brownout.exchanges(operation=CREATE)}) == 1


@pytest.mark.slow
def test_three_lost_answers_are_more_than_two_retries_heal(brownout: Sandbox, make_client: MakeClient) -> None:
    """The client gives up, believing in a failure; it was paid once all the same."""
    put(brownout, {"kind": "abort", "connection": "reset"}, target="response", first=3)

    with pytest.raises(stripe.APIConnectionError):
        make_client(max_network_retries=2).v1.payment_intents.create(PAY)

    assert brownout.ledger().captured("o-1") == 2000
    brownout.verify(operation=CREATE, count=3)


@pytest.mark.slow
def test_a_duplicate_during_a_delay_is_in_flight(brownout: Sandbox, make_client: MakeClient) -> None:
    """The second request of two at once gets a 409, which the SDK raises as APIError; after it comes the replay."""
    put(brownout, {"kind": "latency", "delay": "300ms"}, target="response", first=1)
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(pay(make_client(), "k-1")))
    first.start()
    brownout.verify(operation=CREATE, count=1, within=5)

    during = pay(make_client(), "k-1")
    first.join()
    after = pay(make_client(), "k-1")

    assert type(during) is stripe.APIError
    assert isinstance(during, stripe.StripeError)
    assert during.error is not None
    assert (during.http_status, during.error.code) == (409, "idempotency_key_in_use")
    assert isinstance(after, stripe.PaymentIntent)
    assert answers[0].id == after.id
    assert brownout.ledger().captured() == 2000


def test_a_fault_tells_why_it_struck(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The record of a lost answer names the rule, and says that the payment stands."""
    with brownout.fault("abort", name="lost", operation=CREATE, target="response", connection="reset"):
        pay(client, "k-1")

    record = brownout.exchanges(fault="lost")[0]
    assert (record.answered, record.status, record.key) == ("reset", 0, "o-1")
    assert "lost" in record.explain()
    assert len(record.effects) == 2


@pytest.mark.parametrize(
    ("count", "failed"),
    [
        ({"first": 2}, [1, 2]),
        ({"nth": 2}, [2]),
        ({"nth": [1, 4]}, [1, 4]),
        ({"every": 3}, [3, 6]),
        ({}, [*range(1, 7)]),
    ],
    ids=str,
)
def test_a_fault_strikes_as_often_as_it_says(
    brownout: Sandbox, client: stripe.StripeClient, count: dict[str, Any], failed: list[int]
) -> None:
    """Counted over the calls of one client that match."""
    with brownout.fault("abort", operation="stripe.customers.*", status=500, **count) as fault:
        struck = []
        for number in range(1, 7):
            try:
                client.v1.customers.create()
            except stripe.APIError:
                struck.append(number)
            client.v1.balance.retrieve()

    assert struck == failed
    assert fault.fired == len(failed)


def test_the_same_seed_strikes_the_same_orders(brownout: Sandbox, make_client: MakeClient) -> None:
    """A percentage is drawn on the order, not on the order of calls: two worlds agree, whatever comes first."""
    rule = {"name": "some", "kind": "abort", "status": 500, "percentage": 40, "match": {"operation": CREATE}}
    text = json.dumps({"brownout": 1, "seed": 7, "faults": [rule]}) + "\n"

    def struck(name: str, orders: list[int]) -> set[int]:
        box = brownout.sandbox(f"{brownout.name}-{name}", scenario=text)
        client = make_client(base_addresses=box.stripe_bases)
        found = set()
        for order in orders:
            try:
                client.v1.payment_intents.create({**PAY, "metadata": {"order_id": f"o-{order}"}})
            except stripe.APIError:
                found.add(order)
        box.drop()
        return found

    forwards, backwards = struck("a", list(range(20))), struck("b", list(range(19, -1, -1)))

    assert forwards == backwards
    assert 0 < len(forwards) < 20
