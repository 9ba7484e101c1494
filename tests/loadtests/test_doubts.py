"""What the shipped clients may say of an order when answers are missing or can't be read: never more than they know."""

from __future__ import annotations

from typing import Any

import pytest
from brownout_clients.journeys import payment, settle
from brownout_clients.lists import PAGES_MOST
from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure, Lost, Order, Response, Surroundings
from brownout_clients.resilient import TRIES_MOST, Resilient
from made_up_shop import PAYPAL, STRIPE, TOKEN, Clock, Provider, no, ok, shop

DOUBT = [Lost("reset")] * (2 * TRIES_MOST)
PLACED = {"id": "O1", "status": "CREATED"}


def listed(order: str, **odd: Any) -> dict[str, Any]:
    """Return a payment as the provider's list has it."""
    return {"id": "pi_1", "status": "succeeded", "metadata": {"order_id": order}} | odd


def settled(*pages: Any, whole: bool = True) -> list[str]:
    """Return how a doubtful order-1 is settled by these pages of a list."""
    answers = pages if not whole else [ok({"data": list(pages), "has_more": False})]
    client, _, clock = shop(Resilient, *DOUBT, *answers)
    return [belief.outcome for _, belief in settle(client, [(STRIPE, payment(client, STRIPE, clock))])]


@pytest.mark.parametrize("status", [402, 422, 401, 429, 400])
def test_the_second_press_does_not_answer_for_the_first(status: int) -> None:
    """Whatever the second press is told, the first one may have been charged: a careful client doesn't say fail."""
    client, _, clock = shop(Resilient, *[Lost("reset")] * TRIES_MOST, *[no(status)] * TRIES_MOST)

    assert payment(client, STRIPE, clock).outcome == "unknown"


def test_two_refusals_are_a_refusal() -> None:
    """Where each try was refused for certain, nothing was charged."""
    client, _, clock = shop(Resilient, *[no(429)] * (2 * TRIES_MOST))

    assert payment(client, STRIPE, clock).outcome == "fail"


@pytest.mark.parametrize("odd", [Lost("reset"), no(503), Response(200, {}, b"<html>"), ok({})])
def test_without_a_token_nothing_was_asked(odd: Response | Exception) -> None:
    """A token that can't be had leaves no doubt about the payment: it was never sent."""
    client, provider, clock = shop(Resilient, *[odd] * (2 * TRIES_MOST))

    assert payment(client, PAYPAL, clock).outcome == "fail"
    assert all(line.endswith("/token") for line, _, _ in provider.sent)


def test_placing_an_order_takes_no_money() -> None:
    """PayPal takes it with the capture: whoever didn't come so far owes nobody an answer."""
    client, _, clock = shop(Resilient, ok(TOKEN), *DOUBT)

    assert payment(client, PAYPAL, clock).outcome == "fail"


def test_a_lost_capture_is_a_doubt() -> None:
    """From the capture on, only an answer tells."""
    first = [ok(TOKEN), ok(PLACED, 201), *[Lost("reset")] * TRIES_MOST]
    client, _, clock = shop(Resilient, *first, ok(PLACED, 201), *[Lost("reset")] * TRIES_MOST)

    assert payment(client, PAYPAL, clock).outcome == "unknown"


@pytest.mark.parametrize("token", [b"{}", b"[]", b"<html>", b'{"access_token": 7}'])
def test_naive_reads_its_token_strictly_too(token: bytes) -> None:
    """An answer without a token is a failure like any other, not a mistake in the program."""
    client, _, _ = shop(Naive, Response(200, {}, token))

    with pytest.raises(Failure) as unread:
        client.pay(PAYPAL)

    assert unread.value.error == "contract"


def test_what_a_whole_list_does_not_have_was_not_charged() -> None:
    """Or it has only tries that took nothing."""
    assert settled() == ["fail"]
    assert settled(listed("order-1", status="requires_payment_method"), listed("order-5")) == ["fail"]
    assert settled(listed("order-1", status="canceled"), listed("order-1")) == ["ok"]


@pytest.mark.parametrize(
    "odd",
    [
        listed("order-1", status="settled"),
        listed("order-1", status=None),
        listed("order-1", status="processing"),
        listed("order-1", id=None),
        listed("order-1", metadata=None),
        listed("order-1", metadata={"orderId": "order-1"}),
        "pi_1",
        None,
    ],
)
def test_what_the_list_does_not_say_clearly_stays_a_doubt(odd: Any) -> None:
    """A payment that can't be read may be this one, and it may have been charged."""
    assert settled(odd) == []


@pytest.mark.parametrize(
    "odd", [listed("order-1", status=["succeeded"]), listed("order-1", metadata=[{"order_id": "order-1"}])]
)
def test_a_list_that_drifts_is_still_read(odd: Any) -> None:
    """What can be brought to its type is."""
    assert settled(odd) == ["ok"]


@pytest.mark.parametrize(
    "page",
    [
        {"data": []},
        {"data": [], "hasMore": False},
        {"data": None, "has_more": False},
        {"items": [], "has_more": False},
        {"data": [], "has_more": True},
        {"data": ["pi_1"], "has_more": True},
        [],
        None,
    ],
)
def test_a_list_that_does_not_say_where_it_ends_settles_nothing(page: Any) -> None:
    """Part of a list doesn't tell what isn't in the whole."""
    assert settled(ok(page), whole=False) == []


def test_a_list_too_long_to_be_read_says_only_what_was_found() -> None:
    """Beyond so many pages nobody knows what else is there."""
    more = [ok({"data": [listed("order-5")], "has_more": True})] * (PAGES_MOST - 1)

    assert settled(*more, ok({"data": [listed("x")], "has_more": True}), whole=False) == []
    assert settled(*more, ok({"data": [listed("order-1")], "has_more": True}), whole=False) == ["ok"]


def test_no_two_customers_wait_alike() -> None:
    """Also where a call has no key: otherwise all who were refused together come back together."""
    waits = set()
    for number in range(50):
        clock = Clock()
        client = Resilient(_around(Provider(_refuse_uploads), clock))
        with pytest.raises(Failure):
            client.onboard(_customer(number))
        waits.add(tuple(round(each, 9) for each in clock.slept))

    assert len(waits) > 45


def _around(provider: Provider, clock: Clock) -> Any:
    return Surroundings("http://b", provider, clock, 7, {})


def _refuse_uploads(_: int, method: str, url: str, headers: Any) -> Response:
    if url.endswith("/documents"):
        return no(429)
    return ok(TOKEN if url.endswith("/token") else {"id": "a"})


def _customer(number: int) -> Order:
    person = {"first_name": "A", "last_name": "B", "email": "a@example.com", "date_of_birth": "1990-01-01",
              "country": "USA", "document": "passport"}  # fmt: skip
    return Order(order=f"order-{number}", due_seconds=0, amount_minor=5, currency="usd", person=person)
