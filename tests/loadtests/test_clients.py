"""The shipped clients against a provider that is made up answer by answer: no sockets, no waiting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from brownout_clients.journeys import checkout, claim, payment, settle
from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure, Lost, Order, Response, Surroundings
from brownout_clients.resilient import TRIES_MOST, WAIT_MOST_SECONDS, Resilient
from made_up_shop import INTENT, PAYPAL, STRIPE, TOKEN, Clock, Provider, no, ok, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def test_naive_tells_that_nothing_was_charged_and_charges_again() -> None:
    """After a lost answer the customer presses again, and that is another payment without a key."""
    client, provider, clock = shop(Naive, Lost("reset"), ok(INTENT))

    belief = payment(client, STRIPE, clock)

    assert (belief.outcome, len(provider.sent)) == ("ok", 2)
    assert all("Idempotency-Key" not in headers for _, headers, _ in provider.sent)


def test_naive_in_doubt_says_fail_and_resilient_unknown() -> None:
    """Only a careful client tells "not charged" from "nobody knows"."""
    naive, _, clock = shop(Naive, *[Lost("reset")] * 2)
    resilient, _, other = shop(Resilient, *[Lost("reset")] * (2 * TRIES_MOST))

    assert payment(naive, STRIPE, clock).outcome == "fail"
    assert payment(resilient, STRIPE, other).outcome == "unknown"


def test_resilient_tries_again_with_the_same_key() -> None:
    """Every try of an order carries one key: the provider can tell a repeat from a second payment."""
    client, provider, clock = shop(Resilient, Lost("reset"), no(503), no(409), no(429), ok(INTENT))

    paid = client.pay(STRIPE)

    assert paid.id == "pi_1"
    assert {headers["Idempotency-Key"] for _, headers, _ in provider.sent} == {"pay-order-1"}
    assert len(clock.slept) == 4


def test_waits_grow_are_drawn_and_keep_to_retry_after() -> None:
    """Full jitter under a bound that doubles, never below what the provider asked for; no two users wait alike."""
    waits = []
    for number in range(200):
        client, _, clock = shop(Resilient, *[no(429, Retry_After="3")] * 3, ok(INTENT))
        client.pay(Order(order=f"order-{number}", due_seconds=0, amount_minor=1999, currency="usd"))
        waits.append(clock.slept)

    for place, bound in enumerate((0.1, 0.2, 0.4)):
        above = [one[place] - 3 for one in waits]
        assert all(0 <= each <= bound for each in above)
        assert len({round(each, 6) for each in above}) > 190
        assert bound * 0.4 < sum(above) / len(above) < bound * 0.6
    assert bound < WAIT_MOST_SECONDS


@pytest.mark.parametrize("status", [400, 402, 404, 422])
def test_what_is_refused_for_good_is_not_tried_again(status: int) -> None:
    """A decline or a mistake stays what it is."""
    client, provider, _ = shop(Resilient, no(status))

    with pytest.raises(Failure) as refused:
        client.pay(STRIPE)

    assert refused.value.certain
    assert len(provider.sent) == 1


def test_certainty_is_lost_with_the_first_lost_answer() -> None:
    """A refusal after a lost answer doesn't say what became of the lost try."""
    client, _, _ = shop(Resilient, Lost("reset"), no(422))

    with pytest.raises(Failure) as refused:
        client.pay(STRIPE)

    assert not refused.value.certain


def paypal(refusals: int, *, life: int = 32400) -> Callable[[int, str, str, Mapping[str, str]], Response]:
    """Answer as PayPal whose first `refusals` tokens are no good."""
    issued = 0

    def answer(_: int, method: str, url: str, headers: Mapping[str, str]) -> Response:
        nonlocal issued
        if url.endswith("/token"):
            issued += 1
            return ok(TOKEN | {"access_token": f"t{issued}", "expires_in": life})
        if int(headers["Authorization"].removeprefix("Bearer t")) <= refusals:
            return no(401)
        if url.endswith("/capture"):
            capture = {"id": "C1", "status": "COMPLETED"}
            return ok({"id": "O1", "status": "COMPLETED", "purchase_units": [{"payments": {"captures": [capture]}}]})
        return ok({"id": "O1", "status": "CREATED"}, 201)

    return answer


def test_refused_token_is_renewed_and_the_call_tried_again() -> None:
    """A 401 asks for a new token at once; the old one isn't used again."""
    provider, clock = Provider(paypal(1)), Clock()
    client = Resilient(Surroundings("http://b", provider, clock, 7, {}))

    assert client.pay(PAYPAL).refundable == "C1"
    assert [line.rpartition("/")[2] for line, _, _ in provider.sent] == [
        "token",
        "orders",
        "token",
        "orders",
        "capture",
    ]
    assert clock.slept == [0.0]


def test_naive_keeps_the_token_that_was_refused() -> None:
    """It fetched its token once."""
    provider = Provider(paypal(1))
    client = Naive(Surroundings("http://b", provider, Clock(), 7, {}))

    for _ in range(2):
        with pytest.raises(Failure, match="401 at POST paypal"):
            client.pay(PAYPAL)

    assert sum(line.endswith("/token") for line, _, _ in provider.sent) == 1


def test_token_is_renewed_before_its_end() -> None:
    """With a fifth of its life left a token is renewed, so that it doesn't die on the way."""
    provider, clock = Provider(paypal(0, life=10)), Clock()
    client = Resilient(Surroundings("http://b", provider, clock, 7, {}))

    client.pay(PAYPAL)
    clock.at = 7.9
    client.pay(PAYPAL)
    clock.at = 8.0
    client.pay(PAYPAL)

    assert sum(line.endswith("/token") for line, _, _ in provider.sent) == 2


def test_only_one_of_many_users_renews() -> None:
    """All users of a shop share a token, and one renewal serves them all."""
    provider, clock, shared = Provider(paypal(0)), Clock(), {}
    clients = [Resilient(Surroundings("http://b", provider, clock, 7, shared)) for _ in range(16)]
    together = Barrier(len(clients))

    def pay(client: Resilient) -> None:
        together.wait()
        client.pay(PAYPAL)

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(pay, clients))

    assert sum(line.endswith("/token") for line, _, _ in provider.sent) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"amount_received": "1999"},
        {"amount_received": 1999.0},
        {"amount_received": {"value": 1999}},
        {"amount_received": [1999]},
        {"status": "settled"},
        {"status": None},
        {"status": ["succeeded"]},
        {"id": ["pi_1"]},
    ],
)
def test_what_drifts_hurts_only_the_strict_reader(odd: dict[str, Any]) -> None:
    """The resilient client knows that it was paid; the naive one can't read it, and doesn't know."""
    resilient, _, _ = shop(Resilient, ok(INTENT | odd))
    naive, _, _ = shop(Naive, ok(INTENT | odd))

    assert resilient.pay(STRIPE).id == "pi_1"
    with pytest.raises(Failure) as unread:
        naive.pay(STRIPE)
    assert (unread.value.error, unread.value.certain) == ("contract", False)


@pytest.mark.parametrize("odd", [{"amount_received": "19.99"}, {"amount_received": True}, {"amount_received": 1}])
def test_an_amount_is_never_guessed(odd: dict[str, Any]) -> None:
    """With an unknown status, only the right amount in minor units says that it was paid."""
    client, _, _ = shop(Resilient, ok(INTENT | {"status": "settled"} | odd))

    with pytest.raises(Failure) as doubt:
        client.pay(STRIPE)

    assert not doubt.value.certain


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"id": null}', b"\xff"])
def test_an_answer_that_says_nothing_is_a_doubt(body: bytes) -> None:
    """A 200 without a payment in it doesn't say that there is none."""
    for kind in Naive, Resilient:
        client, _, _ = shop(kind, Response(200, {}, body))

        with pytest.raises(Failure) as unread:
            client.pay(STRIPE)

        assert (unread.value.error, unread.value.certain) == ("contract", False)


def test_doubts_are_settled_from_the_providers_list() -> None:
    """Page by page; an order that isn't in the whole list wasn't charged."""
    other = Order(order="order-9", due_seconds=0, amount_minor=5, currency="usd")
    pages = [
        ok({"data": [{"id": "pi_8", "status": "succeeded", "metadata": {"order_id": "x"}}], "has_more": True}),
        ok({"data": [{"id": "pi_7", "status": "succeeded", "metadata": {"order_id": "order-1"}}], "has_more": False}),
    ]
    client, provider, clock = shop(Resilient, *[Lost("reset")] * (2 * TRIES_MOST), *pages)
    doubt = payment(client, STRIPE, clock)

    settled = settle(client, [(STRIPE, doubt), (other, doubt)])

    assert [(order.order, belief.outcome) for order, belief in settled] == [("order-1", "ok"), ("order-9", "fail")]
    assert provider.sent[-1][0].endswith("starting_after=pi_8")


def test_customer_who_is_not_onboarded_is_not_charged() -> None:
    """Without an identity check there is no payment, and the claim says why."""
    order = Order(order="order-3", due_seconds=1.5, amount_minor=5, currency="usd", person={
        "first_name": "A", "last_name": "B", "email": "a@example.com", "date_of_birth": "1990-01-01",
        "country": "USA", "document": "passport",
    })  # fmt: skip
    client, provider, clock = shop(Naive, ok(TOKEN), no(422))

    said = claim(order, checkout(client, order, clock))

    assert (said["outcome"], said["error"], said["due"], said["object"]) == ("fail", "business", 1.5, None)
    assert len(provider.sent) == 2
